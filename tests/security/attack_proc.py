# SPDX-License-Identifier: MIT
"""Run inside: tries to look into, or take over, every process that is not the attacker's own kind.

Prints JSON: {'ordinary': [names], 'opaque': {pid: name}, 'got': [[pid, name, what]]}. A process is
ordinary when it is in the attacker's user namespace and lets that be read: that one may be traced.
"""

import ctypes
import json
import os
import sys

SEIZE, ATTACH, DETACH = 0x4206, 16, 17
GETFD, OPEN, READV = 438, 434, 310 if os.uname().machine == 'x86_64' else 270
WRITEV = READV + 1
KCMP = 312 if os.uname().machine == 'x86_64' else 272
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


class Span(ctypes.Structure):
    _fields_ = [('base', ctypes.c_void_p), ('len', ctypes.c_size_t)]


def name_of(pid):
    try:
        with open(f'/proc/{pid}/comm', encoding='utf-8') as file:
            return file.read().strip()
    except OSError:
        return ''


def is_ordinary(pid):
    try:
        return os.stat(f'/proc/{pid}/ns/user').st_ino == os.stat('/proc/self/ns/user').st_ino
    except OSError:
        return False


def files(pid):
    for name, mode in (('mem', os.O_RDWR), ('mem', os.O_RDONLY), ('environ', os.O_RDONLY),
                       ('auxv', os.O_RDONLY),
                       ('maps', os.O_RDONLY), ('pagemap', os.O_RDONLY), ('syscall', os.O_RDONLY),
                       ('stack', os.O_RDONLY), ('personality', os.O_RDONLY), ('exe', os.O_RDONLY),
                       ('root', os.O_RDONLY), ('cwd', os.O_RDONLY), ('root', os.O_PATH),
                       ('fd/0', os.O_RDONLY), ('map_files', os.O_RDONLY),
                       ('clear_refs', os.O_WRONLY),
                       ('coredump_filter', os.O_WRONLY), ('oom_score_adj', os.O_WRONLY)):
        try:
            fd = os.open(f'/proc/{pid}/{name}', mode)
            if name in ('root', 'cwd') and mode == os.O_PATH:
                os.listdir(f'/proc/{pid}/{name}/')
            elif mode != os.O_WRONLY and not os.read(fd, 1):
                continue   # opened, but the check comes at reading
            yield f'{name} {mode}'
        except OSError:
            pass
    for name in ('exe', 'cwd', 'root', 'fd/0', 'fd/3',
                 *(f'ns/{kind}' for kind in os.listdir('/proc/self/ns'))):
        try:
            os.readlink(f'/proc/{pid}/{name}')
            yield f'readlink {name}'
        except OSError:
            pass
    for name in ('fd', 'fdinfo', 'map_files', 'task'):
        try:
            if os.listdir(f'/proc/{pid}/{name}') and name != 'task':
                yield f'listdir {name}'
        except OSError:
            pass


def calls(pid):
    room = ctypes.create_string_buffer(64)
    here = Span(ctypes.addressof(room), 64)
    for address in (0x400000, 0x555555554000, 0x7ffffffde000):
        there = Span(address, 64)
        for number, what in ((READV, 'process_vm_readv'), (WRITEV, 'process_vm_writev')):
            n = libc.syscall(number, pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
            if n >= 0 or ctypes.get_errno() == 14:   # EFAULT: allowed, and the address was wrong
                yield what
    for request in (SEIZE, ATTACH):
        if libc.ptrace(request, pid, None, None) == 0:
            libc.ptrace(DETACH, pid, None, None)
            yield f'ptrace {request:x}'
    pidfd = libc.syscall(OPEN, pid, 0)
    if pidfd >= 0:
        yield from (f'pidfd_getfd {fd}' for fd in range(12)
                    if libc.syscall(GETFD, pidfd, fd, 0) >= 0)
    if libc.syscall(KCMP, os.getpid(), pid, 1, 0, 0) >= 0:
        yield 'kcmp'
    if pidfd >= 0:
        yield from (f'setns {flag:x}'
                    for flag in (0x20000, 0x10000000, 0x40000000, 0x8000000, 0x20000000)
                    if libc.setns(pidfd, flag) == 0 and flag != 0x40000000)
        os.close(pidfd)


def main():
    answer = {'ordinary': [], 'opaque': {}, 'got': []}
    wanted = [int(word) for word in sys.argv[1:]]
    for pid in wanted or sorted(int(name) for name in os.listdir('/proc') if name.isdigit()):
        if pid == os.getpid():
            continue
        name = name_of(pid)
        if is_ordinary(pid):
            answer['ordinary'].append(name)
        elif name:
            answer['opaque'][pid] = name
            answer['got'] += [[pid, name, what] for find in (files, calls) for what in find(pid)]
    json.dump(answer, sys.stdout)


main()
