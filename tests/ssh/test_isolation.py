# SPDX-License-Identifier: MIT
"""What a container keeps apart: processes, mounts, host name, IPC. test_network.py and
test_users.py have the rest. Each test shows the host's side, and that the same thing works where
it should.
"""

import contextlib
import os
import uuid

import pytest

import client
import host as host_module
import leftovers
import procs
import remote
import wait

SELF, ROOT, SUBIDS = 'internal-one-self', 'external-two-root', 'external-two-subids'
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)


@contextlib.contextmanager
def logged_in(site, user='alice', command='', *options):
    """A login that stays; gives the process after the command has run."""
    process = site.popen(user, f'{command}\necho ready; exec cat', *options)
    try:
        process.shown = client.lines_before(process, 'ready')
        yield process
    finally:
        process.communicate(timeout=client.TIMEOUT)


@BOTH
def test_processes_seen(boxed):
    """Only the session's own processes are visible inside; the host sees them all."""
    mark = f'sleep 98{uuid.uuid4().int % 10 ** 8}'
    with logged_in(boxed, 'bob', f'{mark} </dev/null >/dev/null 2>&1 &'):
        wait.until(lambda: procs.titled(mark), f'{mark} to run')
        seen = boxed.ok('alice', 'ps -eo pid=,args=')
        assert mark not in seen and 'sshd -D' not in seen and '/usr/sbin/sshd' not in seen
        inside = [int(line.split()[0]) for line in seen.splitlines()]
        assert 1 in inside and len(inside) <= 5, seen
        assert mark in boxed.ok('carol', 'ps -eo args='), 'the control: unboxed sees the host'


@BOTH
@pytest.mark.parametrize('target', ['1', '-1'])
def test_kill(boxed, target):
    """kill -9 1 and -1, as tenant and as root inside, change nothing on the host. C5, C6."""
    with logged_in(boxed, 'bob', 'echo $$') as neighbour:
        before = leftovers.processes()
        boxed.ssh('alice', f'kill -9 {target}; :')
        boxed.quiet(['alice'])
        gone = [pid for pid, start in before if procs.start_time(pid) != start]
        assert not gone
        assert neighbour.poll() is None
    assert boxed.ok('alice', 'echo alive') == 'alive\n'


@BOTH
def test_kill_one_spares_init(boxed):
    """PID 1 of the container is not the tenant's to end; the session goes on."""
    assert boxed.ok('alice', 'kill -9 1; kill -TERM 1; kill -HUP 1; echo alive') == 'alive\n'


def test_kill_has_a_control(boxed):
    """The control of the two above: signals do work inside, on the session's own processes."""
    assert boxed.ok('alice', 'sleep 60 & kill -9 $!; wait $!; echo $?').endswith('137\n')


@AS_ROOT
def test_mount_inside(boxed):
    """Root inside mounts a tmpfs; neither the host nor another session sees it. C13."""
    before = leftovers.mounts()
    command = 'mkdir -p here && mount -t tmpfs mine here && touch here/canary && ls here'
    with logged_in(boxed, command=command) as login:
        assert 'canary' in login.shown, login.stderr
        assert os.listdir('/home/alice/here') == []
        assert leftovers.mounts() == before
        assert boxed.ok('alice', 'ls here') == ''


@BOTH
def test_mount_outside(boxed):
    """What the host mounts after the login does not show inside. C13."""
    os.makedirs('/srv/later', exist_ok=True)
    with logged_in(boxed) as login:
        client.run(['mount', '-t', 'tmpfs', 'later', '/srv/later'])
        try:
            with open('/srv/later/canary', 'w', encoding='utf-8'):
                pass
            assert '/srv/later' in procs.read('self', 'mountinfo')
            inside = boxed.session('alice').init
            assert not os.listdir(f'/proc/{inside}/root/srv/later')
            assert login.poll() is None
            assert boxed.ok('carol', 'ls /srv/later') == 'canary\n', 'the control'
        finally:
            client.run(['umount', '/srv/later'])


@AS_ROOT
@pytest.mark.parametrize('command', [
    'umount /tmp', 'umount /run', 'umount /proc', 'umount /dev/pts', 'umount /usr', 'umount -l /',
    'mount -o remount,bind,rw /usr', 'mount -o remount,bind,rw,suid,dev /',
    'mount --move /tmp /srv',
    'umount /sys', 'umount /dev/mqueue', 'umount /proc/sys', 'mount -o remount,bind,rw /proc/sys',
])
def test_mounts_of_the_policy_are_locked(boxed, command):
    """Root inside can neither unmount, move nor loosen what the container was given. C13."""
    done = boxed.ssh('alice', f'cat /proc/self/mountinfo | wc -l; {command}; echo status $?; '
                              'cat /proc/self/mountinfo | wc -l')
    lines = done.stdout.split('\n')
    assert lines[1].startswith('status ') and lines[1] != 'status 0', done
    assert lines[0] == lines[2], 'a mount has gone'


@BOTH
def test_host_tree_is_read_only(boxed):
    """The host's tree cannot be written, the home, /tmp, /var/tmp and /run/user can. C13, C14."""
    for path in ('/usr/canary', '/etc/canary', '/canary', '/srv/canary', '/run/canary',
                 '/sys/canary'):
        assert boxed.ssh('alice', f'touch {path}').returncode != 0, path
        assert not os.path.lexists(path)
    for path in ('/home/alice/canary', '/tmp/canary', '/var/tmp/canary', '/dev/shm/canary'):
        assert boxed.ssh('alice', f'touch {path}').returncode == 0, path
    assert os.path.exists('/home/alice/canary'), 'the home is the real one'
    for path in ('/tmp/canary', '/var/tmp/canary', '/dev/shm/canary'):
        assert not os.path.exists(path), f'{path} is the host\'s'


@BOTH
def test_kernel_controls(boxed):
    """What makes the kernel run a program or stop the machine cannot be written. C14."""
    paths = ('/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/proc/sysrq-trigger',
             '/proc/sys/kernel/hotplug', '/proc/sys/fs/binfmt_misc/register',
             '/sys/kernel/uevent_helper')
    there = [path for path in paths if os.path.exists(path)]
    assert there
    for path in there:
        done = boxed.ssh('alice', f'[ -e {path} ] && : >>{path} && echo opened')
        assert 'opened' not in done.stdout, path


@BOTH
def test_hostname(boxed):
    """The host name is the session's own, and root inside changes only that."""
    assert boxed.ok('alice', 'hostname').strip() != os.uname().nodename
    command = 'hostname changed 2>/dev/null; hostname'
    changed = boxed.ok('alice', command).strip()
    assert (changed == 'changed') == (boxed.user_map != 'self')
    assert os.uname().nodename == client.run(['hostname']).stdout.strip() == 'testhost'


@BOTH
def test_system_v_ipc(boxed):
    """System V queues, semaphores and segments are the session's own."""
    key = '0x6e73626f'
    client.run(['ipcmk', '-Q', '-S', '1', '-M', '4096'])
    before = leftovers.ipc()
    assert len(before) >= 3
    try:
        code = ('import ctypes; c = ctypes.CDLL(None)\n'
                f'print(c.msgget({key}, 0o1666), c.semget({key}, 1, 0o1666), '
                f'c.shmget({key}, 4096, 0o1666))')
        count = 'cat /proc/sysvipc/msg /proc/sysvipc/shm | wc -l'
        shown = boxed.ok('alice', f'{remote.python(code)}; {count}')
        made, lines = shown.splitlines()
        assert '-1' not in made.split(), 'none could be made inside'
        assert lines == '4', 'two headings and one line each'
        assert leftovers.ipc() == before
    finally:
        client.run(['ipcrm', '--all'])


@BOTH
def test_posix_queues(boxed):
    """POSIX message queues are the session's own, also through /dev/mqueue."""
    with open('/dev/mqueue/of-the-host', 'w', encoding='utf-8'):
        pass
    try:
        code = ('import ctypes, os; c = ctypes.CDLL("librt.so.1", use_errno=True)\n'
                'print("host", c.mq_open(b"/of-the-host", os.O_RDWR))\n'
                'print("own", c.mq_open(b"/own", os.O_RDWR | os.O_CREAT, 0o600, None) >= 0)')
        shown = boxed.ok('alice', f'{remote.python(code)}; ls /dev/mqueue')
        assert shown.splitlines() == ['host -1', 'own True', 'own']
        assert os.listdir('/dev/mqueue') == ['of-the-host']
    finally:
        os.unlink('/dev/mqueue/of-the-host')


@BOTH
def test_shared_memory_folder(boxed):
    """/dev/shm is the session's own, and two sessions of one user do not share it."""
    host_module.write_as('root', '/dev/shm/of-the-host', '')
    try:
        with logged_in(boxed, command='touch /dev/shm/own; ls /dev/shm') as login:
            assert login.shown.split() == ['own']
            assert os.listdir('/dev/shm') == ['of-the-host']
            assert boxed.ok('alice', 'ls /dev/shm') == ''
            assert boxed.ok('carol', 'ls /dev/shm') == 'of-the-host\n', 'the control'
    finally:
        os.unlink('/dev/shm/of-the-host')
