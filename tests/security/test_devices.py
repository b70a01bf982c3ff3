# SPDX-License-Identifier: MIT
"""The policy's `devices`: those that a pattern matches, with owners and modes, and no other."""

import os
import stat

import pytest

import views
from logins import ROOT, SELF, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
FULL, ZERO, NOBODYS = os.makedev(1, 7), os.makedev(1, 5), os.makedev(4095, 1)
TEAM = 3001
# name: type, mode, group, numbers
NODES = {
    'box-all': (stat.S_IFCHR, 0o666, 0, FULL),
    'box-team': (stat.S_IFCHR, 0o660, TEAM, ZERO),
    'box-root': (stat.S_IFCHR, 0o600, 0, ZERO),
    'box-disk': (stat.S_IFBLK, 0o660, TEAM, NOBODYS),
    'boxes/one': (stat.S_IFCHR, 0o666, 0, ZERO),
    'boxes/.hidden': (stat.S_IFCHR, 0o666, 0, ZERO),
    'boxes/deep/two': (stat.S_IFCHR, 0o666, 0, ZERO),
}


@pytest.fixture(autouse=True)
def nodes():
    for name, (kind, mode, group, numbers) in NODES.items():
        path = f'/dev/{name}'
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if not os.path.lexists(path):
            os.mknod(path, kind | mode, numbers)
            os.chmod(path, mode)
            os.chown(path, 0, group)
    if not os.path.lexists('/dev/box-link'):
        os.symlink('/dev/box-root', '/dev/box-link')
        os.symlink('/', '/dev/boxes-root')
        with open('/dev/box-file', 'w', encoding='utf-8') as file:
            file.write('no device\n')


def say(site, patterns):
    site.host.write_policy(f'[default]\ncontainer = yes\nuser-map = {site.user_map}\n'
                           f'devices = {patterns}\n\n[user carol]\ncontainer = no\n')


def extra(site):
    """What is in /dev beside what is always there."""
    names = set(views.listing(site, 'alice', '/dev'))
    usual = {'null', 'zero', 'full', 'random', 'urandom', 'tty', 'pts', 'shm', 'mqueue', 'ptmx',
             'fd', 'stdin', 'stdout', 'stderr', 'log', 'console'}
    assert usual - {'console'} <= names
    return sorted(names - usual)


@BOTH
@pytest.mark.parametrize('patterns, expected', [
    ('', []), ('/dev/none* /dev/no/thing', []), ('/dev/box-all', ['box-all']),
    ('/dev/box-*', ['box-all', 'box-disk', 'box-root', 'box-team']),
    ('/dev/box*', ['box-all', 'box-disk', 'box-root', 'box-team']),
    ('/dev/boxes', []), ('/dev/boxes/?ne', ['boxes']), ('/dev/*/one', ['boxes']),
    ('/dev/box-link /dev/box-file /dev/boxes-root/dev/*', [])])
def test_matches(boxed, patterns, expected):
    """By every route; '*' does not match '/', links are no devices, own ones stay what they are."""
    say(boxed, patterns)
    assert extra(boxed) == expected
    if expected == ['boxes']:
        assert views.listing(boxed, 'alice', '/dev/boxes') == ['one']


@BOTH
def test_use(boxed):
    """The tenant opens what the mode lets in, root inside not more; numbers, mode, owner agree."""
    say(boxed, '/dev/box-* /dev/boxes/*')
    with staying(boxed) as login:
        for root in (login.init, login.monitor):
            for name in ('box-all', 'box-team', 'box-root', 'box-disk', 'boxes/one'):
                kind, mode, group, numbers = NODES[name]
                seen = os.lstat(f'/proc/{root}/root/dev/{name}')
                assert seen.st_mode == kind | mode and seen.st_rdev == numbers
                assert (seen.st_uid, seen.st_gid) == (0, group)
    read = 'head -c 3 /dev/{} | od -An -tx1'
    assert boxed.ok('alice', read.format('box-team')).split() == ['00'] * 3
    assert boxed.ok('alice', read.format('boxes/one')).split() == ['00'] * 3
    assert 'No space left' in boxed.ssh('alice', 'echo x >/dev/box-all').stderr
    assert 'Permission denied' in boxed.ssh('alice', read.format('box-root')).stderr
    assert 'No such device' in boxed.ssh('alice', read.format('box-disk')).stderr
    assert boxed.ssh('alice', 'rm /dev/box-all').returncode != 0
    if boxed.user_map == 'root':
        assert boxed.ssh('alice', 'chmod 666 /dev/box-root').returncode != 0
        assert boxed.ssh('alice', 'cd; mknod mine c 1 5').returncode != 0


def test_own_ones_stay(boxed):
    """A pattern for everything gives neither other users' terminals nor another null."""
    say(boxed, '/dev/* /dev/*/*')
    assert boxed.ok('alice', 'ls /dev/pts /dev/shm').split() == ['/dev/pts:', 'ptmx', '/dev/shm:']
    assert boxed.ok('alice', 'stat -c "%t:%T" /dev/null /dev/zero').split() == ['1:3', '1:5']
    assert 'two' not in boxed.ok('alice', 'find /dev')


def test_too_many(boxed):
    """More than 128 refuse the login and say so."""
    os.makedirs('/dev/many', exist_ok=True)
    for i in range(129):
        if not os.path.exists(f'/dev/many/{i}'):
            os.mknod(f'/dev/many/{i}', stat.S_IFCHR | 0o600, NOBODYS)
    say(boxed, '/dev/many/*')
    logged = len(boxed.host.log.lines)
    assert boxed.ssh('alice', 'true').returncode == 254
    boxed.host.log.wait_for("the policy's devices are more than 128", logged)
    os.unlink('/dev/many/0')
    assert len(boxed.ok('alice', 'ls /dev/many').split()) == 128, 'the control'
