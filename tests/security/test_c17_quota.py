# SPDX-License-Identifier: MIT
"""C17 in part: what a kept overlay takes is limited by what the file system gives the user. The
kernel writes an overlay with the rights of who made it: a limit that binds no root binds nobody.
"""

import os
import stat
import subprocess

import pytest

import images
import kernel
import policies
from logins import ROOT, SUBIDS

STATE = '/var/lib/nsbox'
FILL = 'dd if=/dev/zero of=/fill bs=64k count=2000 2>/dev/null; wc -c </fill; rm /fill'


@pytest.fixture(name='small', scope='module')
def fixture_small():
    """A file system of 64 MiB, half of which is reserved for root."""
    os.makedirs(STATE, exist_ok=True)
    image = '/srv/small.ext4'
    for name, kind, major, minor in [('loop-control', stat.S_IFCHR, 10, 237)] + [
            (f'loop{n}', stat.S_IFBLK, 7, n) for n in range(16)]:
        if not os.path.exists(f'/dev/{name}'):
            os.mknod(f'/dev/{name}', kind | 0o600, os.makedev(major, minor))
    with open(image, 'wb') as file:
        file.truncate(64 << 20)
    subprocess.run(['mkfs.ext4', '-q', '-m', '50', image], check=True)
    loop = subprocess.run(['losetup', '-f', '--show', image], check=True, capture_output=True,
                          text=True).stdout.strip()
    kernel.mount(loop, STATE, 'ext4', 0, '')
    yield
    kernel.libc.umount2(STATE.encode(), kernel.MNT_DETACH)
    subprocess.run(['losetup', '-d', loop], check=True)


@pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
def test_reserve(boxed, small):    # pylint: disable=unused-argument
    """What is reserved for root stays root's."""
    policies.policy(boxed, f'root = {images.busybox("quota")}', 'overlay = user')
    written = int(boxed.ok('alice', FILL))
    assert 8 << 20 < written < 36 << 20, written
    boxed.quiet(['alice'])
