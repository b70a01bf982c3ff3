# SPDX-License-Identifier: MIT
"""However a session ends, nothing of it is left: no process, namespace, mount, IPC object.

Invariant 6, C29. Every test first shows that the session was there.
"""

import os
import signal
import subprocess

import pytest

import client
import procs
import terminal
import wait

SELF, ROOT = 'internal-one-self', 'external-two-root'
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
# A tenant who tries to outlive the session: detached, deaf to signals, and with things of its own.
STUBBORN = ('(trap "" HUP TERM INT; setsid sleep 3333 </dev/null >/dev/null 2>&1 &); '
            'nohup sleep 3334 </dev/null >/dev/null 2>&1 & '
            'ipcmk -Q >/dev/null; touch /dev/shm/mine /tmp/mine; '
            '[ $(id -u) != 0 ] || mount -t tmpfs mine /mnt; ')


class Running:
    """A stubborn tenant's session, looked at before it ends."""

    def __init__(self, site, *options):
        self.site = site
        self.before = site.host.snapshot()
        self.process = site.popen('alice', f'{STUBBORN} echo ready; exec cat', *options)
        client.lines_before(self.process, 'ready')
        self.login = site.session('alice')
        site.check(self.login)
        for title in ('sleep 3333', 'sleep 3334'):
            wait.until(lambda name=title: procs.titled(name), f'{title} to run')

    def must_vanish(self):
        try:
            self.process.communicate(timeout=client.TIMEOUT)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
        self.site.host.nothing_left_since(self.before)


@BOTH
def test_logout(boxed):
    """A normal logout ends also what the tenant left running."""
    running = Running(boxed)
    running.must_vanish()
    assert running.process.returncode == 0


@BOTH
def test_client_vanishes(boxed):
    """The client is killed: the connection breaks."""
    running = Running(boxed)
    running.process.kill()
    running.must_vanish()


@BOTH
@pytest.mark.parametrize('who', ['monitor', 'child', 'init'])
def test_killed(boxed, who):
    """SIGKILL for sshd's monitor, so that no PAM close function ever runs; for its unprivileged
    child, as a tenant can send it from inside; for the container's PID 1, from the host.
    """
    running = Running(boxed)
    os.kill(getattr(running.login, who), signal.SIGKILL)
    running.must_vanish()


@BOTH
def test_post_auth_child_stopped(boxed):
    """A tenant stops sshd's child, then the monitor dies: the stopped child goes too."""
    running = Running(boxed)
    os.kill(running.login.child, signal.SIGSTOP)
    os.kill(running.login.monitor, signal.SIGKILL)
    running.process.kill()
    running.must_vanish()


def test_second_channel_outlives_the_first(boxed):
    """One channel's end does not end the others'; the last one's end does."""
    before = boxed.host.snapshot()
    control = client.control_path()
    master = boxed.popen('alice', 'echo ready; exec cat', '-M', '-S', control)
    client.lines_before(master, 'ready')
    second = boxed.popen('alice', 'echo ready; exec cat', '-S', control)
    client.lines_before(second, 'ready')
    assert second.communicate('still here\n')[0] == 'still here\n'
    assert master.communicate('still here\n')[0] == 'still here\n'
    boxed.host.nothing_left_since(before)


def test_forward_only(boxed):
    """`ssh -N -R` without any shell leaves nothing either."""
    before = boxed.host.snapshot()
    process = boxed.popen('alice', None, '-N', '-R', '/tmp/r.sock:127.0.0.1:9')
    boxed.check(boxed.session('alice'))
    process.kill()
    process.communicate()
    boxed.host.nothing_left_since(before)


def test_terminal_is_gone(boxed):
    """The window of an interactive session is closed: hang-up, and nothing is left. C9."""
    before = boxed.host.snapshot()
    terminal.prepare('alice')
    with terminal.Terminal(boxed.client.line('ssh', 'alice@host')) as term:
        term.run('(trap "" HUP; sleep 3335 &)')
        wait.until(lambda: procs.titled('sleep 3335'), 'the tenant\'s sleep to run')
    boxed.host.nothing_left_since(before)


def test_listener_restarted(boxed):
    """sshd's listener is restarted under a live session: it goes on, and ends as it should."""
    server = boxed.server
    before = boxed.host.snapshot()
    process = boxed.popen('alice', 'echo ready; exec cat')
    client.lines_before(process, 'ready')
    login = boxed.session('alice')
    old = server.pid
    server.stop()
    server.start()
    boxed.check(login)
    assert process.communicate('still here\n')[0] == 'still here\n'
    assert not procs.is_alive(old)
    wait.until(lambda: not procs.is_alive(login.init), 'the container to end')
    left = boxed.host.snapshot().news_since(before)
    assert set(left) <= {'processes'}
    assert {pid for pid, _ in left.get('processes', ())} <= {server.pid}


def test_many_short_logins(boxed):
    """Nothing grows: as many namespaces, mounts and processes after as before. C30."""
    before = boxed.host.snapshot()
    rounds = 200 if os.environ.get('NSBOX_LONG') else 20
    for _ in range(rounds):
        logins = [boxed.popen(user, 'echo ready') for user in ('alice', 'alice', 'bob')]
        assert [login.communicate()[0] for login in logins] == ['ready\n'] * 3
    boxed.host.nothing_left_since(before)
