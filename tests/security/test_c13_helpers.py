# SPDX-License-Identifier: MIT
"""C13: what the host's connection tracking believes. A helper of the admin's reads FTP, and lets in
and out what a server announces: it must not open to a session what its egress does not.
"""

import contextlib
import threading

import pytest

import nat
import topology
from capture import Capture
from logins import SELF, second_channel, staying

TCP = 6
HELPER = '''
table inet admin {
    ct helper ftp-plain { type "ftp" protocol tcp; }
    chain pre {
        type filter hook prerouting priority filter; policy accept;
        tcp dport 21 ct helper set "ftp-plain"
    }
}
'''
# Prints what the helper hears.
ASK = '''
import socket, sys
ftp = socket.create_connection((sys.argv[1], 21), 5)
print(ftp.recv(100).decode().strip())
ftp.sendall(b'PASV')
print(ftp.recv(100).decode().strip())
'''


class Announcing:
    """An FTP server that says where to come for the file."""

    def __init__(self, node, address, port):
        self._socket = node.socket(2, 1)
        self._socket.bind((address, 21))
        self._socket.listen(8)
        self._said = (f"227 Entering Passive Mode ({address.replace('.', ',')},{port >> 8},"
                      f'{port & 255})\r\n').encode()
        self._open = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                one = self._socket.accept()[0]
                one.sendall(b'220 ready\r\n')    # the helper counts lines from here
                one.recv(100)
                one.sendall(self._said)
                self._open.append(one)

    def close(self):
        for one in (self._socket, *self._open):
            one.close()


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_announced_port(around, boxed):
    """A server that the session may ask on port 21 announces another one of its own."""
    at = topology.INTERNET4
    nat.policy(boxed, f'egress = {at}/32:21/tcp')
    asked = [('tcp', at, 80)]
    with contextlib.closing(Announcing(around.internet, at, 80)), staying(boxed) as login, \
            Capture(around.internet) as captured:
        around.host.run(['nft', '-f', '-'], input=HELPER)
        try:
            done = second_channel(boxed, login, f'/usr/bin/python3 - {at}', input=ASK)
            assert '227 Entering' in done.stdout, done
            with open('/proc/thread-self/net/nf_conntrack_expect', encoding='ascii') as expected:
                assert f'dst={at}' in expected.read(), 'the control: the helper has understood it'
            answers = nat.from_session(boxed, login, asked)
        finally:
            around.host.run('nft delete table inet admin')
        nat.Matrix(around, asked).check(answers)
        calls = [frame for _, frame in captured.settle().frames if frame[23] == TCP]
        assert [one for one in calls if one[36:38] == b'\0\x15'], 'the control'
        assert not [one for one in calls if one[36:38] == b'\0\x50'], 'not so much as a SYN'
