# SPDX-License-Identifier: MIT
"""A policy that is swapped while people log in: a session has one version of it, whole."""

import contextlib
import os
import threading
import time

import pytest

import host as host_module

LOGINS = 500 if os.environ.get('NSBOX_LONG') else 25
PAUSE = 0.0005      # between two swaps: more than a thousand a second, and room for the logins
MARK = '/tmp/of-the-host'

VERSIONS = (
    '[default]\ncontainer = yes\nhostname = first\nuser-map = self\nprivate-tmp = yes\n'
    'namespaces = pid mount uts ipc net user cgroup\n',
    '[default]\ncontainer = yes\nhostname = second\nuser-map = root\nprivate-tmp = no\n'
    'namespaces = pid mount uts ipc user\n',
)
LOOK = (f'hostname; id -u; test -e {MARK} && echo shared || echo private; '
        'readlink /proc/self/ns/net /proc/self/ns/cgroup')


def put(text):
    """As an admin's editor does: a new file, whole, in the old one's place."""
    new = f'{host_module.POLICY}.new'
    with open(new, 'w', encoding='utf-8') as file:
        file.write(text)
    os.rename(new, host_module.POLICY)


@contextlib.contextmanager
def swapping():
    """The versions take turns; what is yielded tells how often they have."""
    end, swaps = threading.Event(), []

    def swap():
        while not end.is_set():
            swaps.append(put(VERSIONS[len(swaps) % len(VERSIONS)]))
            time.sleep(PAUSE)

    put(VERSIONS[0])
    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield swaps
    finally:
        end.set()
        thread.join()


def seen(site):
    """What a login shows of its policy; the namespaces as whether they are the host's."""
    done = site.ssh('alice', LOOK)
    assert done.returncode == 0, done
    name, uid, tmp, net, cgroup = done.stdout.split()
    return name, uid, tmp, net == site.host.ids['net'], cgroup == site.host.ids['cgroup']


@pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-self'], indirect=True)
def test_swap(boxed):
    """No login is refused for it, none has a word of each version, and each version is had."""
    expected = {('first', str(host_module.USERS['alice']), 'private', False, False),
                ('second', '0', 'shared', True, True)}
    with open(MARK, 'w', encoding='utf-8'):
        pass
    alone = set()
    for version in VERSIONS:
        put(version)
        alone.add(seen(boxed))
    assert alone == expected, 'the versions by themselves'
    logged = len(boxed.host.log.lines)
    begun = time.monotonic()
    with swapping() as swaps:
        sessions = [seen(boxed) for _ in range(LOGINS)]
    took = time.monotonic() - begun
    print(f'{len(swaps)} swaps, {len(swaps) / took:.0f} a second, {LOGINS} logins')
    assert set(sessions) == expected
    assert not boxed.host.log.matching('nsbox.*refused', logged)
