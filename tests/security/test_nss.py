# SPDX-License-Identifier: MIT
"""Groups that another source of NSS than `files` knows; and that source out of order.

Invariant 1, C10, C23.
"""

import os
import re
import time

import pytest

import accounts
import client
import procs
import tree

DOWN = '/srv/nss-is-down'
FAR = '/srv/nss-is-far'
BOXED_GROUP_ONLY = '[default]\ncontainer = no\n\n[group boxed]\ncontainer = yes\n'


@pytest.fixture
def flaky(boxed):
    """The site with such a source, before its sshd's next login."""
    libraries = os.path.dirname(client.run(['gcc', '-print-file-name=libc.so.6']).stdout.strip())
    built = client.run(['gcc', '-shared', '-fPIC', '-o', f'{libraries}/libnss_flaky.so.2',
                        f'{tree.SOURCE}/tests/security/nss_flaky.c'])
    assert built.returncode == 0, built
    with open('/etc/nsswitch.conf', encoding='utf-8') as file:
        before = file.read()
    accounts.write('/etc', 'nsswitch.conf', re.sub('(?m)^group:.*', 'group: files flaky', before))
    boxed.host.write_policy(BOXED_GROUP_ONLY)
    yield boxed
    for path in DOWN, FAR:
        if os.path.exists(path):
            os.unlink(path)
    accounts.write('/etc', 'nsswitch.conf', before)


def test_group_of_another_source(flaky):
    """C10: the policy and the kernel know the group; the view inside equals the host's."""
    shown = flaky.ok('alice', f'id -G; {procs.SHOW_NAMESPACES}')
    groups, _, namespaces = shown.partition('\n')
    assert '3100' in groups.split()
    assert groups == client.run(['id', '-G', 'alice']).stdout.strip()
    assert procs.parse_shown(namespaces)['user'] != flaky.host.ids['user']


def check_refused(site, cause):
    logged = len(site.host.log.lines)
    before = site.host.snapshot()
    done = site.ssh('alice', 'echo a shell ran')
    assert done.returncode == 254 and 'a shell ran' not in done.stdout
    assert 'nsbox: login refused: ' in done.stdout + done.stderr
    assert site.host.log.wait_for(cause, logged)
    site.host.nothing_left_since(before)


def test_source_out_of_order(flaky):
    """Invariant 1: that a group cannot be named is no reason to let the login out of its box."""
    flaky.ok('alice', 'true')
    open(DOWN, 'w', encoding='utf-8').close()
    check_refused(flaky, 'cannot name the group 3100 of alice')


def test_source_out_of_reach_in_the_landing(flaky):
    """C10: sshd's child would have lost a group there, which may be one that forbids."""
    accounts.write('/srv', os.path.basename(FAR), 'lost\n')
    check_refused(flaky, 'cannot keep the groups of alice: a source of NSS is out of reach')
    flaky.host.write_policy('[default]\ncontainer = yes\n')
    assert flaky.ok('bob', 'id -G').split() == ['2002', '3001'], 'who has no such group'


def test_source_that_hangs_in_the_landing(flaky):
    """C23: it is not waited for without a limit."""
    accounts.write('/srv', os.path.basename(FAR), 'hangs\n')
    begun = time.monotonic()
    check_refused(flaky, 'cannot wait longer for NSS in the landing')
    assert 10 <= time.monotonic() - begun < 30
