# SPDX-License-Identifier: MIT
"""Image roots: a small one made of a static busybox, as Alpine's are, folder or file."""

import os
import shutil
import subprocess

FOLDER = '/srv/images'
APPLETS = ('sh ash cat chmod chown cp df echo env false find grep head hostname id kill ln ls '
           'mkdir mknod mount mv ps readlink rm rmdir sed sleep stat tail touch true umount '
           'uname wc').split()


def busybox(name='small'):
    """A folder with a root file system."""
    root = f'{FOLDER}/{name}'
    shutil.rmtree(root, ignore_errors=True)
    for folder in ('bin', 'etc', 'root', 'lib', 'usr/share'):
        os.makedirs(f'{root}/{folder}', mode=0o755)
    shutil.copy('/bin/busybox', f'{root}/bin/busybox')
    for applet in APPLETS:
        os.symlink('busybox', f'{root}/bin/{applet}')
    put(root, 'etc/passwd', 'root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1::/:/bin/false\n')
    put(root, 'etc/group', 'root:x:0:\ndaemon:x:1:\n')
    put(root, 'etc/image', f'{name}\n')
    return root


def can_be_mapped(kind):
    """Whether this kernel can id-map it; a folder of a test host lies on tmpfs."""
    since = {'folder': (6, 3), 'squashfs': (6, 2), 'erofs': (5, 19)}[kind]
    return tuple(map(int, os.uname().release.split('.')[:2])) >= since


def put(root, path, text, mode=0o644):
    os.makedirs(os.path.dirname(f'{root}/{path}'), exist_ok=True)
    with open(f'{root}/{path}', 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(f'{root}/{path}', mode)


def pack(root, kind):
    """The folder as an image file: squashfs or erofs."""
    path = f'{root}.{kind}'
    if os.path.exists(path):
        os.unlink(path)
    line = {'squashfs': ['mksquashfs', root, path, '-quiet', '-no-progress'],
            'erofs': ['mkfs.erofs', path, root]}[kind]
    subprocess.run(line, check=True, capture_output=True, timeout=120)
    os.chmod(path, 0o644)
    return path
