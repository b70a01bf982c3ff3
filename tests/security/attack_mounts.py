# SPDX-License-Identifier: MIT
"""Run inside, as root of the container: tries to undo every mount that the container was given, or
those that the arguments name.

Prints JSON: {'done': [what succeeded], 'tried': N, 'found': [host's canaries that showed up]}.
"""

import ctypes
import json
import os
import struct
import sys

MNT_DETACH, UMOUNT_NOFOLLOW, MNT_EXPIRE = 2, 8, 4
RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, MOVE, REC = 1, 2, 4, 8, 32, 4096, 8192, 16384
PRIVATE, SHARED, NEWNS, NEWPID = 1 << 18, 1 << 20, 0x20000, 0x20000000
OPEN_TREE, MOVE_MOUNT, MOUNT_SETATTR, PIVOT_ROOT = 428, 429, 442, (
    155 if os.uname().machine == 'x86_64' else 41)
CLONE_TREE, RECURSIVE, EMPTY_PATH, BENEATH = 1, 0x8000, 4, 0x200
HOME = os.environ.get('HOME_OUTSIDE', '/home/alice')
SEARCHED = tuple(sys.argv[1:]) or ('/tmp', '/var/tmp', '/run', '/dev/shm', '/dev/mqueue',
                                   '/dev/pts')

libc = ctypes.CDLL(None, use_errno=True)
done, tried, found = [], 0, set()


def attempt(name, *call):
    """Whether a call of libc's succeeds, which is noted."""
    global tried  # pylint: disable=global-statement
    tried += 1
    words = [word.encode() if isinstance(word, str) else
             ctypes.c_long(word) if isinstance(word, int) else word for word in call[1:]]
    if call[0](*words) < 0:
        return False
    done.append(name)
    return True


def mounts():
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        return [line.split()[4].replace('\\040', ' ') for line in file]


def look(where=None):
    """Note what of the host's can be seen now."""
    for folder in SEARCHED:
        try:
            names = os.listdir(where + folder if where else folder)
        except OSError:
            continue
        found.update(f'{folder}/{name}' for name in names if 'canary' in name)


def loosen(point):
    """Flags: through remount, and through mount_setattr."""
    for flags, name in ((REMOUNT | BIND, 'rw,suid,dev'), (REMOUNT | BIND | NODEV | NOSUID, 'rw'),
                        (REMOUNT | BIND | RDONLY | NODEV, 'suid'), (REMOUNT, 'whole')):
        before = flags_of(point)
        if attempt(f'remount {name} {point}', libc.mount, 'none', point, None, flags, None):
            if flags_of(point) == before:
                done.pop()   # the kernel kept what is locked
    for clear, name in ((1, 'ro'), (2, 'nosuid'), (4, 'nodev'), (8, 'noexec')):
        before = flags_of(point)
        attr = struct.pack('QQQQ', 0, clear, 0, 0)
        if attempt(f'setattr -{name} {point}', libc.syscall, MOUNT_SETATTR, -100, point, 0, attr,
                   len(attr)) and flags_of(point) == before:
            done.pop()


def flags_of(point):
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        return [line.split()[5].replace('relatime', '') for line in file
                if line.split()[4] == point]


def remove(point):
    for flags in (0, MNT_DETACH, UMOUNT_NOFOLLOW, MNT_EXPIRE):
        attempt(f'umount {flags} {point}', libc.umount2, point, flags)
        look()


def move(point, target):
    attempt(f'move {point}', libc.mount, point, target, None, MOVE, None)
    tree = libc.syscall(OPEN_TREE, -100, point.encode(), 0)
    if tree >= 0:
        attempt(f'move_mount {point}', libc.syscall, MOVE_MOUNT, tree, '', -100, target, EMPTY_PATH)
        os.close(tree)
    look()


def uncover(point, target):
    """A copy of the mount alone, without what lies on it, would show what lies beneath."""
    if flags_of(point) and libc.mount(point.encode(), target.encode(), None, BIND, None) == 0:
        look_in(target, point)
        libc.umount2(target.encode(), MNT_DETACH)
    tree = libc.syscall(OPEN_TREE, -100, point.encode(), CLONE_TREE)
    if tree >= 0:
        look_in(f'/proc/self/fd/{tree}', point)
        os.close(tree)


def look_in(copy, point):
    """The canaries below a copy of `point`."""
    for folder in SEARCHED:
        if point == '/' or folder == point or folder.startswith(point + '/'):
            below = folder if point == '/' else folder[len(point):]
            try:
                found.update(f'{folder}/{name}' for name in os.listdir(copy + below) if
                             'canary' in name)
            except OSError:
                pass


def beneath(point, mine):
    tree = libc.syscall(OPEN_TREE, -100, mine.encode(), CLONE_TREE)
    if tree >= 0:
        if libc.syscall(MOVE_MOUNT, tree, b'', -100, point.encode(), EMPTY_PATH | BENEATH) == 0:
            remove(point)
        os.close(tree)
    look()


def fresh():
    """New instances of what shows the host."""
    attempt('fresh proc', libc.mount, 'proc', f'{HOME}/new', 'proc', 0, None)
    attempt('fresh sysfs', libc.mount, 'sysfs', f'{HOME}/new', 'sysfs', 0, None)
    for kind in ('debugfs', 'tracefs', 'securityfs', 'devtmpfs', 'pstore', 'configfs', 'efivarfs'):
        attempt(f'fresh {kind}', libc.mount, kind, f'{HOME}/new', kind, 0, None)
    pid = os.fork()
    if pid == 0:
        if libc.unshare(NEWPID | NEWNS) == 0 and os.fork() == 0:
            os._exit(libc.mount(b'proc', f'{HOME}/new'.encode(), b'proc', 0, None) == 0)
        os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]):
        done.append('fresh proc in a pid namespace')


def pivot():
    """A root of one's own, and the old one taken off lazily: what lies beneath must stay hidden."""
    old = os.open('/', os.O_RDONLY | os.O_DIRECTORY)
    if os.fork() == 0:
        libc.unshare(NEWNS)
        new = f'{HOME}/new'
        libc.mount(b'new', new.encode(), b'tmpfs', 0, None)
        os.mkdir(f'{new}/old')
        if libc.syscall(PIVOT_ROOT, new.encode(), f'{new}/old'.encode()) == 0:
            os.chdir('/')
            look('/old')
            for point in SEARCHED:
                libc.umount2(f'/old{point}'.encode(), MNT_DETACH)
            look('/old')
            libc.umount2(b'/old', MNT_DETACH)
            for folder in SEARCHED:
                try:
                    fd = os.open(folder[1:], os.O_RDONLY, dir_fd=old)
                    found.update(f'old {folder}/{name}' for name in os.listdir(fd) if
                                 'canary' in name)
                except OSError:
                    pass
        os.write(report, json.dumps(sorted(found)).encode())
        os._exit(0)
    os.wait()
    os.close(old)


def main():
    for name in ('target', 'new', 'mine'):
        os.makedirs(f'{HOME}/{name}', exist_ok=True)
    before = mounts()
    look()
    for point in sys.argv[1:] or sorted(set(before)):
        loosen(point)
        remove(point)
        if point != '/':
            move(point, f'{HOME}/target')
        uncover(point, f'{HOME}/target')
    if not sys.argv[1:]:
        renew()
    after = mounts()
    missing = [point for point in before if before.count(point) > after.count(point)]
    json.dump({'done': done, 'tried': tried, 'found': sorted(found), 'missing': missing},
              sys.stdout)


def renew():
    global report  # pylint: disable=global-statement
    libc.mount(b'mine', f'{HOME}/mine'.encode(), b'tmpfs', 0, None)
    for point in ('/tmp', '/run', '/proc', '/dev', '/sys'):
        beneath(point, f'{HOME}/mine')
    fresh()
    read, report = os.pipe()
    pivot()
    os.close(report)
    with os.fdopen(read) as file:
        found.update(json.loads(file.read() or '[]'))


report = -1
main()
