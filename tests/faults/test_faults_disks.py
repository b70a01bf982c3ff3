# SPDX-License-Identifier: MIT
"""Disks and file systems of the session that are full, cannot be written, or are emptied below a
session: a login works or is refused in order, and a tenant who fills all that he can write keeps
neither his own next login out nor another's.
"""

import contextlib
import os
import shutil
import stat
import subprocess

import pytest

import images
import outcome
from logins import ROOT, second_channel, staying
from policies import policy

STATE = '/var/lib/nsbox'
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
NO_SPACE = 'No space left'


@pytest.fixture(scope='module', name='root')
def fixture_root():
    return images.pack(images.busybox('disks'), 'squashfs')


@contextlib.contextmanager
def disk(place, options):
    os.makedirs(place, exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', options, 'disk', place], check=True)
    try:
        yield
    finally:
        subprocess.run(['umount', '-l', place], check=True)


def fill(place):
    """Every byte."""
    with contextlib.suppress(OSError), open(f'{place}/filler', 'wb', buffering=0) as file:
        while True:
            file.write(bytes(4096))


def fill_files(place):
    """Every inode."""
    os.makedirs(f'{place}/filler', exist_ok=True)
    with contextlib.suppress(OSError):
        for number in range(10000):
            os.mknod(f'{place}/filler/{number}')


def unfill(place):
    path = f'{place}/filler'
    if os.path.isdir(path):
        shutil.rmtree(path)
    else:
        os.unlink(path)


def remount(how):
    return lambda place: subprocess.run(['mount', '-o', f'remount,{how}', place], check=True)


STORES = {  # options of the store's file system, what is done to it, undone, outcome of a login
    'full': ('size=256k', fill, unfill, 'refused: .*No space left|kept\n.*No space left'),
    'out of inodes': ('nr_inodes=200', fill_files, unfill, 'refused: .*No space left'),
    'read-only': ('size=1M', remount('ro'), remount('rw'), 'refused: .*Read-only file system'),
}


@AS_ROOT
@pytest.mark.parametrize('known', [False, True], ids=['first', 'again'])
@pytest.mark.parametrize('fault', STORES)
def test_store(boxed, root, fault, known):
    """overlay = user: the store's disk at the first login of a tenant, and at a later one."""
    options, breaks, mends, expected = STORES[fault]
    policy(boxed, f'root = {root}', 'overlay = user')
    with disk(STATE, f'mode=0755,{options}'), outcome.nothing_left(boxed):
        if known:
            outcome.check(boxed, 'kept\n$', 'echo kept >/etc/kept; cat /etc/kept')
            boxed.quiet()
        breaks(STATE)
        outcome.check(boxed, expected, 'echo x >/etc/new; cat /etc/new /etc/kept')
        policy(boxed, f'root = {root}', 'overlay = session')
        outcome.check(boxed, 'x\n$', 'echo x >/etc/new; cat /etc/new')
        policy(boxed, f'root = {root}', 'overlay = user')
        mends(STATE)
        outcome.check(boxed, 'y\nkept\n' if known else 'y\n',
                      'echo y >/etc/new; cat /etc/new /etc/kept')
        boxed.quiet()


@AS_ROOT
def test_store_removed(boxed, root):
    """The store is removed below a session: that one ends in order, and others begin anew."""
    policy(boxed, f'root = {root}', 'overlay = user')
    with outcome.nothing_left(boxed):
        with staying(boxed, command='echo kept >/etc/kept; cat /etc/kept') as login:
            assert login.shown == 'kept\n'
            shutil.rmtree(STATE)
            anew = 'cat /etc/kept; cat /etc/new; echo y >/etc/new; cat /etc/image'
            outcome.check(boxed, "disks\n.*can't open '/etc/kept'.*can't open '/etc/new'", anew)
            done = second_channel(boxed, login, anew)
            assert done.stdout.endswith('disks\n') and 'y\n' not in done.stdout, done
        boxed.quiet()
        outcome.check(boxed, "y\ndisks\n.*can't open '/etc/kept'", anew)


TINY = ('', 'users = self', 'home = session', 'overlay = session', 'private-tmp = no',
        'tmpfs = /srv:size=64K', 'hide = /opt /srv /usr/share')


@AS_ROOT
def test_tiny(boxed):
    """The least room that a policy can give is enough for the login itself."""
    for line in TINY:
        policy(boxed, 'tmp-size = 64K', 'tmp-files = 1024', line)
        outcome.check(boxed, f'in\n.*{NO_SPACE}',
                      'echo in; dd if=/dev/zero of=/dev/shm/big bs=4096 count=64')
    policy(boxed, 'tmp-size = 1M')
    outcome.check(boxed, 'in\n$',
                  'echo in; dd if=/dev/zero of=/dev/shm/big bs=4096 count=64 status=none')


FILL = f'''
for file in /tmp/big ~/big /big; do
    cat /dev/zero 2>&1 >$file | grep -o "{NO_SPACE}"
done
for place in /tmp ~ {{more}}; do
    n=0; while true >$place/e$n; do n=$((n + 1)); done 2>/dev/null; echo $n
done
'''


@contextlib.contextmanager
def disk_with_reserve(place):
    """An ext4, half of which is reserved for root."""
    for name, kind, major, minor in [('loop-control', stat.S_IFCHR, 10, 237)] + [
            (f'loop{n}', stat.S_IFBLK, 7, n) for n in range(64)]:
        if not os.path.exists(f'/dev/{name}'):
            os.mknod(f'/dev/{name}', kind | 0o600, os.makedev(major, minor))
    with open('/srv/disk.ext4', 'wb') as file:
        file.truncate(4 << 20)
    subprocess.run(['mkfs.ext4', '-q', '-m', '50', file.name], check=True)
    os.makedirs(place, exist_ok=True)
    subprocess.run(['mount', '-o', 'loop', file.name, place], check=True)
    try:
        yield
    finally:
        subprocess.run(['umount', '-l', place], check=True)


def alices_disk():
    """Her home, with her key, with room for a few files."""
    shutil.copytree('/home/alice/.ssh', '/root/keys', dirs_exist_ok=True)
    stack = contextlib.ExitStack()
    stack.enter_context(disk('/home/alice', 'mode=0700,uid=2001,gid=2001,size=256k,nr_inodes=300'))
    shutil.copytree('/root/keys', '/home/alice/.ssh')
    subprocess.run(['chown', '-R', '2001:2001', '/home/alice/.ssh'], check=True)
    return stack


@AS_ROOT
@pytest.mark.parametrize('overlay, more', [('session', '/etc'), ('user', '')])
def test_filler(boxed, root, overlay, more):
    """A tenant fills all that he can write and stays: he can log in again, and so can others. Of a
    kept overlay that holds as far as its file system keeps something for root.
    """
    policy(boxed, f'root = {root}', f'overlay = {overlay}', 'tmp-size = 256K', 'tmp-files = 1024')
    with alices_disk(), disk_with_reserve(STATE), outcome.nothing_left(boxed):
        with staying(boxed, command=FILL.format(more=more)) as login:
            assert login.shown.count(NO_SPACE) == 3, login.shown
            for user in ('alice', 'bob', 'alice'):
                outcome.check(boxed, f'/home/{user}\nin\n', 'pwd; echo in >/tmp/a; cat /tmp/a',
                              user)
            done = second_channel(boxed, login, 'cat /dev/zero >/tmp/more; cat /dev/zero >/more')
            assert done.stderr.count(NO_SPACE) == 2, done
        boxed.quiet()
        outcome.check(boxed, 'x\n', 'rm -f /big; echo x >/etc/new; cat /etc/new')
        boxed.quiet()
