# SPDX-License-Identifier: MIT
"""The root tree of a hermetic host.

A tmpfs that holds what a machine has for itself (/etc, /var, /home, /root, /dev, /run, /tmp) and,
at /usr, the real machine's programs below a writable overlay into which nsbox is installed. The
project's sources and the build directory are seen at SOURCE (read-only) and BUILD.
"""

import os
import shutil
import stat
import subprocess

import accounts
import kernel

SOURCE = '/mnt/source'
BUILD = '/mnt/build'
REAL_SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
WORK_PLACES = ('/mnt', '/media', '/srv', '/opt')
PROGRAM_LINKS = ('bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32')
PLAIN_FOLDERS = ('boot', 'home', 'media', 'mnt', 'opt', 'srv', 'var/cache', 'var/lib', 'var/log',
                 'var/mail', 'var/spool', 'usr/libexec', 'var/lib/misc', 'etc/nsbox')
NODES = {'null': (1, 3), 'zero': (1, 5), 'full': (1, 7), 'random': (1, 8), 'urandom': (1, 9),
         'tty': (5, 0)}
QUIET = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC


def enter_new_root(build, hostname):
    """Make the tree and pivot into it. The caller is PID 1 of private namespaces."""
    work = work_place(REAL_SOURCE, build)
    kernel.mount('work', work, 'tmpfs', options='mode=0755')
    root = os.path.join(work, 'root')
    kernel.mount('root', root, 'tmpfs', options='mode=0755')
    mount_programs(work, root)
    make_folders(root)
    make_etc(root, hostname)
    make_logs(root)
    mount_fresh(root)
    make_dev(os.path.join(root, 'dev'))
    show_project(root, build)
    if build:
        install(build, os.path.join(work, 'stage'), root)
    kernel.pivot_root(root)


def work_place(source, build):
    """A folder to work in that does not hide the sources or the build directory."""
    needed = [path for path in (source, build and os.path.abspath(build)) if path]
    for place in WORK_PLACES:
        if os.path.isdir(place) and not any(path.startswith(place + '/') for path in needed):
            return place
    raise OSError(f'none of {" ".join(WORK_PLACES)} is free to mount on')


def mount_programs(work, root):
    for layer in ('upper', 'overlay-work'):
        os.mkdir(os.path.join(work, layer))
    options = f'lowerdir=/usr,upperdir={work}/upper,workdir={work}/overlay-work'
    kernel.mount('usr', os.path.join(root, 'usr'), 'overlay', options=options)
    for name in PROGRAM_LINKS:
        real = os.path.join('/', name)
        if os.path.islink(real):
            os.symlink(os.readlink(real), os.path.join(root, name))
        elif os.path.isdir(real):
            kernel.mount(real, os.path.join(root, name), flags=kernel.MS_BIND)


def make_folders(root):
    for name in PLAIN_FOLDERS:
        os.makedirs(os.path.join(root, name), exist_ok=True)
    os.rmdir(os.path.join(root, 'etc/nsbox'))
    os.makedirs(os.path.join(root, 'root'), 0o700)
    os.makedirs(os.path.join(root, 'var/tmp'))
    os.chmod(os.path.join(root, 'var/tmp'), 0o1777)
    os.symlink('/run', os.path.join(root, 'var/run'))
    os.symlink('/run/lock', os.path.join(root, 'var/lock'))


def make_etc(root, hostname):
    etc = os.path.join(root, 'etc')
    subprocess.run(['cp', '-a', '--one-file-system', '/etc/.', etc], check=True)
    accounts.make_impersonal(etc, hostname)


def make_logs(root):
    utmp_group = accounts.group_id(os.path.join(root, 'etc'), 'utmp')
    for name, mode in (('wtmp', 0o664), ('lastlog', 0o664), ('btmp', 0o660)):
        make_file(os.path.join(root, 'var/log', name), mode, utmp_group)


def make_file(path, mode, group=0):
    with open(path, 'wb'):
        pass
    os.chown(path, 0, group)
    os.chmod(path, mode)


def mount_fresh(root):
    """What every booted machine has mounted, of this host's own namespaces."""
    kernel.mount('proc', os.path.join(root, 'proc'), 'proc', QUIET)
    kernel.mount('sysfs', os.path.join(root, 'sys'), 'sysfs', QUIET)
    if os.path.ismount('/sys/fs/cgroup'):
        kernel.mount('/sys/fs/cgroup', os.path.join(root, 'sys/fs/cgroup'),
                     flags=kernel.MS_BIND | kernel.MS_REC)
    kernel.mount('tmp', os.path.join(root, 'tmp'), 'tmpfs', kernel.MS_NOSUID | kernel.MS_NODEV,
                 'mode=1777')
    run = os.path.join(root, 'run')
    kernel.mount('run', run, 'tmpfs', kernel.MS_NOSUID | kernel.MS_NODEV, 'mode=0755')
    for name in ('sshd', 'user', 'lock'):
        os.mkdir(os.path.join(run, name))
    os.chmod(os.path.join(run, 'lock'), 0o1777)
    utmp_group = accounts.group_id(os.path.join(root, 'etc'), 'utmp')
    make_file(os.path.join(run, 'utmp'), 0o664, utmp_group)


def make_dev(dev):
    """A /dev of few nodes. The console is a null device: the real one is the real machine's."""
    kernel.mount('dev', dev, 'tmpfs', kernel.MS_NOSUID | kernel.MS_NOEXEC, 'mode=0755')
    old_umask = os.umask(0)
    try:
        for name, (major, minor) in NODES.items():
            os.mknod(os.path.join(dev, name), 0o666 | stat.S_IFCHR, os.makedev(major, minor))
        os.mknod(os.path.join(dev, 'console'), 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    finally:
        os.umask(old_umask)
    for name, target in (('ptmx', 'pts/ptmx'), ('fd', '/proc/self/fd'), ('stdin', 'fd/0'),
                         ('stdout', 'fd/1'), ('stderr', 'fd/2')):
        os.symlink(target, os.path.join(dev, name))
    kernel.mount('devpts', os.path.join(dev, 'pts'), 'devpts', kernel.MS_NOSUID | kernel.MS_NOEXEC,
                 'newinstance,ptmxmode=0666,mode=0620,gid=5')
    kernel.mount('shm', os.path.join(dev, 'shm'), 'tmpfs', kernel.MS_NOSUID | kernel.MS_NODEV,
                 'mode=1777')
    kernel.mount('mqueue', os.path.join(dev, 'mqueue'), 'mqueue', QUIET)


def show_project(root, build):
    source = root + SOURCE
    kernel.mount(REAL_SOURCE, source, flags=kernel.MS_BIND)
    kernel.mount('none', source, flags=kernel.MS_BIND | kernel.MS_REMOUNT | kernel.MS_RDONLY)
    if build:
        kernel.mount(os.path.abspath(build), root + BUILD, flags=kernel.MS_BIND)


def install(build, stage, root):
    """Install nsbox as `meson install` would, but for /etc: a test writes its own policy."""
    subprocess.run(['meson', 'install', '-C', os.path.abspath(build), '--destdir', stage,
                    '--no-rebuild', '--quiet'], check=True, stdout=subprocess.DEVNULL)
    for top in os.listdir(stage):
        if top != 'etc':
            subprocess.run(['cp', '-a', os.path.join(stage, top, '.'),
                            os.path.join(root, top, '.')], check=True)
    shutil.rmtree(stage)
