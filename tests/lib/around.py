# SPDX-License-Identifier: MIT
"""The fixture `around`: the networks around the host, for the tests of a file."""

import pytest

import topology


@pytest.fixture(scope='module')
def around(host):
    """See topology.py. Root of the host may ping, as its users may on most machines."""
    assert host
    made = topology.make()
    made.host.sysctl('ipv4/ping_group_range', '0 2147483647')
    yield made
    made.close()
