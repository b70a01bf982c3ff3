# SPDX-License-Identifier: MIT
"""Makes tests/lib importable; a hermetic host on which `nsbox check` finds nothing."""

import os
import sys

import pytest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'lib'))

from fixtures import deadline, host  # noqa: E402,F401
import goodhost  # noqa: E402


@pytest.fixture
def good(host):  # noqa: F811
    """The host as an admin should have it, whatever the test before has done to it."""
    goodhost.make(host)
    yield host
    goodhost.make(host)
