#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""PID 1 of the user-mode-linux that in-uml boots: runs one command there, then powers off.

The root is the real machine's file system, seen through hostfs and mounted read-only, so that
nothing that happens in here can change it. What is written goes to tmpfs: an overlay covers the
build directory, and the tests have the tree that tests/lib/hermetic.py makes, with nsbox copied to
tmpfs as well (hostfs has no extended attributes, and every access to it is the caller's of in-uml).

The folder that holds the link to this file is the job. It has `command` (words, each ended by NUL),
`build` (a path) and `result` (a path below it, to be brought back). It gets `booted` (the kernel's
release), `junit.xml` (that result) and last `status` (the command's). The command's output goes to
the first serial line, the kernel's and ours to the console.
"""

import ctypes
import errno
import os
import shutil
import signal
import subprocess
import sys
import tty

TESTS = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(TESTS, 'lib'))
import kernel  # noqa: E402

JOB = os.path.dirname(os.path.abspath(sys.argv[0]))
OUTBOX, COVER, TEMPORARY = '/run/job', '/run/cover', '/run/tmp'
MODULES = '/usr/lib/uml/modules'
MODULE_FILES = {'overlay': 'fs/overlayfs/overlay.ko', 'loop': 'drivers/block/loop.ko',
                'squashfs': 'fs/squashfs/squashfs.ko', 'erofs': 'fs/erofs/erofs.ko',
                'fuse': 'fs/fuse/fuse.ko'}
# In the order in which they need one another.
NETWORK_FILES = ('lib/crc-ccitt.ko', 'net/ipv6/ipv6.ko', 'drivers/net/veth.ko', 'net/llc/llc.ko',
                 'net/802/stp.ko', 'net/bridge/bridge.ko', 'net/sched/sch_ingress.ko',
                 'net/sched/cls_bpf.ko', 'net/sched/sch_tbf.ko')
SYS_FINIT_MODULE = 313  # of x86_64, the only machine for which Debian has a 64-bit user-mode-linux
ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'TMPDIR': TEMPORARY, 'TERM': 'dumb',
               'COLUMNS': '100', 'LC_ALL': 'C.UTF-8'}
QUIET = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC


def main():
    mount_fresh()
    tell('booted', os.uname().release)
    load_modules()
    build = read('build')
    cover(build)
    status = run(read('command').split('\0')[:-1], ENVIRONMENT | {'NSBOX_BUILD': build})
    result = os.path.join(build, read('result'))
    if os.path.exists(result):
        shutil.copyfile(result, os.path.join(OUTBOX, 'junit.xml'))
    tell('status', str(status))


def mount_fresh():
    """What the kernel has not mounted itself (it has /dev), and the way to the real machine."""
    kernel.mount('proc', '/proc', 'proc', QUIET)
    kernel.mount('sysfs', '/sys', 'sysfs', QUIET)
    kernel.mount('cgroup2', '/sys/fs/cgroup', 'cgroup2', QUIET)
    kernel.mount('run', '/run', 'tmpfs', options='mode=0755')
    os.mkdir(TEMPORARY)
    kernel.mount('job', OUTBOX, 'hostfs', options=JOB)


def load_modules():
    """Debian's has these as modules; a machine without modules of its own may have no insmod."""
    with open('/proc/filesystems', encoding='ascii') as file:
        known = file.read().split()
    folder = os.path.join(MODULES, os.uname().release, 'kernel')
    for name, path in MODULE_FILES.items():
        if name not in known:
            load_module(os.path.join(folder, path))
    for path in NETWORK_FILES:
        load_module(os.path.join(folder, path))


def load_module(path):
    with open(path, 'rb') as file:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.syscall(ctypes.c_long(SYS_FINIT_MODULE), file.fileno(), b'', 0) < 0:
            code = ctypes.get_errno()
            if code == errno.EEXIST:
                return
            raise OSError(code, os.strerror(code), path)


def cover(folder):
    """Let what is written to the folder go to tmpfs, at the path by which meson knows it."""
    for layer in ('upper', 'work'):
        os.makedirs(os.path.join(COVER, layer))
    kernel.mount('build', folder, 'overlay',
                 options=f'lowerdir={folder},upperdir={COVER}/upper,workdir={COVER}/work')


def run(command, environment):
    """Run the command, reaping whatever else ends; its exit status as a shell has it."""
    line = os.open('/dev/ttyS0', os.O_RDWR | os.O_NOCTTY)
    tty.setraw(line)  # a newline stays one
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=line,
                             stderr=line, start_new_session=True)
    while True:
        pid, status = os.wait()
        if pid == child.pid:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def read(name):
    with open(os.path.join(JOB, name), encoding='utf-8') as file:
        return file.read()


def tell(name, text):
    with open(os.path.join(OUTBOX, name), 'w', encoding='utf-8') as file:
        file.write(text)


def power_off():
    sys.stdout.flush()
    sys.stderr.flush()
    os.sync()
    with open('/proc/sysrq-trigger', 'w', encoding='ascii') as file:
        file.write('o')
    signal.pause()


if __name__ == '__main__':
    try:
        main()
    except Exception:  # pylint: disable=broad-except
        sys.excepthook(*sys.exc_info())
    power_off()
