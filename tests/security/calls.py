# SPDX-License-Identifier: MIT
"""The system calls that an attacker needs and Python 3.11 has no word for. Linux on x86-64 and
arm64; each raises OSError when the kernel refuses. Those of tests/lib/kernel.py are here, too.
"""

import ctypes
import os
import platform

from kernel import (  # noqa: F401
    CLONE_FS, CLONE_NEWCGROUP, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, checked, libc, unshare)
from kernel import mount_existing as mount  # noqa: F401

PR_SET_DUMPABLE = 4
PTRACE_TRACEME = 0
PR_SET_NO_NEW_PRIVS = 38


def setns(path_or_fd, flags=0):
    """Join the namespace of that path under /proc, or of that descriptor."""
    fd = os.open(path_or_fd, os.O_RDONLY) if isinstance(path_or_fd, str) else path_or_fd
    try:
        checked(libc.setns(fd, flags), f'setns {path_or_fd}')
    finally:
        if isinstance(path_or_fd, str):
            os.close(fd)


def prctl(option, value=0):
    checked(libc.prctl(option, value, 0, 0, 0), 'prctl')


def trace_me():
    checked(libc.ptrace(PTRACE_TRACEME, 0, None, None), 'ptrace')


def execve(path, argv, env):
    """execve(2) as it is: argv may be empty, which os.execve() does not let through."""
    def array(words):
        return (ctypes.c_char_p * (len(words) + 1))(*map(os.fsencode, words), None)
    checked(libc.execve(os.fsencode(path), array(argv), array(env)), f'execve {path}')


def number(x86, arm):
    """The number of a call on this machine."""
    return {'x86_64': x86, 'aarch64': arm}[platform.machine()]
