# SPDX-License-Identifier: MIT
"""overlay = user: what is written over a root is found again, also by logins at the same time."""

import contextlib
import os
import signal
import stat

import pytest

import client
import images
import policies
import wait

AS_ROOT = pytest.mark.parametrize('boxed', ['external-two-root'], indirect=True)
BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'external-two-root'], indirect=True)
STORE = '/var/lib/nsbox/overlay'


@pytest.fixture(scope='module', name='root')
def fixture_root():
    return images.pack(images.busybox('kept'), 'erofs')


@contextlib.contextmanager
def staying(site, user='alice'):
    process = site.popen(user, 'echo ready; exec cat')
    client.lines_before(process, 'ready')
    try:
        yield process
    finally:
        process.communicate(timeout=client.TIMEOUT)


def holders(uid=2001):
    folder = f'{STORE}/{uid}'
    return [name for root in os.listdir(folder) if 'kept' in root
            for name in os.listdir(f'{folder}/{root}/sessions')]


@AS_ROOT
def test_kept(boxed, root):
    """The next login finds it; another user, and another root, do not."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    boxed.ok('alice', 'echo mine >/etc/mine; rm /bin/wc; mkdir /srv')
    boxed.quiet(['alice'])
    assert boxed.ok('alice', 'cat /etc/mine; ls -d /srv /bin/wc 2>/dev/null || :').split() == [
        'mine', '/srv']
    assert boxed.ok('bob', 'ls /etc/mine /bin/wc 2>/dev/null || :').split() == ['/bin/wc']
    boxed.quiet(['alice', 'bob'])
    other = images.pack(images.busybox('other-root'), 'erofs')
    policies.policy(boxed, f'root = {other}', 'overlay = user')
    assert boxed.ok('alice', 'ls /etc/mine 2>/dev/null || :') == ''


@AS_ROOT
def test_kept_from_others(boxed, root):
    """Only root enters the store, and what is in it has the tenant's ids of the host."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    boxed.ok('alice', 'echo x >/etc/owned')
    folder, = (f'{STORE}/2001/{name}' for name in os.listdir(f'{STORE}/2001') if 'kept' in name)
    assert os.stat(f'{folder}/upper/etc/owned').st_uid == 2001
    for path in (STORE, f'{STORE}/2001', folder):
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o700 and os.stat(path).st_uid == 0
    assert boxed.ssh('alice', f'ls {STORE}').returncode != 0
    assert policies.sftp_names(boxed, STORE) is None


@AS_ROOT
def test_shared(boxed, root):
    """Logins at the same time have one tree: each sees at once what the others write."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    with staying(boxed):
        assert boxed.ok('alice', 'ls /etc/new 2>/dev/null || :; echo 1 >/etc/new; cat /etc/new')
        for turn in range(2, 5):
            with staying(boxed):
                assert boxed.ok('alice', f'cat /etc/new; echo {turn} >/etc/new; '
                                f'echo a >/etc/name{turn}').strip() == str(turn - 1)
                assert boxed.ok('alice', f'cat /etc/name{turn}') == 'a\n'
    boxed.quiet(['alice'])
    assert boxed.ok('alice', 'cat /etc/new /etc/name4').split() == ['4', 'a']
    boxed.quiet(['alice'])


@AS_ROOT
def test_shared_beyond_the_first(boxed, root):
    """The overlay goes on when the session that made it is gone, whoever asks for it then."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    first = boxed.popen('alice', 'echo ready; exec cat')
    client.lines_before(first, 'ready')
    with staying(boxed) as second:
        first.communicate(timeout=client.TIMEOUT)
        wait.until(lambda: len(boxed.sessions('alice')) == 1, 'the first to end')
        second.stdin.write('')
        boxed.ok('alice', 'echo by-third >/etc/third')
        assert boxed.ok('alice', 'cat /etc/third') == 'by-third\n'
    boxed.quiet(['alice'])


@AS_ROOT
def test_dead_holders(boxed, root):
    """A session that was killed leaves a file that counts for nothing, and is swept."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    process = boxed.popen('alice', 'echo ready; exec cat')
    client.lines_before(process, 'ready')
    login = boxed.session('alice')
    os.kill(login.monitor, signal.SIGKILL)
    process.communicate(timeout=client.TIMEOUT)
    boxed.quiet(['alice'])
    left = holders()
    assert left, 'nobody has taken the file away'
    assert boxed.ok('alice', 'echo again') == 'again\n'
    assert not set(left) & set(holders())


@AS_ROOT
def test_parallel_firsts(boxed, root):
    """Twenty first logins at once end up with one overlay."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    boxed.quiet(['bob'])
    logins = [boxed.popen('bob', f'echo {i} >/etc/from{i}; echo ready; cat; ls /etc')
              for i in range(20)]
    for login in logins:
        client.lines_before(login, 'ready')
    for login in logins:
        shown = login.communicate(timeout=client.TIMEOUT)[0].split()
        assert [f'from{i}' for i in range(20) if f'from{i}' not in shown] == []


@BOTH
def test_other_map_refuses(boxed, root):
    """While a session has the overlay with other ids, a login that would have it is refused."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    other = 'root' if boxed.user_map == 'self' else 'self'
    with staying(boxed, 'dan'):
        boxed.host.write_policy(f'[default]\nroot = {root}\noverlay = user\nuser-map = {other}\n')
        assert 'another user-map' in policies.refused(boxed, 'dan')
    boxed.quiet(['dan'])
    assert boxed.ok('dan', 'echo fine') == 'fine\n'


@AS_ROOT
def test_bad_stores(boxed, root):
    """A store that is not root's own refuses, and nothing is changed."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    os.makedirs(f'{STORE}/2004', exist_ok=True)
    os.chown(f'{STORE}/2004', 2004, 2004)
    assert 'cannot open /var/lib/nsbox/overlay/2004' in policies.refused(boxed, 'dan')
    os.chown(f'{STORE}/2004', 0, 0)
    assert boxed.ok('dan', 'echo fine') == 'fine\n'


@AS_ROOT
def test_inits_descriptors(boxed, root):
    """init holds the landing for later logins; nothing inside can take it from there. C4."""
    policies.policy(boxed, f'root = {root}', 'overlay = user')
    with staying(boxed):
        init = boxed.session('alice').init
        links = {os.readlink(f'/proc/{init}/fd/{fd}') for fd in os.listdir(f'/proc/{init}/fd')}
        assert sum(link.startswith('mnt:') for link in links) == 1
        done = boxed.ssh('alice', 'ls -l /proc/1/fd; readlink /proc/1/fd/5; ls /proc/1/fd/5/')
        assert 'mnt:' not in done.stdout and done.stderr.count('denied') >= 1, done
