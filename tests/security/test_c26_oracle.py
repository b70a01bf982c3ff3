# SPDX-License-Identifier: MIT
"""C26: no existence oracle (CVE-2022-47952). What a user is told and gets is the same for paths
that exist and that do not, where only root may know.
"""

import os
import re

import pytest

import host as host_module
import policies
from logins import ROOT, SELF, SUBIDS

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
SECRET = '/root/secret'
HERE, NONE = f'{SECRET}/here', f'{SECRET}/none'
HOME = '/home/alice'
# What the admin wrote, and root finds fault with.
ADMINS = {
    'root': 'root = {path}',
    'root-folder': 'root = {path}/folder',
    'bind': 'bind = {path}/null:/srv/place',
    'bind-ro': 'bind-ro = {path}/null:/srv/place',
    'bind-over': 'bind = /srv/place:{path}/null/below',
    'tmpfs': 'tmpfs = {path}/null',
    'slave': 'slave = {path}/null',
    'hide': 'hide = {path}',
    'hide-below': 'hide = {path}/folder',
}
# What the user can swap for a link to anywhere.
USERS = {
    'bind': f'bind = {HOME}/link:/srv/place',
    'bind-below': f'bind = {HOME}/link/folder:/srv/place',
    'bind-over': f'bind = /srv/place:{HOME}/link',
    'bind-over-below': f'bind = /srv/place:{HOME}/link/folder',
    'tmpfs': f'tmpfs = {HOME}/link',
    'tmpfs-below': f'tmpfs = {HOME}/link/folder',
    'hide': f'hide = {HOME}/link',
    'hide-below': f'hide = {HOME}/link/folder',
}


@pytest.fixture(autouse=True)
def secret():
    """Folders that only root may look into, one with something in it and one missing."""
    os.makedirs(f'{HERE}/folder', exist_ok=True)
    os.makedirs('/srv/place', exist_ok=True)
    os.chmod(SECRET, 0o700)
    if not os.path.exists(f'{HERE}/null'):
        os.mknod(f'{HERE}/null', 0o020666, os.makedev(1, 3))


def told(boxed, and_mounts=True):
    """What the user can see of a login: whether, and each word but the reference."""
    mounts = 'grep -c . /proc/self/mountinfo' if and_mounts else 'true'
    done = boxed.ssh('alice', f'ls -a {HOME} /srv/place {SECRET}; {mounts}')
    return done.returncode, re.sub(r'\(reference \w+\)', '', done.stdout + done.stderr)


@BOTH
def test_what_the_admin_names(boxed):
    """C26: a path of the policy below root's folder."""
    for name, line in ADMINS.items():
        answers = []
        for path in (HERE, NONE):
            policies.policy(boxed, line.format(path=path))
            # That a mount hides something is the one thing that a user can see of it.
            answers.append(told(boxed, and_mounts=not name.startswith('hide')))
        if not name.startswith('hide'):
            assert 'your container cannot be made' in answers[0][1], f'{name}: {answers[0]}'
        assert answers[0] == answers[1], name
    policies.policy(boxed)
    assert 'cannot be made' not in told(boxed)[1], 'the control'


@BOTH
def test_what_the_user_swaps(boxed):
    """C26: a path of the policy in the home, which is a link to below root's folder."""
    for name, line in USERS.items():
        policies.policy(boxed, line)
        answers = []
        for path in (HERE, NONE):
            if os.path.lexists(f'{HOME}/link'):
                os.unlink(f'{HOME}/link')
            host_module.run_as('alice', ['ln', '-s', path, f'{HOME}/link'])
            assert os.readlink(f'{HOME}/link') == path
            answers.append(told(boxed))
        assert answers[0] == answers[1], name
