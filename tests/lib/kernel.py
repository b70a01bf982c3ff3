# SPDX-License-Identifier: MIT
"""The few system calls that Python 3.11 has no word for. Each raises OSError when it fails."""

import ctypes
import fcntl
import os
import socket
import struct

CLONE_NEWNS = 0x00020000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_RDONLY = 1
MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_REMOUNT = 32
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18

MNT_DETACH = 2
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result, what):
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def unshare(flags):
    _checked(_libc.unshare(flags), 'unshare')


def mount(source, target, fstype=None, flags=0, options=None):
    """mount(2). The target's folder is made when it is missing."""
    if not os.path.lexists(target):
        os.makedirs(target)
    encode = (lambda text: None if text is None else os.fsencode(text))
    _checked(_libc.mount(encode(source), encode(target), encode(fstype), ctypes.c_ulong(flags),
                         encode(options)), f'mount {fstype or source} on {target}')


def umount(target, flags=0):
    _checked(_libc.umount2(os.fsencode(target), flags), f'umount {target}')


def pivot_root(new_root):
    """Make new_root the root of everything and let go of the old one."""
    os.chdir(new_root)
    _checked(_libc.pivot_root(b'.', b'.'), f'pivot_root {new_root}')
    umount('.', MNT_DETACH)
    os.chdir('/')


def set_parent_death_signal(signal_number):
    _checked(_libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0), 'prctl PR_SET_PDEATHSIG')


def set_hostname(name):
    data = name.encode()
    _checked(_libc.sethostname(data, len(data)), 'sethostname')


def link_up(name):
    """Bring a network interface up, as `ip link set NAME up` does."""
    get_flags, set_flags, iff_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack('16sh14x', name.encode(), 0)
        flags = struct.unpack('16sh14x', fcntl.ioctl(control, get_flags, request))[1]
        fcntl.ioctl(control, set_flags, struct.pack('16sh14x', name.encode(), flags | iff_up))
