# SPDX-License-Identifier: MIT
"""The words of the policy that change what a login sees of nsbox, not of the container: services,
deadline, mode, message, nss-sockets."""

import contextlib
import os
import socket
import stat
import time

import pytest

import client
import logbook
import procs
import terminal

DEFAULT = '[default]\ncontainer = yes\n'
TWO = pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-self'], indirect=True)


def is_boxed(site, user='alice'):
    return procs.parse_shown(site.ok(user, procs.SHOW_NAMESPACES))['user'] != site.host.ids['user']


def test_services(boxed):
    """The built-in ones hold until the site names its own."""
    boxed.host.write_policy(DEFAULT)
    assert is_boxed(boxed)
    boxed.host.write_policy('[nsbox]\nservices = cron sshd\n\n' + DEFAULT)
    assert is_boxed(boxed)


@TWO
def test_other_service(boxed):
    """A service that is not named is left alone, which is said once a login."""
    boxed.host.write_policy('[nsbox]\nservices = su su-l\n\n' + DEFAULT)
    logged = len(boxed.host.log.lines)
    assert not is_boxed(boxed)
    boxed.host.log.wait_for('the service sshd is none of the policy', logged)
    assert len(boxed.host.log.matching('none of the policy', logged)) == 1


SLOW = '''#!/bin/sh
exec /usr/bin/strace -o /dev/null -e trace=unshare -e inject=unshare:delay_enter=30s {}
'''


def test_deadline(boxed):
    """A policy's own deadline: a builder that is held up is not waited for longer. C23."""
    builder, aside = '/usr/libexec/nsbox/nsbox-build', '/usr/libexec/nsbox/aside'
    boxed.host.write_policy('[nsbox]\ndeadline = 2s\n\n' + DEFAULT)
    before = boxed.host.snapshot()
    os.rename(builder, aside)
    try:
        with open(builder, 'w', encoding='utf-8') as file:
            file.write(SLOW.format(aside))
        os.chmod(builder, 0o700)
        begun = time.monotonic()
        done = boxed.ssh('alice', 'echo a shell ran')
        took = time.monotonic() - begun
    finally:
        os.rename(aside, builder)
    assert done.returncode == 254 and 'a shell ran' not in done.stdout
    assert logbook.reference_in(done.stdout + done.stderr)
    assert 2 <= took < 8, 'neither at once, nor after the ten seconds of the default'
    boxed.host.nothing_left_since(before)


@TWO
def test_audit(boxed):
    """Audit: nobody is boxed or refused, and the log has what would have been, once a login."""
    boxed.host.write_policy(DEFAULT + 'mode = audit\n\n[user carol]\ncontainer = deny\n\n'
                            '[user dan]\nshell = /usr/bin/bash\n')
    before = boxed.host.snapshot()
    logged = len(boxed.host.log.lines)
    assert not is_boxed(boxed) and not is_boxed(boxed, 'carol')
    boxed.host.log.wait_for('audit: alice would be boxed', logged)
    boxed.host.log.wait_for('audit: carol would be refused: the policy says', logged)
    assert len(boxed.host.log.matching('audit: ', logged)) == 2
    boxed.host.nothing_left_since(before)


def test_audit_of_a_failure(boxed):
    """What would have failed the login is the log's, and nobody's loss."""
    boxed.host.write_policy(DEFAULT + 'mode = audit\n')
    logged = len(boxed.host.log.lines)
    init = '/usr/libexec/nsbox/nsbox-init'
    os.rename(init, f'{init}.away')
    try:
        assert not is_boxed(boxed)
    finally:
        os.rename(f'{init}.away', init)
    boxed.host.log.wait_for('audit: alice would be refused: cannot open .*nsbox-init', logged)


def test_malformed_is_no_audit(boxed):
    """A policy that cannot be read says nothing of a mode: fail closed."""
    boxed.host.write_policy(DEFAULT + 'mode = audit\nmoed = audit\n')
    done = boxed.ssh('alice', 'true')
    assert done.returncode == 254
    assert logbook.reference_in(done.stdout + done.stderr)


def test_message(boxed):
    """Shown where a person looks, and not in the middle of a copy."""
    boxed.host.write_policy(DEFAULT + 'message = Hello %u on %h, session %i: be nice\n')
    terminal.prepare('alice')
    with terminal.Terminal(boxed.client.line('ssh', 'alice@host')) as term:
        assert 'Hello alice on testhost, session ' in term.greeting
        term.leave()
    assert boxed.ok('alice', 'echo clean') == 'clean\n'


@contextlib.contextmanager
def listener(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        os.chmod(path, 0o666)
        server.listen()
        yield
    os.unlink(path)


CONNECT = '''python3 -c 'import socket; s = socket.socket(socket.AF_UNIX); s.connect("{}")' '''


@pytest.mark.parametrize('inside', ['no', 'yes'])
def test_nss_sockets(boxed, inside):
    """The landing has what sshd's child resolves names by; the container if it is wished."""
    path = '/run/nslcd/socket'
    alone = '/run/other.sock'
    with listener(path), listener(alone):
        boxed.host.write_policy(DEFAULT)
        assert boxed.ssh('alice', CONNECT.format(path)).returncode != 0, 'nothing without a word'
        boxed.host.write_policy(
            DEFAULT + f'nss-sockets = nslcd sssd {alone}\nnss-inside = {inside}\n')
        with boxed.popen('alice', 'echo ready; exec cat') as login:
            client.lines_before(login, 'ready')
            landing = f'/proc/{boxed.session("alice").monitor}/root'
            for one in path, alone:
                seen = os.stat(landing + one)
                assert stat.S_ISSOCK(seen.st_mode) and seen.st_ino == os.stat(one).st_ino
            login.stdin.close()
        for one in path, alone:
            done = boxed.ssh('alice', CONNECT.format(one))
            assert (done.returncode == 0) == (inside == 'yes'), done
