# SPDX-License-Identifier: MIT
"""C13, invariant 2: what holds of every tree holds of those that keys of the policy make: roots of
the container's own, overlays, binds, slaves, homes.
"""

import json
import os

import pytest

import host as host_module
import images
import policies
from logins import ROOT, SELF, SUBIDS, staying
from test_c13_mounts import ATTACK, CANARIES, WITH_DEVICES, mountinfo, reachable
from test_invariants import is_door

ALL = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
TREE = ('hide = /srv/secret', 'bind = /srv/shown', 'bind-ro = /srv/shown:/run/shown',
        'tmpfs = /srv/own /srv/big:size=1M', 'slave = /srv/net')
POLICIES = {
    'read-only=no': ('read-only = no',),
    'private-tmp=no': ('private-tmp = no', 'read-only = no'),
    'places': (*TREE, 'read-only = no'),
    'homes': ('users = self', 'home = session'),
    'home': ('home = /srv/homes/%u', 'proc = pid-only'),
    'overlay-session': ('overlay = session', *TREE),
    'overlay-user': ('overlay = user', 'users = self', 'proc = hidepid', 'read-only = no'),
    'image': ('root = /srv/images/flags', *TREE),
    'image-session': ('root = /srv/images/flags', 'overlay = session'),
    'image-user': ('root = /srv/images/flags', 'overlay = user', *TREE),
}
# What lies below is hidden: the host's, or another mount's.
FOLDERS = ('secret', 'shown', 'own', 'big', 'net', 'homes/alice')


@pytest.fixture(scope='module', name='image')
def fixture_image():
    """With the places that the policies name."""
    assert images.busybox('flags') == '/srv/images/flags'
    for name in FOLDERS:
        os.makedirs(f'/srv/images/flags/srv/{name}', exist_ok=True)
        os.makedirs(f'/srv/{name}', exist_ok=True)
        host_module.write_as('root', f'/srv/{name}/canary', '', 0o644)
    os.chown('/srv/homes/alice', 2001, 2001)
    for path in CANARIES:
        host_module.write_as('root', path, '', 0o644)
    yield
    for path in CANARIES:
        os.unlink(path)


@ALL
@pytest.mark.parametrize('name', POLICIES)
def test_flags(boxed, image, name):    # pylint: disable=unused-argument
    """Nothing in the landing can be executed but doors, nothing in either gives privilege, no
    device is there but in /dev, nothing propagates but into what is a slave.
    """
    policies.policy(boxed, *POLICIES[name])
    twice = 2 if 'overlay = user' in POLICIES[name] else 1    # the second one shares the first's
    with staying(boxed) as first:
        known = [first]
        for _ in range(twice - 1):
            with staying(boxed) as second:
                known.append(second)
                check(*known[1:])
        check(first)


def check(*logins):
    for login in logins:
        landing, inside = mountinfo(login.monitor), mountinfo(login.init)
        assert len(landing) > 20 and len(inside) > 10, 'the control'
        doors = [one for one in landing if not {'nosuid', 'noexec'} <= one['flags']]
        assert doors and all(map(is_door, doors)), doors
        for one in landing:
            assert not one['tags'], one
        for one in inside:
            assert 'nosuid' in one['flags'], one
            assert not one['tags'] or one['point'].startswith('/srv/net'), one
            assert not any(tag.startswith('shared') for tag in one['tags']), one
        for one in reachable(inside):
            assert 'nodev' in one['flags'] or one['point'] in WITH_DEVICES, one


# The layers of an overlay are copies of one mount each, without what lies on it.
LAYERS = '''
import ctypes, os
libc = ctypes.CDLL(None)
os.makedirs('/tmp/layers/empty'); os.makedirs('/tmp/layers/at')
for lower in ('/', '/srv', '/home', '/etc', '/proc', '/run', '/dev'):
    options = f'lowerdir={lower}:/tmp/layers/empty'.encode()
    if libc.mount(b'o', b'/tmp/layers/at', b'overlay', 0, options) == 0:
        found = [f'{top}/{name}' for top, names, files in os.walk('/tmp/layers/at')
                 for name in files if 'canary' in name]
        print(lower, *found)
        libc.umount2(b'/tmp/layers/at', 2)
'''


@AS_ROOT
@pytest.mark.parametrize('overlay', ['overlay = none', 'overlay = session', 'overlay = user'])
def test_cannot_be_undone(boxed, image, overlay):    # pylint: disable=unused-argument
    """As root inside: what is hidden does not come to light, what is read-only stays so."""
    policies.policy(boxed, overlay, 'hide = /srv/secret', 'bind-ro = /srv/shown:/run/shown',
                    'tmpfs = /srv/own /srv/big:size=1M')
    with open(ATTACK, encoding='utf-8') as file:
        code = file.read().replace("tuple(sys.argv[1:]) or ('/tmp'",
                                   "('/srv/secret', '/srv/own', '/srv/big', '/tmp'")
    assert boxed.ok('alice', 'cat /run/shown/canary && ls /srv/shown') == 'canary\n'
    result = json.loads(boxed.ok('alice', '/usr/bin/python3 -', input=code))
    assert result['tried'] > 300, 'the control: the attack did run'
    assert result['found'] == [] and result['missing'] == [] and result['done'] == []
    layers = boxed.ok('alice', '/usr/bin/python3 -', input=LAYERS).splitlines()
    assert '/etc' in layers, 'the control: root inside may mount an overlay'
    assert not any('canary' in line for line in layers), layers
