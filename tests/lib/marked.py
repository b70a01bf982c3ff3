# SPDX-License-Identifier: MIT
"""A session as the firewall's table sees it, without nsbox-build: a node on a veth of the right
name and group, whose packets a table of the test's own marks as a session's program would.
"""

from nodes import Node

GROUP = 0x6e73
FROM, OUT, HOST, OK = 0x10000000, 0x20000000, 0x40000000, 0x80000000
MAC = '02:00:00:00:00:01'
ADDRESS4, ADDRESS6 = '10.213.0.{n}', 'fd6e:7362:6f78::{n:x}'

AT_THE_HOST = '''
link add {side} address {mac} group {group} type veth peer name eth0 address {mac} netns {path}
link set {side} addrgenmode none arp off up
route add {v4}/32 dev {side}
-6 route add {v6}/128 dev {side}
'''
INSIDE = '''
address add {v4}/32 dev eth0
address add {v6}/128 dev eth0 nodad
link set eth0 arp off up
-6 route add default via fe80::1 dev eth0
-4 route add default via inet6 fe80::1 dev eth0
'''


class Marked(Node):
    """The session of slot `number`. Without a mark, nothing is known of where it may go."""

    def __init__(self, host, number):
        super().__init__(f'nsb{number}')
        self.v4, self.v6 = ADDRESS4.format(n=number), ADDRESS6.format(n=number)
        words = {'side': self.name, 'mac': MAC, 'group': GROUP, 'path': self.path,
                 'v4': self.v4, 'v6': self.v6}
        host.ip(AT_THE_HOST.format(**words))
        self.ip(INSIDE.format(**words))
        host.sysctl(f'ipv4/conf/{self.name}/src_valid_mark', 1)
        host.sysctl(f'ipv4/conf/{self.name}/rp_filter', 0)
        self.sysctl('ipv4/ping_group_range', '0 2147483647')
        self._host = host

    def close(self):
        self._host.ip(f'link del {self.name}')
        super().close()


def marks(sessions):
    """The test's own table: {session: what else but FROM its packets are marked with}."""
    rules = ''.join(f'iifname {session.name} meta mark set {mark | FROM:#x}\n'
                    for session, mark in sessions.items())
    return ('table inet marks\ndelete table inet marks\n'
            'table inet marks { chain write {\n'
            f'type filter hook prerouting priority -299;\n{rules}}}\n}}\n')


def nft(host, text):
    """One transaction."""
    host.run(['nft', '-f', '-'], input=text)
