# SPDX-License-Identifier: MIT
"""The few system calls that Python 3.11 has no word for. Each raises OSError when it fails."""

import ctypes
import fcntl
import os
import socket
import struct

CLONE_FS = 0x00000200
CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
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

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    """The result of a call of libc's; OSError when it says that the call has failed."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), what)
    return result


def unshare(flags):
    checked(libc.unshare(flags), 'unshare')


def mount_existing(source, target, fstype=None, flags=0, options=None):
    """mount(2) as it is."""
    words = [None if word is None else os.fsencode(word)
             for word in (source, target, fstype, options)]
    checked(libc.mount(*words[:3], ctypes.c_ulong(flags), words[3]),
            f'mount {fstype or source} on {target}')


def mount(source, target, fstype=None, flags=0, options=None):
    """mount(2). The target's folder is made when it is missing."""
    if not os.path.lexists(target):
        os.makedirs(target)
    mount_existing(source, target, fstype, flags, options)


def umount(target, flags=0):
    checked(libc.umount2(os.fsencode(target), flags), f'umount {target}')


def pivot_root(new_root):
    """Make new_root the root of everything and let go of the old one."""
    os.chdir(new_root)
    checked(libc.pivot_root(b'.', b'.'), f'pivot_root {new_root}')
    umount('.', MNT_DETACH)
    os.chdir('/')


def set_parent_death_signal(signal_number):
    checked(libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0), 'prctl PR_SET_PDEATHSIG')


def set_hostname(name):
    data = name.encode()
    checked(libc.sethostname(data, len(data)), 'sethostname')


def link_up(name):
    """Bring a network interface up, as `ip link set NAME up` does."""
    get_flags, set_flags, iff_up = 0x8913, 0x8914, 1
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack('16sh14x', name.encode(), 0)
        flags = struct.unpack('16sh14x', fcntl.ioctl(control, get_flags, request))[1]
        fcntl.ioctl(control, set_flags, struct.pack('16sh14x', name.encode(), flags | iff_up))


def setns(fd, kind):
    """Join the namespace; of the network it is the calling thread alone that does."""
    checked(libc.setns(fd, kind), 'setns')
