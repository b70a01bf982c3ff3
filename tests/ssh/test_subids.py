# SPDX-License-Identifier: MIT
"""user-map subids: root inside, with 65536 ids; and what setuid programs do in each map."""

import os

import pytest

import client
import host as host_module
import remote
import setups

SELF, ROOT = 'internal-one-self', 'external-two-root'
SUBIDS = ('internal-one-subids', 'external-two-subids')
AS_SUBIDS = pytest.mark.parametrize('boxed', SUBIDS, indirect=True)
ALICE = host_module.USERS['alice']
FIRST = host_module.SUBIDS['alice']
HOME = '/home/alice'


def owner(path):
    status = os.stat(path)
    return status.st_uid, status.st_gid


def sftp(site, batch):
    return client.run(site.client.line('sftp', '-q', '-b', '-', 'alice@host'), input=batch)


@AS_SUBIDS
def test_owners_on_the_host(boxed):
    """What root inside makes is the user's on the host; what it gives to id N is FIRST + N - 1."""
    boxed.ok('alice', 'touch own five last; chown 5:6 five; chown 65535:65535 last')
    assert owner(f'{HOME}/own') == (ALICE, ALICE)
    assert owner(f'{HOME}/five') == (FIRST + 4, FIRST + 5)
    assert owner(f'{HOME}/last') == (FIRST + 65534, FIRST + 65534)
    assert boxed.ok('alice', 'stat -c %u:%g own five last').split() == [
        '0:0', '5:6', '65535:65535']
    assert boxed.ssh('alice', 'chown 65536 own').returncode != 0
    assert boxed.ssh('alice', 'chown 0 /etc/passwd').returncode != 0
    done = boxed.ok('alice', 'chown 0:0 five && echo x >five && rm last && ls')
    assert done.split() == ['five', 'own'] and owner(f'{HOME}/five') == (ALICE, ALICE)


@AS_SUBIDS
def test_becoming_others(boxed):
    """Root inside becomes any of its ids, and has nothing of what was left then."""
    assert boxed.ok('alice', 'id -u; id -g').split() == ['0', '0']
    command = 'setpriv --reuid 1000 --regid 1001 --clear-groups sh -c "id -u; id -g; id -G; {}"'
    shown = boxed.ok('alice', command.format('grep CapEff /proc/self/status'))
    assert shown.split() == ['1000', '1001', '1001', 'CapEff:', '0' * 16]
    boxed.ok('alice', 'chmod 711 . && mkdir -m 777 open && touch mine && chmod 600 mine')
    done = boxed.ssh('alice', command.format('touch open/theirs; cat mine; kill -0 1'))
    assert done.returncode != 0 and done.stderr.count('ermitted') + done.stderr.count('denied') == 2
    assert owner(f'{HOME}/open/theirs') == (FIRST + 999, FIRST + 1000)
    for uid in (65536, ALICE + 65536, 2**32 - 2):
        assert boxed.ssh('alice', f'setpriv --reuid {uid} true').returncode != 0, uid


@pytest.mark.parametrize('boxed, inside', zip(SUBIDS, (False, True)), indirect=['boxed'])
def test_sftp(boxed, inside):
    """internal-sftp is the user beside the container: numbers are the host's, and what root inside
    has given away is another's. An external server is a command in the container, as root inside.
    """
    boxed.ok('alice', 'echo own >own; echo given >given; chown 5:5 given; chmod 600 given')
    listed = sftp(boxed, 'ls -l\n').stdout.splitlines()
    owners = {line.split()[-1]: line.split()[2] for line in listed if line.startswith('-')}
    assert owners == ({'own': 'root', 'given': 'games'} if inside else
                      {'own': 'alice', 'given': str(FIRST + 4)})
    assert sftp(boxed, 'get own /tmp/got\n').returncode == 0, 'the control'
    assert (sftp(boxed, 'get given /tmp/got\n').returncode == 0) == inside
    assert boxed.ok('alice', 'cat given') == 'given\n'


@AS_SUBIDS
def test_groups_can_be_left(boxed):
    """What nsbox.conf(5) warns of: a file that its mode closes to a group is not closed here."""
    path = '/srv/not-for-deny'
    host_module.write_as('root', path, 'read\n')
    os.chown(path, 0, host_module.GROUPS['deny'][0])
    os.chmod(path, 0o705)
    try:
        assert boxed.ssh('alice', f'cat {path}').returncode != 0
        assert boxed.ok('alice', f'setpriv --clear-groups cat {path}') == 'read\n'
        join = remote.python(f'import os; os.setgroups([{host_module.GROUPS["barred"][0]}])')
        assert boxed.ok('alice', f'{join}; grep Groups /proc/self/status').split()[1:] != [
            str(host_module.GROUPS['barred'][0])], 'a number inside is not the host\'s group'
    finally:
        os.unlink(path)


@AS_SUBIDS
def test_what_is_the_host_s_stays(boxed):
    """Root inside is nobody to the host, and to other users' subordinate ids."""
    host_module.write_as('root', '/srv/secret', 'secret\n', 0o600)
    host_module.write_as('root', '/srv/of-bob', 'secret\n', 0o600)
    os.chown('/srv/of-bob', host_module.SUBIDS['bob'], host_module.SUBIDS['bob'])
    try:
        for command in ('cat /srv/secret', 'cat /srv/of-bob', 'cat /etc/shadow', 'ls /root',
                        'chmod 644 /srv/of-bob', 'mknod /tmp/disk b 259 0', 'unshare -U true',
                        'newuidmap $$ 0 0 1'):
            done = boxed.ssh('alice', command)
            assert done.returncode != 0 and 'secret\n' not in done.stdout, command
    finally:
        os.unlink('/srv/secret')
        os.unlink('/srv/of-bob')


def test_su_comes_here(host):
    """`su -` of the host's root gives the same."""
    if not setups.can_ask_subids():
        pytest.skip('nsbox was built without libsubid')
    host.pam('su-l', 'one')
    host.default_policy('subids')
    command = 'touch by-su; chown 7 by-su; cat /proc/self/uid_map; stat -c %u by-su'
    done = client.run(['su', '-', 'alice', '-c', command])
    assert done.stdout.split() == ['0', str(ALICE), '1', '1', str(FIRST), '65535', '7'], done
    assert owner(f'{HOME}/by-su')[0] == FIRST + 6
    os.unlink(f'{HOME}/by-su')


ICMP = remote.python('import socket; socket.socket(socket.AF_INET, socket.SOCK_{}, 1)')
# The table of nsbox.conf(5): what works with self, root, subids.
TABLE = {
    'su alice -c true': (False, False, False),
    'su nobody -s /bin/sh -c true': (False, False, False),
    'login -f nobody': (False, False, False),
    'sudo -n true': (False, False, False),
    'passwd -l root': (False, False, False),
    'chsh -s /bin/sh': (False, False, False),
    'setpriv --reuid 1 true': (False, False, True),
    'setpriv --clear-groups true': (False, False, True),
    'setpriv --init-groups --reuid 1 --regid 1 true': (False, False, True),
    ICMP.format('RAW'): (False, True, True),
    ICMP.format('DGRAM'): (False, False, False),
    'touch f && chown 1 f': (False, False, True),
    'true': (True, True, True),
}


@pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS[0]], indirect=True)
def test_setuid_programs(boxed):
    """What su, sudo, passwd and ping can do in each map, as the manual says. C12."""
    column = ('self', 'root', 'subids').index(boxed.user_map)
    for command, works in TABLE.items():
        done = boxed.ssh('alice', command)
        assert (done.returncode == 0) == works[column], done
