# SPDX-License-Identifier: MIT
"""A private nscd, which knows people that nobody else on the hermetic host can find.

It runs in a mount namespace of its own, where nsswitch.conf has one source more. Whoever finds one
of these people has asked it. See extrausers.py, whose people they are.
"""

import os
import shutil
import subprocess

import accounts
import client
import extrausers
import wait

BINARY = '/usr/sbin/nscd'
FOLDER = '/run/nscd'
SOCKET = f'{FOLDER}/socket'
CONFIG = '/srv/nscd.conf'
OWN_SWITCH = '/srv/nsswitch.conf'
START = f'mount --bind {OWN_SWITCH} {extrausers.SWITCH} && exec {BINARY} -F -f {CONFIG}'
TABLE = 'enable-cache {0} yes\ncheck-files {0} no\npersistent {0} no\nshared {0} {1}\n'
OFF = 'enable-cache hosts no\nenable-cache services no\nenable-cache netgroup no\n'


def is_installed():
    return os.path.exists(BINARY)


class Nscd:
    """`with Nscd(known)`: it answers for `known`, a user's name. shared: whether it hands out its
    memory as well, `yes` or `no`."""

    def __init__(self, known, shared='no'):
        self.known = known
        self.shared = shared
        self._process = None

    def __enter__(self):
        os.makedirs(FOLDER, exist_ok=True)
        accounts.write('/srv', os.path.basename(OWN_SWITCH), extrausers.switch()[1])
        accounts.write('/srv', os.path.basename(CONFIG), OFF + ''.join(
            TABLE.format(table, self.shared) for table in ('passwd', 'group')))
        self.start()
        return self

    def start(self):
        """In the foreground, so that the pid is its own, and with no pipe, which a daemon would
        hold open or, when nobody reads it, wait at."""
        self._process = subprocess.Popen(
            ['unshare', '--mount', 'sh', '-c', START], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait.until(self._answers, f'nscd to answer for {self.known}')
        except BaseException:
            self.stop()
            raise

    def _answers(self):
        assert self._process.poll() is None, 'nscd ended at its start'
        return os.path.exists(SOCKET) and can_find(self.known)

    def stop(self):
        """It removes its socket."""
        self._process.terminate()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(timeout=10)
            raise

    def __exit__(self, *_):
        if self._process.poll() is None:
            self.stop()
        shutil.rmtree(FOLDER)


def can_find(user):
    """Asked by a new process: glibc remembers for a while that no nscd was there."""
    return client.run(['getent', 'passwd', user], timeout=20).returncode == 0
