# SPDX-License-Identifier: MIT
"""Asking through sshd's own child: -L and -D. Only TCP; see probe.py for targets and answers."""

import socket
import struct

import client
import net
from probe import TIMEOUT, at_once, read_line

CLOSED = 'failed closed without a word'


def bracketed(address):
    return f'[{address}]' if ':' in address else address


def through_local(site, targets, *options, user='alice', timeout=TIMEOUT):
    """One -L for each target."""
    ports = dict(zip(targets, free_ports(len(targets))))
    forwards = [word for (_, address, port), near in ports.items()
                for word in ('-L', f'{near}:{bracketed(address)}:{port}')]

    def ask(target):
        with socket.create_connection(('127.0.0.1', ports[target]), timeout) as connection:
            return read_line(connection)
    return during(site, user, [*forwards, *options], lambda: at_once(targets, ask))


def through_socks(site, targets, *options, user='alice', timeout=TIMEOUT):
    """All by one -D."""
    near = net.free_port()

    def ask(target):
        with socket.create_connection(('127.0.0.1', near), timeout) as connection:
            return socks(connection, *target[1:])
    return during(site, user, ['-D', str(near), *options], lambda: at_once(targets, ask))


def socks(connection, address, port):
    connection.sendall(b'\x05\x01\x00')
    assert connection.recv(2) == b'\x05\x00'
    connection.sendall(bytes([5, 1, 0]) + socks_address(address) + struct.pack('!H', port))
    answer = connection.recv(10)
    if len(answer) < 2 or answer[1]:
        return 'failed refused by the proxy' if answer else CLOSED
    return read_line(connection)


def socks_address(address):
    """Of RFC 1928; a name is for the other side to find."""
    if ':' in address:
        return b'\x04' + socket.inet_pton(socket.AF_INET6, address)
    if address[-1].isdigit():
        return b'\x01' + socket.inet_pton(socket.AF_INET, address)
    return bytes([3, len(address)]) + address.encode()


def during(site, user, options, act):
    process = site.popen(user, 'echo ready; exec cat', *options)
    try:
        client.lines_before(process, 'ready')
        return act()
    finally:
        process.kill()     # a connect of sshd's that nobody answers would keep it for minutes
        process.communicate()


def free_ports(count):
    """Different ones, as long as nobody else takes them."""
    probes = [socket.create_server(('127.0.0.1', 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports
