# SPDX-License-Identifier: MIT
"""C9: terminals. Every session's first pty is pts/0 of its own devpts; the host's pts/0 is another
user's, and what sshd does to "/dev/pts/0" by name at a session's end must not happen to that one.
"""

import contextlib
import os
import pwd
import signal
import stat
import struct
import time

import pytest

import client
import procs
import remote
import wait
from logins import second_channel, staying

FORMS = pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-self',
                                          'external-one-root', 'external-two-root'], indirect=True)
UTMP = '/run/utmp'
USER_PROCESS = 7


@contextlib.contextmanager
def terminal_of_carol():
    """The host's /dev/pts/0, hers, with an entry in the host's utmp."""
    pairs = []
    while not pairs or os.ttyname(pairs[-1][1]) != '/dev/pts/0':
        pairs.append(os.openpty())
        assert len(pairs) < 20, 'pts/0 is somebody else\'s'
    carol = pwd.getpwnam('carol').pw_uid
    os.chown('/dev/pts/0', carol, 5)
    os.chmod('/dev/pts/0', 0o620)
    with open(UTMP, 'r+b') as file:
        before = file.read()
        file.seek(0)
        file.write(struct.pack('=hxxi32s4s32s256s', USER_PROCESS, os.getpid(), b'pts/0', b'ts/0',
                               b'carol',
                               b'elsewhere').ljust(384, b'\0'))
        file.truncate()
    try:
        yield
    finally:
        for pair in pairs:
            for fd in pair:
                os.close(fd)
        with open(UTMP, 'wb') as file:
            file.write(before)


def state():
    """What must not change."""
    st = os.stat('/dev/pts/0')
    of_others = [entry for entry in entries() if not entry[2].startswith('ns:')]  # alice's own
    return st.st_uid, st.st_gid, oct(stat.S_IMODE(st.st_mode)), of_others


def entries():
    """The host's utmp, in short: kind, pid, line, id, user."""
    with open(UTMP, 'rb') as file:
        data = file.read()
    words = (struct.unpack('=hxxi32s4s32s', data[i:i + 76]) for i in range(0, len(data), 384))
    return [tuple(word.rstrip(b'\0').decode() if isinstance(word, bytes) else word
                  for word in entry)
            for entry in words]


def end_by(login, second, how):
    if how == 'logout':
        for process in (second, login.process):
            process.communicate('\n', timeout=client.TIMEOUT)
    elif how == 'client':
        login.process.kill()
    else:
        os.kill(getattr(login, how), signal.SIGKILL)


@FORMS
@pytest.mark.parametrize('how', ['child', 'client', 'init', 'monitor', 'logout'])
def test_terminal_of_another_user(boxed, how):
    """C9: a session with two ptys ends (sshd's child killed, the client killed, init or monitor
    killed, a logout): the host's pts/0 keeps its owner and mode, the host's utmp its entries.
    """
    with terminal_of_carol():
        before = state()
        with staying(boxed, pty=True) as login:
            second = boxed.popen('alice', 'tty; read -r _', '-S', login.control, pty=True)
            assert second.stdout.readline().strip() == '/dev/pts/1'
            own = os.stat(f'/proc/{login.monitor}/root/dev/pts/0')
            assert own.st_uid == pwd.getpwnam('alice').pw_uid, 'the control: hers has the same name'
            assert state() == before, 'while the session lives'
            end_by(login, second, how)
            wait.until(lambda: not procs.is_alive(login.monitor), 'the monitor to end')
            second.kill()
            second.wait()
        assert state() == before


@FORMS
def test_owner_and_mode(boxed):
    """C9: no pty of a session is ever open to others; another session has another."""
    with staying(boxed, pty=True) as one, staying(boxed, 'bob', pty=True) as other:
        for login, user in ((one, 'alice'), (other, 'bob')):
            st = os.stat(f'/proc/{login.monitor}/root/dev/pts/0')
            assert st.st_uid == pwd.getpwnam(user).pw_uid
            assert stat.S_IMODE(st.st_mode) & 0o007 == 0
        folders = {os.stat(f'/proc/{login.init}/root/dev/pts').st_dev for login in (one, other)}
        assert len(folders) == 2 and os.stat('/dev/pts').st_dev not in folders
        devices = {os.stat(f'/proc/{pid}/root/dev/pts').st_dev for pid in (one.init, one.monitor)}
        assert len(devices) == 1, 'invariant 3: landing and container share one'
        assert second_channel(boxed, one, 'ls /dev/pts').stdout.split() == ['0', 'ptmx']


@FORMS
def test_none_is_left(boxed):
    """C9: the host's own devpts has no more ptys during a session, and none more after it."""
    before = os.listdir('/dev/pts')
    with staying(boxed, pty=True) as login:
        assert os.listdir('/dev/pts') == before
        assert '0' in os.listdir(f'/proc/{login.init}/root/dev/pts'), 'the control'
    boxed.quiet()
    assert os.listdir('/dev/pts') == before


def test_one_tenant_cannot_take_all(boxed):
    """C9: a tenant who opens ptys without end meets an end of its own, and others get theirs."""
    code = remote.python("import os\nn = 0\ntry:\n while n < 300: os.open('/dev/ptmx', 2); n += 1\n"
                         "except OSError: pass\nprint(n)")
    opened = int(boxed.ok('alice', code))
    assert 200 < opened <= 256
    with staying(boxed, 'bob', 'tty', pty=True) as login:
        assert login.shown.strip() == '/dev/pts/0', 'the control'


LOCK = '''
import fcntl, time
file = open('/run/utmp')
fcntl.lockf(file, fcntl.LOCK_SH)
print('held', flush=True)
time.sleep(300)
'''


def test_lock_on_utmp_delays_nobody(boxed):
    """C23 (CVE-2024-22365), invariant 8: an ordinary user of the host holds a read lock on the
    host's utmp, which everybody may read: logins are not held up by it.
    """
    carol = pwd.getpwnam('carol').pw_uid
    holder = client.start(['setpriv', f'--reuid={carol}', f'--regid={carol}', '--clear-groups',
                           remote.PYTHON, '-c', LOCK])
    try:
        client.lines_before(holder, 'held')
        seconds = {}
        for user in ('carol', 'alice'):
            begun = time.monotonic()
            assert boxed.ok(user, 'echo in') == 'in\n'
            seconds[user] = time.monotonic() - begun
        assert seconds['carol'] < 5, 'the control: unboxed'
        assert seconds['alice'] < 5, seconds
    finally:
        holder.kill()
        holder.communicate()


@pytest.mark.parametrize('path', ['/var/log/wtmp', '/var/log/lastlog', '/run/utmp'])
def test_login_records_are_the_sessions_own(boxed, path):
    """C23, inv. 3: what a tenant can read and lock is not the host's, nor tells others' logins."""
    boxed.ok('carol', 'true', pty=True)
    assert 'carol' in client.run(['last']).stdout, 'the control: the host records her login'
    inside = boxed.ok('alice', f'stat -c %d:%i {path}').strip()
    on_host = os.stat(path)
    assert inside != f'{on_host.st_dev}:{on_host.st_ino}'
    assert 'carol' not in boxed.ok('alice', 'last; who')
