# SPDX-License-Identifier: MIT
"""Makes tests/lib importable and its fixtures known to the tests in this folder."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'lib'))

from around import around  # noqa: E402,F401
from fixtures import boxed, deadline, host, site  # noqa: E402,F401
from lan import lan  # noqa: E402,F401
