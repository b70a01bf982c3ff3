# SPDX-License-Identifier: MIT
"""C7 and C24: whose door it is, where it stands, and that it does nothing anywhere else.

Invariants 2 and 7. The control of each refusal is that the same door lets its own tenant in.
"""

import itertools
import os
import shutil
import signal

import pytest

import calls
import host as host_module
import kernel
import landing
import logbook
import procs
import record
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
REAL_DOOR = f'{host_module.HELPERS}/nsbox-enter'
MS_PRIVATE_ALL = kernel.MS_PRIVATE | kernel.MS_REC


def control(site, login, user='alice'):
    landing.check_contained(landing.start_shell(login, user), user, site.user_map)


@BOTH
def test_root_is_refused(boxed):
    """C7, invariant 1: the door is nothing for root, not even in a landing."""
    with staying(boxed) as login:
        control(boxed, login)
        outcome = landing.start_shell(login, 'root', argv=lambda script: ['bash', '-c', 'id'])
        assert outcome.refused and outcome.out == '', outcome
        boxed.host.log.wait_for('cannot enter: root is never boxed')


@BOTH
def test_another_user_is_refused(boxed):
    """C7: bob in alice's landing is refused by every door of it, and told nothing of why."""
    with staying(boxed) as login:
        control(boxed, login)
        for door in ('/usr/bin/bash', '/usr/bin/sh'):
            outcome = landing.run(login, 'bob', ['bash', '-c', 'id'], path=door)
            assert outcome.refused and outcome.out == '', outcome
            assert 'cannot be entered' in outcome.err and 'another' not in outcome.err
        boxed.host.log.wait_for(': cannot enter: the session is another user')


@pytest.mark.parametrize('user', ['bob', 'alice'])
def test_refusal_is_logged_by_name_and_reference(boxed, user):
    """Invariant 1: what the door refuses before it knows whose session it is (another user's; no
    set-user-id bit) is in the log too, as nsbox-enter's and under the reference the tenant was
    told.
    """
    with staying(boxed) as login:
        logged = len(boxed.host.log.lines)
        bare = (lambda: calls.prctl(calls.PR_SET_NO_NEW_PRIVS, 1)) if user == 'alice' else None
        outcome = landing.run(login, user, ['bash', '-c', 'id'], odd=bare)
        assert outcome.refused, outcome
        line = boxed.host.log.wait_for(': cannot enter: ', logged)
        assert 'nsbox-enter' in line
        assert f'{logbook.reference_in(outcome.err)}: ' in line


@BOTH
def test_other_record_of_the_same_user(boxed):
    """C7: alice's second login is not her first: each door leads to its own container."""
    with staying(boxed) as first, staying(boxed) as second:
        for login in (first, second):
            outcome = landing.run(login, 'alice', ['bash', '-c', procs.SHOW_NAMESPACES])
            assert procs.parse_shown(outcome.out) == login.session.container_ids()


def in_landing_only(login):
    """The landing's tree, but the host's pid namespace."""
    landing_ns = os.open(f'/proc/{login.monitor}/ns/mnt', os.O_RDONLY)
    calls.setns(landing_ns)
    os.close(landing_ns)


def in_deeper_pid_namespace(login):
    """All that the session's own processes have, but one pid namespace further down, whose PID 1 is
    in user and mount namespaces of the tenant's own making.
    """
    landing.enter(login)
    pid = os.fork()
    if pid:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    calls.unshare(calls.CLONE_NEWPID)
    read, write = os.pipe()
    if os.fork() == 0:
        try:
            be_false_init(write)
        finally:
            os._exit(1)
    os.close(write)
    assert os.read(read, 1) == b'r'


def be_false_init(ready):
    landing.become(*landing.ids_of('alice'))
    userns(False, calls.CLONE_NEWCGROUP)(None)()
    os.write(ready, b'r')
    signal.pause()   # goes with the session


def in_pid_namespace_of(other):
    def join(login):
        fds = [os.open(f'/proc/{pid}/ns/{kind}', os.O_RDONLY) for pid, kind in
               ((other.monitor, 'pid_for_children'), (login.monitor, 'mnt'))]
        for fd in fds:
            calls.setns(fd)
            os.close(fd)
    return join


@BOTH
@pytest.mark.parametrize('join', [in_landing_only, in_deeper_pid_namespace])
def test_other_pid_namespace_is_refused(boxed, join):
    """C7, session.h MUST 4: a door does nothing in a pid namespace that is not the session's."""
    with staying(boxed) as login:
        control(boxed, login)
        outcome = landing.start_shell(login, join=join)
        assert outcome.refused, outcome
        if join is in_deeper_pid_namespace:
            boxed.host.log.wait_for('cannot enter: not in the session.s pid namespace')


def test_pid_namespace_of_another_session_is_refused(boxed):
    """C7: the doors of alice's first login, from the pid namespace of her second, are refused."""
    with staying(boxed) as first, staying(boxed) as second:
        outcome = landing.start_shell(first, join=in_pid_namespace_of(second))
        assert outcome.refused, outcome
        control(boxed, first)


def userns(map_to_root, more=0):
    """unshare(NEWUSER|NEWNS) as whoever calls, with a forger's tmpfs on /run/nsbox."""
    def odd_with(text):
        def odd():
            uid, gid = os.getuid(), os.getgid()
            calls.prctl(calls.PR_SET_DUMPABLE, 1)  # or /proc/self would be root's
            calls.unshare(calls.CLONE_NEWUSER | calls.CLONE_NEWNS | more)
            inside = (0, 0) if map_to_root else (uid, gid)
            for name, line in (('setgroups', 'deny'), ('uid_map', f'{inside[0]} {uid} 1'),
                               ('gid_map', f'{inside[1]} {gid} 1')):
                with open(f'/proc/self/{name}', 'w', encoding='ascii') as file:
                    file.write(line)
            if text:
                calls.mount('forged', '/run/nsbox', 'tmpfs')
                with open(record.PATH, 'wb') as file:
                    file.write(text)
                os.chmod(record.PATH, 0o600)
        return odd
    return odd_with


@BOTH
def test_own_user_namespace_in_a_landing(boxed):
    """C7: bob takes user and mount namespaces of his own in his landing, with a record that says
    he is whoever he is not: the door has no privilege there, and refuses.
    """
    with staying(boxed, 'bob') as of_bob, staying(boxed) as of_alice:
        control(boxed, of_bob, 'bob')
        for as_root, forge in itertools.product((True, False), repeat=2):
            uid = 0 if as_root else host_module.USERS['bob']
            text = record.forged(record.of(of_alice), uid=uid, kept=2**64 - 1) if forge else None
            outcome = landing.start_shell(of_bob, 'bob', odd=userns(as_root)(text))
            assert outcome.refused, (as_root, forge, outcome)


FAKE = '''
import os, subprocess, sys
sys.path[:0] = {folders!r}
import calls
os.makedirs('/home/bob/box/nsbox', exist_ok=True)
uid, gid = os.getuid(), os.getgid()
calls.unshare(calls.CLONE_NEWUSER | calls.CLONE_NEWNS | calls.CLONE_NEWPID)
for name, line in (('setgroups', 'deny'), ('uid_map', '%d %d 1' % ({inside}, uid)),
                   ('gid_map', '%d %d 1' % ({inside}, gid))):
    with open('/proc/self/' + name, 'w') as file:
        file.write(line)
pid = os.fork()
if pid:
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) & 255)
calls.mount('none', '/', None, {private})
calls.mount('run', '/run', 'tmpfs')
os.mkdir('/run/nsbox')
with open('/run/nsbox/session', 'wb') as file:
    file.write(open('/home/bob/forged', 'rb').read())
os.chmod('/run/nsbox/session', 0o600)
os.execv('/home/bob/door', ['bash', '-c', 'id; cat /proc/self/uid_map'])
'''


def test_fake_landing_on_the_host(boxed):
    """C7 (CVE-2022-31214), C24: bob builds a landing of his own on the host and runs a copy of the
    door in it, set-user-id his own or not: nothing.
    """
    with staying(boxed) as login:
        control(boxed, login)
        text = record.of(login)
    for inside, mode in itertools.product((0, host_module.USERS['bob']), (0o755, 0o4755, 0o6755)):
        with open('/home/bob/forged', 'wb') as file:
            file.write(record.forged(text, uid=inside, gid=inside))
        os.chown('/home/bob/forged', *(host_module.USERS['bob'],) * 2)
        copy_of_the_door('bob', mode)
        folders = [os.path.dirname(module.__file__) for module in (calls, kernel)]
        code = FAKE.format(folders=folders, inside=inside, private=MS_PRIVATE_ALL)
        done = host_module.run_as('bob', ['/usr/bin/python3', '-c', code])
        assert done.returncode == landing.REFUSED, done
        assert done.stdout == '' and 'nsbox: login refused' in done.stderr


def copy_of_the_door(user, mode=0o755):
    path = f'/home/{user}/door'
    shutil.copy(REAL_DOOR, path)
    os.chown(path, *(host_module.USERS[user],) * 2)
    os.chmod(path, mode)
    return path


@BOTH
def test_copy_of_the_door(boxed):
    """C24: a copy in the home is not executable in the landing, and no door inside or outside."""
    path = copy_of_the_door('alice')
    with staying(boxed) as login:
        control(boxed, login)
        outcome = landing.run(login, 'alice', ['bash', '-c', 'id'], path=path)
        assert outcome.status == 126 and 'Permission denied' in outcome.err, outcome
    done = boxed.ssh('alice', f'{path} -c id')
    assert done.returncode == landing.REFUSED and done.stdout == ''
    done = host_module.run_as('alice', [path, '-c', 'id'])
    assert done.returncode == landing.REFUSED and done.stdout == ''


def test_root_owned_copy_is_of_no_use_inside(boxed):
    """C24: even a set-user-id root copy that an admin has left about gains nothing inside: nosuid
    and no_new_privs; on the host it refuses for want of a record.
    """
    path = '/usr/local/bin/left-door'
    shutil.copy(REAL_DOOR, path)
    os.chown(path, 0, 0)
    os.chmod(path, 0o4755)
    try:
        assert boxed.ssh('alice', f'{path} -c id').returncode == landing.REFUSED
        done = host_module.run_as('alice', [path, '-c', 'id'])
        assert done.returncode == landing.REFUSED and done.stdout == ''
        with staying(boxed) as login:
            control(boxed, login)
            outcome = landing.run(login, 'alice', ['bash', '-c', 'id'], path=path)
            assert outcome.status == 126, outcome
    finally:
        os.unlink(path)


@BOTH
def test_hard_link_loader_and_descriptor(boxed):
    """C24 (CVE-2021-44730): a hard link, `ld.so door`, /proc/PID/exe: refused; fexecve of the door
    from the landing is the door.
    """
    loader = os.path.realpath('/lib64/ld-linux-x86-64.so.2' if os.path.exists(
        '/lib64/ld-linux-x86-64.so.2') else '/lib/ld-linux-aarch64.so.1')

    def link():
        os.link('/usr/bin/bash', '/home/alice/linked')

    with staying(boxed) as login:
        control(boxed, login)
        outcome = landing.run(login, 'alice', ['bash'], odd=link)
        assert outcome.status == 126 and 'cross-device' in outcome.err, outcome
        outcome = landing.run(login, 'alice', [loader, '/usr/bin/bash', '-c', 'id'], path=loader)
        assert outcome.status == 126 and 'Permission denied' in outcome.err, outcome

        def by_descriptor():
            fd = os.open('/usr/bin/bash', os.O_RDONLY)
            calls.libc.fexecve(fd, None, None)
        outcome = landing.run(login, 'alice', ['bash'], odd=by_descriptor)
        assert '0 0 4294967295' not in outcome.out and 'uid=0(root)' not in outcome.out

        # The door's file, opened in the landing, comes along as standard input: executed inside, it
        # has no privilege, being on a mount of another mount namespace.
        outcome = landing.run(login, 'alice', ['bash', '-c', 'exec /proc/self/fd/0 -c id'],
                              odd=lambda: os.dup2(os.open('/usr/bin/bash', os.O_RDONLY), 0))
        assert outcome.status != 0 and 'uid=' not in outcome.out, outcome


@BOTH
def test_door_is_nowhere_inside(boxed):
    """C24, invariant 2: inside the container no path leads to a set-user-id file of nsbox, and
    every set-user-id file that is there lies on a nosuid mount.
    """
    with staying(boxed) as login:
        text = procs.read(login.init, 'mountinfo')
        assert all('nosuid' in line.split()[5] for line in text.splitlines())
        shown = second_channel(boxed, login, 'ls -la /usr/libexec/nsbox/ /run/nsbox/; stat '
                                             '/usr/libexec/nsbox/nsbox-enter').stdout
        assert 'nsbox-' not in shown and 'session' not in shown


@BOTH
def test_record_is_roots_alone(boxed):
    """C7, session.h MUST 1: in the landing the tenant can neither read, replace nor cover the
    record.
    """
    attempts = {
        'read': lambda: open(record.PATH, 'rb').read(),
        'write': lambda: open(record.PATH, 'ab'),
        'unlink': lambda: os.unlink(record.PATH),
        'rename': lambda: os.rename('/run/nsbox', '/run/other'),
        'create': lambda: open('/run/nsbox/mine', 'wb'),
        'replace': lambda: os.rename('/home/alice/mine', record.PATH),
        'mount': lambda: calls.mount('mine', '/run/nsbox', 'tmpfs'),
        'door': lambda: os.rename('/usr/bin/bash', '/usr/bin/other'),
        'door 2': lambda: os.unlink('/usr/bin/bash'),
        'door 3': lambda: open('/usr/bin/zsh', 'wb'),
    }
    with staying(boxed) as login:
        control(boxed, login)
        host_module.write_as('alice', '/home/alice/mine', 'mine')
        for name, attempt in attempts.items():
            outcome = landing.run(login, 'alice', ['bash', '-c', 'id'], odd=attempt)
            assert outcome.status == 126 and 'not executed' in outcome.err, (name, outcome)
        control(boxed, login)


@BOTH
def test_folder_as_standard_descriptor(boxed):
    """C4, C7: a folder of the landing as descriptor 0, 1 or 2 would be a way back: refused."""
    with staying(boxed) as login:
        control(boxed, login)
        for fd, path in itertools.product((0, 1, 2), ('/', '/etc/passwd')):
            def odd(fd=fd, path=path):
                folder = os.O_RDONLY | os.O_DIRECTORY
                os.dup2(os.open(path, folder if path == '/' else os.O_PATH), fd)
            outcome = landing.start_shell(login, odd=odd)
            assert outcome.status == landing.REFUSED and not outcome.ran, (fd, path, outcome)
