# SPDX-License-Identifier: MIT
"""C19: no core dump of a session's, unless the policy leaves it to the login's limits; none of the
door's in any case. And the umask, which the same step of the door sets.
"""

import os
import random
import resource
import signal
import time

import pytest

import landing
import policies
import procs
from logins import ROOT, SELF, SUBIDS, second_channel, staying

ALL = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
CRASH = 'cd; mkdir -p crash; cd crash; {} sh -c \'kill -SEGV $$\'; ls -A'
RAISE = 'ulimit -Sc unlimited 2>/dev/null; ulimit -Hc unlimited 2>/dev/null;'
UNLIMITED = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
ROUNDS = 2000 if os.environ.get('NSBOX_LONG') else 60


def pattern():
    with open('/proc/sys/kernel/core_pattern', encoding='utf-8') as file:
        return file.read().strip()


def limit(pid):
    """The limit of core dumps of a process, soft and hard."""
    lines = procs.read(pid, 'limits').splitlines()
    return [line for line in lines if line.startswith('Max core file size')][0].split()[4:6]


@ALL
def test_limit(boxed):
    """C19: the limit is 0, seen from the host, for every process past the door, and neither the
    tenant nor root inside can raise it; with core-dumps = yes it is the login's.
    """
    with staying(boxed, 'alice', 'sleep 300 >/dev/null 2>&1 &') as login:
        members = procs.members_of('user', login.session.container_ids()['user'])
        assert len(members) >= 3
        for pid in members:
            assert limit(pid) == ['0', '0'], procs.title(pid)
        shown = second_channel(boxed, login, f'{RAISE} ulimit -Sc; ulimit -Hc').stdout
        assert shown == '0\n0\n'
        of_login = limit(login.child)
    policies.policy(boxed, 'core-dumps = yes')
    with staying(boxed) as login:
        members = procs.members_of('user', login.session.container_ids()['user'])
        for pid in members:
            if pid != login.init:
                assert limit(pid) == of_login


@ALL
def test_crash(boxed):
    """C19: a program that crashes leaves no file; with yes, and the limit raised, it does where the
    host's core_pattern is a plain name.
    """
    assert boxed.ok('alice', CRASH.format(RAISE)) == ''
    policies.policy(boxed, 'core-dumps = yes')
    left = boxed.ok('alice', CRASH.format(RAISE))
    plain = '/' not in pattern() and not pattern().startswith('|')
    if plain and resource.getrlimit(resource.RLIMIT_CORE)[1] != 0:
        assert left, 'the control'


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_door(boxed):
    """C19: a door that dies of a signal on its way, of a caller with no limit, leaves nothing that
    its user can read.
    """
    draw = random.Random(19)

    def odd():
        os.chdir('/home/alice')
        resource.setrlimit(resource.RLIMIT_CORE, UNLIMITED)
        door, pause = os.getpid(), draw.random() * 0.004
        if os.fork() == 0:
            time.sleep(pause)
            os.kill(door, signal.SIGSEGV)
            os._exit(0)
    died = 0
    with staying(boxed) as login:
        for _ in range(ROUNDS):
            draw.random()
            outcome = landing.start_shell(login, odd=odd)
            died += outcome.status == -signal.SIGSEGV
            landing.check_harmless(outcome)
        assert died, 'the control'
        for folder in ('/home/alice', '/tmp'):
            shown = second_channel(boxed, login, f'find {folder} -name "*core*"')
            assert shown.stdout == ''
        landing.check_contained(landing.start_shell(login))


@ALL
def test_umask(boxed):
    """The umask of shell and command is the policy's, whatever the caller's was; with keep the
    caller's.
    """
    def odd():
        os.umask(0o777)
    policies.policy(boxed, 'umask = 027')
    assert boxed.ok('alice', 'umask; touch mine; stat -c %a mine') == '0027\n640\n'
    policies.policy(boxed, 'umask = 0777')
    assert boxed.ok('alice', 'umask') == '0777\n'
    policies.policy(boxed)
    kept = boxed.ok('alice', 'umask')
    assert kept == boxed.ok('carol', 'umask'), 'the control'
    with staying(boxed) as login:
        told = landing.start_shell(login, odd=odd, argv=lambda script: ['bash', '-c', 'umask'])
        assert told.out == '0777\n', told
