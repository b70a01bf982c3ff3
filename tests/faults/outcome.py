# SPDX-License-Identifier: MIT
"""How a login ends where something is broken: there is a session, or a refusal in order."""

import contextlib
import re

import logbook

RAN = 'a shell ran\n'


def of_login(site, command='true', user='alice'):
    """What the command printed, or "refused: " and the cause that the log has below the reference
    that the user was told. Anything else fails, and so does a refused login that leaves something.
    """
    logged = len(site.host.log.lines)
    before = site.host.snapshot()
    done = site.ssh(user, f'printf "{RAN[:-1]}\\n"; {command}')
    if done.stdout.startswith(RAN):
        return done.stdout[len(RAN):] + done.stderr
    assert done.returncode == 254 and RAN not in done.stdout, done
    said = [line for line in (done.stdout + done.stderr).splitlines() if 'nsbox:' in line]
    assert len(said) == 1 and 'container cannot be made' in said[0], done
    cause = site.host.log.wait_for(f'{logbook.reference_in(said[0])}: ', logged)
    site.host.nothing_left_since(before)
    return f'refused: {cause}'


def check(site, expected, command='true', user='alice'):
    """The outcome has a match for the regular expression, from its beginning."""
    seen = of_login(site, command, user)
    assert re.match(expected, seen, re.DOTALL), f'{seen!r}, not {expected!r}'
    return seen


@contextlib.contextmanager
def nothing_left(site):
    """Sessions that end in here leave nothing."""
    before = site.host.snapshot()
    yield
    site.quiet()
    site.host.nothing_left_since(before)
