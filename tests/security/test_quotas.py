# SPDX-License-Identifier: MIT
"""What the kernel counts for each user (inotify, queued signals, message queues, processes) is one
tenant's own: nobody else's share is used up, root's least of all.

C23 in part. The kernel charges a container's use to the owner of its user namespace as well.
"""

import sys

import pytest

import accounts
import client
import logins

BOTH = pytest.mark.parametrize('boxed', [logins.SELF, logins.ROOT, logins.SUBIDS], indirect=True)

INOTIFY = '''
import ctypes
libc = ctypes.CDLL(None)
def take(most):
    return sum(libc.inotify_init() >= 0 for _ in range(most))
'''
SIGNALS = '''
import ctypes, os, resource, signal
libc = ctypes.CDLL(None)
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN + 1])
def take(most):
    return sum(libc.sigqueue(os.getpid(), signal.SIGRTMIN + 1, None) == 0 for _ in range(most))
'''
HOLD = 'n = take({most}); print(n, flush=True); print("ready", flush=True); input()'
COUNT = 'print(take({most}))'


def python(source, end, most):
    return f"/usr/bin/python3 -c '{source}{end.format(most=most)}'"


def free_for(user_site, source, most):
    """How many root on the host, and alice in her container, can still have."""
    on_host = client.run([sys.executable, '-c', source + COUNT.format(most=most)])
    return int(on_host.stdout), int(user_site.ok('alice', python(source, COUNT, most)))


@BOTH
@pytest.mark.parametrize('source,most', [(INOTIFY, 100), (SIGNALS, 20000)],
                         ids=['inotify', 'signals'])
def test_one_tenants_share(boxed, source, most):
    """bob, boxed, takes nearly all that he may; root and alice still have theirs."""
    before = free_for(boxed, source, most)
    process = boxed.popen('bob', python(source, HOLD, most))
    held = int(process.stdout.readline())
    assert process.stdout.readline() == 'ready\n'
    assert held > most // 2, 'the control: bob holds many'
    during = free_for(boxed, source, most)
    process.communicate('\n')
    assert during == before


def test_processes_of_all_sessions(boxed):
    """pam_limits' nproc is one user's, over all sessions together, as it is without nsbox."""
    forks = '''
import os, time
n = 0
try:
    while n < 40:
        if os.fork() == 0:
            time.sleep(60)
        n += 1
except BlockingIOError:
    pass
print(n, flush=True); print("ready", flush=True); input()
'''
    def start():
        process = boxed.popen('bob', f"exec /usr/bin/python3 -c '{forks}'")
        return process, int(process.stdout.readline())

    accounts.write('/etc', 'security/limits.conf', 'bob hard nproc 30\n')
    try:
        first, had = start()
        assert 0 < had < 30
        done = boxed.ssh('bob', 'echo a second one')
        assert done.returncode != 0 or 'a second one' not in done.stdout, 'beyond the limit'
        assert boxed.ok('alice', 'echo hers') == 'hers\n'
        first.kill()
        first.communicate()
    finally:
        accounts.write('/etc', 'security/limits.conf', '')
