# SPDX-License-Identifier: MIT
"""What arrives at a node's cards, as it was on the wire: for packets that nobody answers."""

import select
import socket
import threading
import time

import wait

ALL_PROTOCOLS = 0x0003
OUTGOING = 4
SO_RCVBUFFORCE = 33     # beyond net.core.rmem_max, where a slow machine would lose frames
LOOPBACK = ('lo',)


class Capture:
    """Collects (interface, frame) from now until closed; what the node itself sends is not in it.
    """

    def __init__(self, node, outgoing=False):
        self.frames = []
        self._outgoing = outgoing
        self._socket = node.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self._ended = False
        self._thread = threading.Thread(target=self._collect, daemon=True)
        self._thread.start()

    def _collect(self):
        while not self._ended:
            if not select.select([self._socket], [], [], 0.05)[0]:
                continue
            frame, (name, _, kind, _, _) = self._socket.recvfrom(65536)
            if name not in LOOPBACK and (kind == OUTGOING) == self._outgoing:
                self.frames.append((name, frame))

    def having(self, token):
        """The frames that have these bytes."""
        return [frame for _, frame in self.frames if token in frame]

    def wait_for(self, token, timeout=5.0):
        return wait.until(lambda: self.having(token), f'{token} to arrive', timeout)[0]

    def settle(self, seconds=0.3):
        """Time for what was sent to arrive: no time at all on a veth, but the threads need some."""
        time.sleep(seconds)
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended = True
        self._thread.join()
        self._socket.close()
