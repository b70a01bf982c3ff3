# SPDX-License-Identifier: MIT
"""Stops the login shell of a route at its start, so that a test can look while it runs.

Debian's bash reads ~/.bashrc also when sshd runs `bash -c COMMAND`, which is how scp, rsync, git
and an external sftp server are started. The witness' .bashrc writes the namespaces that the shell
is in to a file and waits at a FIFO until the test has looked from the host's side.
"""

import os
import pwd

import host
import procs
import wait
from gate import Gate

RC = f'''
if [ -p ~/gate ]; then
    {{ {procs.SHOW_NAMESPACES}; echo end; }} > ~/witness
    read -r _ < ~/gate
    rm -f ~/gate ~/witness
fi
'''


class Witness(Gate):
    """`with Witness(user) as w:` start the route, `w.shell_ids()`, look, `w.release()`."""

    def __init__(self, user):
        entry = pwd.getpwnam(user)
        super().__init__(f'{entry.pw_dir}/gate', entry.pw_uid)
        self.user = user
        self.home = entry.pw_dir

    def __enter__(self):
        host.write_as(self.user, f'{self.home}/.bashrc', RC)
        return super().__enter__()

    def shell_ids(self):
        path = f'{self.home}/witness'

        def written():
            if not os.path.exists(path):
                return None
            with open(path, encoding='utf-8') as file:
                text = file.read()
            return text if text.endswith('end\n') else None
        return procs.parse_shown(wait.until(written, f'the shell of {self.user} to start'))
