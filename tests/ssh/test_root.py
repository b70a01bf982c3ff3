# SPDX-License-Identifier: MIT
"""root and overlay: a root of the container's own, from shell and both kinds of sftp.

test_overlay_user.py has what is kept between logins.
"""

import os
import shutil
import subprocess

import pytest

import host as host_module
import images
import policies

SELF, ROOT = 'internal-one-self', 'external-two-root'
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
AS_SELF = pytest.mark.parametrize('boxed', [SELF], indirect=True)
KINDS = pytest.mark.parametrize('kind', ['folder', 'squashfs', 'erofs'])


@pytest.fixture(scope='module', name='roots')
def fixture_roots():
    folder = images.busybox()
    return {'folder': folder, 'squashfs': images.pack(folder, 'squashfs'),
            'erofs': images.pack(folder, 'erofs')}


def is_refused(site, kind):
    """With root inside, a kernel that cannot map the ids of the image refuses, and says so."""
    if site.user_map == 'self' or images.can_be_mapped(kind):
        return False
    assert 'cannot be id-mapped in this kernel' in policies.refused(site)
    return True


def needs_mapped_folder(site):
    """The folders of a test host lie on tmpfs."""
    if site.user_map != 'self' and not images.can_be_mapped('folder'):
        pytest.skip('this kernel has no id-mapped tmpfs')


def loops():
    return subprocess.run(['losetup', '--noheadings', '--output', 'BACK-FILE'], text=True,
                          capture_output=True, check=True, timeout=10).stdout


@BOTH
@KINDS
def test_login(boxed, roots, kind):
    """An image needs nothing else to log in: shell, home, names and addresses are provided."""
    policies.policy(boxed, f'root = {roots[kind]}')
    if is_refused(boxed, kind):
        return
    shown = boxed.ok('alice', 'cat /etc/image; pwd; readlink /proc/self/exe; hostname').split()
    assert shown == ['small', '/home/alice', '/bin/busybox', 'alice-testhost']
    boxed.ok('alice', 'echo mine >kept; test -w /tmp; test -c /dev/null; test -d /sys/class')
    assert boxed.ok('alice', 'cat kept') == 'mine\n'
    passwd = boxed.ok('alice', 'cat /etc/passwd')
    assert 'alice:x:2001:2001:' in passwd and ':/home/alice:/bin/sh' in passwd
    assert 'daemon:x:1:1' in passwd and 'bob' not in passwd
    assert 'alice:x:2001' in boxed.ok('alice', 'cat /etc/group')
    assert 'localhost alice-testhost' in boxed.ok('alice', 'cat /etc/hosts')
    boxed.quiet(['alice'])
    assert roots[kind] not in loops(), 'the loop device is given back'


@BOTH
@KINDS
def test_read_only(boxed, roots, kind):
    """Without an overlay nothing of the image can be written, by root inside neither."""
    policies.policy(boxed, f'root = {roots[kind]}')
    if is_refused(boxed, kind):
        return
    done = boxed.ssh('alice', 'for f in /etc/image /new /bin/sh /etc/passwd; do echo x >$f; done; '
                     'mount -o remount,rw /; echo x >/new')
    assert done.stderr.count('Read-only file system') == 5, done
    assert not os.path.exists(f'{roots["folder"]}/new')


@AS_SELF
def test_sftp_sees_the_host(boxed, roots):
    """sshd's side has the host's tree and the same home: a tenant's tree is none of root's."""
    policies.policy(boxed, f'root = {roots["folder"]}')
    boxed.ok('alice', 'echo by-shell >here')
    assert 'here' in policies.sftp_names(boxed, '/home/alice')
    names = policies.sftp_names(boxed, '/etc')
    assert 'passwd' in names and 'login.defs' in names and 'image' not in names


@AS_ROOT
@KINDS
def test_overlay_session(boxed, roots, kind):
    """Root inside changes the image at will, and the next login finds it as it was."""
    policies.policy(boxed, f'root = {roots[kind]}', 'overlay = session')
    if is_refused(boxed, kind):
        return
    assert boxed.ok('alice', 'echo changed >/etc/image; rm /bin/mv; mkdir /opt; '
                    'cat /etc/image; ls /bin/mv; stat -c %u /opt', '-q').split() == ['changed', '0']
    assert boxed.ok('alice', 'cat /etc/image; ls /bin/mv; ls -d /opt || true').split() == [
        'small', '/bin/mv']
    assert not os.path.exists(f'{roots["folder"]}/opt')


@AS_SELF
def test_overlay_session_as_self(boxed, roots):
    """Without a right to write there is none: the overlay is not a way to change root's files."""
    policies.policy(boxed, f'root = {roots["folder"]}', 'overlay = session')
    done = boxed.ssh('alice', 'echo x >/etc/image; echo x >/new')
    assert done.stderr.count('Permission denied') == 2, done


@AS_ROOT
def test_overlay_is_capped(boxed, roots):
    """What is written over the image counts for tmp-size."""
    needs_mapped_folder(boxed)
    policies.policy(boxed, f'root = {roots["folder"]}', 'overlay = session', 'tmp-size = 1M')
    done = boxed.ssh('alice', 'cat /dev/zero >/big; stat -c %s /big')
    assert 'No space left' in done.stderr and int(done.stdout) <= 1024 * 1024, done
    policies.policy(boxed, f'root = {roots["folder"]}', 'overlay = session', 'tmp-size = 8M')
    assert boxed.ok('alice', 'head -c 4000000 /dev/zero >/big; stat -c %s /big') == '4000000\n'


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_overlay_over_the_host(boxed):
    """root = /: what anybody may write goes to the session, and other file systems stay as is."""
    os.makedirs('/srv/open/below', exist_ok=True)
    os.makedirs('/srv/disk', exist_ok=True)
    os.chmod('/srv/open', 0o777)
    for place in ('/srv/disk', '/srv/open/below'):
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=0777', 'below', place], check=True)
    try:
        policies.policy(boxed, 'overlay = session')
        assert boxed.ok('alice', 'echo mine >/srv/open/a; cat /srv/open/a; id -un; '
                        'grep -c . /etc/passwd').split()[:2] == ['mine', 'alice']
        assert os.listdir('/srv/open') == ['below']
        assert boxed.ok('alice', 'ls /srv/open') == 'below\n', 'the next one begins anew'
        done = boxed.ssh('alice', 'echo x >/srv/disk/b; echo x >/etc/new; touch ~/home')
        assert 'Read-only' in done.stderr and 'Permission denied' in done.stderr
        assert os.listdir('/srv/disk') == []
        open('/srv/open/below/there', 'w', encoding='utf-8').close()
        assert boxed.ok('alice', 'ls /srv/open/below') == '', 'who can write above could move it'
        policies.policy(boxed)
        assert 'Read-only' in boxed.ssh('alice', 'echo x >/srv/open/a').stderr, 'the control'
    finally:
        subprocess.run(['umount', '/srv/open/below', '/srv/disk'], check=True)


@AS_ROOT
@pytest.mark.parametrize('overlay', ['none', 'session'])
def test_mounts_hold(boxed, roots, overlay):
    """C13: root inside takes no mount of the image root off, moves none, loosens none."""
    policies.policy(boxed, f'root = {roots["erofs"]}', f'overlay = {overlay}')
    done = boxed.ok('alice', '''
        mkdir -p /tmp/m; mount -t tmpfs t /tmp/m && echo can mount
        while read -r _ _ _ _ at _; do
            case $at in /tmp/m) continue ;; esac
            umount "$at" 2>/dev/null && echo "off $at"
            mount --move "$at" /tmp/m 2>/dev/null && echo "moved $at"
            mount -o remount,bind,suid,dev,exec "$at" 2>/dev/null && echo "loosened $at"
        done </proc/self/mountinfo
        umount -l / 2>/dev/null && echo "off /"
        ls -a /.. | head -n 30''')
    assert done.splitlines()[0] == 'can mount'
    assert not [line for line in done.splitlines() if line.startswith(('off', 'moved', 'loosened'))]


@BOTH
def test_shells(boxed, roots):
    """The login shell where the image has it, else /bin/sh; one that the policy names, or none."""
    needs_mapped_folder(boxed)
    folder = images.busybox('shells')
    os.makedirs(f'{folder}/usr/bin', exist_ok=True)
    images.put(folder, 'bin/bash', '#!/bin/sh\necho image-bash\n', 0o755)
    policies.policy(boxed, f'root = {folder}')
    assert boxed.ok('alice', 'ignored') == 'image-bash\n'
    policies.policy(boxed, f'root = {folder}', 'shell = /bin/ash')
    assert boxed.ok('alice', 'readlink /proc/self/exe') == '/bin/busybox\n'
    policies.policy(boxed, f'root = {roots["folder"]}', 'shell = /bin/zsh')
    assert 'no /bin/zsh' in policies.refused(boxed)
    os.unlink(f'{folder}/bin/bash')
    os.unlink(f'{folder}/bin/sh')
    policies.policy(boxed, f'root = {folder}')
    assert 'cannot find a shell' in policies.refused(boxed)


@BOTH
def test_rc_runs_the_images_sh(boxed, roots):
    """~/.ssh/rc runs by /bin/sh, whatever the host calls the folder of it."""
    needs_mapped_folder(boxed)
    policies.policy(boxed, f'root = {roots["folder"]}')
    boxed.ok('alice', 'mkdir -p .ssh; echo "cat /etc/image >rc-ran" >.ssh/rc')
    boxed.ok('alice', 'true')
    assert boxed.ok('alice', 'cat rc-ran; rm .ssh/rc rc-ran') == 'small\n'


@BOTH
def test_places_of_the_root(boxed, roots):
    """What the policy puts where only the root has, or is given, a place; the host need not."""
    needs_mapped_folder(boxed)
    images.put('/srv/shown', 'inner/file', 'shown\n')
    policies.policy(boxed, f'root = {roots["folder"]}', 'bind = /srv/shown:/data',
                    'bind-ro = /srv/shown/inner/file:/opt/a/b/file', 'hide = /etc/image /usr/share',
                    'tmpfs = /scratch:size=1M,mode=1777 /data/inner:mode=0755')
    assert boxed.ok('alice', 'cat /opt/a/b/file; ls /data; ls /data/inner; '
                    'stat -c "%a %u" /scratch; echo x >/scratch/x; cat /scratch/x').split() == [
        'shown', 'inner', '1777', str(0 if boxed.user_map == 'root' else 2001), 'x']
    done = boxed.ssh('alice', 'cat /etc/image; ls /usr/share; umount /etc/image /usr/share /data; '
                     'echo y >/opt/a/b/file')
    assert 'small' not in done.stdout and done.stderr.count('enied') >= 2, done
    assert 'Read-only' in done.stderr, done
    assert not os.path.exists('/data') and not os.path.exists('/scratch')
    policies.policy(boxed, 'bind = /srv/shown:/data')
    assert '/data' in policies.refused(boxed), 'the host has no such place, and is not given one'


@BOTH
def test_hidden_in_the_root(boxed):
    """What is hidden is hidden in the image, by its names, and in what a bind shows only there."""
    folder = images.busybox('hides')
    images.put(folder, 'lib/secret', 'seen\n')
    images.put(folder, 'data2/bob/secret', 'seen\n')
    images.put('/srv/binds', 'secret', 'seen\n')
    places = '/lib/secret /data/secret /data2/bob'
    show = 'cat /lib/secret /data/secret /data2/bob/secret'
    lines = [f'root = {folder}', 'users = self', 'bind = /srv/binds:/data']
    images.put('/usr/lib', 'secret', 'host\n')   # by this name on the host as well, behind a link
    policies.policy(boxed, *lines)
    if is_refused(boxed, 'folder'):
        return
    assert boxed.ok('alice', show) == 'seen\n' * 3, 'the control'
    policies.policy(boxed, *lines, f'hide = {places}')
    done = boxed.ssh('alice', show)
    assert done.stdout == '' and done.stderr.count('ermission denied') == 3, done


@AS_SELF
def test_home_behind_a_link(boxed):
    """/home is a link in the image: the home is where that leads to, within the image."""
    folder = images.busybox('linked')
    os.makedirs(f'{folder}/usr/people')
    os.symlink('/usr/people', f'{folder}/home')
    policies.policy(boxed, f'root = {folder}')
    assert boxed.ok('alice', 'cd; pwd -P').strip() == '/usr/people/alice'


@AS_SELF
def test_untrusted(boxed, roots):
    """A root that somebody else than root can write, or that is none, refuses; nothing is left."""
    def refused(path):
        policies.policy(boxed, f'root = {path}')
        before = boxed.host.snapshot()
        cause = policies.refused(boxed)
        boxed.host.nothing_left_since(before)
        return cause

    folder = images.busybox('bad')
    os.chmod(folder, 0o777)
    assert 'can be written by others' in refused(folder)
    os.chmod(folder, 0o755)
    os.chown(folder, 2001, 2001)
    assert 'is not root' in refused(folder)
    assert 'No such file' in refused('/srv/images/none')
    os.symlink(roots['folder'], '/home/alice/link')
    assert 'cannot' in refused('/home/alice/link')
    images.put('/srv/images', 'text', 'this is no image\n')
    assert 'neither squashfs nor' in refused('/srv/images/text')
    images.put('/srv/images', 'open.squashfs', 'x', 0o666)
    assert 'can be written by others' in refused('/srv/images/open.squashfs')
    os.mkfifo('/srv/images/fifo')
    assert 'neither a folder nor an image file' in refused('/srv/images/fifo')
    with open(roots['squashfs'], 'rb') as whole, open('/srv/images/cut', 'wb') as cut:
        cut.write(whole.read(4096))
    assert 'cannot mount the squashfs' in refused('/srv/images/cut')
    policies.policy(boxed, f'root = {roots["folder"]}')
    boxed.ok('alice', 'true')


PROGRAM = ('#include <stdio.h>\n#include <unistd.h>\n'
           'int main(void) { return printf("%d %d\\n", geteuid(), getegid()) < 0; }\n')
# By map: what a file of root, and of ids that only subids has, look like and give.
OWNERS = {
    SELF: (['65534:65534'] * 3, ['2001 2001'] * 3, False),
    ROOT: (['0:0', '65534:65534', '65534:65534'], ['0 0'] * 3, False),
    'external-two-subids': (['0:0', '33:33', '65534:65534'], ['0 0'] * 3, True),
}


@pytest.mark.parametrize('boxed', OWNERS, indirect=True)
@pytest.mark.parametrize('overlay', ['none', 'session'])
def test_owners_and_setuid(boxed, overlay, request):
    """C12: files of an image have the owners that the map knows; setuid and setgid give nothing,
    whoever they are of, and a file of an id without a place in the map is nobody's to change.
    """
    needs_mapped_folder(boxed)
    seen, runs, mine = OWNERS[request.node.callspec.params['boxed']]
    folder = images.busybox('owned')
    images.put('/srv/images', 'ids.c', PROGRAM)
    subprocess.run(['cc', '-static', '-o', '/srv/images/ids', '/srv/images/ids.c'], check=True)
    names = []
    for owner in (0, 33, 70000):
        path = f'{folder}/bin/ids-{owner}'
        shutil.copy('/srv/images/ids', path)
        os.chown(path, owner, owner)
        os.chmod(path, 0o6755)
        names.append(f'/bin/ids-{owner}')
    there = host_module.run_as('alice', [f'{folder}/bin/ids-33'])
    assert there.stdout == '33 33\n', 'the control: on the host it gives'
    policies.policy(boxed, f'root = {folder}', f'overlay = {overlay}')
    shown = boxed.ok('alice', f'stat -c %a-%u:%g {" ".join(names)}; {"; ".join(names)}')
    assert shown.splitlines() == [f'6755-{owner}' for owner in seen] + runs
    if overlay == 'session':
        done = boxed.ssh('alice', f'chown 0:0 {names[1]} && echo mine; chown 0:0 {names[2]}; '
                         f'echo x >{names[2]}')
        assert (done.stdout == 'mine\n') == mine, done
        assert done.stderr.count(names[2]) == 2, done
