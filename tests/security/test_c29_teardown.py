# SPDX-License-Identifier: MIT
"""C29, invariant 6: sessions that a tenant pins or hides in, and their end. tests/ssh/test_death.py
has the plain ends; here the tenant works against them.
"""

import os
import signal

import pytest

import client
import procs
import remote
import wait
from logins import ROOT, SELF, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
PINNED = 50 if os.environ.get('NSBOX_LONG') else 4

# Namespace descriptors in flight in a socket that is itself in flight, with nobody to receive them.
IN_FLIGHT = '''
import array, os, socket, sys, time
a, b = socket.socketpair()
c, d = socket.socketpair()
kinds = ('net', 'mnt', 'user', 'ipc', 'uts')
fds = [os.open(f'/proc/self/ns/{kind}', os.O_RDONLY) for kind in kinds]
def send(to, *what):
    to.sendmsg([b'x'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', what))])
send(a, *fds, c.fileno(), d.fileno(), a.fileno(), b.fileno())
send(c, *fds, a.fileno(), b.fileno(), c.fileno(), d.fileno())
print('hidden', flush=True)
time.sleep(3000)
'''
# Deaf to everything, in a session of its own, at the end of a chain of forks, forking on.
STUBBORN = '''
import os, signal, time
for number in set(range(1, 65)) - {9, 19, 32, 33}:
    signal.signal(number, signal.SIG_IGN)
for _ in range(3):
    if os.fork():
        os._exit(0)
    os.setsid()
print('hidden', flush=True)
end = time.monotonic() + 3000
while time.monotonic() < end:
    if os.fork() == 0:
        time.sleep(0.05)
        os._exit(0)
    time.sleep(0.01)
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                break
        except ChildProcessError:
            break
'''
NESTED = '''
import ctypes, os, time
libc = ctypes.CDLL(None)
if os.getuid() == 0:
    libc.unshare(0x20000 | 0x40000000 | 0x20000000 | 0x8000000 | 0x4000000)
    libc.mount(b'mine', b'/mnt', b'tmpfs', 0, None)
    os.makedirs('/mnt/deep', exist_ok=True)
    libc.mount(b'/', b'/mnt/deep', None, 4096 | 16384, None)
    os.chdir('/mnt/deep')
if os.fork() == 0:
    os.setsid()
    print('hidden', flush=True)
    time.sleep(3000)
os._exit(0)
'''
WAYS = ('logout', 'monitor', 'init', 'child')


def end(login, how):
    if how == 'logout':
        login.process.communicate(timeout=client.TIMEOUT)
    else:
        os.kill(getattr(login, how), signal.SIGKILL)
        wait.until(lambda: not procs.is_alive(login.monitor) or how == 'init', 'the monitor to end')
        login.process.kill()
        login.process.communicate()


@BOTH
@pytest.mark.parametrize('code', [IN_FLIGHT, STUBBORN, NESTED],
                         ids=['in flight', 'stubborn', 'nested'])
def test_hiding_places(boxed, code):
    """C29: a tenant hides in detached sessions, nested namespaces and descriptors in flight:
    however the session ends, no process, mount or namespace of it stays.
    """
    for how in WAYS:
        before = boxed.host.snapshot()
        hide = (f'{remote.python(code)} </dev/null >~/said 2>&1 &\n'
                'until grep -q hidden ~/said; do sleep 0.02; done')
        with staying(boxed, 'alice', hide) as login:
            inside = procs.members_of('user', login.session.container_ids()['user'])
            assert [pid for pid in inside if 'python3' in procs.title(pid)], 'the control'
            os.unlink('/home/alice/said')
            end(login, how)
        boxed.host.nothing_left_since(before)


@BOTH
def test_pinned_sessions(boxed):
    """C29: a tenant stops sshd's child in several sessions and the clients go: the sessions stay
    pinned, another tenant is not affected, and the end of each monitor, or of each init, clears
    all.
    """
    before = boxed.host.snapshot()
    known, logins = [], []
    for _ in range(PINNED):
        process = boxed.popen('alice', 'echo ready; exec cat')
        client.lines_before(process, 'ready')
        logins.append((boxed.session('alice', known), process))
        known.append(logins[-1][0])
    for login, process in logins:
        assert boxed.ok('bob', 'echo in') == 'in\n'
        os.kill(login.child, signal.SIGSTOP)
        process.kill()
        process.communicate()
    assert all(procs.is_alive(login.init) for login, _ in logins), 'the control: they are pinned'
    assert boxed.ok('bob', 'echo unaffected') == 'unaffected\n'
    assert boxed.ok('alice', 'echo another') == 'another\n'
    for i, (login, _) in enumerate(logins):
        os.kill(login.monitor if i % 2 else login.init, signal.SIGKILL)
    boxed.host.nothing_left_since(before)


def test_tenant_stops_its_own_child(boxed):
    """C29, as the tenant can do it: kill -STOP of sshd's child from inside, then the connection
    breaks; the host's admin ends it by the monitor.
    """
    before = boxed.host.snapshot()
    with staying(boxed) as login:
        inside = procs.pid_inside(login.child)
        process = boxed.popen('alice', f'(sleep 0.1; kill -STOP {inside}) & echo ready', '-S',
                              login.control)
        wait.until(lambda: procs.status(login.child)['State'][0] == 'T', 'the child to be stopped')
        for one in (process, login.process):
            one.kill()
            one.wait()
        assert procs.is_alive(login.init), 'the control'
        os.kill(login.monitor, signal.SIGKILL)
        boxed.host.nothing_left_since(before)


@BOTH
def test_one_ends_others_live(boxed):
    """C29, C30: the end of one of a user's sessions, in any way, touches no other session of the
    user.
    """
    with staying(boxed) as stays, staying(boxed, 'bob') as of_bob:
        for how in WAYS:
            with staying(boxed) as ends:
                end(ends, how)
                wait.until(lambda one=ends: not procs.is_alive(one.init), 'the init to end')
            for login, user in ((stays, 'alice'), (of_bob, 'bob')):
                assert second_channel(boxed, login, 'echo lives', user).stdout == 'lives\n', how


@BOTH
def test_dead_container_gives_no_shell(boxed):
    """C29, invariant 1: after init is dead, while the monitor still lives, no further channel gets
    a shell anywhere: the connection ends or the channel is refused.
    """
    with staying(boxed) as login:
        assert second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout, 'the control'
        os.kill(login.child, signal.SIGSTOP)
        os.kill(login.init, signal.SIGKILL)
        wait.until(lambda: not procs.is_alive(login.init), 'init to end')
        ids = procs.parse_shown(second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout)
        assert not ids
