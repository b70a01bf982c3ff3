# SPDX-License-Identifier: MIT
"""C13, C20 with a root of the container's own: root inside, with one id or with 65536, takes
nothing apart; the attack is that of test_c13_mounts.py, which has its control.
"""

import glob
import json
import os
import shutil

import pytest

import images
import policies
from logins import ROOT, SUBIDS
from test_c13_mounts import ATTACK, CANARIES, canaries  # noqa: F401

EACH = pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
ROOTS = pytest.mark.parametrize('kind', ['folder', 'squashfs', 'user', 'host'])

# In a mount namespace of one's own, from the innermost mount to the root, and the copies as well.
TAKE_OFF = '''
cd; mkdir -p own; mount -t tmpfs own own
/usr/bin/unshare --mount --propagation unchanged sh -c '
    umount -l own && echo off own
    while read -r _ _ _ _ at _; do echo "$at"; done </proc/self/mountinfo >/tmp/points
    for turn in 1 2; do
        while read -r at; do umount -l "$at" 2>/dev/null && echo "off $at"; done </tmp/points
        umount -l / 2>/dev/null && echo "off /"
    done
    ls /tmp /run /var/tmp /dev/shm'
umount own; rm /tmp/points
'''


def lines_of(kind):
    """The policy: an image that has python by a bind of its libraries, or the host's tree."""
    if kind == 'host':
        return 'root = /', 'overlay = session'
    folder = images.busybox('whole')
    os.rmdir(f'{folder}/lib')
    os.symlink('usr/lib', f'{folder}/lib')
    os.makedirs(f'{folder}/usr/bin')
    os.symlink('/opt/lib', f'{folder}/usr/lib')
    os.makedirs('/opt/lib', exist_ok=True)
    os.makedirs(f'{folder}/lib64')
    for loader in glob.glob('/lib64/ld-*'):
        os.symlink(os.path.realpath(loader), f'{folder}{loader}')
    for program in ('/usr/bin/python3', '/usr/bin/unshare'):
        shutil.copy(program, f'{folder}{program}')
    for path in CANARIES:   # of the image, below what is mounted
        images.put(folder, path[1:], '')
    overlay = {'folder': 'none', 'squashfs': 'session', 'user': 'user'}[kind]
    path = images.pack(folder, kind) if kind == 'squashfs' else folder
    return f'root = {path}', f'overlay = {overlay}', 'bind-ro = /usr/lib:/opt/lib'


@EACH
@ROOTS
@pytest.mark.usefixtures('canaries')
def test_nothing_can_be_undone(boxed, kind):
    """C13: every mount that the container was given stays, as it is, and shows nothing beneath."""
    policies.policy(boxed, *lines_of(kind))
    with open(ATTACK, encoding='utf-8') as file:
        code = file.read()
    result = json.loads(boxed.ok('alice', '/usr/bin/python3 -', input=code))
    assert result['tried'] > 300, 'the control: the attack did run'
    assert result['found'] == [] and result['missing'] == []
    assert result['done'] == []
    lazily = boxed.ok('alice', TAKE_OFF)
    assert lazily.splitlines()[0] == 'off own', 'the control'
    assert lazily.count('off') == 1 and 'canary' not in lazily, lazily
    refused = boxed.ssh('alice', '/usr/bin/unshare --user /bin/sh -c "echo made"')
    assert refused.stdout == '' and 'unshare failed' in refused.stderr, 'C20'
    assert boxed.ok('alice', 'cd; mkdir -p own; mount -t tmpfs own own; umount own; echo able'
                    ) == 'able\n', 'the control'
