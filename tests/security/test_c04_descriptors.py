# SPDX-License-Identifier: MIT
"""C4 (CVE-2024-21626), invariant 5: no descriptor of sshd's child or a shell leads to the host."""

import contextlib
import os

import pytest

import client
import host as host_module
import net
import procs
from logins import ROOT, SELF, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
SFTP = pytest.mark.parametrize('boxed', [SELF, 'internal-two-root'], indirect=True)
NUMBERS = range(3, 64)
TOKEN = 'hello from the host'
# Where services listen on real hosts.
PLACES = ('/run/canary', '/run/dbus/system_bus_socket', '/run/systemd/private',
          '/run/systemd/notify',
          '/run/docker.sock', '/run/containerd/containerd.sock', '/run/mysqld/mysqld.sock',
          '/run/postgresql/.s.PGSQL.5432', '/run/avahi-daemon/socket', '/run/user/2001/bus',
          '/run/acpid.socket',
          '/run/cups/cups.sock', '/run/snapd.socket', '/run/udev/control', '/run/uuidd/request',
          '/run/screen/S-root/1', '/tmp/.X11-unix/X0', '/tmp/ssh-x/agent.1', '/var/tmp/canary',
          '/dev/shm/canary')


@contextlib.contextmanager
def canaries():
    with contextlib.ExitStack() as stack:
        found = []
        for path in PLACES:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            found.append(stack.enter_context(net.Listener(path, TOKEN)))
        yield found


def ask_all(site, user, paths):
    """What listeners at the far side's paths say through -L, those that said something."""
    near = {path: f'{client.FOLDER}/near-{i}.sock' for i, path in enumerate(paths)}
    options = [word for path, sock in near.items() for word in ('-L', f'{sock}:{path}')]
    process = site.popen(user, 'echo ready; exec cat', '-o', 'StreamLocalBindUnlink=yes', *options)
    try:
        client.lines_before(process, 'ready')
        return {path: said for path, sock in near.items() if (said := net.ask(sock))}
    finally:
        process.communicate()
        for sock in near.values():
            os.unlink(sock)


@BOTH
def test_sockets_at_well_known_places(boxed):
    """C4: the sockets of a host's services at 20 places are reached neither by path, nor through
    /proc/*/root and /proc/*/cwd, by -L.
    """
    with canaries() as listeners:
        through = [f'/proc/{who}/{what}{path}' for who in ('1', '2', 'self', 'thread-self')
                   for what in ('root', 'cwd/..') for path in PLACES[:3]]
        assert ask_all(boxed, 'alice', [*PLACES, *through]) == {}
        assert sum(one.callers for one in listeners) == 0
        assert len(ask_all(boxed, 'carol', PLACES)) == len(PLACES), 'the control'


@BOTH
def test_forward_through_descriptors(boxed):
    """C4: -L to /proc/self/fd/N/... and /proc/PID/fd/N/... for N from 3 to 63 reaches nothing."""
    with canaries() as listeners:
        paths = [f'/proc/self/fd/{n}{PLACES[0]}' for n in NUMBERS]
        paths += [f'/proc/self/fd/{n}/../../../../../{PLACES[0]}' for n in range(3, 16)]
        assert ask_all(boxed, 'alice', paths) == {}
        assert sum(one.callers for one in listeners) == 0


@BOTH
def test_listen_through_descriptors(boxed):
    """C4: -R makes no socket through /proc/self/fd/N/, /proc/1/root or the like; in the home it
    does.
    """
    names = [f'/proc/self/fd/{n}/run/evil.sock' for n in range(3, 24)]
    names += ['/proc/1/root/run/evil.sock', '/proc/1/cwd/run/evil.sock', '/run/evil.sock',
              '/run/nsbox/evil.sock']
    options = [word for name in names for word in ('-R', f'{name}:127.0.0.1:9')]
    process = boxed.popen('alice', 'echo ready; ls /run; exec cat', '-o', 'ExitOnForwardFailure=no',
                          *options, '-R', '/home/alice/good.sock:127.0.0.1:9')
    try:
        client.lines_before(process, 'ready')
        assert os.path.exists('/home/alice/good.sock'), 'the control'
        assert not os.path.lexists('/run/evil.sock')
        landing = boxed.session('alice').monitor
        assert not os.path.lexists(f'/proc/{landing}/root/run/evil.sock')
    finally:
        process.communicate()


@SFTP
def test_sftp_through_descriptors(boxed):
    """C4: internal-sftp, which runs in sshd's child itself, reads and lists nothing through the
    descriptors it holds, nor through /proc/*/root; it cannot write its own memory.
    """
    host_module.write_as('root', '/srv/secret', 'secret', 0o600)
    host_module.write_as('root', '/run/canary-file', 'canary', 0o644)
    host_module.write_as('root', '/tmp/canary-file', 'canary', 0o644)
    batch = []
    for n in NUMBERS:
        batch += [f'-ls /proc/self/fd/{n}/', f'-get /proc/self/fd/{n}/run/canary-file /dev/stdout',
                  f'-get /proc/self/fd/{n} /root/client/got-{n}']
    for who in ('self', '1', '2', '3', 'thread-self'):
        batch += [f'-ls /proc/{who}/root/run',
                  f'-get /proc/{who}/root/run/canary-file /root/client/got-x',
                  f'-get /proc/{who}/cwd/../run/canary-file /root/client/got-x',
                  f'-put /root/client/key.pub /proc/{who}/mem',
                  f'-get /proc/{who}/mem /root/client/got-x',
                  f'-get /proc/{who}/environ /root/client/got-m',
                  f'-get /proc/{who}/auxv /root/client/got-m']
    batch += ['-get /run/nsbox/session /root/client/got-s', '-get /srv/secret /root/client/got-s',
              '-rm /run/nsbox/session', '-rename /usr/bin/bash /usr/bin/x',
              '-chmod 777 /usr/bin/bash',
              '-symlink /bin/sh /usr/bin/x', '-put /root/client/key.pub /usr/bin/x', 'ls /home']
    for name in os.listdir(client.FOLDER):
        if name.startswith('got-'):
            os.unlink(f'{client.FOLDER}/{name}')
    try:
        done = client.run(boxed.client.line('sftp', '-b', '-', 'alice@host'), input=
                          '\n'.join(batch) + '\n')
        assert done.returncode == 0 and '/home/alice' in done.stdout, 'the control'
        assert 'canary-file' not in done.stdout.replace('-get', '').split('sftp> ls')[-1]
        listed = [line for line in done.stdout.splitlines() if not line.startswith('sftp> ')]
        assert not [line for line in listed if 'canary-file' in line]
        got = {name: os.path.getsize(f'{client.FOLDER}/{name}')
               for name in os.listdir(client.FOLDER)
               if name.startswith('got-')}
        assert not any(got.values()), got
        control = client.run(boxed.client.line('sftp', '-b', '-', 'carol@host'),
                             input='get /proc/self/root/run/canary-file /root/client/got-c\n')
        assert control.returncode == 0 or 'root' in control.stderr, 'the control'
        assert boxed.ok('alice', 'echo in') == 'in\n'
    finally:
        for path in ('/srv/secret', '/run/canary-file', '/tmp/canary-file'):
            os.unlink(path)


@BOTH
@pytest.mark.parametrize('pty', [False, True])
def test_descriptors_of_the_shell(boxed, pty):
    """C4: a shell and a command have descriptors 0, 1 and 2 alone, and none is a folder."""
    with staying(boxed, pty=pty) as login:
        shells = [pid for pid in procs.members_of('user', login.session.container_ids()['user'])
                  if pid != login.init]
        assert shells
        for pid in shells:
            numbers = sorted(os.listdir(f'/proc/{pid}/fd'))
            assert numbers == ['0', '1', '2'], [os.readlink(f'/proc/{pid}/fd/{n}') for n in numbers]
        numbers = sorted(os.listdir(f'/proc/{login.init}/fd'))
        links = [os.readlink(f'/proc/{login.init}/fd/{n}') for n in numbers]
        assert not any(os.path.isdir(f'/proc/{login.init}/fd/{n}') for n in numbers)
        assert [link for link in links if
                'pidfd' in link], 'the control: init holds the monitor\'s pidfd'
        assert len(numbers) <= 5, links
        assert second_channel(boxed, login, 'ls /proc/$$/fd; :').stdout.split() == ['0', '1', '2']
