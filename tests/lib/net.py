# SPDX-License-Identifier: MIT
"""Sockets on the client's and the host's side: listeners that say a token, and how to ask them.

An address is a port on 127.0.0.1, the path of a unix socket, or an abstract name that begins
with '@'.
"""

import os
import socket
import struct
import threading

TIMEOUT = 15.0


def open_socket(address):
    """A socket of the right family, and the address as that family wants it."""
    if isinstance(address, int):
        return socket.socket(socket.AF_INET), ('127.0.0.1', address)
    name = '\0' + address[1:] if address.startswith('@') else address
    return socket.socket(socket.AF_UNIX), name


class Listener:
    """Accepts in a thread, says the token to each caller and keeps what the caller said first."""

    def __init__(self, address, token='hello from the host', mode=0o666):
        self.token = token
        self.callers = 0
        self.heard = []
        self._socket, name = open_socket(address)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(name)
        self.path = name if isinstance(name, str) and not name.startswith('\0') else None
        if self.path:
            os.chmod(self.path, mode)
        self._socket.listen(16)
        self.port = self._socket.getsockname()[1] if isinstance(address, int) else None
        self._server = threading.Thread(target=self._serve, daemon=True)
        self._server.start()

    def _serve(self):
        while True:
            try:
                caller, _ = self._socket.accept()
            except OSError:
                return
            self.callers += 1
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()

    def _answer(self, caller):
        with caller:
            caller.settimeout(TIMEOUT)
            try:
                caller.sendall(self.token.encode())
                self.heard.append(caller.recv(4096))
            except OSError:
                pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._server.join(TIMEOUT)  # or its accept() would keep an abstract name in use
        self._socket.close()
        if self.path:
            os.unlink(self.path)


def ask(address, say=b'hi', through=None):
    """What the listener at the address says, '' if nobody does. `through`: a connected socket."""
    connection = through
    if connection is None:
        connection, name = open_socket(address)
        connection.settimeout(TIMEOUT)
        try:
            connection.connect(name)
        except OSError:
            connection.close()
            return ''
    with connection:
        try:
            connection.sendall(say)
            connection.shutdown(socket.SHUT_WR)
            return b''.join(iter(lambda: connection.recv(4096), b'')).decode()
        except OSError:
            return ''


def socks_ask(proxy_port, target_port):
    """ask() for a port of the far side's 127.0.0.1 through a SOCKS5 proxy; '' when it refuses."""
    connection = socket.create_connection(('127.0.0.1', proxy_port), TIMEOUT)
    connection.sendall(b'\x05\x01\x00')
    assert connection.recv(2) == b'\x05\x00'
    connection.sendall(b'\x05\x01\x00\x01' + socket.inet_aton('127.0.0.1') +
                       struct.pack('!H', target_port))
    answer = connection.recv(10)
    if len(answer) < 2 or answer[1] != 0:
        connection.close()
        return ''
    return ask(None, through=connection)


def is_listening(port):
    """Whether anyone listens on the port of our own 127.0.0.1; asked without connecting to it."""
    address, listens = f'0100007F:{port:04X}', '0A'
    with open('/proc/net/tcp', encoding='ascii') as table:
        return any(words[1] == address and words[3] == listens for words in map(str.split, table))


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as probe:
        return probe.getsockname()[1]
