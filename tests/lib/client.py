# SPDX-License-Identifier: MIT
"""The SSH client's side: one key, one configuration for each server, commands as lists."""

import itertools
import os
import subprocess

FOLDER = '/root/client'
KEY = f'{FOLDER}/key'
TIMEOUT = 40.0


def make_key():
    """The public key of the one throw-away user key."""
    os.makedirs(FOLDER, 0o700, exist_ok=True)
    if not os.path.exists(KEY):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', KEY], check=True)
    with open(f'{KEY}.pub', encoding='utf-8') as file:
        return file.read()


_controls = itertools.count()


def control_path():
    """A path for the control socket of a multiplexed connection, another each time."""
    return f'{FOLDER}/control-{next(_controls)}'


class Client:
    """Makes and runs ssh, scp, sftp command lines against one server."""

    def __init__(self, port):
        self.config = f'{FOLDER}/config-{port}'
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'Host host\n HostName 127.0.0.1\n Port {port}\n IdentityFile {KEY}\n'
                       ' IdentitiesOnly yes\n BatchMode yes\n StrictHostKeyChecking no\n'
                       ' UserKnownHostsFile /dev/null\n GlobalKnownHostsFile /dev/null\n'
                       ' LogLevel ERROR\n ExitOnForwardFailure yes\n ConnectTimeout 20\n')

    def line(self, program, *arguments):
        """program: ssh, scp or sftp. The server's name for the client is `host`."""
        return [program, '-F', self.config, *arguments]

    def ssh_line(self, user, command=None, *options, pty=False):
        terminal = ['-tt'] if pty else []
        return self.line('ssh', *terminal, *options, f'{user}@host',
                         *([] if command is None else [command]))

    def ssh(self, user, command=None, *options, pty=False, input=None, timeout=TIMEOUT):
        """Run a command to its end; text in, text out; see subprocess.CompletedProcess."""
        return run(self.ssh_line(user, command, *options, pty=pty), input=input, timeout=timeout)

    def popen(self, user, command=None, *options, pty=False, **more):
        """Start a command with pipes at its three ends; text, unbuffered."""
        return start(self.ssh_line(user, command, *options, pty=pty), **more)

    def ok(self, user, command, *options, **more):
        """The output of a command that must succeed."""
        done = self.ssh(user, command, *options, **more)
        assert done.returncode == 0, f'{command!r}: {done}'
        return done.stdout


def run(line, input=None, timeout=TIMEOUT, **more):
    """With no input, standard input is empty, not the caller's."""
    return subprocess.run(line, input=input or '', timeout=timeout, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def start(line, **more):
    return subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **more)


def lines_before(process, last):
    """The lines that a started command prints before the line `last`, which it must print."""
    lines = []
    while (line := process.stdout.readline()) != f'{last}\n':
        assert line, f'ended without {last!r}: {lines} {process.communicate()}'
        lines.append(line)
    return ''.join(lines)
