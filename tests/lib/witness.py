# SPDX-License-Identifier: MIT
"""Stops the login shell of a route at its start, so that a test can look while it runs.

Debian's bash reads ~/.bashrc also when sshd runs `bash -c COMMAND`, which is how scp, rsync, git
and an external sftp server are started. The witness' .bashrc writes the namespaces that the shell
is in to a file and waits at a FIFO until the test has looked from the host's side.
"""

import errno
import os
import pwd

import host
import procs
import wait

RC = f'''
if [ -p ~/gate ]; then
    {{ {procs.SHOW_NAMESPACES}; echo end; }} > ~/witness
    read -r _ < ~/gate
    rm -f ~/gate ~/witness
fi
'''


class Witness:
    """`with Witness(user) as w:` start the route, `w.shell_ids()`, look, `w.release()`."""

    def __init__(self, user):
        self.user = user
        self.home = pwd.getpwnam(user).pw_dir
        self.gate = f'{self.home}/gate'

    def __enter__(self):
        entry = pwd.getpwnam(self.user)
        host.write_as(self.user, f'{self.home}/.bashrc', RC)
        os.mkfifo(self.gate, 0o600)
        os.chown(self.gate, entry.pw_uid, entry.pw_gid)
        return self

    def shell_ids(self):
        path = f'{self.home}/witness'

        def written():
            if not os.path.exists(path):
                return None
            with open(path, encoding='utf-8') as file:
                text = file.read()
            return text if text.endswith('end\n') else None
        return procs.parse_shown(wait.until(written, f'the shell of {self.user} to start'))

    def release(self):
        os.close(wait.until(self._opened, 'the shell to wait at the gate'))

    def _opened(self):
        try:
            return os.open(self.gate, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return None

    def __exit__(self, *_):
        if os.path.exists(self.gate):
            os.unlink(self.gate)
