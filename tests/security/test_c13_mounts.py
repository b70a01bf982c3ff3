# SPDX-License-Identifier: MIT
"""C13: the tree that a container was given stays as it is; nothing passes either way."""

import json
import os
import shutil

import pytest

import client
import host as host_module
import landing
import leftovers
import policies
import procs
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
ATTACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'attack_mounts.py')
CANARIES = ('/tmp/canary', '/run/canary', '/var/tmp/canary', '/dev/shm/canary')
# Devices belong there, and nowhere else; what is wholly covered cannot be walked to.
WITH_DEVICES = ('/dev', '/dev/pts')


@pytest.fixture
def canaries():
    for path in CANARIES:
        host_module.write_as('root', path, '', 0o644)
    yield
    for path in CANARIES:
        os.unlink(path)


def mountinfo(pid):
    """A list of dictionaries."""
    found = []
    for line in procs.read(pid, 'mountinfo').splitlines():
        words = line.split()
        kind = words.index('-')
        found.append({'id': words[0], 'parent': words[1], 'root': words[3], 'point': words[4],
                      'flags': set(words[5].split(',')), 'tags': words[6:kind],
                      'type': words[kind + 1]})
    return found


def reachable(mounts):
    """Without the mounts that another one on the very same place covers."""
    covered = {(one['parent'], one['point']) for one in mounts}
    return [one for one in mounts if (one['id'], one['point']) not in covered]


@AS_ROOT
def test_places_cannot_be_undone(boxed, canaries):
    """C13: the same for what hide, bind, bind-ro, tmpfs, slave and home put there: what lies below
    does not come to light, and what is read-only stays so.
    """
    for name in ('secret', 'shown', 'own', 'big', 'net'):
        os.makedirs(f'/srv/{name}', exist_ok=True)
        host_module.write_as('root', f'/srv/{name}/canary', '')
    policies.policy(boxed, 'hide = /srv/secret /home/bob', 'bind-ro = /srv/shown:/run/shown',
                    'bind = /srv/shown', 'tmpfs = /srv/own /srv/big:size=1M', 'slave = /srv/net',
                    'home = session')
    try:
        with open(ATTACK, encoding='utf-8') as file:
            code = file.read().replace("tuple(sys.argv[1:]) or ('/tmp'",
                                       "('/srv/secret', '/srv/own', '/srv/big', '/tmp'")
        assert boxed.ok('alice', 'cat /run/shown/canary && ls /srv/shown') == 'canary\n'
        result = json.loads(boxed.ok('alice', '/usr/bin/python3 -', input=code))
        assert result['tried'] > 300, 'the control: the attack did run'
        assert result['found'] == [] and result['done'] == []
        refused = boxed.ssh('alice', 'touch /run/shown/x /srv/net/x /home/bob/x; '
                                     'unshare -m sh -c "umount -l /srv/secret"; ls /srv/secret')
        assert refused.stdout == '' and refused.returncode != 0
    finally:
        for name in ('secret', 'shown', 'own', 'big', 'net'):
            shutil.rmtree(f'/srv/{name}')


@AS_ROOT
def test_nothing_can_be_undone(boxed, canaries):
    """C13: as root inside, for every mount of mountinfo: umount, lazy and not, remount without its
    flags, move, a copy of it alone, a mount beneath it; pivot_root; fresh proc and sysfs. Each is
    refused, and nothing of the host's comes to light.
    """
    with open(ATTACK, encoding='utf-8') as file:
        code = file.read()
    result = json.loads(boxed.ok('alice', '/usr/bin/python3 -', input=code))
    assert result['tried'] > 300, 'the control: the attack did run'
    assert result['found'] == [] and result['missing'] == []
    assert result['done'] == []
    assert sorted(boxed.ok('carol',
                           f'ls {" ".join(CANARIES)}').split()) == sorted(CANARIES), 'the control'
    assert boxed.ok('alice', 'mkdir -p own && mount -t tmpfs own own && umount own && echo able'
                    ) == 'able\n', 'the control: root inside may mount and unmount what is its own'


def test_the_attack_has_a_control(boxed, canaries):
    """The control of the above: as root of the host, in a mount namespace of its own, the same
    attack takes a cover off /tmp and sees what lies beneath.
    """
    assert boxed.ok('alice', 'echo in') == 'in\n'
    done = client.run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
                       'mount -t tmpfs cover /tmp && exec /usr/bin/python3 "$@"', 'sh', ATTACK,
                       '/tmp'])
    result = json.loads(done.stdout)
    assert result['found'] == ['/tmp/canary'] and any('umount' in one for one in result['done'])


@BOTH
def test_host_files_do_not_show(boxed, canaries):
    """C13: the host's /tmp, /run, /var/tmp and /dev/shm are not the session's."""
    shown = boxed.ok('alice', 'ls /tmp /run /var/tmp /dev/shm')
    assert 'canary' not in shown
    assert 'canary' in boxed.ok('carol', 'ls /tmp /run /var/tmp /dev/shm'), 'the control'


@BOTH
def test_flags(boxed):
    """C13: nosuid everywhere; nodev but for /dev; read-only but for what is the tenant's own."""
    writable = {'/home/alice', '/tmp', '/var/tmp', '/run', '/dev/shm', '/dev/pts', '/dev/mqueue',
                '/proc'}
    with staying(boxed) as login:
        mounts = reachable(mountinfo(login.init))
        assert len(mounts) > 10
        for one in mounts:
            assert 'nosuid' in one['flags'], one
            assert 'nodev' in one['flags'] or one['point'] in WITH_DEVICES, one
            assert 'ro' in one['flags'] or one['point'] in writable, one
            assert not one['tags'], f'propagation: {one}'


@BOTH
def test_read_only_is_recursive(boxed):
    """C13: a writable mount of the host's deep below /srv is read-only inside."""
    deep = '/srv/deep/er'
    os.makedirs(deep, exist_ok=True)
    client.run(['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'deep', deep])
    try:
        done = boxed.ssh('alice', f'touch {deep}/mine')
        assert done.returncode != 0 and 'Read-only file system' in done.stderr
        assert os.listdir(deep) == []
        assert boxed.ok('carol', f'touch {deep}/hers && ls {deep}') == 'hers\n', 'the control'
    finally:
        client.run(['umount', deep])


@BOTH
def test_host_mount_later_does_not_appear(boxed):
    """C13: what the host mounts after the login appears neither in container nor in landing; what
    it unmounts stays, and the next login sees the host as it is.
    """
    os.makedirs('/srv/later', exist_ok=True)
    client.run(['mount', '--make-rshared', '/'])
    try:
        with staying(boxed) as login:
            client.run(['mount', '-t', 'tmpfs', 'later', '/srv/later'])
            host_module.write_as('root', '/srv/later/seen', '')
            for pid in (login.init, login.monitor):
                assert not [one for one in mountinfo(pid) if one['point'] == '/srv/later']
            assert second_channel(boxed, login, 'ls /srv/later').stdout == ''
            assert boxed.ok('alice', 'ls /srv/later') == 'seen\n', 'the control: a new login'
    finally:
        client.run(['umount', '/srv/later'])
        client.run(['mount', '--make-rprivate', '/'])


@AS_ROOT
def test_mount_inside_does_not_leave(boxed):
    """C13: what root inside mounts, also over a policy's mount and after --make-shared, appears
    neither on the host nor in the landing, nor in another session.
    """
    command = ('mount --make-rshared / && mount -t tmpfs mine /mnt && mkdir /mnt/x && '
               'mount --bind /mnt /opt && mount -t tmpfs over /tmp && echo shared || echo failed')
    with staying(boxed) as login, staying(boxed) as other:
        host, landed = leftovers.mounts(), mountinfo(login.monitor)
        assert second_channel(boxed, login, command).stdout == 'shared\n', 'the control'
        assert len(mountinfo(login.init)) > len(mountinfo(other.init))
        assert leftovers.mounts() == host
        assert mountinfo(login.monitor) == landed
        assert 'x' not in second_channel(boxed, other, 'ls /mnt').stdout.split()


@AS_ROOT
def test_tampered_tree_does_not_catch_the_door(boxed):
    """C13, C8, invariant 4: root inside puts programs of its own in the place of all that the door
    and sshd's child could use; the next channel runs contained, as the tenant.
    """
    command = ('mkdir -p evil && cp /usr/bin/id evil/bash && cp /usr/bin/id evil/sh && '
               'mount --bind evil /usr/bin && mount -t tmpfs none /etc && mount -t tmpfs none /lib')
    with staying(boxed) as login:
        second_channel(boxed, login, command)
        done = second_channel(boxed, login, '-u')
        assert 'uid=0(root)' not in done.stdout or done.returncode != 0 or boxed.user_map == 'root'
        for pid in procs.members_of('pid', login.session.container_ids()['pid']):
            assert procs.status(pid).get('Uid', '2001').split()[0] == '2001'
        assert second_channel(boxed, login, '').returncode in (0, 1, 127, 254)
        landing.check_harmless(landing.start_shell(login), user_map='root')
    assert boxed.ok('alice', 'echo next') == 'next\n', 'the control'


@pytest.mark.xfail(strict=True, reason=
                   'a login has no cgroup of its own yet (C17): root inside can '
                                       'mount the tree of the cgroup that sshd is in')
@AS_ROOT
def test_fresh_cgroup_tree_shows_nothing_of_the_host(boxed):
    """C13, C17: a cgroup tree that root inside mounts shows the session's own cgroup, not the one
    that the host's other services are in.
    """
    command = 'mkdir -p cg && mount -t cgroup2 none cg && grep -c . cg/cgroup.procs'
    done = boxed.ssh('alice', command)
    if done.returncode == 0:
        outside = done.stdout.strip()
        assert int(outside) <= 8, f'{outside} processes in the cgroup that root inside sees'
