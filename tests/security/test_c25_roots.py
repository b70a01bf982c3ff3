# SPDX-License-Identifier: MIT
"""C25, invariant 4: a root of the container's own is loaded from by nobody but the tenant
(CVE-2025-32463, CVE-2019-14271). The image, what root inside has written over it, and the home hold
all that a libc loads or reads; monitor, builder, sshd's child and door are traced.
"""

import re

import pytest

import images
import policies
from logins import ROOT, second_channel, staying
from test_c25_loading import LOADED, OPENING, lay_bait, loaded_late
from tracing import TENANT, Trace

SETUPS = pytest.mark.parametrize('boxed', [ROOT, 'internal-two-root'], indirect=True)
BAIT = ('etc/nsswitch.conf', 'etc/ld.so.preload', 'etc/ld.so.cache', 'etc/pam.d/sshd',
        'etc/security/limits.conf', 'etc/environment', 'etc/localtime',
        'lib/libnss_evil.so.2', 'lib/x86_64-linux-gnu/libnss_evil.so.2',
        'lib/x86_64-linux-gnu/libnss_files.so.2', 'lib/x86_64-linux-gnu/libc.so.6',
        'usr/lib/x86_64-linux-gnu/gconv/gconv-modules', 'usr/lib/locale/locale-archive',
        'usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache', 'lib64/ld-linux-x86-64.so.2',
        'usr/libexec/nsbox/nsbox-init')
# The builder reads these, and joins lines of its own to them; it executes nothing.
TEXTS = {'/etc/passwd', '/etc/group', '/etc/login.defs'}
OF_THE_HOST = {'/etc/nsbox.conf', '/etc/resolv.conf'}   # the image has none by these names
OURS = ('sshd', 'nsbox-build', 'nsbox-init', 'nsbox-subids', 'sftp-server', 'door')


def image():
    root = images.busybox('bait')
    for name in BAIT:
        images.put(root, name, 'passwd: evil\n', 0o755)
    images.put(root, 'etc/login.defs', 'UID_MIN 1000\n')
    return root


def program(call):
    return call.program.rsplit('/', 1)[-1]


def of_root(calls):
    return [call for call in calls if call.euid == 0 and program(call) in OURS
            and call.result >= 0]


def check(calls, root):
    """Of the image only three texts are read; nothing of it is executed or mapped by root."""
    found = of_root(calls)
    programs = {program(call) for call in found}
    assert {'sshd', 'door'} <= programs, programs
    assert not loaded_late(calls)
    opened = [call for call in found if call.name in OPENING and 'O_PATH' not in call.text]
    for call in opened:
        assert not any(path.startswith(root) or 'evil' in path for path in call.paths), call
    assert not [call for call in found if call.name == 'execve' and
                re.search(r'srv/images|/lower|/container', call.text)]
    return found


@SETUPS
def test_the_image(boxed):
    """C25: a login, and sftp, whose container has an image full of bait."""
    lay_bait()
    root = image()
    policies.policy(boxed, f'root = {root}', 'overlay = session')
    with Trace(boxed) as trace:
        assert boxed.ok('alice', 'cat /etc/nsswitch.conf /etc/ld.so.preload') == (
            'passwd: evil\n' * 2), 'the control: the tenant has the bait'
        if 'internal' in boxed.server.subsystem:   # the other kind is a program of the image
            assert 'passwd' in policies.sftp_names(boxed, '/etc')
    calls = trace.calls()
    found = check(calls, root)
    builder = [call for call in found if program(call) == 'nsbox-build']
    looked = [call for call in builder if 'RESOLVE_IN_ROOT' in call.text]
    assert looked and all('O_PATH' in call.text for call in looked), 'only looked at'
    read = {call.what for call in builder if call.name.startswith('open') and
            'O_PATH' not in call.text and '/proc/self/fd/' in call.text}
    assert read - OF_THE_HOST == TEXTS, read
    # The host's own nsswitch.conf, by its name and before anything is joined, is read for groups.
    assert not [call for call in builder if call.name in OPENING and LOADED.search(call.what)
                and '"/etc/nsswitch.conf"' not in call.text]
    tenant = [call for call in calls if call.euid == TENANT]
    assert any('/etc/ld.so.preload' in call.paths for call in tenant), 'the control'


@SETUPS
def test_what_root_inside_wrote(boxed):
    """C25: root inside lays the bait into its overlay, and the next channel comes."""
    lay_bait()
    root = images.busybox('bait')
    policies.policy(boxed, f'root = {root}', 'overlay = session')
    lay = '; '.join(f'mkdir -p /{name.rsplit("/", 1)[0]}; echo passwd: evil >/{name}'
                    for name in BAIT)
    with staying(boxed, 'alice', lay) as login:
        with Trace(boxed, session=login) as trace:
            done = second_channel(boxed, login, 'cat /etc/nsswitch.conf; echo in')
            assert done.stdout == 'passwd: evil\nin\n', done
            login.process.communicate()
            boxed.quiet(['alice'])   # what the monitor does at the end is looked at, too
        check(trace.calls(), root)
