# SPDX-License-Identifier: MIT
"""Homes that are no folder, somebody else's, or go below a session: the login is as the policy says
or refused, and nobody else's home is ever in the place of one's own. tests/ssh/test_home.py has
those that are missing, that root cannot read, and that do not answer.
"""

import contextlib
import os
import shutil
import subprocess

import pytest

import host as host_module
import outcome
import sshd
from logins import ROOT, SELF, second_channel, staying
from policies import policy

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
HOME = '/home/alice'
ASIDE = '/home/.alice'
ALICE, BOB = host_module.USERS['alice'], host_module.USERS['bob']
KEYS = '/etc/ssh/keys'


@pytest.fixture(name='keyed')
def fixture_keyed(boxed):
    """The set-up on a server that finds keys outside of homes; alice's home is put back after."""
    os.makedirs(KEYS, exist_ok=True)
    for user in ('alice', 'bob'):
        shutil.copy('/root/client/key.pub', f'{KEYS}/{user}')
    subsystem = sshd.EXTERNAL_SFTP if boxed.user_map == 'root' else sshd.INTERNAL_SFTP
    server = boxed.host.start_sshd(subsystem, AuthorizedKeysFile=f'{KEYS}/%u')
    yield host_module.Site(boxed.host, server, True, boxed.user_map)


@contextlib.contextmanager
def in_place_of_home(make):
    os.rename(HOME, ASIDE)
    make()
    try:
        yield
    finally:
        while os.path.ismount(HOME):
            subprocess.run(['umount', '-l', HOME], check=True)
        if os.path.isdir(HOME) and not os.path.islink(HOME):
            shutil.rmtree(HOME)
        elif os.path.lexists(HOME):
            os.unlink(HOME)
        os.rename(ASIDE, HOME)


def a_file():
    host_module.write_as('alice', HOME, 'text\n')


def folder_of(uid, mode):
    def make():
        os.mkdir(HOME)
        with open(f'{HOME}/note', 'w', encoding='utf-8') as file:
            file.write(f'note of {uid}\n')
        os.chmod(f'{HOME}/note', 0o600)
        for path in (HOME, f'{HOME}/note'):
            os.chown(path, uid, uid)
        os.chmod(HOME, mode)
    return make


def disk(options=''):
    os.makedirs(HOME, exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', f'mode=0700,uid={ALICE},gid={ALICE}{options}',
                    'disk', HOME], check=True)


LOOK = f'pwd; cat {HOME}/note; touch {HOME}/mine && echo can write'
OWN = f'{HOME}\nnote of {ALICE}\ncan write\n$'
EMPTY = f'{HOME}\ncan write\ncat: .*No such file'
NONE = f'{HOME}\ncat: .*No such file.*Read-only file system'
NOWHERE = '/\n.*Could not chdir to home'
FAULTS = {  # what is in the home's place, and the outcome of each `home =`
    'own': (folder_of(ALICE, 0o700), OWN, EMPTY, NONE),
    'missing': (lambda: None, NOWHERE, EMPTY, NOWHERE),
    'file': (a_file, NOWHERE, f'refused: .*cannot make a home at {HOME}', NOWHERE),
    'of-another': (folder_of(BOB, 0o700), NOWHERE, EMPTY, NONE),
    'mode-0': (folder_of(ALICE, 0), NOWHERE, EMPTY, NONE),
    'dangling': (lambda: os.symlink('/not/there', HOME), NOWHERE, EMPTY, NOWHERE),
    'link-to-bob': (lambda: os.symlink('/home/bob', HOME), NOWHERE, '/home/bob\ncan write\ncat: ',
                    '/home/bob\ncat: .*Read-only'),
    'read-only': (lambda: disk(',ro'), f'{HOME}\n.*Read-only', EMPTY, NONE),
}


AS_ROOT = ('own', 'file', 'of-another', 'mode-0')    # where root inside might get further


@pytest.mark.parametrize('boxed, fault', [(SELF, fault) for fault in FAULTS] +
                         [(ROOT, fault) for fault in AS_ROOT], indirect=['boxed'])
def test_at_login(keyed, fault):
    """What is found at the home's place; and bob has his home meanwhile."""
    make, *expected = FAULTS[fault]
    host_module.write_as('bob', '/home/bob/note', f'note of {BOB}\n', 0o600)
    with in_place_of_home(make), outcome.nothing_left(keyed):
        for word, text in zip(('host', 'session', 'none'), expected):
            policy(keyed, f'home = {word}')
            assert f'note of {BOB}' not in outcome.check(keyed, text, LOOK)
        policy(keyed)
        assert keyed.ok('bob', 'cat note') == f'note of {BOB}\n', 'the control'
    outcome.check(keyed, f'{HOME}\n', 'pwd')


def empty_home():
    os.makedirs(HOME, exist_ok=True)
    os.chown(HOME, ALICE, ALICE)


@contextlib.contextmanager
def unmounted():
    subprocess.run(['umount', '-l', HOME], check=True)
    empty_home()
    yield


@contextlib.contextmanager
def mounted_over():
    disk()
    yield


@contextlib.contextmanager
def moved_away():
    os.rename('/home', '/homes')
    empty_home()
    try:
        yield
    finally:
        shutil.rmtree('/home')
        os.rename('/homes', '/home')


@BOTH
@pytest.mark.parametrize('fault', [unmounted, mounted_over, moved_away])
def test_live(keyed, fault):
    """An open session keeps the home that it began with, which a rename takes along; the next one
    has what is there then.
    """
    policy(keyed)
    with in_place_of_home(disk), outcome.nothing_left(keyed):
        with staying(keyed, command='echo old >mine; cat mine') as login:
            assert login.shown == 'old\n', 'the control'
            with fault():
                place = '/homes/alice' if os.path.exists('/homes') else HOME
                done = second_channel(keyed, login, f'cd {place} && echo more >>mine && cat mine')
                assert done.stdout == 'old\nmore\n', done
                outcome.check(keyed, f'{HOME}\n0\nnew\n$',
                              'pwd; ls -A | wc -l; echo new >mine; cat mine')
