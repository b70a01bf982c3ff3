# SPDX-License-Identifier: MIT
"""Waiting for a condition: bounded, and never a fixed sleep."""

import time


def until(condition, what, timeout=10.0, step=0.01):
    """Poll condition() until it is true and return its value; AssertionError after the timeout.

    `what` ends the sentence "waited N s for ..."; a callable is asked only on failure.
    """
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            text = what() if callable(what) else what
            raise AssertionError(f'waited {timeout:g} s for {text}')
        time.sleep(step)
