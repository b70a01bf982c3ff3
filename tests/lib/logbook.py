# SPDX-License-Identifier: MIT
"""The hermetic host's syslog: collects what is sent to /dev/log, for tests to read."""

import os
import re
import socket
import threading

import wait

PATH = '/dev/log'
REFERENCE = re.compile(r'\(reference ([0-9a-z]{8,16})\)')


class Logbook:
    """Listens from start() on; every message is one line in `lines`, without its <priority>."""

    def __init__(self):
        self.lines = []
        self._socket = None

    def start(self):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self._socket.bind(PATH)
        os.chmod(PATH, 0o666)
        threading.Thread(target=self._collect, daemon=True).start()

    def _collect(self):
        while True:
            message = self._socket.recv(65536).decode(errors='replace')
            self.lines.append(re.sub(r'^<\d+>', '', message).rstrip('\0\n'))

    def matching(self, pattern, since=0):
        return [line for line in self.lines[since:] if re.search(pattern, line)]

    def wait_for(self, pattern, since=0, timeout=5.0):
        """The first line that matches the regular expression, counted from line `since`."""
        def told():
            return f'/{pattern}/ in the log: {self.lines[since:]}'
        return wait.until(lambda: self.matching(pattern, since), told, timeout)[0]


def reference_in(text):
    """The reference id that a refused tenant was told."""
    found = REFERENCE.search(text)
    assert found, f'no reference id in {text!r}'
    return found.group(1)
