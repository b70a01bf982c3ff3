# SPDX-License-Identifier: MIT
"""Frames that no session may send, made by hand. Read by attack_net.py, which runs inside, and by
the tests. Each has a token in it, NSB-<its name>-., by which it is known wherever it turns up.
"""

import socket
import struct

IP4, IP6, ARP, VLAN = 0x0800, 0x86dd, 0x0806, 0x8100
UDP, ICMP, ICMP6, HOP_BY_HOP = 17, 1, 58, 0
BROADCAST = b'\xff' * 6
ELSEWHERE = bytes.fromhex('02deadbeef01')
FOREIGN4 = {'loopback': '127.0.0.1', 'none': '0.0.0.0', 'broadcast': '255.255.255.255',
            'multicast': '224.0.0.1', 'link-local': '169.254.7.7', 'stranger': '8.8.8.8'}
FOREIGN6 = {'loopback': '::1', 'none': '::', 'multicast': 'ff02::1', 'link-local': 'fe80::77',
            'gateway': 'fe80::1', 'stranger': '2001:4860:4860::8888', 'mapped': '::ffff:8.8.8.8'}
NOWHERE4 = {'mdns': '224.0.0.251', 'all-hosts': '224.0.0.1', 'broadcast': '255.255.255.255',
            'subnet': '192.0.2.255', 'loopback': '127.0.0.1', 'none': '0.0.0.0'}
NOWHERE6 = {'all-nodes': 'ff02::1', 'all-routers': 'ff02::2', 'site': 'ff05::2',
            'link-local': 'fe80::1', 'loopback': '::1', 'mapped': '::ffff:192.0.2.20'}


def token(name):
    return f'NSB-{name}-.'.encode()


def checksum(data):
    total = sum(struct.unpack(f'!{(len(data) + 1) // 2}H', data + bytes(len(data) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pack4(text):
    return socket.inet_pton(socket.AF_INET, text)


def pack6(text):
    return socket.inet_pton(socket.AF_INET6, text)


def udp(name, port=80, size=0):
    """Without a checksum: IPv4 takes that, and for IPv6 see ipv6()."""
    data = token(name) + bytes(size)
    return struct.pack('!HHHH', 4242, port, 8 + len(data), 0) + data


def ipv4(source, target, payload, protocol=UDP, options=b'', fragment=0, number=1):
    words = 5 + len(options) // 4
    head = struct.pack('!BBHHHBBH4s4s', 0x40 | words, 0, words * 4 + len(payload), number, fragment,
                       64, protocol, 0, pack4(source), pack4(target)) + options
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def ipv6(source, target, payload, protocol=UDP, limit=64, extension=b''):
    pseudo = pack6(source) + pack6(target) + struct.pack('!IxxxB', len(payload), protocol)
    place = {UDP: 6, ICMP6: 2}[protocol]
    payload = (payload[:place] + struct.pack('!H', checksum(pseudo + payload) or 0xffff) +
               payload[place + 2:])
    following = HOP_BY_HOP if extension else protocol
    return struct.pack('!IHBB', 6 << 28, len(extension) + len(payload), following,
                       limit) + pack6(source) + pack6(target) + extension + payload


def icmp(name, kind, code=0, rest=bytes(4), more=b''):
    data = struct.pack('!BBH', kind, code, 0) + rest + more + token(name)
    return data[:2] + struct.pack('!H', checksum(data)) + data[4:]


def icmp6(name, kind, rest=bytes(4), more=b''):
    return struct.pack('!BBH', kind, 0, 0) + rest + more + token(name)


def arp(name, operation, mac, sender, target):
    return struct.pack('!HHBBH6s4s6s4s', 1, IP4, 6, 4, operation, mac, pack4(sender), BROADCAST,
                       pack4(target)) + token(name)


def all_frames(mac, own4, own6, names):
    """{name: frame}. `names`: other addresses, as {'host4': ..., 'internet6': ...} and so on."""
    def frame(kind, data, source=mac, target=mac):
        return target + source + struct.pack('!H', kind) + data
    internet4, internet6 = names['internet4'], names['internet6']
    found = {'legit4': frame(IP4, ipv4(own4, internet4, udp('legit4'))),
             'legit6': frame(IP6, ipv6(own6, internet6, udp('legit6')))}
    for who, address in names.items():
        at, kind, ip = ((internet6, IP6, ipv6) if ':' in address else (internet4, IP4, ipv4))
        found[f'as-{who}'] = frame(kind, ip(address, at, udp(f'as-{who}')))
    for who, address in FOREIGN4.items():
        for at in ('internet4', 'neighbour4', 'other4', 'host4'):
            name = f'as-{who}-to-{at}'
            found[name] = frame(IP4, ipv4(address, names[at], udp(name)))
    for who, address in FOREIGN6.items():
        for at in ('internet6', 'neighbour6', 'other6', 'host6'):
            name = f'as-{who}-to-{at}'
            found[name] = frame(IP6, ipv6(address, names[at], udp(name)))
    for who, address in nowhere(NOWHERE4, '4', names):
        name = f'to4-{who}'
        found[name] = frame(IP4, ipv4(own4, address, udp(name)))
        found[f'{name}-b'] = frame(IP4, ipv4(own4, address, udp(f'{name}-b')), mac, BROADCAST)
    for who, address in nowhere(NOWHERE6, '6', names):
        name = f'to6-{who}'
        found[name] = frame(IP6, ipv6(own6, address, udp(name)))
    found.update(odd_frames(frame, mac, own4, own6, names))
    return found


def nowhere(addresses, family, names):
    """Where a session's own packets do not go: (whose, address)."""
    apart = [(f'{who}{family}', names[f'{who}{family}']) for who in
             ('other', 'metadata', 'pool', 'host')]
    return [*addresses.items(), *apart]


def odd_frames(frame, mac, own4, own6, names):
    """What is no plain datagram."""
    return {**neighbours(frame, mac, own6, names), **redirects(frame, own4, names),
            **unusual(frame, mac, own4, own6, names)}


def neighbours(frame, mac, own6, names):
    """ARP and neighbour discovery: who is where, and who is the router."""
    found = {}
    for who in ('host4', 'neighbour4', 'other4', 'pool4'):
        for number, word in ((1, 'asks'), (2, 'says')):
            name = f'arp-{word}-{who}'
            found[name] = frame(ARP, arp(name, number, mac, names[who], names[who]), mac, BROADCAST)
    prefix = struct.pack('!BBBBIII16s', 3, 4, 64, 0xc0, 9999, 9999, 0, pack6('2001:db8:bad::'))
    kinds = {'ra': (134, struct.pack('!BBH', 64, 0, 1800), bytes(8) + prefix + b'\x01\x01' + mac),
             'na': (136, b'\xa0\0\0\0', pack6(names['host6']) + b'\x02\x01' + mac),
             'redirect6': (137, bytes(4), pack6('fe80::77') + pack6(names['internet6']))}
    senders = {'own': own6, 'link': 'fe80::77', 'host': names['host6'], 'gateway': 'fe80::1'}
    for word, (kind, rest, more) in kinds.items():
        for who, source in senders.items():
            for at in ('ff02::1', names['host6'], names['neighbour6'], 'fe80::1'):
                name = f'{word}-{who}-{at}'
                message = icmp6(name, kind, rest, more)
                found[name] = frame(IP6, ipv6(source, at, message, ICMP6, limit=255))
    return found


def redirects(frame, own4, names):
    found = {}
    inner = ipv4(names['neighbour4'], names['internet4'], udp('inner'))[:28]
    for who, source in (('own', own4), ('host', names['host4'])):
        for at in ('neighbour4', 'host4'):
            name = f'redirect4-{who}-{at}'
            message = icmp(name, 5, 1, pack4(own4), inner)
            found[name] = frame(IP4, ipv4(source, names[at], message, ICMP))
    return found


def unusual(frame, mac, own4, own6, names):
    """Source routes, tags, other protocols, other cards, and what is cut short."""
    internet4, neighbour4 = names['internet4'], names['neighbour4']
    plain = ipv4(own4, internet4, udp('tagged'))
    route = struct.pack('!BBB4sB', 131, 7, 4, pack4(neighbour4), 0)    # loose
    found = {'source-route': frame(IP4, ipv4(own4, names['host4'], udp('source-route'),
                                             options=route)),
             'tagged': frame(VLAN, struct.pack('!HH', 1, IP4) + plain),
             'short': frame(IP4, token('short')[:13]),
             'cut': frame(IP4, ipv4(own4, internet4, udp('cut'))[:19]),
             'cut6': frame(IP6, ipv6(own6, names['internet6'], udp('cut6'))[:39]),
             'version': frame(IP4, b'\x55' + ipv4(own4, internet4, udp('version'))[1:]),
             'six-in-four': frame(IP4, ipv6(own6, names['internet6'], udp('six-in-four'))),
             'four-in-six': frame(IP6, ipv4(own4, internet4, udp('four-in-six')))}
    for kind in (0x88cc, 0x888e, 0x8847, 0x8137, 0x8863, 0x0027):
        found[f'kind-{kind:04x}'] = frame(kind, token(f'kind-{kind:04x}') + bytes(40))
    for who, source in (('elsewhere', ELSEWHERE), ('broadcast', BROADCAST)):
        name = f'mac-{who}-as-neighbour'
        found[name] = frame(IP4, ipv4(neighbour4, internet4, udp(name)), source, mac)
    return found


# What a session may well send, by its own addresses, beside what must not leave.
ALLOWED = ('legit4', 'legit6')
