# SPDX-License-Identifier: MIT
"""Fragments: what the policy says of ports holds for a datagram that comes in pieces, in whatever
order and however they overlap; and datagrams larger than a packet work.
"""

import itertools
import json

import pytest

import frames
import nat
import topology
from capture import Capture
from logins import ROOT, SELF, second_channel, staying

SELF_ROOT = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
MORE = 0x2000
OPEN, SHUT = 80, 443

# A datagram of 4000 bytes, as an ordinary program sends it; prints the answer.
LARGE = '''
import json, socket, sys
for address, port in json.loads(sys.argv[1]):
    with socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET,
                       socket.SOCK_DGRAM) as one:
        one.settimeout(2)
        try:
            one.connect((address, port))
            one.send(b'NSB-large-.' * 400)
            print(one.recv(4096).decode().strip())
        except OSError as error:
            print('failed', error)
'''
# 300 kB by TCP to a server behind a link with a smaller MTU: acknowledged to the last byte.
UPLOAD = '''
import fcntl, socket, struct, sys, time
for address in sys.argv[1:]:
    with socket.create_connection((address, 80), 5) as one:
        one.sendall(bytes(300000))
        until = time.monotonic() + 8
        left = 1
        while left and time.monotonic() < until:
            time.sleep(0.01)
            left = struct.unpack('i', fcntl.ioctl(one, 0x5411, bytes(4)))[0]
        print(address, left)
'''
SEND = '''
import json, socket, sys, time
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(('eth0', 0))
mac = link.getsockname()[4]
for kind, *packets in json.loads(sys.argv[1]):
    for packet in packets:
        link.send(mac + mac + bytes.fromhex(kind) + bytes.fromhex(packet))
    time.sleep(0.01)
'''


def inside(site, login, code, *words):
    line = '/usr/bin/python3 - ' + ' '.join(f"'{word}'" for word in words)
    done = second_channel(site, login, line, input=code)
    assert done.returncode == 0, done
    return done.stdout


@SELF_ROOT
def test_large_datagrams(around, boxed):
    """By egress = any, to a port that is listed, to one of the host's; and not to others."""
    cases = [(topology.INTERNET4, OPEN), (topology.INTERNET6, OPEN), (topology.INTERNET4, SHUT),
             (topology.INTERNET6, SHUT), (topology.HOST4, OPEN), (topology.HOST6, OPEN),
             (topology.HOST4, SHUT), (topology.HOST6, SHUT)]
    listed = f'egress = {topology.INTERNET4}:80/udp [{topology.INTERNET6}]:80/udp'
    for lines, opened in (((), cases[:4]), ((listed, 'reach-host = 80/udp'),
                                            cases[:2] + cases[4:6])):
        nat.policy(boxed, *lines)
        with staying(boxed) as login:
            heard = {name: len(around.server(name).seen) for name in ('internet', 'host')}
            said = inside(boxed, login, LARGE, json.dumps(cases)).splitlines()
            for case, answer in zip(cases, said, strict=True):
                wanted = f' to {case[0]}' if case in opened else 'failed'
                assert wanted in answer, (lines, case, answer)
            for name, before in heard.items():
                got = {(called, port) for _, _, called, port in around.server(name).seen[before:]}
                assert got <= set(opened), got


def test_path_mtu(around, boxed):
    """A link behind the host takes smaller packets only: the session is told and goes on."""
    nat.policy(boxed)
    around.host.ip('link set wan0 mtu 1300')
    try:
        with staying(boxed) as login:
            said = inside(boxed, login, UPLOAD, topology.INTERNET4, topology.INTERNET6)
        assert said == f'{topology.INTERNET4} 0\n{topology.INTERNET6} 0\n', said
    finally:
        around.host.ip('link set wan0 mtu 1500')


def pieces4(own, target, name, number):
    """Of datagrams to an open and to a shut port: (where it begins, whether more follow, bytes)."""
    parts = {}
    for word, port in (('open', OPEN), ('shut', SHUT)):
        whole = frames.udp(name, port, 64)
        for start, end in ((0, 8), (8, 32), (0, 32), (32, len(whole))):
            fragment = start // 8 | (MORE if end < len(whole) else 0)
            parts[word, start, end] = frames.ipv4(own, target, whole[start:end], frames.UDP,
                                                  fragment=fragment, number=number)
    return parts


def pieces6(own, target, name, number):
    """The same by IPv6, where the whole has a checksum, and a piece a header of its own."""
    parts = {}
    for word, port in (('open', OPEN), ('shut', SHUT)):
        whole = frames.ipv6(own, target, frames.udp(name, port, 64))[40:]
        for start, end in ((0, 8), (8, 32), (0, 32), (32, len(whole))):
            header = frames.struct.pack('!BBHI', frames.UDP, 0, start | (end < len(whole)), number)
            body = header + whole[start:end]
            parts[word, start, end] = frames.struct.pack(
                '!IHBB', 6 << 28, len(body), 44, 64) + frames.pack6(own) + frames.pack6(
                    target) + body
    return parts


def mixtures(pieces, own, target, family):
    """{name: packets}: a datagram whose head is for the shut port, with pieces of one for the open
    port before, after and over it; in each order.
    """
    found = {}
    sets = [[('shut', 0, 8), ('shut', 8, 32), ('shut', 32, None)],
            [('open', 0, 8), ('shut', 0, 32), ('shut', 32, None)],
            [('open', 0, 32), ('shut', 0, 8), ('shut', 8, 32), ('open', 32, None)],
            [('shut', 0, 32), ('open', 8, 32), ('open', 32, None)]]
    number = 1000
    for which, keys in enumerate(sets):
        for order in itertools.permutations(keys):
            number += 1
            name = f'f{family}-{which}-{number}'
            parts = pieces(own, target, name, number)
            last = max(end for _, _, end in parts)
            found[name] = [parts[word, start, end or last] for word, start, end in order]
    return found


@pytest.mark.parametrize('boxed', [ROOT], indirect=True)
@pytest.mark.parametrize('where', ['internet', 'host'])
def test_shut_port_in_pieces(around, boxed, where):
    """No order and no overlap of fragments gets a datagram to a port that is not open."""
    nat.policy(boxed, 'network-admin = yes', f'egress = {topology.INTERNET4}:80/udp '
               f'[{topology.INTERNET6}]:80/udp', 'reach-host = 80/udp')
    targets = {'internet': (topology.INTERNET4, topology.INTERNET6),
               'host': (topology.HOST4, topology.HOST6)}[where]
    with staying(boxed) as login, Capture(around.internet) as internet:
        own = nat.addresses(boxed, login)
        made = {'0800': mixtures(pieces4, own[0], targets[0], 4),
                '86dd': mixtures(pieces6, own[1], targets[1], 6)}
        control4 = pieces4(own[0], targets[0], 'control', 1)
        control6 = pieces6(own[1], targets[1], 'control', 1)
        words = [[kind, *[packet.hex() for packet in packets]] for kind, some in made.items()
                 for packets in some.values()]
        for kind, parts in (('0800', control4), ('86dd', control6)):
            words.append([kind, *[parts[key].hex() for key in sorted(parts) if key[0] == 'open' and
                                  key[1:] != (0, 32)]])
        server = around.server(where)
        before = len(server.seen)
        for i in range(0, len(words), 40):
            inside(boxed, login, SEND, json.dumps(words[i:i + 40]))
        internet.settle()
        got = {(called, port) for _, _, called, port in server.seen[before:]}
        assert {(address, OPEN) for address in targets} <= got, 'the control: the open port'
        assert not [one for one in got if one[1] == SHUT], got
        if where == 'internet':
            shut = SHUT.to_bytes(2, 'big')
            wrong = [frame for _, frame in internet.frames if b'NSB-f' in frame and
                     shut in (frame[36:38], frame[56:58])]
            assert not wrong, wrong
