# SPDX-License-Identifier: MIT
"""One tree seen by the routes of a login: the shell, and the site's sftp, be it sshd's own child or
the external server. What they show must be the same; what is compared is that.
"""

import os
import shlex
import tempfile

import client


def sftp(site, user, *commands):
    """The output of a batch that may fail half way."""
    done = client.run(site.client.line('sftp', '-b', '-', f'{user}@host'),
                      input=''.join(f'{one}\n' for one in commands))
    return done.returncode, [line for line in done.stdout.splitlines() if line[:6] != 'sftp> ']


def listing(site, user, folder):
    """The names in a folder, which the routes must agree on; None when it cannot be listed."""
    done = site.ssh(user, f'ls -1A {shlex.quote(folder)}')
    by_shell = sorted(done.stdout.splitlines()) if done.returncode == 0 else None
    code, lines = sftp(site, user, f'cd {folder}', 'ls -1a')
    by_sftp = sorted(set(lines) - {'.', '..'}) if code == 0 else None
    assert by_shell == by_sftp, f'{folder}: the shell shows {by_shell}, sftp {by_sftp}'
    return by_shell


def content(site, user, path):
    """The bytes of a file, which the routes must agree on; None when it cannot be read."""
    done = site.ssh(user, f'cat {shlex.quote(path)}')
    by_shell = done.stdout if done.returncode == 0 else None
    with tempfile.TemporaryDirectory() as folder:
        code, _ = sftp(site, user, f'get {path} {folder}/got')
        by_sftp = None
        if code == 0 and os.path.exists(f'{folder}/got'):
            with open(f'{folder}/got', encoding='utf-8', errors='replace') as file:
                by_sftp = file.read()
    assert by_shell == by_sftp, f'{path}: the shell reads {by_shell!r}, sftp {by_sftp!r}'
    return by_shell
