# SPDX-License-Identifier: MIT
"""Fixtures of the black-box tests: the host, the set-ups to log in to, a clean start each."""

import os
import signal

import pytest

import host as host_module
import setups

TEST_TIMEOUT = 900 if os.environ.get('NSBOX_LONG') else 90


@pytest.fixture(autouse=True)
def deadline():
    """No test hangs: it fails after a while, and the others go on."""
    def expired(*_):
        raise TimeoutError(f'the test took more than {TEST_TIMEOUT} s')
    signal.signal(signal.SIGALRM, expired)
    signal.alarm(TEST_TIMEOUT)
    yield
    signal.alarm(0)


@pytest.fixture(scope='session')
def host():
    return host_module.Host().make()


def prepared(host, name):
    """A set-up's site with clean homes; after the test, wait for its sessions to end."""
    if name != setups.PLAIN and not setups.nsbox_is_installed():
        assert 'NSBOX_BUILD' not in os.environ, 'the build directory has not installed nsbox'
        pytest.skip('nsbox is not installed on this host: run with a meson build directory')
    if not setups.is_possible(name):
        pytest.skip('nsbox was built without libsubid')
    site = setups.make_site(host, name)
    for user in host_module.USERS:
        host_module.clean_home(user)
    yield site
    site.quiet()


@pytest.fixture(params=setups.ROUTE_SETUPS)
def site(host, request):
    """A route's set-ups, and the control."""
    yield from prepared(host, request.param)


@pytest.fixture(params=['internal-one-self'])
def boxed(host, request):
    """The everyday set-up. A test may ask for others by indirect parameters."""
    yield from prepared(host, request.param)
