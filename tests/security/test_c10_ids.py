# SPDX-License-Identifier: MIT
"""C10, C11, C12: groups, id maps and capabilities are what the host says, and no more.

user-map = subids: its maps are test_c11_id_maps.py's, its groups tests/ssh/test_subids.py's.
"""

import os
import shutil

import pytest

import accounts
import client
import host as host_module
import landing
import procs
import remote
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
ALL = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_SELF = pytest.mark.parametrize('boxed', [SELF], indirect=True)
CAPABILITIES = ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')
NEVER = ('/etc/shadow', '/etc/gshadow')
ODD_USERS = {'dora': 2011, 'many': 2012, 'rooty': 2013}
MANY = range(40000, 40400, 2)   # no neighbours: one line of a map each
# A set-user-id or file-capability program that tells what it has become; a shell would drop it.
TELL = ('import os; print(os.getresuid(), os.getresgid(), '
        '[l for l in open("/proc/self/status") if l.startswith("Cap")])')


@pytest.fixture(scope='module', autouse=True)
def users(host):
    """dora: her primary group is the one that forbids; many: 200 groups; rooty: in group root."""
    for name, uid in ODD_USERS.items():
        host.add_user(name, uid)
    with open('/etc/passwd', encoding='utf-8') as file:
        text = file.read()
    deny = host_module.GROUPS['deny'][0]
    with open('/etc/passwd', 'w', encoding='utf-8') as file:
        file.write(text.replace('dora:x:2011:2011:', f'dora:x:2011:{deny}:'))
    for gid in MANY:
        accounts.add_group('/etc', f'many{gid}', gid, ['many'])
    with open('/etc/group', encoding='utf-8') as file:
        text = file.read()
    with open('/etc/group', 'w', encoding='utf-8') as file:
        file.write(text.replace('root:x:0:', 'root:x:0:rooty', 1))


def maps(pid):
    """What the kernel has, read from the host."""
    return {name: [tuple(map(int, line.split())) for line in procs.read(pid, name).splitlines()]
            for name in ('uid_map', 'gid_map')}


@BOTH
@pytest.mark.parametrize('user', ['alice', 'dora', 'many', 'rooty'])
def test_maps(boxed, user):
    """C10, C11: the map has the user's uid alone and the user's groups alone; never uid 0 of the
    host.
    """
    uid, gid, groups = landing.ids_of(user)
    with staying(boxed, user) as login:
        read = maps(login.init)
        inside = uid if boxed.user_map == 'self' else 0
        assert read['uid_map'] == [(inside, uid, 1)]
        outside = [first + n for _, first, count in read['gid_map'] for n in range(count)]
        assert len(outside) == len(set(outside)), 'overlap'
        assert set(outside) <= set(groups) and gid in outside
        if boxed.user_map == 'self' or user != 'rooty':
            assert set(outside) == set(groups), 'all of them'
        assert procs.read(login.init, 'setgroups').strip() == 'deny'
        owners = {procs.status(pid)['Uid'] for pid in
                  procs.members_of('user', login.session.container_ids()['user'])}
        assert owners == {'\t'.join([str(uid)] * 4)}, 'as the host sees them'
        check_groups(login, gid, groups)


def check_groups(login, gid, groups):
    """C10: the kernel's groups of the shell, as the host sees them, are those of the user on the
    host.
    """
    members = procs.members_of('user', login.session.container_ids()['user'])
    shells = [pid for pid in members if pid != login.init]
    assert shells
    for pid in shells:
        status = procs.status(pid)
        assert set(map(int, status['Groups'].split())) == set(groups)
        assert status['Gid'].split() == [str(gid)] * 4
    left = set(procs.status(login.init)['Groups'].split())
    assert left <= set(map(str, groups)), 'init has no group of root\'s'


DROP = '''
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
def tried(what):
    try:
        what()
    except OSError:
        pass
path = '/srv/not-for-deny'
gids = sorted(set([0, os.getgid(), 2001, 3001, *os.getgroups(),
               *[int(l.split()[0]) for l in open('/proc/self/gid_map')]]))
for gid in gids:
    for way in (lambda: os.setgroups([]), lambda: os.setgroups([gid]),
                lambda: os.setresgid(gid, gid, gid), lambda: os.setregid(-1, gid),
                lambda: libc.setfsgid(gid), lambda: os.setgid(gid)):
        tried(way)
        try:
            print(open(path).read(), gid)
        except PermissionError:
            pass
print('tried', len(gids))
'''


@BOTH
@pytest.mark.parametrize('user', ['alice', 'dora'])
def test_group_that_forbids(boxed, user):
    """C10 (CVE-2014-8989, CVE-2018-7169): root:deny 0705 stays unreadable for a member of deny, who
    has it as a supplementary or as the primary group; neither setgroups nor any change of group
    helps.
    """
    path = '/srv/not-for-deny'
    host_module.write_as('root', path, 'secret', 0o705)
    os.chown(path, 0, host_module.GROUPS['deny'][0])
    try:
        shown = boxed.ok(user, remote.python(DROP))
        assert 'secret' not in shown and 'tried' in shown
        assert 'secret' not in host_module.run_as(user, ['cat', path]).stdout
        assert boxed.ok('bob', f'cat {path}') == 'secret', 'the control: not a member'
    finally:
        os.unlink(path)


@BOTH
def test_ids_that_are_not_mapped(boxed):
    """C11: nobody can become, or give a file to, an id that is not the tenant's."""
    code = ('import os\nfor uid in (0, 1, 2002, 65534, 2**32-2):\n'
            ' for what in (lambda: os.setresuid(uid, uid, uid),\n'
            '              lambda: os.chown("mine", uid, -1),\n'
            '              lambda: os.setresgid(uid, uid, uid),\n'
            '              lambda: os.chown("mine", -1, uid)):\n'
            '  try: what(); print("did", uid, os.getresuid(), os.stat("mine").st_uid)\n'
            '  except OSError: pass')
    shown = boxed.ok('alice', 'touch mine; ' + remote.python(code))
    did = [line.split()[1] for line in shown.splitlines() if line.startswith('did')]
    assert set(did) <= ({'0'} if boxed.user_map == 'root' else set()), shown
    assert os.stat('/home/alice/mine').st_uid == 2001 and os.stat('/home/alice/mine').st_gid == 2001


def test_policy_values(boxed):
    """C11: a user-map that is none of the words is refused with file and line, whatever it looks
    like.
    """
    for value in ('0', '-1', '4294967295', '4294967296', '1x', '01', 'ROOT', 'root self', ''):
        boxed.host.write_policy(f'[default]\ncontainer = yes\nuser-map = {value}\n')
        logged = len(boxed.host.log.lines)
        done = boxed.ssh('alice', 'echo ran')
        assert done.returncode == 254 and 'ran' not in done.stdout, value
        boxed.host.log.wait_for(r'nsbox\.conf:3:', logged)
    boxed.host.default_policy()
    assert boxed.ok('alice', 'echo ran') == 'ran\n', 'the control'


@AS_SELF
def test_every_process_has_nothing(boxed):
    """C12 (CVE-2022-27649): all processes past the door, as the host sees them: empty sets, also
    the bounding one, no_new_privs; init too.
    """
    with staying(boxed, 'alice',
                 'sleep 300 >/dev/null 2>&1 & (setsid sleep 301 >/dev/null 2>&1 &)') as login:
        members = procs.members_of('user', login.session.container_ids()['user'])
        assert len(members) >= 4 and login.init in members
        for pid in members:
            status = procs.status(pid)
            assert {int(status[name], 16) for name in CAPABILITIES} == {0}, procs.title(pid)
            assert status['NoNewPrivs'] == '1'
        control = procs.status(1)
        assert int(control['CapBnd'], 16), 'the control'


@pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
def test_root_inside_has_no_power_outside(boxed):
    """C12: with user-map root the capabilities are of the container's user namespace, no_new_privs
    is set, init has none at all, and what needs the host's fails.
    """
    attempts = ('date -s 2001-01-01', 'chroot /proc/1/root true', 'modprobe dummy',
                'mknod /tmp/null c 1 3', 'dmesg -C', 'swapoff -a', 'losetup -f /etc/passwd',
                'sh -c "echo 1 > /proc/sys/kernel/printk"', 'nsenter -t 1 -m true',
                'sysctl -w kernel.panic=1',
                'renice -n -20 -p 1', 'cat /proc/kcore', 'cat /proc/1/environ')
    with staying(boxed) as login:
        status = procs.status(login.init)
        assert {int(status[name], 16) for name in CAPABILITIES} == {0}
        for command in attempts:
            assert second_channel(boxed, login, command).returncode != 0, command
        assert second_channel(boxed, login, 'hostname changed').returncode == 0, 'the control'


@ALL
def test_setuid_and_file_capabilities(boxed):
    """C12: set-user-id root, set-group-id and file-capability programs gain nothing."""
    tools = {'suid': 0o4755, 'sgid': 0o2755, 'fcap': 0o755}
    for name, mode in tools.items():
        shutil.copy('/usr/bin/python3', f'/usr/local/bin/{name}')
        os.chown(f'/usr/local/bin/{name}', 0, 42)
        os.chmod(f'/usr/local/bin/{name}', mode)
    done = client.run(['setcap', 'cap_dac_read_search,cap_setuid+ep', '/usr/local/bin/fcap'])
    has_caps = done.returncode == 0
    try:
        every = '; '.join(f"{path} -I -c '{TELL}'" for path in
                          ('/usr/bin/python3', *(f'/usr/local/bin/{name}' for name in tools)))
        shown = boxed.ok('alice', every).splitlines()
        assert len(shown) == 4 and len(set(shown)) == 1, shown
        on_host = boxed.ok('carol', every).splitlines()
        assert len(set(on_host)) == 3 + has_caps, 'the control'
        reading = '; '.join(f'/usr/local/bin/suid -I -c "print(open(\'{path}\').read())"'
                            for path in NEVER)
        assert boxed.ssh('alice', reading).stdout == ''
    finally:
        for name in tools:
            os.unlink(f'/usr/local/bin/{name}')


def test_two_users_of_one_number(boxed):
    """C11: a second name for uid 0 is never boxed, as root is not (invariant 1)."""
    accounts.append('/etc', 'passwd', 'toor:x:0:0:toor:/root:/bin/bash')
    accounts.append('/etc', 'shadow', 'toor:*:19000:0:99999:7:::')
    shown = boxed.ok('toor', procs.SHOW_NAMESPACES)
    assert procs.parse_shown(shown) == boxed.host.ids
    assert boxed.ok('alice',
                    'readlink /proc/self/ns/user').strip() != boxed.host.ids['user'], 'the control'
