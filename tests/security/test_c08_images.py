# SPDX-License-Identifier: MIT
"""C8: image roots that are a trap (CVE-2025-31133, CVE-2025-52565): where mounts and files go, the
image has links out of it, loops, FIFOs, sockets, devices, files too large to read. Each login works
or is refused within the deadline, and the host is neither read, written nor mounted on.
"""

import os
import shutil
import socket
import stat
import time

import pytest

import images
import leftovers
import policies
import procs
from logins import ROOT, SELF, staying

DEADLINE = 2.0
SECRET = 'only the host may read this'
OUTSIDE = '/srv/outside'    # what the links lead to when they are followed by the wrong one
PLACES = ('dev', 'proc', 'sys', 'etc', 'tmp', 'run', 'var', 'home', 'bin', 'etc/passwd',
          'etc/group', 'etc/login.defs', 'etc/resolv.conf', 'etc/hosts', 'home/alice', 'var/tmp',
          'usr/bin')
# Without these there is no shell, no way to it, or no place for the home.
MAY_REFUSE = ('bin', 'home', 'home/alice', 'usr/bin')
WATCHED = ('/etc', '/srv', '/home', '/root', '/var/lib', '/tmp', '/run/user', '/dev')
HUGE = 1 << 40
LONG = bool(os.environ.get('NSBOX_LONG'))


def link(target):
    return lambda path: os.symlink(target, path)


def device(kind, major, minor):
    return lambda path: os.mknod(path, kind | 0o666, os.makedev(major, minor))


def listening(path):
    """A socket that stays when nobody listens any more."""
    folder = os.open(os.path.dirname(path), os.O_PATH)
    with socket.socket(socket.AF_UNIX) as sock:
        sock.bind(f'/proc/self/fd/{folder}/{os.path.basename(path)}')
    os.close(folder)


def file_of(size):
    def make(path):
        with open(path, 'wb') as file:
            file.truncate(size)
        os.chmod(path, 0o755)
    return make


def loop(path):
    os.symlink(os.path.basename(path), path)


TRAPS = {
    'absolute': link(OUTSIDE),
    'relative': link('../../../../../../../../../..' + OUTSIDE),
    'root': link('/'),
    'parent': link('..'),
    'proc-root': link('/proc/self/root' + OUTSIDE),
    'proc-one': link('/proc/1/root' + OUTSIDE),
    'proc-fd': link('/proc/self/fd/3'),
    'proc-cwd': link('/proc/self/cwd/..'),
    'dangling': link('/not/there'),
    'loop': loop,
    'fifo': os.mkfifo,
    'socket': listening,
    'null': device(stat.S_IFCHR, 1, 3),
    'zero': device(stat.S_IFCHR, 1, 5),
    'whiteout': device(stat.S_IFCHR, 0, 0),
    'disk': device(stat.S_IFBLK, 7, 0),
    'empty': file_of(0),
    'huge': file_of(HUGE),
}

EVERYDAY = ('absolute', 'relative', 'root', 'proc-root', 'proc-fd', 'dangling', 'loop', 'fifo',
            'null', 'whiteout', 'huge')


@pytest.fixture(name='outside')
def fixture_outside():
    """A folder of the host's that looks like what each place should have."""
    for name in ('', 'alice', 'tmp', 'self', 'pts', 'nsbox'):
        os.makedirs(f'{OUTSIDE}/{name}', exist_ok=True)
    for name in ('passwd', 'group', 'login.defs', 'resolv.conf', 'hosts', 'sh', 'alice/profile'):
        images.put(OUTSIDE, name, f'#!/bin/cat\n{SECRET}:x:0:0::/:\n', 0o755)
    yield OUTSIDE
    shutil.rmtree(OUTSIDE)


def trap(places, name):
    """An image with the trap at these places, and else in order."""
    root = images.busybox('trap')
    for place in places:
        path = f'{root}/{place}'
        if os.path.isdir(path):
            shutil.rmtree(path)
        elif os.path.lexists(path):
            os.unlink(path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        TRAPS[name](path)


def manifest():
    """What the host has, without the images."""
    found = {}
    for top in WATCHED:
        for folder, folders, files in os.walk(top):
            if folder == '/srv' and 'images' in folders:
                folders.remove('images')
            for name in (*folders, *files):
                path = os.path.join(folder, name)
                st = os.lstat(path)
                found[path] = (st.st_mode, st.st_uid, st.st_gid, st.st_size, st.st_mtime_ns,
                               st.st_ino, st.st_rdev)
    return found


def differing(before, after):
    return sorted(path for path in before.keys() | after.keys()
                  if before.get(path) != after.get(path) and not path.startswith('/etc/nsbox.conf')
                  and path not in ('/etc', '/dev/pts'))


LOOK = (f'for file in {OUTSIDE}/* /etc/passwd /etc/group /etc/login.defs /etc/resolv.conf '
        '/etc/hosts ~/profile; do test -f $file && head -c 4096 $file; done; '
        'ls -a / /etc /home /tmp /run /var 2>/dev/null; cat /proc/self/mountinfo; '
        'echo a shell ran')
READY = 'a shell ran\n'
REFUSED = 'your container cannot be made'


def look(site):
    """A login; what it showed, or None when it was refused in order."""
    begun = time.monotonic()
    done = site.ssh('alice', LOOK)
    took = time.monotonic() - begun
    assert took < DEADLINE, f'{took:.1f} s: {done}'
    if done.stdout.endswith(READY):
        return done.stdout
    assert done.returncode == 254 and (done.stdout + done.stderr).count(REFUSED) == 1, done
    return None


def images_with_traps():
    """(name of what is wrong, places): all that must do no harm at once, the others one by one."""
    for name in TRAPS if LONG else EVERYDAY:
        alone = PLACES if LONG else MAY_REFUSE
        yield from ((name, (place,)) for place in alone)
        if not LONG:
            folders = [place for place in PLACES if place not in MAY_REFUSE]
            yield name, [place for place in folders if '/' not in place]
            yield name, [place for place in folders if '/' in place]


@pytest.mark.parametrize('boxed, overlay', [(SELF, 'none'), (ROOT, 'session')], indirect=['boxed'])
def test_traps(boxed, outside, overlay):
    """C8: each trap at each place."""
    images.busybox('trap')
    policies.policy(boxed, f'root = {images.FOLDER}/trap', f'overlay = {overlay}')
    assert SECRET not in look(boxed), 'the control'
    before, mounts = manifest(), leftovers.mounts()
    refused, wrong = [], []
    for name, places in images_with_traps():
        trap(places, name)
        shown = look(boxed)
        what = f'{name} as {" ".join(places)}'
        if shown is None:
            refused.append(what)
            if not set(places) <= set(MAY_REFUSE):
                wrong.append(f'{what}: refused')
        elif SECRET in shown or 'profile' in shown or outside in shown:
            wrong.append(f'{what}: {shown}')
    print(f'refused: {", ".join(refused)}')
    assert not wrong
    boxed.quiet()
    assert leftovers.mounts() == mounts and not differing(before, manifest())
    assert 'fifo as bin' in refused and 'loop as home' in refused, 'the control'


XATTRS = {
    'absolute': {'redirect': OUTSIDE.encode()},
    'relative': {'redirect': b'../../../../../../..' + OUTSIDE.encode()},
    'sibling': {'redirect': b'outside'},
    'opaque': {'opaque': b'y'},
    'opaque-x': {'opaque': b'x'},
    'metacopy': {'metacopy': b'', 'redirect': OUTSIDE.encode() + b'/passwd'},
    'metacopy-digest': {'metacopy': bytes((0, 36, 0, 1)) + bytes(32)},
    'origin': {'origin': bytes(21)},
    'whiteout': {'whiteout': b'y'},
    'impure': {'impure': b'y'},
}
MARKED = ('', 'etc', 'usr', 'usr/share', 'etc/image', 'etc/passwd', 'usr/share/sub',
          'usr/share/sub/file')


def marked(name):
    """An image that says about its files what a layer of an overlay would; its path."""
    root = images.busybox('marked')
    images.put(root, 'usr/share/sub/file', 'of the image\n')
    for path in MARKED:
        for key, value in XATTRS[name].items():
            os.setxattr(f'{root}/{path}', f'trusted.overlay.{key}', value)
    return root


@pytest.mark.parametrize('boxed, overlay', [(SELF, 'none'), (ROOT, 'session')],
                         indirect=['boxed'])
def test_layers_of_layers(boxed, outside, overlay):
    """C8: an image that says to be a layer of another overlay leads nowhere: no other folder shows
    in the place of its own.
    """
    command = ('cd /; head -c 300 usr/share/sub/* etc/passwd etc/image; ls -a usr/share; '
               'echo a shell ran')
    before, mounts = manifest(), leftovers.mounts()
    for name in XATTRS:
        for kind in ('folder', 'squashfs'):
            root = marked(name)
            path = root if kind == 'folder' else images.pack(root, kind)
            policies.policy(boxed, f'root = {path}', f'overlay = {overlay}')
            done = boxed.ssh('alice', command)
            assert SECRET not in done.stdout + done.stderr, f'{name} of the {kind}: {done}'
            assert 'profile' not in done.stdout, f'{name} of the {kind}: {done}'
            assert done.stdout.endswith(READY), f'{name} of the {kind}: {done}'
            assert 'alice:x:2001' in done.stdout, f'{name} of the {kind}: {done}'
            if 'metacopy' not in name:
                assert 'of the image' in done.stdout, f'{name} of the {kind}: {done}'
    boxed.quiet()
    assert leftovers.mounts() == mounts and not differing(before, manifest())


@pytest.mark.parametrize('boxed, overlay', [(SELF, 'none'), (ROOT, 'session')], indirect=['boxed'])
def test_no_mount_outside(boxed, outside, overlay):
    """Invariant 4: while such a session is open, host and landing have no mount of the image, and
    the container none of the host's but those of the plan.
    """
    root = images.busybox('trap')
    for place in ('dev', 'proc', 'sys', 'var', 'run', 'tmp', 'home'):
        os.symlink(OUTSIDE, f'{root}/{place}')
    policies.policy(boxed, f'root = {root}', f'overlay = {overlay}')
    mounts = leftovers.mounts()
    with staying(boxed) as login:
        assert leftovers.mounts() == mounts
        landed = procs.read(login.monitor, 'mountinfo')
        inside = procs.read(login.init, 'mountinfo')
        assert 'images' not in landed and ' - overlay overlay' not in landed.replace(' usr', '')
        assert outside not in inside and ' - overlay overlay' in inside, inside
        for line in inside.splitlines():
            words = line.split()
            assert words[3] in ('/', '/home/alice') or words[words.index('-') + 1] in (
                'tmpfs', 'proc', 'sysfs', 'devtmpfs'), line
