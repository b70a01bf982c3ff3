# SPDX-License-Identifier: MIT
"""The control of attacks: what a session on a veth would be if nobody guarded it. The host forwards
everything; names and addresses are none that nsbox uses.
"""

from nodes import Node

HOST_SIDE = 'bare{n}'
GATEWAY = 'fe80::1'
MAC = '02:00:00:00:00:{n:02x}'
ADDRESS4, ADDRESS6 = '10.99.0.{n}', 'fd99::{n}'

AT_THE_HOST = '''
link add {side} address {mac} type veth peer name eth0 address {mac} netns {path}
link set {side} arp off up
'''
INSIDE = '''
address add {v4}/32 dev eth0
address add {v6}/128 dev eth0 nodad
link set eth0 arp off up
-6 route add default via {gateway} dev eth0
-4 route add default via inet6 {gateway} dev eth0
'''
ROUTES = '''
route add {v4}/32 dev {side}
-6 route add {v6}/128 dev {side}
'''


class Unguarded(Node):
    """A node that is connected as a session is."""

    def __init__(self, host, number):
        super().__init__(f'bare{number}')
        self.v4, self.v6 = ADDRESS4.format(n=number), ADDRESS6.format(n=number)
        words = {'side': HOST_SIDE.format(n=number), 'mac': MAC.format(n=number), 'v4': self.v4,
                 'v6': self.v6, 'path': self.path, 'gateway': GATEWAY}
        for node, lines in ((host, AT_THE_HOST), (self, INSIDE), (host, ROUTES)):
            node.ip(lines.format(**words))
        self._host, self._side = host, words['side']
        host.sysctl('ipv4/ip_forward', 1)
        host.sysctl('ipv6/conf/all/forwarding', 1)

    def close(self):
        """At once: the kernel takes its time to end a network namespace."""
        self._host.ip(f'link del {self._side}')
        super().close()
