# SPDX-License-Identifier: MIT
"""home: the host's, the session's, none, or another folder; where the password entry says. And
homes that are missing, that root cannot read, and that do not answer. From a shell and from sftp.
"""

import contextlib
import os
import shutil
import time

import pytest

import accounts
import client
import host as host_module
import leftovers
import policies
import procs
import sshd
import wait
from fusefs import FuseFs

BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'external-two-root'], indirect=True)
ALICE = host_module.USERS['alice']
KEYS = '/etc/ssh/keys'
HOMES = '/srv/homes'


@contextlib.contextmanager
def home_of_alice(path):
    """The password entry says so; sshd finds the key elsewhere."""
    entry = '/etc/passwd'
    with open(entry, encoding='utf-8') as file:
        before = file.read()
    accounts.write('/etc', 'passwd', before.replace(':/home/alice:', f':{path}:'))
    try:
        yield
    finally:
        accounts.write('/etc', 'passwd', before)


def hers():
    """What of alice's runs anywhere on the host."""
    return [procs.title(pid) for pid, _ in leftovers.processes()
            if procs.status(pid).get('Uid', '').startswith(str(ALICE))]


@pytest.fixture
def keyed(boxed):
    """The set-up on a server that finds keys outside of homes."""
    os.makedirs(KEYS, exist_ok=True)
    for user in ('alice', 'bob'):
        shutil.copy('/root/client/key.pub', f'{KEYS}/{user}')
    subsystem = sshd.EXTERNAL_SFTP if boxed.user_map == 'root' else sshd.INTERNAL_SFTP
    server = boxed.host.start_sshd(subsystem, AuthorizedKeysFile=f'{KEYS}/%u')
    site = host_module.Site(boxed.host, server, True, boxed.user_map)
    yield site
    site.quiet()


@pytest.fixture
def homes():
    os.makedirs(f'{HOMES}/alice')
    os.chown(f'{HOMES}/alice', ALICE, ALICE)
    os.makedirs(f'{HOMES}/bob')
    yield HOMES
    shutil.rmtree(HOMES)


@BOTH
def test_host(boxed):
    """The real home, writable, in the tree at its place."""
    policies.policy(boxed, 'home = host')
    assert boxed.ok('alice', 'touch mine; pwd') == '/home/alice\n'
    assert os.path.exists('/home/alice/mine')
    assert policies.sftp_names(boxed, '/home/alice/mine') == ['mine']


@BOTH
def test_session(boxed):
    """Empty, the tenant's own, under the cap, gone at logout; the real one is untouched."""
    policies.policy(boxed, 'home = session', 'tmp-size = 1M')
    host_module.write_as('alice', '/home/alice/real', '')
    mine = '0 0' if boxed.user_map == 'root' else f'{ALICE} {ALICE}'
    assert boxed.ok('alice', 'pwd; stat -c "%a %u %g" ~; ls -A; touch mine; ls') == (
        f'/home/alice\n700 {mine}\nmine\n')
    assert policies.shell_names(boxed, '/home/alice') == []
    assert policies.sftp_names(boxed, '/home/alice') == []
    assert policies.sftp(boxed, 'mkdir sub', 'ls sub').returncode == 0
    assert 'No space' in boxed.ssh('alice', 'head -c 2M /dev/zero >big').stderr
    assert sorted(os.listdir('/home/alice')) == ['.ssh', 'real']
    assert 'bob' in boxed.ok('alice', 'ls /home'), 'others are as they were'
    policies.policy(boxed, 'home = session', 'users = self')
    assert boxed.ok('alice', 'pwd; touch mine; ls -A; ls /home') == '/home/alice\nmine\nalice\n'


@BOTH
def test_none(boxed):
    """Empty, root's, and not to be written."""
    policies.policy(boxed, 'home = none')
    done = boxed.ssh('alice', 'pwd; ls -A; touch mine')
    assert done.stdout == '/home/alice\n' and 'Read-only' in done.stderr
    assert policies.sftp_names(boxed, '/home/alice') == []
    assert policies.sftp(boxed, 'mkdir sub').returncode != 0
    assert os.listdir('/home/alice') == ['.ssh']


@BOTH
def test_path(boxed, homes):
    """Another folder at the home's place; below a hidden one, too."""
    for more in ('', 'hide = /home /srv'):
        policies.policy(boxed, f'home = {homes}/%u', more)
        assert boxed.ok('alice', 'pwd; touch mine; ls -A') == '/home/alice\nmine\n'
        assert policies.sftp_names(boxed, '/home/alice') == ['mine']
        assert os.listdir(f'{homes}/alice') == ['mine']
        assert (boxed.ssh('alice', f'ls {homes}/alice').returncode != 0) == bool(more)
    assert 'belongs to uid 0, not to 2002' in policies.refused(boxed, 'bob')
    os.rmdir(f'{homes}/bob')
    assert f'cannot find {homes}/bob' in policies.refused(boxed, 'bob')
    os.symlink('alice', f'{homes}/bob')
    assert 'belongs to uid 2001, not to 2002' in policies.refused(boxed, 'bob')


@BOTH
def test_path_of_the_tenants(boxed, homes):
    """A link in a folder that the tenant can write is not followed."""
    os.symlink('/home/bob', f'{homes}/alice/home')
    policies.policy(boxed, f'home = {homes}/alice/home')
    assert 'cannot follow a link' in policies.refused(boxed)
    os.unlink(f'{homes}/alice/home')
    os.symlink('/etc', '/home/alice/x')
    policies.policy(boxed, 'home = %h/x')
    assert 'cannot follow a link' in policies.refused(boxed)


@BOTH
def test_missing(keyed, homes):
    """No folder at the home's place: host is as the host has it; session and a path make one, in a
    folder that has just that; others are refused, and none has nothing.
    """
    os.makedirs('/srv/people/bob')
    with home_of_alice('/srv/people/alice'):
        for word, able in (('host', False), ('none', False), ('session', True),
                           (f'{homes}/%u', True)):
            policies.policy(keyed, f'home = {word}')
            done = keyed.ssh('alice', 'cd && touch mine && pwd; ls /srv/people')
            assert done.stdout == ('/srv/people/alice\nalice\n' if able else 'bob\n'), word
            if able:
                assert policies.sftp_names(keyed, '/srv/people') == ['alice']
    assert os.listdir('/srv/people') == ['bob']
    policies.policy(keyed, 'home = session')
    for path, why in (('/nonexistent', '/ cannot be covered'), ('/', 'a folder of the system'),
                      ('/usr/games', 'a folder of the system'), ('/home', 'of the system'),
                      ('/etc/none', '/etc cannot be covered'), ('/var/none', '/var cannot'),
                      ('/srv/none/at/all', 'cannot find /srv/none/at'), ('/etc/passwd', 'or none'),
                      ('/home/bob/in', '/home/bob cannot be covered')):
        with home_of_alice(path):
            assert why in policies.refused(keyed), path
    shutil.rmtree('/srv/people')
    with home_of_alice('/'):
        policies.policy(keyed, 'home = none')
        assert keyed.ok('alice', 'pwd') == '/\n', 'the control'


@BOTH
@pytest.mark.parametrize('below', ['', '/deep/er'])
def test_root_may_not_go_there(keyed, below):
    """A file system that lets in nobody but alice: her home is hers, writable, and the child that
    opened it leaves nothing; bob, whom it lets in neither, is refused.
    """
    place = '/srv/own'
    with FuseFs(place, ALICE):
        with pytest.raises(PermissionError):
            os.stat(place)
        if below:
            host_module.run_as('alice', ['mkdir', '-p', place + below])
        with home_of_alice(place + below):
            policies.policy(keyed)
            assert keyed.ok('alice', 'pwd; echo text >mine; cat mine') == f'{place}{below}\ntext\n'
            assert 'mine' in policies.sftp(keyed, 'ls').stdout
            keyed.quiet()
            wait.until(lambda: not hers(), lambda: f'alice to have no process: {hers()}')
        policies.policy(keyed, f'[user bob]\nhome = {place}{below}')
        assert 'Permission denied' in policies.refused(keyed, 'bob')
        seen = host_module.run_as('alice', ['ls', place + below])
        assert 'mine' in seen.stdout.split() or below == '', 'the control'
    shutil.rmtree(place)


@BOTH
def test_no_answer(keyed):
    """A home that stalls refuses its user after the deadline, and nobody else waits."""
    place = '/srv/stalled'
    with FuseFs(place, ALICE, everybody=True) as home, home_of_alice(place):
        policies.policy(keyed)
        assert keyed.ok('alice', 'touch mine; ls') == 'mine\n', 'the control'
        keyed.host.write_policy('[nsbox]\ndeadline = 2s\n' + policies.BASE.format(
            user_map=keyed.user_map, lines=''))
        home.stop()
        process = keyed.popen('alice', 'echo a shell ran')
        start = time.monotonic()
        assert keyed.ok('bob', 'echo in') == 'in\n'
        assert time.monotonic() - start < 5
        out, err = process.communicate(timeout=client.TIMEOUT)
        assert process.returncode != 0 and 'a shell ran' not in out and 'nsbox:' in err + out
        home.go_on()
        assert keyed.ok('alice', 'ls') == 'mine\n'
    shutil.rmtree(place)
