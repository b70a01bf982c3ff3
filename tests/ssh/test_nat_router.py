# SPDX-License-Identifier: MIT
"""network = nat on a host that is a router already: it stays one, and sessions stay apart."""

import pytest

import nat
import probe
from logins import ROOT, SELF, staying
from topology import INTERNET4, INTERNET6, NEIGHBOUR4, NEIGHBOUR6, targets

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
THROUGH = targets(INTERNET4, INTERNET6)
CALLERS = (NEIGHBOUR4, NEIGHBOUR6)


@BOTH
def test_router(around, boxed):
    """The neighbour goes to the internet through the host as before, by its own address; it does
    not get to a session.
    """
    around.host.sysctl('ipv4/ip_forward', 1)
    around.host.sysctl('ipv6/conf/all/forwarding', 1)
    matrix = nat.Matrix(around, THROUGH, THROUGH)
    matrix.check(probe.from_node(around.neighbour, THROUGH), CALLERS)
    nat.policy(boxed)
    with staying(boxed, 'alice', nat.serving('alice', [80])) as login:
        matrix.check(nat.from_session(boxed, login, THROUGH))
        matrix.check(probe.from_node(around.neighbour, THROUGH), CALLERS)
        own = targets(*nat.addresses(boxed, login))
        assert nat.is_closed(probe.from_node(around.neighbour, own))
        assert not nat.is_closed(probe.from_node(around.host, own)), 'the control'
    matrix.check(probe.from_node(around.neighbour, THROUGH), CALLERS)
