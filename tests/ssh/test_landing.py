# SPDX-License-Identifier: MIT
"""The landing: the mount namespace of sshd's monitor and child, and what they hold open.

Looked at from the host's side, as root, while a tenant is logged in.
"""

import ctypes
import os
import re
import stat

import pytest

import client
import host as host_module
import kernel
import procs
from setups import CROSS_SETUPS

SELF, ROOT = 'internal-one-self', 'external-two-root'
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
ALL = pytest.mark.parametrize('boxed', [SELF, ROOT, *CROSS_SETUPS], indirect=True)
DOOR = 'nsbox-enter'
# What may be open in the monitor and its child: sockets and pipes, nsfs descriptors and pidfds,
# terminals and null, and the log that the test sshd writes to.
HARMLESS = re.compile(r'^(socket|pipe|anon_inode|[a-z]+):\[|^anon_inode:|^/dev/(null|ptmx|pts/)|'
                      r'^/var/log/sshd-\d+\.log$|^/memfd:|^/proc/\d+/(attr|oom_score_adj)|^pidfd:')


@pytest.fixture
def login(boxed):
    """A session of alice with a second channel open to her."""
    control = client.control_path()
    process = boxed.popen('alice', 'echo ready; exec cat', '-M', '-S', control)
    client.lines_before(process, 'ready')
    session = boxed.session('alice')
    boxed.check(session)
    yield session, control
    process.communicate()


@ALL
def test_nothing_is_executable_but_doors(login):
    """Every mount of the landing is nosuid and noexec, but for the doors. Invariant 2, C13."""
    session, _ = login
    loose = []
    for line in procs.read(session.child, 'mountinfo').splitlines():
        words = line.split()
        if not {'nosuid', 'noexec'} <= set(words[5].split(',')):
            loose.append((words[3], words[4]))
    assert loose, 'no door at all'
    assert all(root.endswith(f'/{DOOR}') for root, _ in loose), loose


@BOTH
def test_programs_do_not_run_in_the_landing(boxed, login):
    """As the tenant in the landing, neither a host's program nor one of the home's runs. Inv. 2."""
    session, _ = login
    host_module.write_as('alice', '/home/alice/own', '#!/bin/true\n', 0o755)
    names = ('/usr/bin/id', '/usr/bin/python3', '/lib64/ld-linux-x86-64.so.2', '/home/alice/own',
             '/usr/lib/openssh/sftp-server')
    for name in filter(os.path.exists, names):
        assert exec_in_landing(session.child, name) is False, name
    assert exec_in_landing(os.getpid(), '/usr/bin/true') is True, 'the control'


def exec_in_landing(pid, program):
    """Whether alice can execute a program in the mount namespace of the process."""
    child = os.fork()
    if child == 0:
        try:
            descriptor = os.open(f'/proc/{pid}/ns/mnt', os.O_RDONLY)
            assert ctypes.CDLL(None).setns(descriptor, kernel.CLONE_NEWNS) == 0
            os.setgroups([])
            os.setgid(host_module.USERS['alice'])
            os.setuid(host_module.USERS['alice'])
            os.execv(program, [program])
        except (PermissionError, FileNotFoundError):  # hidden below a door's folder
            os._exit(100)
        finally:
            os._exit(101)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert code != 101, f'{program} in the landing failed for another reason'
    return code != 100


@ALL
def test_the_same_tree(login):
    """/proc, /tmp, /run, /dev/pts and the home are one in landing and container. Invariant 3."""
    session, _ = login
    for path in ('/proc', '/tmp', '/var/tmp', '/run', '/dev/pts', '/dev/shm', '/dev/mqueue',
                 '/home/alice'):
        landing, inside = (os.stat(f'/proc/{pid}/root{path}')
                           for pid in (session.child, session.init))
        assert (landing.st_dev, landing.st_ino) == (inside.st_dev, inside.st_ino), path
        if path != '/home/alice':
            assert landing.st_dev != os.stat(path).st_dev, f'{path} is the host\'s'


@BOTH
def test_nothing_traversable_is_open(boxed, login):
    """Monitor and child hold no descriptor that leads to the host's tree. Invariant 5, C4."""
    session, _ = login
    for pid in (session.monitor, session.child):
        for name in os.listdir(f'/proc/{pid}/fd'):
            target = os.readlink(f'/proc/{pid}/fd/{name}')
            assert HARMLESS.match(target), f'{procs.title(pid)}: {name} -> {target}'
            assert not stat.S_ISDIR(os.stat(f'/proc/{pid}/fd/{name}').st_mode)


@BOTH
def test_the_system_is_the_host_s(login):
    """What root's libraries are loaded from in the landing cannot be written there. Inv. 4, C25."""
    session, _ = login
    for path in ('/etc', '/usr/lib', '/usr/sbin', '/usr/bin'):
        place = f'/proc/{session.monitor}/root{path}'
        assert os.stat(place).st_uid == 0
        with pytest.raises(OSError):
            os.mkdir(f'{place}/canary')
    nss = '/etc/nsswitch.conf'
    with open(f'/proc/{session.monitor}/root{nss}', encoding='utf-8') as there, open(nss) as here:
        assert there.read() == here.read()


@pytest.mark.parametrize('path', ['/usr/bin/bash', '/usr/bin/dash'])
def test_replaced_shell(boxed, login, path):
    """A package upgrade replaces the shell during a session: the next channel is contained. C28."""
    session, control = login
    client.run(['cp', '-p', path, f'{path}.new'])
    os.rename(f'{path}.new', path)
    ids = procs.parse_shown(boxed.ok('alice', procs.SHOW_NAMESPACES, '-S', control))
    assert ids == session.container_ids(), 'the replaced shell ran outside'
    assert procs.parse_shown(boxed.ok('alice', procs.SHOW_NAMESPACES)), 'a new login works'


@BOTH
def test_the_door_is_nowhere_else(boxed, login):
    """No path leads the tenant to the setuid file but the doors of the landing. C24."""
    session, _ = login
    assert stat.S_IMODE(os.stat(host_module.HELPERS).st_mode) == 0o700
    assert stat.S_IMODE(os.stat(f'{host_module.HELPERS}/{DOOR}').st_mode) == 0o4755
    inside = procs.read(session.init, 'mountinfo')
    assert DOOR not in inside, 'a door in the container'
    for user in ('alice', 'carol'):
        assert boxed.ssh(user, f'ls {host_module.HELPERS}').returncode != 0
        assert boxed.ssh(user, f'{host_module.HELPERS}/{DOOR}').returncode != 0
