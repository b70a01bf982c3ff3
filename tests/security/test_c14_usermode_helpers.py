# SPDX-License-Identifier: MIT
"""C14: the files through which the kernel is ruled, or tells of the machine, are closed."""

import os

import pytest

import client
import views
from logins import ROOT, SELF, SUBIDS

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
AS_ROOT = pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)

HIDDEN_FILES = ('/proc/kcore', '/proc/keys', '/proc/key-users', '/proc/timer_list',
                '/proc/latency_stats', '/proc/sched_debug')
HIDDEN_FOLDERS = ('/proc/acpi', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap')
READ_ONLY = ('/proc/sys', '/proc/sysrq-trigger', '/proc/bus', '/proc/fs', '/proc/irq')


def there(paths):
    """Kernels differ in what they have."""
    found = [path for path in paths if os.path.exists(path)]
    assert found, 'the control'
    return found


@BOTH
def test_kernel_helpers(boxed):
    """C14: nothing that makes the kernel run a program can be written, also by root inside, who may
    mount: core_pattern, modprobe, sysrq-trigger, binfmt_misc of the host, release_agent.
    """
    paths = ('/proc/sys/kernel/core_pattern', '/proc/sys/kernel/modprobe', '/proc/sysrq-trigger',
             '/proc/sys/kernel/hotplug', '/proc/sys/fs/binfmt_misc/register',
             '/proc/sys/vm/drop_caches',
             '/sys/kernel/uevent_helper', '/sys/fs/cgroup/release_agent', '/sys/kernel/mm/ksm/run',
             '/proc/1/oom_score_adj', '/proc/irq/default_smp_affinity', '/proc/acpi/wakeup')
    there = [path for path in paths if os.path.exists(path)]
    assert len(there) >= 3
    before = {path: client.run(['cat', path]).stdout for path in there if 'core' in path or
              'modp' in path}
    tried = boxed.ssh('alice', ''.join(f'( : >>{path} && echo opened {path} )\n' for path in there))
    assert tried.stdout == ''
    release = ('mkdir -p cg && mount -t cgroup -o memory none cg && echo /evil >cg/release_agent '
               '&& echo written; umount cg 2>/dev/null; mount -t cgroup2 none cg && '
               'mkdir cg/mine && echo written; umount cg 2>/dev/null')
    assert 'written' not in boxed.ssh('alice', release).stdout
    assert before == {path: client.run(['cat', path]).stdout for path in before}


@BOTH
def test_hidden(boxed):
    """C14: what tells of the machine is empty, or refused, by every route; root of the host sees
    it, which is the control.
    """
    for path in there(HIDDEN_FILES):
        assert views.content(boxed, 'alice', path) == '', path
    assert any(client.run(['cat', path]).stdout for path in there(HIDDEN_FILES[1:]))
    for path in there(HIDDEN_FOLDERS):
        assert views.listing(boxed, 'alice', path) == [], path
    assert any(os.listdir(path) for path in there(HIDDEN_FOLDERS)), 'the control'
    assert views.content(boxed, 'alice', '/proc/version'), 'the control: the rest is there'


@BOTH
def test_read_only(boxed):
    """C14: what rules the kernel can be looked at, and lies on a mount that is read-only."""
    for path in there(READ_ONLY):
        flags = boxed.ok('alice', f'findmnt -n -o OPTIONS -T {path}').strip().split(',')
        assert 'ro' in flags, path
    assert boxed.ok('alice', 'cat /proc/sys/kernel/ostype') == 'Linux\n', 'the control'


@AS_ROOT
def test_masks_stay(boxed):
    """C13, C14: root inside takes none of them away, and cannot look beneath by a copy."""
    paths = there(HIDDEN_FILES + HIDDEN_FOLDERS + READ_ONLY)
    tried = boxed.ssh('alice', 'mkdir -p under; ' + ''.join(
        f'umount {path} && echo umount {path}\n'
        f'umount -l {path} && echo lazy {path}\n'
        f'mount -o remount,bind,rw {path} && echo remount {path}\n'
        f'mount --move {path} under && echo move {path}\n' for path in paths) +
        'mount --bind /proc under && echo bind proc\n'
        'mount --bind /sys under && echo bind sys\n')
    assert tried.stdout == ''
    done = boxed.ok('alice', 'mkdir -p own && mount -t tmpfs own own && umount own && echo able')
    assert done == 'able\n', 'the control: root inside may mount and unmount what is its own'
