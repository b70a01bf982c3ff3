# SPDX-License-Identifier: MIT
"""A root of a whole distribution: Debian as mmdebstrap makes it, see tests/lib/in-debian. Login
with each map; with subids, packages are installed over it and are gone at the next login.
"""

import hashlib
import os
import shutil
import subprocess

import pytest

import images
import policies

SELF, ROOT, SUBIDS = 'internal-one-self', 'external-two-root', 'external-two-subids'
EACH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_SUBIDS = pytest.mark.parametrize('boxed', [SUBIDS], indirect=True)
IMAGE = f'{images.FOLDER}/debian.squashfs'
REPOSITORY = '/srv/repository'
CONTROL = '''Package: small
Version: 1.0
Architecture: all
Maintainer: nobody <nobody@example.org>
Description: nothing of importance
'''
POSTINST = '''#!/bin/sh
set -e
id small >/dev/null 2>&1 ||
    useradd --system --user-group --home-dir /var/lib/small --shell /usr/sbin/nologin small
install -d -o small -g small /var/lib/small
install -d -o www-data -g www-data -m 2750 /var/lib/small/www
install -o small -g shadow -m 0640 /dev/null /var/lib/small/file
'''


@pytest.fixture(scope='module', autouse=True)
def debian():
    os.makedirs(images.FOLDER, exist_ok=True)
    shutil.copy('/mnt/build/debian.squashfs', IMAGE)
    os.chmod(IMAGE, 0o644)
    package()


def package():
    """A repository with one small package."""
    tree = '/srv/package'
    images.put(tree, 'usr/share/small/file', 'of the package\n')
    images.put(tree, 'DEBIAN/control', CONTROL)
    images.put(tree, 'DEBIAN/postinst', POSTINST, 0o755)
    os.makedirs(REPOSITORY)
    deb = f'{REPOSITORY}/small.deb'
    subprocess.run(['dpkg-deb', '--root-owner-group', '--build', tree, deb], check=True,
                   capture_output=True)
    with open(deb, 'rb') as file:
        content = file.read()
    images.put(REPOSITORY, 'Packages', f'{CONTROL}Filename: ./small.deb\nSize: {len(content)}\n'
               f'SHA256: {hashlib.sha256(content).hexdigest()}\n')


def policy(boxed, *lines):
    policies.policy(boxed, f'root = {IMAGE}', f'bind-ro = {REPOSITORY}', 'tmp-size = 256M', *lines)


@EACH
@pytest.mark.parametrize('overlay', ['none', 'session'])
def test_login(boxed, overlay):
    """bash, names and the home are there; the owners are as the map has them; nothing to begin
    with.
    """
    policy(boxed, f'overlay = {overlay}')
    shown = boxed.ok('alice', 'cat /etc/debian_version; id -un; pwd; readlink /proc/self/exe; '
                     'getent passwd alice daemon; stat -c %u:%g /etc/shadow /bin/su; '
                     'getent hosts $(hostname)').splitlines()
    name, (root, shadow) = ('root', ('0:0', '0:42')) if boxed.user_map != 'self' else (
        'alice', ('65534:65534', '65534:65534'))
    if boxed.user_map == 'root':
        shadow = '0:65534'
    assert shown[0].startswith('12') and shown[1:4] == [name, '/home/alice', '/usr/bin/readlink']
    assert shown[4].startswith('alice:x:') and shown[5].startswith('daemon:x:1:1:')
    assert shown[6:8] == [shadow, root] and 'alice-testhost' in shown[8]
    boxed.ok('alice', 'touch ~/mine; perl -e "print 1"; dpkg --audit; rm ~/mine')


@EACH
def test_setuid_gives_nothing(boxed):
    """su, passwd and newgrp of the image have their bits, and no effect."""
    policy(boxed, 'overlay = session')
    modes = boxed.ok('alice', 'stat -c %a /bin/su /usr/bin/passwd /usr/bin/newgrp').split()
    assert modes == ['4755'] * 3, 'the control'
    if boxed.user_map == 'self':
        assert boxed.ssh('alice', 'su -c "id -u" </dev/null').stdout == ''
    else:
        made = 'cp /usr/bin/id /opt/id; chmod 4755 /opt/id; stat -c %a /opt/id; '
        other = 'setpriv --reuid=33 --clear-groups /opt/id -u'
        done = boxed.ssh('alice', f'{made}{other}')
        assert done.stdout.split() == ['4755', *(['33'] if boxed.user_map == 'subids' else [])]
    mounts = boxed.ok('alice', 'cat /proc/self/mountinfo').splitlines()
    assert mounts and all('nosuid' in line.split()[5] for line in mounts)


@EACH
def test_ids_that_the_map_lacks(boxed):
    """A file of an id that is not mapped stays as it is: no chown from it, nor to it."""
    policy(boxed, 'overlay = session')
    done = boxed.ssh('alice', 'cp /bin/true /tmp/t; chown 33:33 /tmp/t && stat -c %u:%g /tmp/t; '
                     'chown 0:0 /etc/shadow && stat -c %u:%g /etc/shadow; '
                     'chown 70000 /tmp/t; cat /etc/shadow >/dev/null && echo read')
    words = {'self': [], 'root': [], 'subids': ['33:33', '0:0', 'read']}[boxed.user_map]
    assert done.stdout.split() == words, done
    assert "'/tmp/t': Invalid argument" in done.stderr or boxed.user_map == 'self', done


INSTALL = f'''
set -e
export DEBIAN_FRONTEND=noninteractive
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d
echo "deb [trusted=yes] file:{REPOSITORY} ./" >/etc/apt/sources.list
apt-get -q update
apt-get -q -y install small
'''
INSTALLED = '''
dpkg-query -W -f '${Status}\\n' small
cat /usr/share/small/file
stat -c '%U:%G %a' /var/lib/small /var/lib/small/www /var/lib/small/file
dpkg --verify small; dpkg --audit
'''


@AS_SUBIDS
def test_packages(boxed):
    """apt and dpkg install a package whose script makes a user and gives files away; the next login
    finds neither.
    """
    policy(boxed, 'overlay = session')
    shown = boxed.ok('alice', f'{INSTALL}echo; echo all done\n{INSTALLED}')
    assert shown.split('\nall done\n')[1].splitlines() == [
        'install ok installed', 'of the package', 'small:small 755', 'www-data:www-data 2750',
        'small:shadow 640'], shown
    done = boxed.ssh('alice', 'dpkg-query -W small; ls /var/lib/small /usr/share/small; id small')
    assert done.returncode and not done.stdout, done
    assert done.stderr.count('no packages found') == 1 and done.stderr.count('No such file') == 2


@AS_SUBIDS
def test_dpkg_alone(boxed):
    """dpkg installs, upgrades over itself, removes and purges."""
    policy(boxed, 'overlay = session')
    # A user's PATH, which sshd sets, is without the folders that root's has.
    boxed.ok('alice', f'set -e; PATH=$PATH:/usr/sbin:/sbin; dpkg -i {REPOSITORY}/small.deb; '
             f'dpkg -i {REPOSITORY}/small.deb; test -d /var/lib/small/www; dpkg -P small; '
             'test ! -e /usr/share/small')
