# SPDX-License-Identifier: MIT
"""A bridge that is not there, is none, or is not to be used: no login without the network that the
policy says. What goes away under a session is in tests/security/test_c13_bridge_gone.py.
"""

import contextlib

import pytest

import outcome
from lan import write_policy


@pytest.mark.parametrize('bridge, cause', [
    ('br9', 'cannot join the bridge br9: there is none'),
    ('lan0', 'cannot join the bridge lan0: it is no bridge, but another interface'),
    ('lo', 'cannot join the bridge lo: it is no bridge'),
])
def test_no_bridge(lan, boxed, bridge, cause):
    """The login is refused with the reason; carol, who has no container, gets in."""
    write_policy(boxed, bridge=bridge)
    outcome.check(boxed, f'refused: .*{cause}')
    assert boxed.ok('carol', 'echo in') == 'in\n'
    write_policy(boxed)
    outcome.check(boxed, '$')
    assert lan


@contextlib.contextmanager
def many_addresses(host, count):
    """The host has that many more."""
    host.ip('link add many0 type bridge')
    host.run(['ip', '-batch', '-'], input=''.join(
        f'address add 172.30.{n // 256}.{n % 256}/32 dev many0\n' for n in range(count)))
    yield
    host.ip('link del many0')


def test_too_many_addresses(lan, boxed):
    """What of the host's cannot all be kept from the session refuses it."""
    write_policy(boxed)
    with many_addresses(lan.host, 200):
        outcome.check(boxed, '$')
    with many_addresses(lan.host, 300):
        outcome.check(boxed, 'refused: .*cannot keep the session on a bridge from the host: it has '
                      'more than 256 addresses')
