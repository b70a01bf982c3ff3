# SPDX-License-Identifier: MIT
"""Images that go, change or are cut below a session, or are no images: the open session goes on or
gets errors, and ends in order; the next one finds what is there then, or is refused.
"""

import contextlib
import os
import secrets
import shutil

import pytest

import client
import images
import outcome
import wait
from logins import SELF, second_channel, staying
from policies import policy

KINDS = ('squashfs', 'erofs')
TOKEN = secrets.token_hex(4)    # loop devices are the machine's: hosts of other tests have some
BLOB = '/usr/share/blob'
SESSIONS = 12                   # the machine has eight devices ready


def loops():
    """The files behind the machine's loop devices, those of this test."""
    found = []
    for name in os.listdir('/sys/block'):
        with contextlib.suppress(OSError):
            with open(f'/sys/block/{name}/loop/backing_file', encoding='utf-8') as file:
                found.append(file.read().strip())
    return [path for path in found if TOKEN in path]


def given_back():
    wait.until(lambda: not loops(), lambda: f'loop devices to be given back: {loops()}')


def folder(name='old'):
    root = images.busybox(f'{name}-{TOKEN}')
    images.put(root, BLOB[1:], ''.join(f'{n * 7919}\n' for n in range(200000)))
    return root


@pytest.fixture(scope='module', name='packed')
def fixture_packed():
    root, new = folder(), folder('new')
    return {kind: (images.pack(root, kind), images.pack(new, kind)) for kind in KINDS}


@pytest.fixture(name='image', params=KINDS)
def fixture_image(request, packed):
    """(an image that a test may break, another)."""
    old, new = packed[request.param]
    paths = [f'{images.FOLDER}/{name}-{TOKEN}.image' for name in ('mine', 'other')]
    for source, path in zip((old, new), paths):
        shutil.copy(source, path)
    yield paths
    for path in paths:
        if os.path.lexists(path):
            os.unlink(path)


LIVE = {    # what happens to the image, what an open session reads then, what the next login gets
    'nothing': (lambda old, _: None, f'old-{TOKEN}\n', f'old-{TOKEN}\n$'),
    'removed': (lambda old, _: os.unlink(old), f'old-{TOKEN}\n', 'refused: .*No such file'),
    'replaced': (lambda old, new: os.rename(new, old), f'old-{TOKEN}\n', f'new-{TOKEN}\n$'),
    'unreadable': (lambda old, _: images.put('/', old[1:], 'no image at all\n'), None,
                   'refused: .*neither squashfs nor'),
    'truncated': (lambda old, _: os.truncate(old, 4096), None, 'refused: .*cannot '),
}


@pytest.mark.parametrize('fault', LIVE)
def test_live(boxed, image, fault):
    """An image file is broken below a session, and the loop device is given back at its end."""
    breaks, open_reads, next_one = LIVE[fault]
    policy(boxed, f'root = {image[0]}')
    with outcome.nothing_left(boxed):
        with staying(boxed, command='cat /etc/image') as login:
            assert login.shown == f'old-{TOKEN}\n' and len(loops()) == 1, 'the control'
            breaks(*image)
            done = second_channel(boxed, login, f'wc {BLOB}; cat /etc/image')
            assert open_reads is None or done.stdout.endswith(open_reads), done
            assert ('200000' in done.stdout) != ('Input/output error' in done.stderr), done
            assert open_reads is None or '200000' in done.stdout, done
            outcome.check(boxed, next_one, 'cat /etc/image')
    given_back()


def test_cut(boxed, image):
    """However much of an image is missing, the login is refused, or gets errors where EROFS looks
    no further than it has to.
    """
    policy(boxed, f'root = {image[0]}')
    outcome.check(boxed, f'old-{TOKEN}\n$', f'cat /etc/image; cat {BLOB} >/dev/null')
    with outcome.nothing_left(boxed):
        for length in (os.path.getsize(image[0]) // 2, 4096, 1027, 3, 0):
            os.truncate(image[0], length)
            seen = outcome.check(boxed, 'refused: .*cannot |cat: .*needs cleaning',
                                 f'cat {BLOB} >/dev/null')
            assert 'No error information' not in seen, 'every refusal has its reason'
    given_back()


def test_many(boxed, image):
    """More sessions than the machine has loop devices ready; each has its own, for its time."""
    policy(boxed, f'root = {image[0]}')
    with outcome.nothing_left(boxed):
        open_ones = [boxed.popen('alice', 'cat /etc/image; echo ready; exec cat')
                     for _ in range(SESSIONS)]
        for process in open_ones:
            assert client.lines_before(process, 'ready') == f'old-{TOKEN}\n'
        assert len(loops()) == SESSIONS
        for process in open_ones:
            process.communicate(timeout=client.TIMEOUT)
    given_back()


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_folder(boxed):
    """A folder that others can write from now on refuses, and one that is gone; open sessions of it
    end in order, and one that was put right works.
    """
    root = folder('folder')
    policy(boxed, f'root = {root}')
    with outcome.nothing_left(boxed), staying(boxed) as login:
        outcome.check(boxed, f'folder-{TOKEN}', 'cat /etc/image')
        for path in (root, os.path.dirname(root)):
            os.chmod(path, 0o757)
            outcome.check(boxed, 'refused: .*can be written by others')
            assert second_channel(boxed, login, 'cat /etc/image').stdout == f'folder-{TOKEN}\n'
            os.chmod(path, 0o755)
            outcome.check(boxed, f'folder-{TOKEN}', 'cat /etc/image')
        shutil.rmtree(root)
        # What it had looked at it still has, until the kernel forgets it.
        done = second_channel(boxed, login, f'cat /etc/image; wc {BLOB}')
        assert done.returncode != 0 and 'No such file' in done.stderr, done
        assert done.stdout in ('', f'folder-{TOKEN}\n'), done
        outcome.check(boxed, 'refused: .*No such file')
