# SPDX-License-Identifier: MIT
"""Asking from where a tenant is: all targets at once, from a shell or through a forward.

A target is (protocol, address, port): 'tcp', 'udp' or 'icmp' (whose port is 0). What comes back for
each is the first line of the answer, or "failed REASON".
"""

import json
import socket
import struct
import threading
import time

TIMEOUT = 3.0       # for one that is not answered; those that are take milliseconds


def program(targets, timeout=TIMEOUT, source=None):
    """A command line, and the standard input for it: this file, and what it is to ask."""
    with open(__file__, encoding='utf-8') as file:
        code = file.read()
    words = json.dumps([targets, timeout, source])
    return '/usr/bin/python3 -', f'{code}\n\nmain({words!r})\n'


def from_shell(site, targets, *options, user='alice', timeout=TIMEOUT):
    """{target: answer} as the user's shell hears it."""
    command, code = program(targets, timeout)
    return parse(site.ok(user, command, *options, input=code))


def from_node(node, targets, timeout=TIMEOUT, source=None):
    """{target: answer} from a node, or from the host itself."""
    return node.call(lambda: ask_all(targets, timeout, source))


def parse(text):
    return {tuple(target): answer for target, answer in json.loads(text)}


def ask_all(targets, timeout=TIMEOUT, source=None):
    return at_once(targets, lambda target: KINDS[target[0]](*target[1:], timeout, source))


def at_once(targets, ask):
    """{target: ask(target)}, in threads: they are in the network of the one that starts them."""
    answers = {}

    def ask_one(target):
        try:
            answers[target] = ask(target)
        except OSError as error:
            answers[target] = f'failed {error.strerror or error}'
    targets = list(map(tuple, targets))
    threads = [threading.Thread(target=ask_one, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {target: answers[target] for target in targets}


def open_socket(address, kind, protocol, timeout, source):
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    one = socket.socket(family, kind, protocol)
    one.settimeout(timeout)
    if source:
        one.bind((source, 0))
    return one


def ask_tcp(address, port, timeout, source):
    with open_socket(address, socket.SOCK_STREAM, 0, timeout, source) as one:
        one.connect((address, port))
        return read_line(one)


def read_line(connection):
    data = b''
    while not data.endswith(b'\n'):
        part = connection.recv(4096)
        if not part:
            break
        data += part
    return data.decode().strip() or 'failed closed without a word'


def ask_udp(address, port, timeout, source):
    with open_socket(address, socket.SOCK_DGRAM, 0, timeout, source) as one:
        one.connect((address, port))
        one.send(b'hi')
        return one.recv(4096).decode().strip()


def ask_icmp(address, _, timeout, source):
    """An echo as an unprivileged ping sends it."""
    v6 = ':' in address
    protocol = socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP
    with open_socket(address, socket.SOCK_DGRAM, protocol, timeout, source) as one:
        one.connect((address, 0))
        one.send(struct.pack('!BBHHH', 128 if v6 else 8, 0, 0, 0, 1) + b'ping')
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            data = one.recv(4096)
            if data[0] == (129 if v6 else 0):
                return 'echo'
        return 'failed timed out'


KINDS = {'tcp': ask_tcp, 'udp': ask_udp, 'icmp': ask_icmp}


def main(words):
    targets, timeout, source = json.loads(words)
    answers = ask_all(targets, timeout, source)
    print(json.dumps([[list(target), answer] for target, answer in answers.items()]))
