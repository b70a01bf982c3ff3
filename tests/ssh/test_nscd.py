# SPDX-License-Identifier: MIT
"""Users and groups that only nscd knows, and the way to its socket: nss-sockets, nss-inside.

sshd finds these people through /run/nscd/socket and in no other way: without nscd they cannot log
in. nscd also hands out descriptors of its memory, unless `shared no` stands in its configuration.
Invariant 1, C10; nss-sockets in nsbox.conf(5).
"""

import json
import os

import pytest

import client
import extrausers
import host as host_module
import nscd
import procs

# oscar has no group but his own.
USERS = {'nadia': 2101, 'oscar': 2102}
GROUPS = {'club': (3201, ('nadia',))}
IDS = [str(USERS['oscar']), str(GROUPS['club'][0])]
NAMES = ['oscar', 'club']
POLICY = '[default]\ncontainer = yes\nuser-map = {}\nnss-sockets = {}\nnss-inside = {}\n'
BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-root'], indirect=True)
SHARED = pytest.mark.parametrize('shared', ['no', 'yes'])
WORDS = pytest.mark.parametrize('word', ['nscd', nscd.SOCKET])


@pytest.fixture
def people(boxed):
    """The site and people that are in no file that it reads."""
    if not extrausers.is_installed() or not nscd.is_installed():
        pytest.skip('nscd or libnss-extrausers is not installed')
    extrausers.add(USERS, GROUPS, password='*')
    for user in USERS:
        extrausers.put_shown(user, *map(int, IDS))
    yield boxed
    boxed.quiet(tuple(USERS))
    extrausers.remove(USERS)


def write_policy(site, sockets, inside='no'):
    site.host.write_policy(POLICY.format(site.user_map, sockets, inside))


def groups_of_child(site, user):
    with site.popen(user, 'echo ready; exec cat') as login:
        client.lines_before(login, 'ready')
        groups = procs.status(site.session(user).child)['Groups'].split()
        login.stdin.close()
    return set(map(int, groups))


@pytest.mark.parametrize('word, shared', [(nscd.FOLDER, 'no'), (nscd.SOCKET, 'yes')])
@BOTH
def test_landing(people, word, shared):
    """sshd's child goes on resolving in the landing; programs inside see bare ids."""
    write_policy(people, word)
    with nscd.Nscd('nadia', shared):
        assert extrausers.listed(people, 'nadia') == NAMES
        assert groups_of_child(people, 'nadia') == {2101, 3201}
        assert people.ssh('nadia', 'getent passwd nadia; getent group club').returncode == 2
        assert '3201' in people.ok('nadia', 'id -G').split()


@SHARED
@WORDS
def test_inside(people, shared, word):
    """nss-inside: programs resolve, too, and see what is to be seen on the host. C10."""
    write_policy(people, word, 'yes')
    with nscd.Nscd('nadia', shared):
        ask = 'id nadia; getent passwd nadia; getent group club'
        assert people.ok('nadia', ask) == client.run(['sh', '-c', ask]).stdout
        assert '3201(club)' in people.ok('nadia', 'id')
        assert extrausers.listed(people, 'nadia') == NAMES


@BOTH
def test_without_sockets(people):
    """The control: nothing resolves, in the landing or inside, when the policy says no word."""
    write_policy(people, '')
    with nscd.Nscd('nadia'):
        assert nscd.can_find('oscar')
        assert extrausers.listed(people, 'oscar') == IDS
        assert people.ssh('oscar', 'getent passwd oscar').returncode == 2
        assert people.ok('oscar', f'ls -d {nscd.FOLDER} 2>/dev/null || echo none') == 'none\n'


FORBIDDING = '/srv/not-for-the-club'


@pytest.mark.parametrize('boxed', ['internal-one-self', 'external-two-root'], indirect=True)
def test_group_that_forbids(people):
    """root:club 0705 stays unreadable for a member of the club, also by sftp, and when nscd cannot
    be asked in the landing: then who would lose the group there is refused. Invariant 1, C10."""
    host_module.write_as('root', FORBIDDING, 'read\n')
    os.chown(FORBIDDING, 0, GROUPS['club'][0])
    os.chmod(FORBIDDING, 0o705)
    copy = f'get {FORBIDDING} /root/client/copied\n'
    try:
        with nscd.Nscd('nadia'):
            for sockets in '', 'nscd':
                write_policy(people, sockets)
                logged = len(people.host.log.lines)
                shell = people.ssh('nadia', f'echo a shell; cat {FORBIDDING}')
                sftp = client.run(people.client.line('sftp', '-b', '-', 'nadia@host'), input=copy)
                assert 'read\n' not in shell.stdout and sftp.returncode != 0, (shell, sftp)
                assert ('a shell\n' in shell.stdout) == bool(sockets)
                refused = people.host.log.matching('cannot keep the groups of nadia', logged)
                assert len(refused) == (0 if sockets else 2)
                assert people.ok('oscar', f'cat {FORBIDDING}') == 'read\n', 'the control'
    finally:
        os.unlink(FORBIDDING)


def test_without_nscd(people):
    """The control: nobody else knows these people."""
    write_policy(people, 'nscd')
    with nscd.Nscd('nadia') as daemon:
        assert people.ok('nadia', 'echo a shell') == 'a shell\n'
        daemon.stop()
        assert not nscd.can_find('nadia')
        assert people.ssh('nadia', 'true').returncode == 255
        assert people.ok('alice', 'echo a shell') == 'a shell\n', 'whom the files know'


@pytest.mark.parametrize('word, names', [('nscd', NAMES), (nscd.SOCKET, IDS)])
def test_restarted(people, word, names):
    """A folder outlives the start of a new nscd, in a session that is open; a socket does not."""
    write_policy(people, word)
    control = client.control_path()
    with nscd.Nscd('nadia') as daemon:
        with people.popen('oscar', 'echo ready; exec cat', '-M', '-S', control) as login:
            client.lines_before(login, 'ready')
            daemon.stop()
            daemon.start()
            assert extrausers.listed(people, 'oscar', '-o', f'ControlPath={control}') == names
            login.stdin.close()


def test_outlook(people):
    """nsbox show: a group that only nscd knows decides, as it does at the login."""
    people.host.write_policy('[default]\ncontainer = yes\n[group club]\ncontainer = no\n')
    with nscd.Nscd('nadia'):
        for user, outlook in (('nadia', 'exempt'), ('oscar', 'boxed')):
            told = json.loads(client.run(['nsbox', 'show', '--json', user]).stdout)
            assert told['outlook'] == outlook
            shown = procs.parse_shown(people.ok(user, procs.SHOW_NAMESPACES))
            assert (shown['user'] == people.host.ids['user']) == (outlook == 'exempt')
