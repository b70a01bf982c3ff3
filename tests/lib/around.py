# SPDX-License-Identifier: MIT
"""The fixture `around`: the networks around the host, for the tests of a file."""

import pytest

import topology


@pytest.fixture(scope='module')
def around(host):
    """See topology.py."""
    assert host
    made = topology.make()
    yield made
    made.close()
