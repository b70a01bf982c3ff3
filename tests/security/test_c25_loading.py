# SPDX-License-Identifier: MIT
"""C25, invariant 4: code loading after the root changed (CVE-2025-32463, CVE-2019-14271). The files
that a libc would load from a tree lie in every place that the tenant can write: no process with
root's id opens any of them, or loads anything at all once it has joined the landing.
"""

import os
import re

import pytest

import client
import host as host_module
from logins import ROOT, SELF
from tracing import Trace

SETUPS = pytest.mark.parametrize('boxed', [SELF, 'internal-two-self'], indirect=True)
PLACES = ('/home/alice', '/tmp', '/var/tmp', '/dev/shm', '/run/user/2001')
BAIT = ('libnss_evil.so.2', 'nsswitch.conf', 'gconv-modules', 'gconv-modules.cache',
        'libnss_files.so.2',
        'etc/nsswitch.conf', 'etc/ld.so.preload', 'etc/passwd',
        'lib/x86_64-linux-gnu/libnss_files.so.2',
        'usr/lib/gconv/UTF-16.so', 'nsbox.conf', '.pam_environment', 'session', 'terminfo/x/xterm')
# What root may touch there: the folder itself, to bind it; what the session's own tmpfs is made of.
FOLDERS = re.compile(r'/home/alice|/tmp|/var/tmp|/dev/shm|/run/user/2001|/home/alice/\.hushlogin')
LOADED = re.compile(r'\.so(\.|$)|gconv|nsswitch\.conf|ld\.so|locale')
OPENING = ('open', 'openat', 'openat2', 'execve', 'execveat', 'mmap')


def lay_bait():
    for place in PLACES[:4]:
        for name in BAIT:
            path = os.path.join(place, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            host_module.write_as('alice', path, 'bait\n')


def below(path):
    return any(path == place or path.startswith(place + '/') for place in PLACES)


@SETUPS
def test_root_opens_nothing_of_the_tenants(boxed):
    """C25: monitor, builder and door, traced with their ids: no path below a tenant's place is
    opened by root, but for the folder that is bound; no library is loaded after a namespace is
    joined.
    """
    lay_bait()
    with Trace(boxed) as trace:
        assert boxed.ok('alice', 'id -un') == 'alice\n'
        done = client.run(boxed.client.line('sftp', '-b', '-', 'alice@host'), input='ls\n')
        assert 'nsswitch.conf' in done.stdout
    calls = trace.calls()
    check_seen(calls)
    wrong = [call for call in calls if call.euid == 0 and call.name in OPENING and call.result >= 0
             and
             any(below(path) and not FOLDERS.fullmatch(path) for path in call.paths)]
    assert not wrong
    assert not loaded_late(calls), 'loaded after joining'


def loaded_late(calls):
    """What root has opened, of the kind that is loaded, after it joined a namespace."""
    joined, late = set(), []
    for call in calls:
        if call.name == 'setns' and call.result == 0:
            joined.add(call.pid)
        elif call.name in ('clone', 'clone3', 'fork', 'vfork') and call.pid in joined:
            joined.add(call.result)
        elif call.pid in joined and call.euid == 0 and call.name in OPENING and call.result >= 0:
            if any(LOADED.search(path) for path in call.paths):
                late.append(call)
    return late


def check_seen(calls):
    """The controls: the trace has what it is about."""
    programs = {call.program.rsplit('/', 1)[-1] for call in calls}
    assert {'sshd', 'nsbox-build', 'door', 'bash'} <= programs, programs
    assert [call for call in calls if call.name == 'setns'
            and call.program.endswith('/sshd')], 'the monitor joins'
    assert [call for call in calls if call.name == 'setns' and call.program ==
            'door'], 'the door joins'
    root = [call for call in calls if call.euid == 0 and call.program.endswith('nsbox-build')]
    assert any('/home/alice' in call.paths for call in root), 'the builder binds the home'
    tenant = [call for call in calls if call.euid == 2001]
    assert any(below(path) for call in tenant for path in call.paths), 'the tenant opens the bait'


def test_the_door_is_static_and_short(boxed):
    """C25, design 3: the door opens its record and its own namespace's links, and no other file."""
    with Trace(boxed) as trace:
        assert boxed.ok('alice', 'id -un') == 'alice\n'
    opened = [call for call in trace.calls() if call.program == 'door'
              and call.name.startswith('open')]
    assert {path for call in opened for path in call.paths} == {'/run/nsbox/session'}
    assert opened and all(call.euid == 0 for call in opened)


@pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
def test_bait_of_root_inside(boxed):
    """C25: root inside covers /etc, /lib and /usr of the container with bait; the next channel's
    door loads none of it, and neither does the host's root when it looks at the session.
    """
    lay_bait()
    control = client.control_path()
    process = boxed.popen('alice', 'mount --bind ~/etc /etc 2>/dev/null; mount --bind ~/lib /opt '
                                   '2>/dev/null; echo ready; exec cat', '-M', '-S', control)
    try:
        client.lines_before(process, 'ready')
        with Trace(boxed, '-e', 'trace=file,process,%creds,setns',
                   session=boxed.session('alice')) as trace:
            done = boxed.ssh('alice', 'echo in; head -c 4 /etc/passwd', '-S', control)
            assert done.stdout.startswith('in\n'), done
            assert (done.stdout == 'in\nbait') == (boxed.user_map != 'self'), 'the control'
            process.communicate()
        door = [call for call in trace.calls() if call.program == 'door']
        assert door, 'the control'
        assert not [call for call in door if call.name == 'openat' and
                    any(below(path) for path in call.paths)]
    finally:
        process.kill()
        process.wait()
