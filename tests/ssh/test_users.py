# SPDX-License-Identifier: MIT
"""Who the tenant is inside: ids, groups, capabilities, under user-map self and root."""

import os
import shutil

import pytest

import client
import host as host_module
import procs
import remote

SELF, ROOT, SUBIDS = 'internal-one-self', 'external-two-root', 'external-two-subids'
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
ALL = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_SELF = pytest.mark.parametrize('boxed', [SELF], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
ALICE = host_module.USERS['alice']
ALICE_GROUPS = {ALICE, host_module.GROUPS['team'][0], host_module.GROUPS['deny'][0]}
CAPABILITIES = ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb')


def status_inside(site, command='cat /proc/self/status'):
    pairs = (line.split(':', 1) for line in site.ok('alice', command).splitlines())
    return {name: value.strip() for name, value in pairs}


def one_line_maps(text):
    return [tuple(map(int, line.split())) for line in text.splitlines()]


@AS_SELF
def test_self_keeps_ids_and_groups(boxed):
    """user-map self: uid, gid and groups inside are those on the host. C10, C11."""
    assert boxed.ok('alice', 'id -u; id -g').split() == [str(ALICE)] * 2
    inside = set(boxed.ok('alice', 'id -G').split())
    assert inside == set(client.run(['id', '-G', 'alice']).stdout.split())
    assert boxed.ok('alice', 'id -un; id -Gn') == boxed.ok('carol', 'id -un alice; id -Gn alice')


@AS_SELF
def test_self_maps_are_what_was_meant(boxed):
    """user-map self: the maps list the uid and each group, one to one, and nothing else. C11."""
    uid_map = one_line_maps(boxed.ok('alice', 'cat /proc/self/uid_map'))
    assert uid_map == [(ALICE, ALICE, 1)]
    gid_map = one_line_maps(boxed.ok('alice', 'cat /proc/self/gid_map'))
    assert all(inside == outside for inside, outside, _ in gid_map)
    mapped = {gid + n for gid, _, count in gid_map for n in range(count)}
    assert mapped == ALICE_GROUPS


@AS_SELF
def test_self_has_no_capability(boxed):
    """user-map self: every set is empty, also the bounding one; no_new_privs is on. Inv. 7, C12."""
    status = status_inside(boxed)
    assert {int(status[name], 16) for name in CAPABILITIES} == {0}
    assert status['NoNewPrivs'] == '1'


@AS_SELF
def test_self_is_not_root_by_any_program(boxed):
    """user-map self: a setuid program gains nothing. C12."""
    os.makedirs('/usr/local/bin', exist_ok=True)
    client.run(['cp', '/usr/bin/id', '/usr/local/bin/setuid-id'])
    os.chmod('/usr/local/bin/setuid-id', 0o4755)
    try:
        assert boxed.ok('alice', '/usr/local/bin/setuid-id -u').strip() == str(ALICE)
        assert boxed.ok('carol', '/usr/local/bin/setuid-id -u').strip() == '0', 'the control'
    finally:
        os.unlink('/usr/local/bin/setuid-id')


@AS_ROOT
def test_root_inside(boxed):
    """user-map root: uid 0 with capabilities inside, and the map has the tenant alone. C11."""
    assert boxed.ok('alice', 'id -u; id -g').split() == ['0', '0']
    assert int(status_inside(boxed)['CapEff'], 16) != 0
    assert one_line_maps(boxed.ok('alice', 'cat /proc/self/uid_map')) == [(0, ALICE, 1)]
    gid_map = one_line_maps(boxed.ok('alice', 'cat /proc/self/gid_map'))
    assert (0, ALICE, 1) in gid_map
    assert {outside + n for _, outside, count in gid_map for n in range(count)} == ALICE_GROUPS


@AS_ROOT
def test_root_inside_is_the_tenant_outside(boxed):
    """user-map root: what root makes inside is the tenant's on the host. C11."""
    assert boxed.ok('alice', 'touch made; stat -c %u made') == '0\n'
    assert os.stat('/home/alice/made').st_uid == os.stat('/home/alice/made').st_gid == ALICE
    process = boxed.popen('alice', 'echo ready; exec cat')
    client.lines_before(process, 'ready')
    login = boxed.session('alice')
    for pid in procs.members_of('user', login.container_ids()['user']):
        assert set(procs.status(pid)['Uid'].split()) == {str(ALICE)}, procs.title(pid)
    process.communicate()


@pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
def test_root_inside_is_nobody_outside(boxed):
    """user-map root: files that only root may read or change stay so. Invariant 1, C26."""
    host_module.write_as('root', '/srv/secret', 'secret\n', 0o600)
    try:
        for command in ('cat /srv/secret', 'cat /etc/shadow', 'chmod 644 /srv/secret',
                        'chown 0 /srv/secret', 'ls /root', 'mknod /tmp/disk b 259 0',
                        'cat /usr/libexec/nsbox/nsbox-build'):
            done = boxed.ssh('alice', command)
            assert done.returncode != 0 and 'secret\n' not in done.stdout, command
        assert client.run(['cat', '/srv/secret']).stdout == 'secret\n'
    finally:
        os.unlink('/srv/secret')


@BOTH
def test_group_that_forbids(boxed):
    """root:deny 0705 stays unreadable for a member of deny, and groups cannot be dropped. C10."""
    path = '/srv/not-for-deny'
    host_module.write_as('root', path, 'read\n')
    os.chown(path, 0, host_module.GROUPS['deny'][0])
    os.chmod(path, 0o705)
    drop = remote.python(f'import os\ntry: os.setgroups([])\nexcept OSError: pass\n'
                         f'print(open("{path}").read())')
    try:
        for command in (f'cat {path}', drop, f'setpriv --clear-groups cat {path}'):
            assert 'read\n' not in boxed.ssh('alice', command).stdout, command
            assert 'read\n' not in host_module.run_as('alice', ['cat', path]).stdout
        assert boxed.ok('bob', f'cat {path}') == 'read\n', 'the control: not a member'
        assert boxed.ok('alice', 'cat /proc/self/setgroups') == 'deny\n'
    finally:
        os.unlink(path)


@ALL
def test_other_homes(boxed):
    """What the host's modes keep from the tenant stays kept inside."""
    host_module.write_as('bob', '/home/bob/private', 'of bob\n', 0o600)
    assert 'of bob' not in boxed.ssh('alice', 'cat /home/bob/private').stdout
    assert boxed.ok('bob', 'cat private') == 'of bob\n', 'the control'


@ALL
def test_nested_user_namespaces(boxed):
    """A tenant makes no further user namespace, and root inside cannot lift the limit. C20."""
    assert boxed.ssh('alice', 'unshare --user true').returncode != 0
    limit = '/proc/sys/user/max_user_namespaces'
    lift = f'umount /proc/sys; mount -o remount,bind,rw /proc/sys; echo 9 >{limit}; cat {limit}'
    assert boxed.ok('alice', f'({lift}) 2>/dev/null') == '0\n'
    assert boxed.ssh('alice', f'({lift}) 2>/dev/null; unshare --user true').returncode != 0
    assert host_module.run_as('carol', ['unshare', '--user', 'true']).returncode == 0


@ALL
def test_keyring(boxed):
    """The session keyring is new: it does not link to the user's host keyring. C16."""
    if not shutil.which('keyctl'):
        pytest.skip('keyutils is not installed')
    host_module.run_as('alice', ['keyctl', 'add', 'user', 'canary', 'of-the-host', '@u'])
    shown = boxed.ssh('alice', 'keyctl show @s; keyctl search @s user canary && echo found').stdout
    assert 'found' not in shown
    found = host_module.run_as('alice', ['keyctl', 'search', '@u', 'user', 'canary'])
    assert found.returncode == 0, 'the control'


@ALL
def test_descriptors(boxed):
    """In the container a command has descriptors 0, 1 and 2 alone. C4."""
    assert boxed.ok('alice', 'ls /proc/$$/fd; :').split() == ['0', '1', '2']


@ALL
def test_init_is_nobody_special(boxed):
    """The container's init is the tenant, without capabilities or root's groups. C10, C12."""
    process = boxed.popen('alice', 'echo ready; exec cat')
    client.lines_before(process, 'ready')
    status = procs.status(boxed.session('alice').init)
    assert set(status['Uid'].split()) == set(status['Gid'].split()) == {str(ALICE)}
    assert set(map(int, status['Groups'].split())) <= ALICE_GROUPS
    assert {int(status[name], 16) for name in CAPABILITIES} == {0}
    process.communicate()


@ALL
def test_sshd_child_is_opaque(boxed):
    """Memory, root, descriptors and environment of sshd's child and init are refused. C5."""
    probe = ('for p in /proc/[0-9]*; do [ ${p#/proc/} = $$ ] && continue; '
             'case $(tr "\\0" " " <$p/cmdline) in *sshd*|*nsbox*) n=$((n+1));; *) continue;; esac; '
             'for what in root exe cwd; do readlink $p/$what && echo $p/$what; done; '
             'for what in environ maps; do cat $p/$what && echo $p/$what; done; '
             'ls $p/fd && echo $p/fd; '
             'done 2>/dev/null; echo probed $n')
    shown = boxed.ok('alice', probe)
    count = shown.split()[-1]
    assert count.isdigit() and int(count) >= 1, shown
    assert shown.strip() == f'probed {count}', 'something of them can be read'
