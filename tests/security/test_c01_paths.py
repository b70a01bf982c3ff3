# SPDX-License-Identifier: MIT
"""C1, C8: paths that a tenant can write (CVE-2025-6020, CVE-2024-22365, CVE-2021-26910,
CVE-2021-44731). While logins run, a loop of the tenant's renames what the policy names below the
home and /tmp between a folder, a file, links to /etc, a FIFO, a socket, a link to nowhere and one
of 4095 bytes. The host's tree is as before, nothing outside of the policy is mounted, and each
login works or is refused with a reason, and does not wait for anything.
"""

import collections
import contextlib
import hashlib
import os
import re
import subprocess
import sys

import pytest

import client
import host as host_module
import logbook
import policies
import wait
from logins import ROOT, SELF

LOGINS = 1000 if os.environ.get('NSBOX_LONG') else 25
NAMES = ('hidden', 'bound', 'shown', 'empty', 'home')
PLACES = {'home': '/home/alice/named', 'tmp': '/tmp/named'}
WATCHED = ('/etc', '/usr/local', '/srv', '/opt')
# Run as alice: one after another, each name is exchanged with a thing of each kind.
SWAPPER = '''
import ctypes, itertools, os, socket, sys
libc = ctypes.CDLL(None)
def fill(pool):
    os.makedirs(pool)
    os.makedirs(f'{pool}/folder/deep')
    open(f'{pool}/file', 'w').close()
    os.mkfifo(f'{pool}/fifo')
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f'{pool}/sock')
    for name, target in (('etc', '/etc'), ('passwd', '/etc/passwd'), ('up', '../../../etc'),
                         ('dangling', '/none'), ('long', 'x' * 4095), ('loop', 'loop'),
                         ('proc', '/proc/self/root/etc'), ('dot', '.')):
        os.symlink(target, f'{pool}/{name}')
    return [f'{pool}/{name}' for name in os.listdir(pool)]
todo = []
for path in sys.argv[1:]:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.makedirs(path)
    todo.append([(path.encode(), other.encode()) for other in fill(path + '.pool')])
print('ready', flush=True)
for pairs in itertools.cycle(zip(*todo)):
    for path, other in pairs:
        libc.renameat2(-100, path, -100, other, 2)
        if other.endswith(b'/folder'):
            os.sched_yield()
'''
CLEAN = re.compile(r': (cannot (find|follow|hide|bind|put|mount|take|make a home)\b.*)')


def manifest():
    """A sum of what is in the host's own folders."""
    found = hashlib.sha256()
    for top in WATCHED:
        for folder, names, files in os.walk(top):
            names.sort()
            for name in sorted(names + files):
                path = os.path.join(folder, name)
                st = os.lstat(path)
                found.update(f'{path} {st.st_mode} {st.st_uid} {st.st_gid} {st.st_ino} '
                             f'{st.st_mtime_ns}\n'.encode())
    return found.hexdigest()


@contextlib.contextmanager
def swapping(paths):
    """The loop, for a while."""
    with subprocess.Popen(
            ['setpriv', '--reuid=2001', '--regid=2001', '--init-groups', sys.executable, '-c',
             SWAPPER, *paths], stdout=subprocess.PIPE, text=True) as loop:
        try:
            assert loop.stdout.readline() == 'ready\n'
            yield
        finally:
            loop.kill()


def mounts_of(text):
    """Of a session's mountinfo: where what of which file system is, without what all have."""
    found = {}
    for line in text.splitlines():
        words = line.split()
        if len(words) > 6 and words[0].isdigit():
            found[words[4]] = words[3]
    return found


def look(site):
    """A login: its mounts, or why there was none."""
    logged = len(site.host.log.lines)
    done = site.ssh('alice', 'cat /proc/self/mountinfo; cd /run/c1; '
                             'ls bound/passwd shown/passwd 2>/dev/null && echo ESCAPED')
    if done.returncode != 254:
        assert 'ESCAPED' not in done.stdout, done
        return mounts_of(done.stdout), None
    said = [line for line in (done.stdout + done.stderr).splitlines() if 'nsbox:' in line]
    assert len(said) == 1, done
    cause = site.host.log.wait_for(f'{logbook.reference_in(said[0])}: ', logged)
    assert CLEAN.search(cause), cause
    return None, CLEAN.search(cause).group(2)


@pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
@pytest.mark.parametrize('where', PLACES)
@pytest.mark.parametrize('name', NAMES)
def test_swapped(boxed, where, name):
    """Each key with a path that changes under it; the others hold still."""
    place = PLACES[where]
    lines = {'hidden': f'hide = {place}/hidden', 'empty': f'tmpfs = {place}/empty',
             'bound': f'bind = {place}/bound:/run/c1/bound',
             'shown': f'bind-ro = {place}/shown/deep:/run/c1/shown',
             'home': f'home = {place}/home\nhide = /home/bob'}
    policies.policy(boxed, 'private-tmp = no', lines[name])
    host_module.run_as('alice', ['rm', '-rf', place])
    host_module.run_as('alice', ['mkdir', '-p', f'{place}/{name}/deep'])
    still, _ = look(boxed)
    assert still, 'the control: a folder that stays'
    host_module.run_as('alice', ['rm', '-rf', place])
    before, outcomes = manifest(), collections.Counter()
    with swapping([f'{place}/{name}']):
        for _ in range(LOGINS // 5):
            seen, refused = look(boxed)
            outcomes[refused or 'in'] += 1
            for point, root in (seen or {}).items():
                assert point in still or point.startswith(place), f'{point} is {root}'
                if point not in still or root != still[point]:
                    check_root(point, root, place)
    assert manifest() == before
    assert sum(outcomes.values()) == LOGINS // 5
    host_module.run_as('alice', ['rm', '-rf', place])


def check_root(point, root, place):
    """What is mounted is of the tenant's folder, or the session's own."""
    own = ('/hidden', '/hidden-file', '/own', '/run', '/tmp', '/named')
    assert root.startswith((place, *own)) or root == '/', f'{point} shows {root}'
    assert not root.startswith(('/etc', '/proc', '/usr')), f'{point} shows {root}'


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_all_at_once(boxed):
    """Many logins, with everything changing; then, when all is still, one that works."""
    place = PLACES['home']
    policies.policy(boxed, f'hide = {place}/hidden', f'tmpfs = {place}/empty',
                    f'bind = {place}/bound:/run/c1/bound', f'bind-ro = {place}/shown:/run/c1/shown')
    before, outcomes = manifest(), collections.Counter()
    with swapping([f'{place}/{name}' for name in NAMES]):
        for _ in range(LOGINS):
            seen, refused = look(boxed)
            outcomes[refused or 'in'] += 1
            for point, root in (seen or {}).items():
                if point.startswith(('/run/c1', place)):
                    check_root(point, root, place)
    assert manifest() == before
    assert len(outcomes) > 1, f'the control: it did change under them: {outcomes}'
    for name in NAMES:
        host_module.run_as('alice', ['rm', '-rf', f'{place}/{name}', f'{place}/{name}.pool'])
        host_module.run_as('alice', ['mkdir', '-p', f'{place}/{name}'])
    wait.until(lambda: look(boxed)[0], 'a login that works')


@pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
@pytest.mark.parametrize('user', ['..', '.', 'a/b', '../../etc', '%h', 'x:/etc'])
def test_names_in_templates(boxed, user):
    """A user's name, which NSS may give as it likes, adds nothing to a path but itself."""
    line = ['nsbox', 'show', '--plan', 'alice']
    policies.policy(boxed, 'hide = /srv/%u')
    passwd = '/etc/passwd'
    with open(passwd, encoding='utf-8') as file:
        before = file.read()
    try:
        with open(passwd, 'w', encoding='utf-8') as file:
            file.write(before.replace('alice:', f'{user}:', 1))
        os.makedirs('/srv/x', exist_ok=True)
        line[-1] = user
        shown = client.run(line).stdout
        assert '/etc on' not in shown and ' on /srv ' not in shown and ' on /etc ' not in shown
    finally:
        with open(passwd, 'w', encoding='utf-8') as file:
            file.write(before)
