# SPDX-License-Identifier: MIT
"""A file system of a user's own: FUSE without a library, in memory, served by a child.

Without `everybody`, the kernel lets nobody but the user in, not even root: as a server does that
trusts no root. stop() makes it stall, as a server does that is down.
"""

import errno
import os
import signal
import stat
import struct

import kernel

LOOKUP, FORGET, GETATTR, SETATTR, MKDIR, OPEN, READ, WRITE = 1, 2, 3, 4, 9, 14, 15, 16
STATFS, RELEASE, FLUSH, INIT, OPENDIR, READDIR, RELEASEDIR, CREATE = (
    17, 18, 25, 26, 27, 28, 29, 35)
INTERRUPT, BATCH_FORGET = 36, 42
SILENT = (FORGET, INTERRUPT, BATCH_FORGET)
BLOCK = 65536


class FuseFs:
    """Mounted on `target` for the user `uid`; a context manager."""

    def __init__(self, target, uid, everybody=False):
        self.target, self.uid = target, uid
        self.nodes = {1: {}}    # a folder is a dictionary of nodes, a file a bytearray
        if not os.path.exists('/dev/fuse'):
            os.mknod('/dev/fuse', 0o600 | stat.S_IFCHR, os.makedev(10, 229))
        device = os.open('/dev/fuse', os.O_RDWR)
        options = f'fd={device},rootmode=40755,user_id={uid},group_id={uid}'
        kernel.mount('fusefs', target, 'fuse', kernel.MS_NOSUID | kernel.MS_NODEV,
                     options + (',allow_other' if everybody else ''))
        self.pid = os.fork()
        if self.pid == 0:
            try:
                signal.alarm(0)
                self.serve(device)
            finally:
                os._exit(0)
        os.close(device)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.go_on()
        kernel.libc.umount2(self.target.encode(), kernel.MNT_DETACH)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def stop(self):
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.pid, signal.SIGCONT)

    def serve(self, device):
        while True:
            try:
                request = os.read(device, BLOCK * 2)
            except OSError as error:
                if error.errno == errno.ENODEV:
                    return
                continue
            _, code, unique, node = struct.unpack_from('<IIQQ', request)
            if code in SILENT:
                continue
            try:
                answer, failed = self.answer(code, node, request[40:]), 0
            except OSError as error:
                answer, failed = b'', -error.errno
            os.write(device, struct.pack('<IiQ', 16 + len(answer), failed, unique) + answer)

    def answer(self, code, node, body):
        if code == INIT:
            return struct.pack('<IIIIHHIIHH', 7, 31, BLOCK, 0, 16, 12, BLOCK, 1, 16, 0) + bytes(28)
        if code in (GETATTR, SETATTR):
            return struct.pack('<QII', 1, 0, 0) + self.attributes(node)
        if code == LOOKUP:
            return self.entry(self.nodes[node].get(name_of(body)))
        if code in (MKDIR, CREATE):
            skip, new = (8, {}) if code == MKDIR else (16, bytearray())
            number = len(self.nodes) + 1
            self.nodes[number] = new
            self.nodes[node][name_of(body[skip:])] = number
            return self.entry(number) + (bytes(16) if code == CREATE else b'')
        if code in (OPEN, OPENDIR):
            return bytes(16)
        if code == READDIR:
            return self.listing(node, struct.unpack_from('<Q', body, 8)[0])
        if code == READ:
            start, size = struct.unpack_from('<QI', body, 8)
            return bytes(self.nodes[node][start:start + size])
        if code == WRITE:
            start, size = struct.unpack_from('<QI', body, 8)
            self.nodes[node][start:start + size] = body[40:40 + size]
            return struct.pack('<II', size, 0)
        if code == STATFS:
            return struct.pack('<QQQQQIIII', 1000, 1000, 1000, 1000, 1000, 512, 255, 512,
                               0) + bytes(24)
        if code in (FLUSH, RELEASE, RELEASEDIR):
            return b''
        raise OSError(errno.ENOSYS, '')

    def attributes(self, node):
        content = self.nodes[node]
        folder = isinstance(content, dict)
        mode = stat.S_IFDIR | 0o755 if folder else stat.S_IFREG | 0o644
        return struct.pack('<QQQQQQIIIIIIIIII', node, 0 if folder else len(content), 0, 0, 0, 0, 0,
                           0, 0, mode, 1, self.uid, self.uid, 0, 512, 0)

    def entry(self, node):
        if node is None:
            raise OSError(errno.ENOENT, '')
        return struct.pack('<QQQQII', node, 0, 1, 1, 0, 0) + self.attributes(node)

    def listing(self, node, start):
        if start:
            return b''
        found = b''
        for place, (name, number) in enumerate(self.nodes[node].items(), 1):
            found += struct.pack('<QQII', number, place, len(name), 0) + name
            found += bytes(-len(found) % 8)
        return found


def name_of(body):
    return bytes(body.split(b'\0', 1)[0])
