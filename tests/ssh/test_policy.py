# SPDX-License-Identifier: MIT
"""The policy through a real login: who is boxed, refused or left alone, and what each key does.

An admin is never locked out: with every broken policy uid 0 and the exempt group still log in.
"""

import os
import time

import pytest

import client
import host as host_module
import logbook
import procs
import session
import terminal

POLICY = host_module.POLICY
DEADLINE = 10
SETUPS = pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-self'], indirect=True)
YES = '[default]\ncontainer = yes\n'


def is_boxed(site, user):
    """Whether a login of the user, which must succeed, is in a pid namespace of its own."""
    return procs.parse_shown(site.ok(user, procs.SHOW_NAMESPACES))['pid'] != site.host.ids['pid']


def check_refused(site, user='alice', why='fault'):
    """No shell; one line for the user, and the cause in the log under the same id. Its cause."""
    logged = len(site.host.log.lines)
    done = site.ssh(user, 'echo a shell ran')
    assert done.returncode == 254 and 'a shell ran' not in done.stdout, done
    said = [line for line in (done.stdout + done.stderr).splitlines() if 'nsbox:' in line]
    assert len(said) == 1, done
    expected = 'policy of this host' if why == 'deny' else 'container cannot be made'
    assert expected in said[0]
    return site.host.log.wait_for(f'{logbook.reference_in(said[0])}: ', logged)


def check_admins_get_in(site):
    """uid 0 and the exempt group log in, unboxed, whatever the policy file is."""
    assert not is_boxed(site, 'root')
    site.host.pam('sshd', 'one', 'exempt-group=wardens')
    assert not is_boxed(site, 'wanda')


@SETUPS
def test_yes_no_deny(boxed):
    """container = yes, no and deny, by user. Invariant 1."""
    boxed.host.write_policy(YES + '[user carol]\ncontainer = no\n[user dan]\ncontainer = deny\n')
    assert is_boxed(boxed, 'alice') and not is_boxed(boxed, 'carol')
    check_refused(boxed, 'dan', 'deny')
    assert not is_boxed(boxed, 'root')


def test_group(boxed):
    """A [group] section decides over [default]; the trial on one group that the README tells."""
    boxed.host.write_policy('[default]\ncontainer = no\n[group team]\ncontainer = yes\n'
                            '[group barred]\ncontainer = deny\n')
    assert is_boxed(boxed, 'alice') and is_boxed(boxed, 'bob') and not is_boxed(boxed, 'carol')
    check_refused(boxed, 'dan', 'deny')


def test_user_over_group(boxed):
    """A [user] section decides over [group], wherever it stands in the file."""
    boxed.host.write_policy('[user bob]\ncontainer = no\n[group team]\ncontainer = yes\n'
                            '[default]\ncontainer = deny\n')
    assert is_boxed(boxed, 'alice') and not is_boxed(boxed, 'bob')
    check_refused(boxed, 'carol', 'deny')


def test_no_file(boxed):
    """Without a policy everyone but uid 0 is boxed. Invariant 1."""
    boxed.host.remove_policy()
    assert is_boxed(boxed, 'alice') and is_boxed(boxed, 'carol')
    assert not is_boxed(boxed, 'root')


def test_root_is_never_boxed(boxed):
    """uid 0 is never boxed, also where the policy says yes or deny for it. Invariant 1."""
    boxed.host.write_policy(YES + '[user root]\ncontainer = deny\n')
    assert is_boxed(boxed, 'alice') and not is_boxed(boxed, 'root')


def test_exempt_group(boxed):
    """exempt-group= exempts its members before the policy is read, and nobody else. Invariant 1."""
    boxed.host.write_policy('[default]\ncontainer = deny\n')
    check_refused(boxed, 'wanda', 'deny')
    boxed.host.pam('sshd', 'one', 'exempt-group=wardens')
    assert not is_boxed(boxed, 'wanda')
    check_refused(boxed, 'alice', 'deny')
    boxed.host.pam('sshd', 'one', 'exempt-group=no-such-group')
    check_refused(boxed, 'wanda', 'deny')


MALFORMED = {
    'unknown key': ('[default]\ncontainer = yes\ncolour = red\n', 3),
    'unknown word': ('[default]\ncontainer = maybe\n', 2),
    'unknown section': ('[default]\ncontainer = yes\n[host a]\ncontainer = no\n', 3),
    'duplicate key': ('[default]\ncontainer = yes\ncontainer = no\n', 3),
    'open section': ('[default]\ncontainer = yes\n[user alice\ncontainer = no\n', 3),
    'key before section': ('container = no\n', 1),
    'long line': (f'[default]\nhostname = {"x" * 300}\n', 2),
    'long section': (f'[default]\ncontainer = yes\n[user {"a" * 60}]\ncontainer = no\n', 3),
    'indented line': ('[default]\ncontainer = yes\n  no\n', 3),
    'NUL': ('[default]\ncontainer = yes\0\n', 2),
    'no frame': ('[default]\nnamespaces = uts ipc net user\n', 2),
    'unknown namespace': ('[default]\nnamespaces = pid mount nets\n', 2),
}


@pytest.mark.parametrize('fault', MALFORMED)
def test_malformed(boxed, fault):
    """A malformed policy refuses logins, with file:line in the log, also those that a section of it
    would leave alone. Invariants 1, 9; C22.
    """
    text, line = MALFORMED[fault]
    boxed.host.write_policy(f'{text}[user carol]\ncontainer = no\n')
    assert f'{POLICY}:{line}' in check_refused(boxed)
    assert f'{POLICY}:{line}' in check_refused(boxed, 'carol')
    check_admins_get_in(boxed)
    boxed.host.write_policy(YES)
    assert is_boxed(boxed, 'alice'), 'the control'


def writable_by_all():
    os.chmod(POLICY, 0o666)


def writable_by_group():
    os.chmod(POLICY, 0o664)


def owned_by_tenant():
    os.chown(POLICY, host_module.USERS['alice'], 0)


def link_to_the_tenant_s():
    os.unlink(POLICY)
    host_module.write_as('alice', '/home/alice/policy', '[default]\ncontainer = no\n')
    os.symlink('/home/alice/policy', POLICY)


def fifo():
    os.unlink(POLICY)
    os.mkfifo(POLICY, 0o644)


def folder():
    os.unlink(POLICY)
    os.mkdir(POLICY)


def device():
    os.unlink(POLICY)
    os.symlink('/dev/zero', POLICY)


UNSAFE = [writable_by_all, writable_by_group, owned_by_tenant, link_to_the_tenant_s, fifo, folder,
          device]


@pytest.mark.parametrize('spoil', UNSAFE)
def test_unsafe(boxed, spoil):
    """A policy that others may have written refuses boxed logins, at once. Inv. 1, 9; C22, C23."""
    boxed.host.write_policy('[default]\ncontainer = no\n')
    assert not is_boxed(boxed, 'alice'), 'the control'
    spoil()
    try:
        begun = time.monotonic()
        check_refused(boxed)
        assert time.monotonic() - begun < DEADLINE
        check_admins_get_in(boxed)
    finally:
        boxed.host.remove_policy()


def test_policy_is_read_at_each_login(boxed):
    """An edit counts from the next login on; a session that runs keeps what it has."""
    boxed.host.write_policy(YES)
    process = boxed.popen('alice', 'cat')
    login = boxed.session('alice')
    boxed.host.write_policy('[default]\ncontainer = no\n')
    boxed.check(login)
    assert not is_boxed(boxed, 'alice')
    process.communicate()


@pytest.mark.parametrize('template, name', [
    ('box', 'box'), ('%u', 'alice'), ('%u-on-%h', 'alice-on-testhost'), ('%u.box', 'alice.box'),
])
def test_hostname(boxed, template, name):
    """The hostname template expands %u and %h."""
    boxed.host.write_policy(f'{YES}hostname = {template}\n')
    assert boxed.ok('alice', 'hostname') == f'{name}\n'


def test_hostname_with_session_id(boxed):
    """%i is the session's id, another at each login."""
    boxed.host.write_policy(f'{YES}hostname = %u-%i\n')
    names = {boxed.ok('alice', 'hostname').strip() for _ in range(3)}
    assert len(names) == 3 and all(name.startswith('alice-') and len(name) > 6 for name in names)


@SETUPS
def test_shell(boxed):
    """The shell key runs another shell for commands and for interactive logins."""
    boxed.host.write_policy(f'{YES}shell = /bin/dash\n')
    assert boxed.ok('alice', 'readlink /proc/$$/exe') == '/usr/bin/dash\n'
    terminal.prepare('alice')
    boxed.host.write_policy(f'{YES}shell = /bin/bash\n')
    with terminal.Terminal(boxed.client.line('ssh', 'alice@host')) as term:
        assert term.run('readlink /proc/$$/exe; shopt -q login_shell && echo login') == [
            '/usr/bin/bash', 'login']


@pytest.mark.parametrize('word', ['yes', 'no'])
def test_private_tmp(boxed, word):
    """private-tmp = yes gives a fresh /tmp and /var/tmp; no leaves the host's. Invariant 3."""
    boxed.host.write_policy(f'{YES}private-tmp = {word}\n')
    for folder_ in ('/tmp', '/var/tmp'):
        host_module.write_as('root', f'{folder_}/of-the-host', '')
        try:
            seen = 'of-the-host' in boxed.ok('alice', f'ls {folder_}; touch {folder_}/by-alice')
            assert seen == (word == 'no')
            assert os.path.exists(f'{folder_}/by-alice') == (word == 'no')
        finally:
            for name in ('of-the-host', 'by-alice'):
                if os.path.exists(f'{folder_}/{name}'):
                    os.unlink(f'{folder_}/{name}')


ALL = ('pid', 'mount', 'uts', 'ipc', 'net', 'user', 'cgroup')


@pytest.mark.parametrize('words', ['uts', 'ipc', 'net', 'cgroup', 'user',
                                   'uts ipc net user cgroup'])
def test_namespaces(boxed, words):
    """A namespace that the policy leaves out is the host's; the others are not. Invariant 1."""
    left_out = words.split()
    kept = ' '.join(kind for kind in ALL if kind not in left_out)
    boxed.host.write_policy(f'{YES}namespaces = {kept}\n')
    process = boxed.popen('alice', f'{procs.SHOW_NAMESPACES}; echo end; exec cat')
    ids = procs.parse_shown(client.lines_before(process, 'end'))
    session.check_boxed(boxed.session('alice'), boxed.host.ids, ids, shared_out=left_out)
    process.communicate()


def test_network_host(boxed):
    """network = host shares the host's network and nothing else; a section takes it back."""
    def ids_of(user):
        return procs.parse_shown(boxed.ok(user, procs.SHOW_NAMESPACES))

    boxed.host.write_policy(f'{YES}network = host\n[user bob]\nnetwork = loopback\n')
    process = boxed.popen('alice', f'{procs.SHOW_NAMESPACES}; echo end; exec cat')
    ids = procs.parse_shown(client.lines_before(process, 'end'))
    session.check_boxed(boxed.session('alice'), boxed.host.ids, ids, shared_out=['net'])
    assert ids_of('bob')['net'] != boxed.host.ids['net']
    process.communicate()


@pytest.mark.parametrize('lines', [
    'network = nat\nnamespaces = pid mount user', 'publish = tcp 1',
    'network = nat\npublish = tcp 17', 'address = 192.0.2.%n/24',
    'network = nat\nrate = 1mbit\nnetwork-admin = yes'])
def test_network_conflict(boxed, lines):
    """Networks that cannot be had as the policy says refuse the login, and name the line."""
    boxed.host.write_policy(YES + lines + '\n')
    assert 'nsbox.conf:' in check_refused(boxed)
    check_admins_get_in(boxed)
