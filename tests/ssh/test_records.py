# SPDX-License-Identifier: MIT
"""The host's own records of who is logged in: utmp, wtmp and lastlog stay true.

Every boxed session's terminal is pts/0 of its own devpts, so what sshd itself writes would erase
others' entries on the host. Invariant 3.
"""

import os
import signal
import struct
from dataclasses import dataclass

import accounts
import client
import host as host_module
import pamfiles
import procs
import terminal
import wait

UTMP, WTMP, LASTLOG = '/run/utmp', '/var/log/wtmp', '/var/log/lastlog'
RECORD = struct.Struct('hi32s4s32s256shhiii4i20s')
LAST = struct.Struct('i32s256s')
USER_PROCESS, DEAD_PROCESS = 7, 8


@dataclass(frozen=True)
class Entry:
    kind: int
    pid: int
    line: str
    ident: bytes
    user: str
    host: str


def text(field):
    return field.split(b'\0', 1)[0].decode()


def entries(path):
    with open(path, 'rb') as file:
        records = file.read()
    return [Entry(kind, pid, text(line), ident, text(user), text(host)) for
            kind, pid, line, ident, user, host, *_ in RECORD.iter_unpack(records)]


def logged_in(user):
    return [entry for entry in entries(UTMP) if entry.kind == USER_PROCESS and entry.user == user]


def last_login(user):
    with open(LASTLOG, 'rb') as file:
        file.seek(LAST.size * host_module.USERS[user])
        record = file.read(LAST.size)
    return LAST.unpack(record)[0] if len(record) == LAST.size else 0


def opened(site, user):
    terminal.prepare(user)
    return terminal.Terminal(site.client.line('ssh', f'{user}@host'))


def test_login_and_logout(site):
    """A login shows in utmp, wtmp and lastlog, its logout in utmp and wtmp; boxed or not."""
    began = len(entries(WTMP))
    before = last_login('alice')
    with opened(site, 'alice') as term:
        [entry] = logged_in('alice')
        assert entry.host == '127.0.0.1' and procs.is_alive(entry.pid)
        assert last_login('alice') > 0 and last_login('alice') >= before
        assert [one.user for one in entries(WTMP)[began:]] == ['alice']
        term.leave()
    wait.until(lambda: not logged_in('alice'), 'the entry in utmp to end')
    site.quiet()
    kinds = [one.kind for one in entries(WTMP)[began:] if one.line == entry.line]
    assert kinds == [USER_PROCESS, DEAD_PROCESS]


def test_two_tenants(site):
    """Two tenants on a terminal each have entries that do not touch one another."""
    with opened(site, 'alice'):
        with opened(site, 'bob') as of_bob:
            both = logged_in('alice') + logged_in('bob')
            assert len(both) == 2
            assert len({entry.line for entry in both}) == len({entry.ident for entry in both}) == 2
            of_bob.leave()
        wait.until(lambda: not logged_in('bob'), 'the entry of bob to end')
        assert len(logged_in('alice')) == 1


def test_unboxed_entry_survives(boxed):
    """A boxed session's pts/0 does not erase an unboxed user's entry of the same name."""
    with opened(boxed, 'carol') as of_carol:
        mine = logged_in('carol')
        assert len(mine) == 1 and of_carol.run('tty') == [f'/dev/{mine[0].line}']
        for _ in range(2):
            with opened(boxed, 'alice') as term:
                term.leave()
        boxed.quiet(['alice'])
        assert logged_in('carol') == mine


def test_killed_monitor(boxed):
    """After a SIGKILL nobody has ended the entry: its pid at least is not alive any more."""
    process = boxed.popen('alice', 'echo ready; exec cat')
    client.lines_before(process, 'ready')
    login = boxed.session('alice')
    os.kill(login.monitor, signal.SIGKILL)
    process.communicate()
    boxed.quiet()
    assert not any(procs.is_alive(entry.pid) for entry in logged_in('alice'))


def test_file_size_limit(boxed):
    """Invariant 8: a record beyond the limit that pam_limits gave the monitor does not end it."""
    limited = pamfiles.service_text('sshd', 'one').replace(
        'session', 'session required pam_limits.so conf=/etc/fsize.conf\nsession', 1)
    accounts.write('/etc', 'fsize.conf', 'alice hard fsize 4096\n')
    accounts.write('/etc', 'pam.d/sshd', limited)
    os.truncate(WTMP, RECORD.size * 15000)  # 5.5 MiB; sshd's own log stays far below the 4 MiB
    try:
        assert boxed.ok('alice', 'ulimit -f') == '4096\n'
        assert os.path.getsize(WTMP) == RECORD.size * 15000
    finally:
        os.truncate(WTMP, 0)
        boxed.host.pam('sshd', 'one')
