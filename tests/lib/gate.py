# SPDX-License-Identifier: MIT
"""A FIFO at which a program waits, as `read -r _ <PATH`, until the test lets it go on."""

import errno
import os

import wait


class Gate:
    """`with Gate(path) as gate:` start the program, look, `gate.release()`."""

    def __init__(self, path, uid=0):
        self.path = path
        self.uid = uid

    def __enter__(self):
        os.mkfifo(self.path, 0o600)
        os.chown(self.path, self.uid, self.uid)
        return self

    def release(self):
        os.close(wait.until(self._opened, f'a program to wait at {self.path}'))

    def _opened(self):
        try:
            return os.open(self.path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            return None

    def __exit__(self, *_):
        if os.path.exists(self.path):
            os.unlink(self.path)
