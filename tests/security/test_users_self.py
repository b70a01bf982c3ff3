# SPDX-License-Identifier: MIT
"""The policy's `users = self`: no other user's name or home shows, by any route, whatever the host
does meanwhile, and root inside cannot undo it.
"""

import os
import subprocess
import time

import pytest

import accounts
import client
import fusefs
import host as host_module
import images
import procs
import terminal
import views
from logins import ROOT, SELF, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
ETC = '/etc'
OTHERS = {'emma': (2101, '/srv/homes/emma'), 'fred': (2102, '/data/x'), 'gina': (2103, '/opt/gina'),
          'hans': (2104, '/home/deep/er/hans')}


@pytest.fixture(autouse=True)
def others():
    for name, (uid, home) in OTHERS.items():
        if not os.path.exists(home):
            accounts.add_user(ETC, name, uid, home)
            os.makedirs(home, exist_ok=True)
            host_module.write_as('root', f'{home}/seen', 'seen\n')
    os.makedirs('/data/shared', exist_ok=True)


def say(site, *lines):
    site.host.write_policy('[default]\ncontainer = yes\nusers = self\n'
                           f'user-map = {site.user_map}\n' + ''.join(f'{one}\n' for one in lines) +
                           '\n[user carol]\ncontainer = no\n')


def names_in(text):
    return [line.split(':')[0] for line in text.splitlines()]


@BOTH
def test_names(boxed):
    """passwd and group: the system's and the tenant's, by getent, shell and sftp."""
    say(boxed)
    for name in ('passwd', 'group'):
        seen = views.content(boxed, 'alice', f'/etc/{name}')
        assert seen == boxed.ok('alice', f'getent {name}')
        assert 'alice' in names_in(seen) and 'root' in names_in(seen)
        assert not {'bob', 'carol', 'emma', 'wanda'} & set(names_in(seen))
        assert not {'barred', 'wardens'} & set(names_in(seen))
        assert 'bob' not in seen, 'nor as a member of a group'
    assert boxed.ok('alice', 'id -un; id -Gn').split() in (
        ['alice', 'alice', 'team', 'deny'], ['root', 'root', 'team', 'deny'])
    assert 'bob' in boxed.ok('carol', 'getent passwd'), 'the control'


@BOTH
def test_other_files(boxed):
    """What goes with passwd is empty or gone, and is no more readable than on the host."""
    host_module.write_as('root', '/etc/passwd-', 'bob:x:2002:2002::/home/bob:/bin/sh\n', 0o644)
    host_module.write_as('root', '/etc/subuid', 'bob:100000:65536\n', 0o644)
    say(boxed)
    names = views.listing(boxed, 'alice', '/etc')
    assert 'shadow' in names and 'passwd-' not in names and 'hosts' in names
    for name in ('shadow', 'gshadow', 'subuid', 'passwd-'):
        assert not views.content(boxed, 'alice', f'/etc/{name}'), name
        assert boxed.ssh('alice', f'echo x >>/etc/{name}').returncode != 0
    assert boxed.ssh('alice', 'cat /etc/shadow').returncode != 0
    assert 'bob' in boxed.ok('carol', 'cat /etc/passwd- /etc/subuid'), 'the control'


@BOTH
def test_homes(boxed):
    """Folders of homes show the tenant's own; where other things lie, those homes alone vanish."""
    os.makedirs('/opt/tools', exist_ok=True)
    say(boxed)
    assert views.listing(boxed, 'alice', '/home') == ['alice']
    assert views.listing(boxed, 'alice', '/srv/homes') == []
    assert views.listing(boxed, 'alice', '/data') == []
    assert views.listing(boxed, 'alice', '/opt/gina') == []
    assert 'tools' in views.listing(boxed, 'alice', '/opt')
    assert boxed.ok('alice', 'echo mine >kept && cat kept; pwd') == 'mine\n/home/alice\n'
    assert os.path.exists('/home/alice/kept')
    assert boxed.ssh('alice', 'mkdir /home/new').returncode != 0
    assert boxed.ok('carol', 'cat /srv/homes/emma/seen /data/x/seen') == 'seen\n' * 2, 'the control'


@BOTH
def test_with_places(boxed):
    """What the policy binds and hides finds its place in a hidden folder, and in the home."""
    host_module.write_as('root', '/srv/public', 'public\n')
    os.makedirs('/home/alice/in', exist_ok=True)
    say(boxed, 'bind-ro = /data/x:/home/common /srv/public:/home/public /data/x:/home/alice/in',
        'hide = /home/bob /data')
    assert views.listing(boxed, 'alice', '/home') == ['alice', 'common', 'public']
    assert views.listing(boxed, 'alice', '/home/common') == ['seen']
    assert views.listing(boxed, 'alice', '/home/alice/in') == ['seen']
    assert views.content(boxed, 'alice', '/home/public') == 'public\n'
    assert boxed.ssh('alice', 'ls /data').returncode != 0


@BOTH
@pytest.mark.parametrize('home, seen', [('session', []), ('none', []), ('/srv/homes/%u', ['got'])])
def test_with_another_home(boxed, home, seen):
    """The home of the policy is where the others are hidden."""
    os.makedirs('/srv/homes/alice', exist_ok=True)
    os.chown('/srv/homes/alice', 2001, 2001)
    host_module.write_as('alice', '/srv/homes/alice/got', '')
    say(boxed, f'home = {home}')
    assert views.listing(boxed, 'alice', '/home') == ['alice']
    assert views.listing(boxed, 'alice', '/home/alice') == seen
    assert views.listing(boxed, 'alice', '/srv/homes') == []


@BOTH
def test_with_an_overlay(boxed):
    """Over the host's tree, names and homes stay hidden, and the rest can be written."""
    say(boxed, 'overlay = session')
    shown = boxed.ok('alice', 'cat /etc/passwd; ls /home /data')
    assert 'alice' in shown and 'bob' not in shown and 'shared' not in shown
    assert boxed.ssh('alice', 'echo x >>/etc/passwd').returncode != 0


def test_with_an_image(boxed):
    """The image's own /etc and folders are there, and the landing hides the host's."""
    root = images.busybox('users')
    images.put(root, 'data/of-image', '')
    say(boxed, f'root = {root}')
    shown = boxed.ok('alice', 'cat /etc/image /etc/passwd; ls /data /home')
    assert 'users\n' in shown and 'of-image' in shown and 'alice' in shown and 'bob' not in shown
    assert views.sftp(boxed, 'alice', 'cd /home', 'ls -1')[1] == ['alice']
    assert views.sftp(boxed, 'alice', 'cd /data', 'ls -1')[1] == []


@BOTH
def test_host_adds_a_user(boxed):
    """useradd during the session: passwd is replaced by rename, and nothing is uncovered."""
    say(boxed)
    try:
        with staying(boxed) as login:
            done = client.run(['useradd', '-m', '-u', '2199', 'newcomer'])
            assert done.returncode == 0, done
            shown = second_channel(boxed, login, 'cat /etc/passwd /etc/group; ls /home').stdout
            landing = f'/proc/{login.monitor}/root'
            assert os.listdir(f'{landing}/home') == ['alice']
            with open(f'{landing}/etc/passwd', encoding='utf-8') as file:
                shown += file.read()
        assert 'newcomer' not in shown and 'bob' not in shown and 'alice' in shown
        assert 'newcomer' in boxed.ok('carol', 'getent passwd newcomer; ls /home'), 'the control'
        assert 'newcomer' not in boxed.ok('alice', 'getent passwd; ls /home'), 'the next login'
    finally:
        client.run(['userdel', '-r', 'newcomer'])


@AS_ROOT
def test_root_inside(boxed):
    """C13: umount, remount, move, a copy without what lies on it: nothing comes to light."""
    say(boxed)
    points = ('/etc', '/home', '/srv/homes', '/data', '/opt/gina', '/home/alice')
    tried = boxed.ssh('alice', 'mkdir -p under; ' + ''.join(
        f'umount {one} && echo umount {one}\n'
        f'umount -l {one} && echo lazy {one}\n'
        f'mount -o remount,bind,rw {one} && echo x >{one}/x && echo remount {one}\n'
        f'mount --move {one} under && echo move {one}\n'
        f'mount --bind {one} under && {{ grep bob under/passwd; ls under | grep -x -e bob -e x '
        '-e seen -e emma; umount under; }\n' for one in points if one != '/home/alice') +
        f'umount {points[-1]} && echo umount home\n'
        'mount --bind / under && { ls under/home under/srv/homes under/data; '
        'cat under/etc/passwd; } | grep -e bob -e emma\n')
    assert tried.stdout == ''
    done = boxed.ok('alice', 'mount -t tmpfs own under && umount under && echo able')
    assert done == 'able\n', 'the control: root inside may mount and unmount what is its own'


def test_user_of_another_source(boxed):
    """A user that passwd does not have, as of LDAP: known to the landing and to programs inside.

    What the file has is asked of the module, and the file is changed before the builder reads it.
    """
    say(boxed)
    with open('/etc/passwd', encoding='utf-8') as file:
        before = file.read()
    builder, aside = '/usr/libexec/nsbox/nsbox-build', '/usr/libexec/nsbox/aside'
    os.rename(builder, aside)
    try:
        with open(builder, 'w', encoding='utf-8') as file:
            file.write(f'#!/bin/sh\nsed -i -e /^alice:/d /etc/passwd\nexec {aside}\n')
        os.chmod(builder, 0o700)
        assert boxed.ok('alice', 'id -un; echo ~alice').split() == ['alice', '/home/alice']
    finally:
        os.rename(aside, builder)
        accounts.write(ETC, 'passwd', before)


def test_terminal(boxed):
    """sshd's process, which knows the tenant from the landing's passwd, makes a pty."""
    say(boxed)
    terminal.prepare('alice')
    with terminal.Terminal(boxed.client.line('ssh', 'alice@host')) as term:
        term.leave()


@BOTH
def test_mounts_below_etc(boxed):
    """What the host has mounted on files of /etc is there, and read-only."""
    host_module.write_as('root', '/srv/hosts', '192.0.2.77 mounted\n')
    subprocess.run(['mount', '--bind', '/srv/hosts', '/etc/hosts'], check=True)
    try:
        say(boxed)
        assert views.content(boxed, 'alice', '/etc/hosts') == '192.0.2.77 mounted\n'
        assert boxed.ssh('alice', 'echo x >/etc/hosts').returncode != 0
        with staying(boxed) as login:
            lines = [line.split() for line in procs.read(login.init, 'mountinfo').splitlines()]
            flags = [one[5].split(',') for one in lines if one[4] == '/etc/hosts']
            assert flags and all({'ro', 'nosuid', 'nodev'} <= set(one) for one in flags)
        say(boxed, f'root = {images.busybox("below")}')
        assert '192.0.2.77' not in boxed.ok('alice', 'cat /etc/hosts'), 'an image has its own'
    finally:
        subprocess.run(['umount', '/etc/hosts'], check=True)


def test_contradiction(boxed):
    """With a way to NSS inside, names could not be hidden: refused, both lines told."""
    say(boxed, 'nss-sockets = nscd', 'nss-inside = yes')
    logged = len(boxed.host.log.lines)
    assert boxed.ssh('alice', 'true').returncode == 254
    boxed.host.log.wait_for('nsbox.conf:3: users = self hides what nss-inside = yes', logged)
    say(boxed, 'nss-sockets = nscd', 'nss-inside = no')
    assert boxed.ok('alice', 'echo in') == 'in\n', 'the control'


ODD = ('odd\n::::::\n+\nx:x:y:z:a:b:c\n\nu:x:2181:1::/a b/c:/bin/sh\n'
       'long:x:2180:1::/home/' + 'x' * 5000 + ':/bin/sh\nlast:x:2182')


def test_odd_passwd(boxed):
    """Lines that are none do not stop a login."""
    say(boxed)
    with open('/etc/passwd', encoding='utf-8') as file:
        before = file.read()
    try:
        accounts.write(ETC, 'passwd', before + ODD)
        assert 'bob' not in boxed.ok('alice', 'getent passwd')
        assert views.listing(boxed, 'alice', '/home') == ['alice']
    finally:
        accounts.write(ETC, 'passwd', before)


@BOTH
def test_many_users(boxed):
    """Five thousand users, with homes in hundreds of folders."""
    say(boxed)
    with open('/etc/passwd', encoding='utf-8') as file:
        before = file.read()
    many = ''.join(f'u{i}:x:{10000 + i}:100::/home/{i % 700}/u{i}:/bin/sh\n' for i in range(5000))
    try:
        accounts.write(ETC, 'passwd', before + many)
        assert ':/home/' not in boxed.ok('alice', 'getent passwd').replace(':/home/alice:', '')
        assert views.listing(boxed, 'alice', '/home') == ['alice']
    finally:
        accounts.write(ETC, 'passwd', before)


@BOTH
@pytest.mark.parametrize('everybody', [False, True], ids=['closed', 'stalled'])
def test_home_that_does_not_answer(boxed, everybody):
    """C23: gina's home is a FUSE of hers that root may not look at, or that has stopped: it is
    hidden as any other, and nobody's login is refused for it or waits.
    """
    home = OTHERS['gina'][1]
    say(boxed)
    assert boxed.ok('alice', f'ls -A {home}') == '', 'the control: it is hidden'
    with fusefs.FuseFs(home, 2103, everybody=everybody) as fuse:
        fuse.stop()
        time.sleep(1.1)     # what the kernel knows of it is good for a second
        assert boxed.ok('alice', f'ls -A {home}; stat -c %U {home}').split() in (
            ['root'], ['nobody'])
