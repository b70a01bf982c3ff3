# SPDX-License-Identifier: MIT
"""Routes that move files: scp in both protocols, sftp, rsync, git.

Where a shell starts the far side's program, a witness in its start-up file shows the namespaces
while the route runs; internal-sftp has no shell, so there sshd's own child is what is looked at,
and the fork of it that serves the files.
"""

import os
import subprocess

import pytest

import client
import host as host_module
import procs
import sshd
import wait
from gate import Gate
from setups import CROSS_SETUPS
from witness import Witness

CONTENT = 'carried over\n' * 2000
# In ssh's place below scp or sftp: connects, but holds their first word back. The last `cat` is
# there because ssh makes its output non-blocking, which is the same socket as the input.
SLOW_SSH = '#!/bin/sh\n{{ read -r _ <{gate}; exec cat; }} | ssh "$@" | cat\n'


@pytest.fixture
def sent(tmp_path):
    """A file on the client's side."""
    path = tmp_path / 'sent'
    path.write_text(CONTENT)
    return path


def has_arrived(name='got'):
    """The host's view of the tenant's home: there, whole, and the tenant's own."""
    path = f'/home/alice/{name}'
    with open(path, encoding='utf-8') as file:
        assert file.read() == CONTENT
    assert os.stat(path).st_uid == os.stat(path).st_gid == host_module.USERS['alice']


def watched(site, line, **more):
    """Run a command line whose far side is started by alice's shell; check it; its result."""
    with Witness('alice') as witness:
        process = client.start(line, **more)
        ids = witness.shell_ids()
        site.check(site.session('alice'), ids)
        witness.release()
        out, err = process.communicate(timeout=client.TIMEOUT)
    assert process.returncode == 0, err
    return out


def sftp_is_internal(site):
    with open(site.server.config, encoding='utf-8') as config:
        return f'Subsystem sftp {sshd.INTERNAL_SFTP}' in config.read()


def over_sftp(site, line):
    """As watched(), for a program that speaks to the sftp subsystem, whichever kind it is."""
    if not sftp_is_internal(site):
        return watched(site, line)
    site.quiet(['alice'])  # the login before this one may take a moment to end
    slow = f'{client.FOLDER}/slow-ssh'
    with Gate(f'{client.FOLDER}/gate') as gate:
        host_module.write_as('root', slow, SLOW_SSH.format(gate=gate.path), 0o755)
        process = client.start([line[0], '-S', slow, *line[1:]])
        try:
            check_internal_sftp(site)
        finally:
            gate.release()
            out, err = process.communicate(timeout=client.TIMEOUT)
    assert process.returncode == 0, err
    return out


def check_internal_sftp(site):
    """The login is where it must be, and so is the process that serves sftp."""
    login = site.session('alice')
    server = wait.until(lambda: [pid for pid in procs.children(login.child)
                                 if procs.title(pid).endswith('alice@internal-sftp')],
                        'internal-sftp to be served')
    site.check(login)
    assert [procs.ns_ids(pid) for pid in server] == [procs.ns_ids(login.child)]


def test_scp_old_protocol(site, sent, tmp_path):
    """scp -O, both ways. Invariants 1 and 3."""
    watched(site, site.client.line('scp', '-O', str(sent), 'alice@host:got'))
    has_arrived()
    watched(site, site.client.line('scp', '-O', 'alice@host:got', f'{tmp_path}/back'))
    assert (tmp_path / 'back').read_text() == CONTENT


def test_scp_sftp_protocol(site, sent, tmp_path):
    """scp -s, both ways. Invariants 1 and 3."""
    over_sftp(site, site.client.line('scp', '-s', str(sent), 'alice@host:got'))
    has_arrived()
    over_sftp(site, site.client.line('scp', '-s', 'alice@host:got', f'{tmp_path}/back'))
    assert (tmp_path / 'back').read_text() == CONTENT


class Sftp:
    """An sftp client driven command by command, so that it can be looked at while it runs."""

    def __init__(self, site):
        self.process = client.start(site.client.line('sftp', '-b', '-', 'alice@host'))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate('bye\n', timeout=client.TIMEOUT)

    def say(self, command):
        """The next line of output after a command's echo; the command must print one line."""
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()
        while True:
            line = self.process.stdout.readline()
            assert line, self.process.communicate()
            if not line.startswith('sftp> '):
                return line.rstrip('\n')


def check_sftp(site, path):
    """sftp works, is where it must be, and its files are the tenant's."""
    if sftp_is_internal(site):
        with Sftp(site) as sftp:
            assert sftp.say('pwd') == 'Remote working directory: /home/alice'
            check_internal_sftp(site)
    batch = f'put {path} got\nget got {path}.back\n'
    script = f'{path}.batch'
    with open(script, 'w', encoding='utf-8') as file:
        file.write(batch)
    over_sftp(site, site.client.line('sftp', '-b', script, 'alice@host'))
    has_arrived()
    with open(f'{path}.back', encoding='utf-8') as file:
        assert file.read() == CONTENT


def test_sftp(site, sent):
    """sftp through the external server and internal-sftp, in the landing. Invariants 1, 2, 3."""
    check_sftp(site, sent)


@pytest.mark.parametrize('boxed', CROSS_SETUPS, indirect=True)
def test_sftp_in_the_other_setups(boxed, sent):
    """Every combination of Subsystem, PAM form and user-map contains sftp. Invariants 1, 2, 3."""
    check_sftp(boxed, sent)


def sftp_listing(site, folder):
    """The names in a folder as sftp sees them."""
    process = client.run(site.client.line('sftp', '-q', '-b', '-', 'alice@host'),
                         input=f'ls -1 {folder}\n')
    lines = process.stdout.splitlines()
    return [line.rpartition('/')[2] for line in lines if not line.startswith('sftp> ')]


def test_sftp_sees_what_the_shell_sees(site):
    """/proc, /tmp and /run are those of the session for sftp too, not the host's. Invariant 3."""
    canary = '/tmp/host-canary', '/run/host-canary'
    for path in canary:
        host_module.write_as('root', path, 'of the host\n')
    try:
        for path in canary:
            seen = os.path.basename(path) in sftp_listing(site, os.path.dirname(path))
            assert seen == (not site.boxed), path
        own = sftp_listing(site, '/proc')
        assert own, 'sftp lists no /proc at all'
        numbers = {int(name) for name in own if name.isdigit()}
        assert '1' in own
        if site.boxed:
            assert len(numbers) <= 4 and site.server.pid not in numbers
        else:
            assert site.server.pid in numbers
    finally:
        for path in canary:
            os.unlink(path)


def test_rsync(site, tmp_path):
    """rsync over ssh, both ways, with times and modes. Invariants 1 and 3."""
    source = tmp_path / 'from'
    (source / 'deep').mkdir(parents=True)
    (source / 'deep' / 'file').write_text(CONTENT)
    (source / 'deep' / 'file').chmod(0o640)
    line = ['rsync', '-a', '--no-o', '--no-g', '-e', ' '.join(site.client.line('ssh'))]
    watched(site, [*line, f'{source}/', 'alice@host:mirror/'])
    has_arrived('mirror/deep/file')
    assert os.stat('/home/alice/mirror/deep/file').st_mode & 0o777 == 0o640
    watched(site, [*line, 'alice@host:mirror/', f'{tmp_path}/back/'])
    assert (tmp_path / 'back/deep/file').read_text() == CONTENT


def test_git(site, tmp_path):
    """git clone and push over ssh. Invariants 1 and 3."""
    site.ok('alice', 'git init -q --bare repo.git')
    clone = tmp_path / 'clone'
    environment = os.environ | {'GIT_SSH_COMMAND': ' '.join(site.client.line('ssh')),
                                'HOME': str(tmp_path)}

    def git(*arguments, where=clone):
        return ['git', '-C', str(where), '-c', 'user.name=a', '-c', 'user.email=a@b', *arguments]

    watched(site, git('clone', '-q', 'alice@host:repo.git', str(clone), where=tmp_path),
            env=environment)
    (clone / 'file').write_text(CONTENT)
    for arguments in (('add', 'file'), ('commit', '-q', '-m', 'first')):
        subprocess.run(git(*arguments), env=environment, check=True)
    watched(site, git('push', '-q', 'origin', 'HEAD:refs/heads/main'), env=environment)
    assert site.ok('alice', 'git -C repo.git show main:file') == CONTENT
