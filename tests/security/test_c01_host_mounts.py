# SPDX-License-Identifier: MIT
"""C1, C23: mounts of the host below folders that a user can write, such as a disk in a home, while
a login of somebody else takes them into a root of its own (CVE-2021-44731 in kind). That user
exchanges the folder above with a link, or has more of them than a root has room for.
"""

import contextlib
import os
import subprocess
import sys
import time

import pytest

import fusefs
import host as host_module
import kernel
import policies
from logins import ROOT, SELF

LOGINS = 400 if os.environ.get('NSBOX_LONG') else 25
HOME = '/home/carol'
SECRET = 'closed to everybody but root'
SWAPPER = '''
import ctypes, os
libc = ctypes.CDLL(None)
print('ready', flush=True)
while True:
    libc.renameat2(-100, b'/home/carol/x', -100, b'/home/carol/y', 2)
    os.sched_yield()
'''
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)


@contextlib.contextmanager
def mounted(*targets):
    """A file system on each, with a file in it."""
    try:
        for target in targets:
            os.makedirs(target, exist_ok=True)
            kernel.mount('none', target, 'tmpfs', 0, 'mode=0755,size=64k')
            with open(f'{target}/shown', 'w', encoding='utf-8') as file:
                file.write('a disk')
        yield
    finally:
        for target in targets:      # carol may have given x the name of y
            for path in (target, target.replace('/x/', '/y/')):
                kernel.libc.umount2(path.encode(), kernel.MNT_DETACH)


@contextlib.contextmanager
def swapping():
    with subprocess.Popen(['setpriv', '--reuid=2003', '--regid=2003', '--init-groups',
                           sys.executable, '-c', SWAPPER], stdout=subprocess.PIPE) as loop:
        try:
            loop.stdout.readline()
            yield
        finally:
            loop.kill()


@pytest.fixture(name='home')
def fixture_home():
    os.chmod(HOME, 0o711)
    os.makedirs('/root/private', exist_ok=True)
    os.chmod('/root', 0o700)
    with open('/root/private/secret', 'w', encoding='utf-8') as file:
        file.write(SECRET)
    host_module.run_as('carol', ['sh', '-c', f'rm -rf {HOME}/[xy] {HOME}/evil; cd {HOME}; '
                                 'mkdir -p x/data evil; ln -s /root/private evil/data; '
                                 'ln -s evil y'])


@BOTH
def test_swapped(boxed, home):    # pylint: disable=unused-argument
    """No login shows what only root may see, and none is refused for carol's sake."""
    policies.policy(boxed, 'overlay = session')
    with mounted(f'{HOME}/x/data', '/srv/disk'):
        assert boxed.ok('alice', 'cat /srv/disk/shown') == 'a disk', 'the control'
        with swapping():
            for _ in range(LOGINS):
                shown = boxed.ok('alice', 'cat /srv/disk/shown; cat /proc/self/mountinfo; '
                                          f'cat {HOME}/[xy]/data/secret 2>/dev/null || :')
                assert shown.startswith('a disk')
                assert SECRET not in shown, shown
                assert ' /root' not in shown, shown


@BOTH
def test_many(boxed):
    """A user of FUSE may have a thousand mounts."""
    many = [f'{HOME}/m/{i}' for i in range(600)]
    policies.policy(boxed, 'overlay = session')
    with mounted('/srv/disk'):
        assert boxed.ok('alice', 'cat /srv/disk/shown') == 'a disk', 'the control'
        with mounted(*many):
            assert boxed.ok('alice', 'cat /srv/disk/shown') == 'a disk'


@BOTH
def test_stalled(boxed):
    """Nor does a login wait for one that does not answer."""
    policies.policy(boxed, 'overlay = session')
    os.makedirs(f'{HOME}/fuse', exist_ok=True)
    with fusefs.FuseFs(f'{HOME}/fuse', 2003, everybody=True) as fuse, mounted('/srv/disk'):
        assert boxed.ok('alice', 'cat /srv/disk/shown') == 'a disk', 'the control'
        fuse.stop()
        time.sleep(1.1)     # what the kernel knows of it is good for a second
        assert boxed.ok('alice', 'cat /srv/disk/shown') == 'a disk'
