# SPDX-License-Identifier: MIT
"""Failure is closed and spoken: no shell outside, a line for the tenant, the cause in the log.

Invariants 1 and 8. Every test ends with the control that the repaired host lets the tenant in.
"""

import contextlib
import os
import time

import pytest

import client
import host as host_module
import logbook
import net
import procs
import terminal

BUILDER, DOOR, INIT = (f'{host_module.HELPERS}/{name}'
                       for name in ('nsbox-build', 'nsbox-enter', 'nsbox-init'))
DEADLINE = 10.0
SETUPS = pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-self'], indirect=True)

STUBS = {
    'missing': None,
    'exits': '#!/bin/sh\nexit 1\n',
    'succeeds saying nothing': '#!/bin/sh\nexit 0\n',
    'killed': '#!/bin/sh\nkill -9 $$\n',
    'not executable': '',
    'talks nonsense': '#!/bin/sh\nfor fd in 0 1 3 4 5; do echo nonsense >&$fd; done 2>/dev/null\n',
}


@contextlib.contextmanager
def replaced(path, text, mode=0o700):
    """Put a stub, or nothing, in a helper's place for a while."""
    aside = f'{path}.aside'
    os.rename(path, aside)
    try:
        if text is not None:
            with open(path, 'w', encoding='utf-8') as file:
                file.write(text)
            os.chmod(path, mode if text else 0o600)
        yield
    finally:
        os.rename(aside, path)


def check_refused(site, said, logged, status, cause=''):
    """The tenant was told a reference under which the log has the cause; nothing ran outside."""
    assert status != 0
    assert 'a shell ran' not in said
    lines = [line for line in said.splitlines() if 'nsbox:' in line]
    assert len(lines) == 1, said
    assert 'login refused: ' in lines[0]
    entry = site.host.log.wait_for(f'{logbook.reference_in(lines[0])}: .', logged)
    assert 'nsbox' in entry and cause in entry


def refuse(site, *options, cause=''):
    """A login with a command that must be refused; the seconds that it took."""
    logged, begun = len(site.host.log.lines), time.monotonic()
    done = site.ssh('alice', 'echo a shell ran', *options)
    seconds = time.monotonic() - begun
    assert done.returncode == 254, done
    check_refused(site, done.stdout + done.stderr, logged, done.returncode, cause)
    return seconds


def gets_in(site):
    assert site.ok('alice', 'echo a shell ran') == 'a shell ran\n', 'the control'


@SETUPS
@pytest.mark.parametrize('fault', STUBS)
def test_builder_fails(boxed, fault):
    """The builder is missing, killed, or lies: the login is refused at once, and root gets in."""
    before = boxed.host.snapshot()
    with replaced(BUILDER, STUBS[fault]):
        assert refuse(boxed) < DEADLINE
        assert boxed.ok('root', 'echo in') == 'in\n'
    boxed.host.nothing_left_since(before)
    gets_in(boxed)


def test_builder_hangs(boxed):
    """The builder hangs: refused at the deadline, and other logins are not held up. C23."""
    before = boxed.host.snapshot()
    with replaced(BUILDER, '#!/bin/sh\nexec sleep 3600\n'):
        process = boxed.popen('alice', 'echo a shell ran')
        begun = time.monotonic()
        assert boxed.ok('root', 'echo in') == 'in\n'
        assert time.monotonic() - begun < DEADLINE / 2, 'another login was held up'
        out, err = process.communicate(timeout=DEADLINE * 2)
        assert process.returncode == 254 and 'a shell ran' not in out
        assert logbook.reference_in(out + err)
        assert DEADLINE - 2 < time.monotonic() - begun < DEADLINE + 5
    boxed.host.nothing_left_since(before)
    gets_in(boxed)


@pytest.mark.parametrize('helper', [DOOR, INIT])
def test_helper_missing(boxed, helper):
    """The door or init is missing: refused, and nothing half-built is left."""
    before = boxed.host.snapshot()
    with replaced(helper, None):
        refuse(boxed)
    boxed.host.nothing_left_since(before)
    gets_in(boxed)


def test_door_without_its_bit(boxed):
    """The door is there but not setuid: no shell outside, and no shell unconfined. Invariant 7."""
    os.chmod(DOOR, 0o755)
    try:
        refuse(boxed, cause='cannot enter: this program is not setuid here')
    finally:
        os.chmod(DOOR, 0o4755)
    gets_in(boxed)


def test_interactive_login_is_told(boxed):
    """The refusal is seen on a terminal too."""
    logged = len(boxed.host.log.lines)
    with replaced(BUILDER, None):
        done = boxed.ssh('alice', None, pty=True, input="echo a shell r''an; exit 0\n")
        check_refused(boxed, done.stdout + done.stderr, logged, done.returncode)
    gets_in(boxed)


def test_sftp_is_refused(boxed):
    """No sftp outside either. Invariant 2."""
    with replaced(BUILDER, None):
        done = client.run(boxed.client.line('sftp', '-b', '-', 'alice@host'), input='pwd\n')
        assert done.returncode != 0 and 'Remote working directory' not in done.stdout
    gets_in(boxed)


def test_forward_without_session_is_refused(boxed):
    """`ssh -N -L` after a refused session reaches nothing on the host. Invariant 2."""
    near = net.free_port()
    with replaced(BUILDER, None), net.Listener(0, 'hello from the host') as listener:
        process = boxed.popen('alice', None, '-N', '-L', f'{near}:127.0.0.1:{listener.port}')
        boxed.host.log.wait_for('nsbox.*: .')
        for _ in range(3):
            assert net.ask(near) == ''
        assert listener.callers == 0
        process.kill()
        process.communicate()


@pytest.mark.parametrize('line', [['su', 'alice', '-c'], ['su', '-', 'alice', '-c']])
def test_su_is_refused(boxed, line):
    """`su` is refused with the same words."""
    logged = len(boxed.host.log.lines)
    with replaced(BUILDER, None):
        done = client.run([*line, 'echo a shell ran'])
        check_refused(boxed, done.stdout + done.stderr, logged, done.returncode)
    assert client.run([*line, 'echo a shell ran']).stdout == 'a shell ran\n', 'the control'


def test_login_is_refused(boxed):
    """`login -f` is refused with the same words, on its terminal."""
    logged = len(boxed.host.log.lines)
    terminal.prepare('alice')
    with replaced(BUILDER, None):
        process = terminal.Terminal(['login', '-f', 'alice']).process
        said = process.read().replace('\r', '')
        process.close()
        check_refused(boxed, said, logged, process.exitstatus)
    with terminal.Terminal(['login', '-f', 'alice']) as term:
        assert term.run('echo a shell ran') == ['a shell ran'], 'the control'


def test_sshd_is_left_as_it_was(boxed):
    """The monitor's cwd, mask, limits and signal dispositions are as without nsbox. Inv. 8."""
    seen = {}
    for user in ('alice', 'carol'):
        process = boxed.popen(user, 'echo ready; exec cat')
        client.lines_before(process, 'ready')
        monitor = boxed.session(user).monitor
        status = procs.status(monitor)
        seen[user] = [os.readlink(f'/proc/{monitor}/cwd'), procs.read(monitor, 'limits'),
                      *(status[name] for name in ('Umask', 'SigIgn', 'SigCgt', 'SigBlk'))]
        process.communicate()
    assert seen['alice'] == seen['carol']
