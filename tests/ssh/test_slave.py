# SPDX-License-Identifier: MIT
"""slave: what the host mounts later appears below these folders, in the container and nowhere else.
"""

import contextlib
import os
import shutil

import pytest

import client
import host as host_module
import policies
import procs

BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'external-two-root'], indirect=True)
NET = '/srv/net'


@pytest.fixture
def net():
    """A shared tree, as systemd makes it, with a mount that is there before the login."""
    client.run(['mount', '--make-rshared', '/'])
    for name in ('before', 'later', 'other'):
        os.makedirs(f'{NET}/{name}')
    os.makedirs('/srv/apart')
    with mounted(f'{NET}/before'):
        yield NET
    client.run(['mount', '--make-rprivate', '/'])
    shutil.rmtree(NET)
    os.rmdir('/srv/apart')


@contextlib.contextmanager
def mounted(place):
    client.run(['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'net', place])
    host_module.write_as('root', f'{place}/seen', '')
    try:
        yield
    finally:
        client.run(['umount', '-l', place])


@contextlib.contextmanager
def shell(site, user='alice'):
    """A login that stays, and runs what it is told."""
    known = site.sessions(user)
    process = site.popen(user, 'echo ready; while read -r line; do eval "$line"; echo ready; done')

    def run(line):
        process.stdin.write(line + '\n')
        process.stdin.flush()
        return client.lines_before(process, 'ready')
    client.lines_before(process, 'ready')
    run.login = site.session(user, known)
    try:
        yield run
    finally:
        process.communicate(timeout=client.TIMEOUT)


def points(pid):
    return [line.split()[4] for line in procs.read(pid, 'mountinfo').splitlines()]


@BOTH
def test_later_mounts(boxed, net):
    """They come and go below the folder, in the running session; not beside it, and not in the
    landing, which stays as it was: without tags, nosuid and noexec.
    """
    policies.policy(boxed, f'slave = {net}')
    with shell(boxed) as run:
        assert run(f'ls {net}/before {net}/later') == f'{net}/before:\nseen\n\n{net}/later:\n'
        with mounted(f'{net}/later'), mounted('/srv/apart'):
            assert run(f'ls {net}/later; ls /srv/apart') == 'seen\n'
            assert run(f'touch {net}/later/mine && echo able') == 'able\n', 'as the host has it'
            assert f'{net}/later' in points(run.login.init)
            for pid in (run.login.monitor, run.login.child):
                assert f'{net}/later' not in points(pid) and f'{net}/before' in points(pid)
                for line in procs.read(pid, 'mountinfo').splitlines():
                    words = line.split()
                    assert words[6] == '-', f'propagates: {line}'
                    assert {'nosuid', 'noexec'} <= set(words[5].split(',')) or (
                        words[3].endswith('/nsbox-enter')), line
        assert run(f'ls {net}/later') == ''
        assert f'{net}/later' not in points(run.login.init)
        assert 'Read-only' in run(f'touch {net}/new {net}/before/new 2>&1')
    assert policies.sftp_names(boxed, f'{net}/before') == ['seen']


@BOTH
def test_without_it(boxed, net):
    """The control: without the key nothing appears, and with it for another folder neither."""
    for line in ('', f'slave = {net}/other'):
        policies.policy(boxed, line)
        with shell(boxed) as run, mounted(f'{net}/later'):
            assert run(f'ls {net}/later') == ''


@pytest.mark.parametrize('boxed', ['external-two-root'], indirect=True)
def test_nothing_goes_back(boxed, net):
    """What root inside mounts there appears neither on the host nor in another session; what was
    there at login cannot be undone.
    """
    policies.policy(boxed, f'slave = {net}')
    with shell(boxed) as run, shell(boxed) as other:
        before, landing, beside = points('self'), points(run.login.child), points(other.login.init)
        assert run(f'mount --make-rshared {net}; mount -t tmpfs own {net}/later && '
                   f'mount --bind /home/alice {net}/other && touch {net}/later/own && echo done'
                   ) == 'done\n'
        assert points('self') == before and os.listdir(f'{net}/later') == []
        assert points(run.login.child) == landing and points(other.login.init) == beside
        for tried in (f'umount {net}', f'umount -l {net}/before', f'mount --move {net} /mnt',
                      f'mount -o remount,bind,rw {net}', f'mount -o remount,bind,rw {net}/before'):
            assert run(f'{tried} 2>/dev/null && echo done') == '', tried
        with mounted(f'{net}/before'):
            pass
        assert run(f'umount {net}/later {net}/other && echo done') == 'done\n', 'its own'


@BOTH
def test_home_mounted_later(boxed, net):
    """A home that autofs mounts below: bound at login, beside what comes later."""
    policies.policy(boxed, 'slave = /home')
    with shell(boxed) as run:
        assert run('cd; pwd; touch x && echo able') == '/home/alice\nable\n'
        with mounted('/home/bob'):
            assert run('ls /home/bob') == 'seen\n'
        assert run('cd; ls') == 'x\n'


@pytest.mark.parametrize('case', ['of a tenant', 'below one', 'open to all', 'a file'])
def test_refused(boxed, net, case):
    """No path that others than root can write."""
    path = {'of a tenant': '/home/bob', 'below one': '/home/alice/net',
            'open to all': f'{net}/other', 'a file': '/etc/motd'}[case]
    os.makedirs('/home/alice/net')
    os.chmod(f'{net}/other', 0o777)
    host_module.write_as('root', '/etc/motd', '')
    policies.policy(boxed, f'slave = {path}')
    assert f'cannot take slave = {path}' in policies.refused(boxed)
    policies.policy(boxed, f'slave = {net}/later')
    assert boxed.ok('alice', 'echo in') == 'in\n', 'the control'
