# SPDX-License-Identifier: MIT
"""A name server with a fixed zone, by UDP and TCP, on a node."""

import socket
import struct

from answering import Answering

A, AAAA, TXT = 1, 28, 16
IN, NO_SUCH_NAME = 1, 3
ZONE = {
    'www.example.test': {A: '203.0.113.10', AAAA: '2001:db8:1::10'},
    'only4.example.test': {A: '203.0.113.11'},
    'only6.example.test': {AAAA: '2001:db8:1::11'},
}


def query(name, kind=A, number=7):
    """A question as a resolver asks it."""
    labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.'))
    return struct.pack('!HHHHHH', number, 0x100, 1, 0, 0, 0) + labels + struct.pack(
        '!BHH', 0, kind, IN)


def ask(node, protocol, server, question):
    """The addresses in the answer to a query(), from a node."""
    family = socket.AF_INET6 if ':' in server else socket.AF_INET
    tcp = protocol == 'tcp'
    with node.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as one:
        one.settimeout(5)
        one.connect((server, 53))
        one.send(struct.pack('!H', len(question)) + question if tcp else question)
        message = one.recv(4096)[2 if tcp else 0:]
    count = struct.unpack('!H', message[6:8])[0]
    return [socket.inet_ntop(socket.AF_INET, message[-4:])] if count else []


class NameServer(Answering):
    """`asked`: the names that were asked for, in order."""

    def __init__(self, node, zone=None, token=None, only=None):
        self.asked = []
        self._zone = ZONE if zone is None else zone
        super().__init__(node, [53], token, self._reply, only)

    def _reply(self, query, protocol):
        if protocol == 'udp':
            return self._message(query)
        message = self._message(query[2:])
        return struct.pack('!H', len(message)) + message

    def _message(self, query):
        number, flags = struct.unpack('!HH', query[:4])
        name, rest = self._name(query[12:])
        kind = struct.unpack('!H', rest[:2])[0]
        self.asked.append(name)
        entry = {TXT: self.token} if name == 'who.example.test' else self._zone.get(name)
        found = entry is not None and kind in entry
        answer = b''
        if found:
            data = self._data(kind, entry[kind])
            answer = struct.pack('!HHHIH', 0xc00c, kind, IN, 60, len(data)) + data
        question = query[12:len(query) - len(rest) + 4]
        flags = 0x8400 | flags & 0x100 | 0x80 | (0 if entry is not None else NO_SUCH_NAME)
        return struct.pack('!HHHHHH', number, flags, 1, found, 0, 0) + question + answer

    @staticmethod
    def _name(data):
        labels = []
        while data[0]:
            labels.append(data[1:1 + data[0]].decode('ascii', 'replace').lower())
            data = data[1 + data[0]:]
        return '.'.join(labels), data[1:]

    @staticmethod
    def _data(kind, value):
        if kind == TXT:
            return bytes([len(value)]) + value.encode()
        return socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, value)
