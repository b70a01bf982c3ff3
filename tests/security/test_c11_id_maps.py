# SPDX-License-Identifier: MIT
"""C11 with subordinate ids: what /etc/subuid and /etc/subgid may say, and what the kernel has then.

Every refusal names what and where, and leaves nothing.
"""

import os

import pytest

import accounts
import client
import host as host_module
import procs
import tree
from logins import SUBIDS, staying

AS_SUBIDS = pytest.mark.parametrize('boxed', [SUBIDS], indirect=True)
ALICE = host_module.USERS['alice']
NEEDED = 65535
PROGRAM = f'{host_module.HELPERS}/nsbox-subids'
AWAY = f'{host_module.HELPERS}/away'

# The user's lines of a file: what the log says of them; {file} is the file, {kind} uid or gid.
BAD_LINES = {
    'alice:0:65536': '{file}:1: there are no 65536 ids from 0 on',
    'alice:-1:65536': '{file}:1: "-1" is not a number of an id',
    'alice:100000:-1': '{file}:1: "-1" is not a number of an id',
    'alice:4294967295:65536': '{file}:1: there are no 65536 ids from 4294967295 on',
    'alice:4294967296:65536': '{file}:1: "4294967296" is not a number of an id',
    'alice:18446744073709551616:65536': '{file}:1: "18446744073709551616" is not a number',
    'alice:100000:4294967295': '{file}:1: there are no 4294967295 ids from 100000 on',
    'alice:1x:65536': '{file}:1: "1x" is not a number of an id',
    'alice: 1:65536': '{file}:1: " 1" is not a number of an id',
    'alice:01:65536': '{file}:1: "01" is not a number of an id',
    'alice:100000': '{file}:1: it is not OWNER:START:COUNT',
    'alice:100000:65536:': '{file}:1: it is not OWNER:START:COUNT',
    'alice:100000:65536\nnoise': '{file}:2: it is not OWNER:START:COUNT',
    'alice:100000:0': '{file}:1: there are no 0 ids from 100000 on',
    'alice:2147483648:65536': 'the 65536 subordinate {kind}s from 2147483648 on of alice',
    'alice:2147450000:65536': 'the 65536 subordinate {kind}s from 2147450000 on of alice',
    '': 'cannot find subordinate {kind}s of alice: {file} has none',
    'bob:100000:65536': 'cannot find subordinate {kind}s of alice: {file} has none',
    'alice:100000:65534': '{file} gives 65534 in the first 1 ranges, and 65535 are needed',
    'alice:100000:65536\nalice:165535:10': '{kind}s 165535-165544 of alice: '
                                           '{file} gives the user 100000-165535, too',
    'alice:100000:65536\n2001:100000:65536': '{file} gives the user 100000-165535, too',
    'alice:100000:65536\nbob:165535:65536': '{file}:2 gives 165535-231070 to bob',
    '2002:90000:10001\nalice:100000:65536': '{file}:1 gives 90000-100000 to 2002',
    'alice:100000:65536\n#\n\nnobody:120000:1': '{file}:4 gives 120000-120000 to nobody',
    # nobody of the host, too, and whoever else the host knows
    'alice:1:65535': 'the subordinate {kind}s 1-65535 of alice: {kind} 1 is daemon',
    'alice:2002:1\nalice:100000:65536': '{kind} 2002 is bob (/etc/{users})',
    'alice:2001:1\nalice:100000:65536': '{kind} 2001 is alice (/etc/{users})',
    'alice:65000:65536': '{kind} 65534 is no',
}
KINDS = {'uid': ('/etc/subuid', 'passwd'), 'gid': ('/etc/subgid', 'group')}


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


@pytest.fixture(autouse=True)
def usual(host):
    """Everything is put back that a test may have changed, and whatever a test has found."""
    lists = {name: read(f'/etc/{name}') for name in ('passwd', 'group')}
    yield
    host.give_subids()
    for name, text in lists.items():
        accounts.write('/etc', name, text)
    if os.path.exists(AWAY):
        os.rename(AWAY, PROGRAM)


def refused(site, text, user='alice'):
    before = site.host.snapshot()
    logged = len(site.host.log.lines)
    done = site.ssh(user, 'echo ran')
    assert done.returncode == 254 and 'ran' not in done.stdout, done
    assert 'login refused: your container cannot be made' in done.stdout
    line = site.host.log.wait_for(r'pam_nsbox.*cannot ', logged)
    assert text in str(line), (text, line)
    site.host.nothing_left_since(before)


@AS_SUBIDS
@pytest.mark.parametrize('kind', KINDS)
def test_refused(boxed, kind):
    """C11: each fault of the files refuses the login, and the log has file, line and cause."""
    file, users = KINDS[kind]
    for lines, text in BAD_LINES.items():
        boxed.host.give_subids(**{f'{kind}s': lines + '\n' if lines else ''})
        refused(boxed, text.format(file=file, kind=kind, users=users))
    boxed.host.give_subids()
    assert boxed.ok('alice', 'echo ran') == 'ran\n', 'the control'


@AS_SUBIDS
def test_unsafe_files(boxed):
    """C11: files that others than root can write are not believed, nor a missing one."""
    for path in ('/etc/subuid', '/etc/subgid', '/etc/passwd', '/etc/group'):
        os.chmod(path, 0o666)
        refused(boxed, path)
        os.chmod(path, 0o644)
    os.unlink('/etc/subuid')
    refused(boxed, 'cannot find subordinate uids of alice')
    boxed.host.give_subids()
    os.rename(PROGRAM, AWAY)
    refused(boxed, 'nsbox was built without libsubid')
    os.rename(AWAY, PROGRAM)
    assert boxed.ok('alice', 'echo ran') == 'ran\n', 'the control'


@AS_SUBIDS
def test_name_that_is_a_number(boxed):
    """C11: a user whose name is another one's uid makes nobody's lines certain."""
    passwd = read('/etc/passwd')
    accounts.append('/etc', 'passwd', f'{ALICE}:x:2099:2099::/:/bin/bash')
    refused(boxed, 'another user\'s name (/etc/passwd)')
    accounts.write('/etc', 'passwd', passwd)
    assert boxed.ok('alice', 'echo ran') == 'ran\n', 'the control'


def maps(pid):
    return {name: [tuple(map(int, line.split())) for line in procs.read(pid, name).splitlines()]
            for name in ('uid_map', 'gid_map')}


# uids, gids of the files, and the maps that become of it
GOOD = {
    'by name': ('alice:100000:65536\n', [(0, ALICE, 1), (1, 100000, NEEDED)]),
    'by number': ('# of alice\n2001:700000:65535\n', [(0, ALICE, 1), (1, 700000, NEEDED)]),
    'both': ('2001:500000:65000\nbob:100000:65536\nalice:200000:65536\n',
             [(0, ALICE, 1), (1, 500000, 65000), (65001, 200000, 535)]),
    'the highest': ('alice:2147418113:65535\n', [(0, ALICE, 1), (1, 2147418113, NEEDED)]),
    'many': (''.join(f'alice:{100000 + 3000 * n}:1100\n' for n in range(60)),
             [(0, ALICE, 1), *((1 + 1100 * n, 100000 + 3000 * n, min(1100, NEEDED - 1100 * n))
                               for n in range(60))]),
}


@AS_SUBIDS
@pytest.mark.parametrize('name', GOOD)
def test_maps(boxed, name):
    """C11: the kernel's maps are those of the files, and never have uid 0 of the host."""
    text, expected = GOOD[name]
    boxed.host.give_subids(text, text)
    with staying(boxed) as login:
        shown = maps(login.init)
        assert shown == {'uid_map': expected, 'gid_map': expected}
        assert procs.read(login.init, 'setgroups').strip() == 'allow'


@AS_SUBIDS
def test_groups_that_keep_their_number(boxed):
    """C10, C11: of the user's other groups those from 65536 on are mapped; all stay effective."""
    accounts.add_group('/etc', 'large', 90000, ['alice'])
    with staying(boxed) as login:
        assert (90000, 90000, 1) in maps(login.init)['gid_map']
        members = procs.members_of('user', login.session.container_ids()['user'])
        shells = [pid for pid in members if pid != login.init]
        groups = {ALICE, 90000, *(host_module.GROUPS[name][0] for name in ('team', 'deny'))}
        for pid in shells:
            assert set(map(int, procs.status(pid)['Groups'].split())) == groups


@pytest.fixture
def source():
    """A source of NSS instead of the files; the libraries' folder is that of libsubid."""
    switch, folder = read('/etc/nsswitch.conf'), os.path.dirname(os.path.realpath(
        client.run(['sh', '-c', 'ldconfig -p | sed -n "s/.*libsubid.so.[0-9].* => //p"']
                   ).stdout.split()[0]))
    library = f'{folder}/libsubid_test.so'
    built = client.run(['gcc', '-shared', '-fPIC', '-o', library,
                        f'{tree.SOURCE}/tests/security/subid_test.c'])
    assert built.returncode == 0, built.stderr
    accounts.append('/etc', 'nsswitch.conf', 'subid: test')
    yield
    accounts.write('/etc', 'nsswitch.conf', switch)
    os.unlink(library)


@AS_SUBIDS
def test_source_of_nss(boxed, source):
    """C11: what a source of NSS says instead of the files is judged as they are, and by them."""
    boxed.host.give_subids('bob:300000:65536\n', 'bob:300000:65536\n')
    for said, text in (('0 65536', 'from 0 on of alice'), ('4294967296 65536', 'from 4294967296'),
                       ('18446744073709551615 65536', 'can be'), ('100000 0', 'the 0 subordinate'),
                       ('2147450000 65536', 'can be'), ('100000 4294967297', 'can be'),
                       ('100000 5', '65535 are needed'), ('250000 65536', ':1 gives 300000-'),
                       ('2000 65536', 'uid '), ('', 'cannot find subordinate uids of alice')):
        accounts.write('/srv', 'subids', said)
        refused(boxed, text)
    accounts.write('/srv', 'subids', '600000 65536')
    with staying(boxed) as login:
        assert maps(login.init)['uid_map'] == [(0, ALICE, 1), (1, 600000, NEEDED)], 'the control'
    os.unlink('/srv/subids')


@AS_SUBIDS
def test_slow_source(boxed):
    """C23: a source of subordinate ids that does not answer fails the login, and leaves nothing."""
    os.rename(PROGRAM, AWAY)
    accounts.write(host_module.HELPERS, 'nsbox-subids', '#!/bin/sh\nexec sleep 60\n', 0o700)
    refused(boxed, 'cannot have an answer of nsbox-subids')
    os.rename(AWAY, PROGRAM)
    assert boxed.ok('alice', 'echo ran') == 'ran\n', 'the control'
