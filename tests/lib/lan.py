# SPDX-License-Identifier: MIT
"""A LAN that the hermetic host has a bridge to.

                  +---- lan0 ---- neighbour
    [host]  br0 --+
      |           +---- lan1 ---- router ---- internet
    other0 (an address of the host's elsewhere)

All but the internet are on br0's network; the sessions' addresses are there too, in the half of it
that nobody else has. The router knows a way to the pool and to the host's other address by the
host. Nothing filters here, rp_filter is off. What clouds tell their machines is answered by the
internet. Every node answers on PORTS.
"""

from dataclasses import dataclass

import pytest

from answering import Answering
from nodes import Here, Node, join
from topology import METADATA, PORTS, reached

BRIDGE = 'br0'
HOST4, HOST6 = '192.0.2.1', '2001:db8:2::1'
NEIGHBOUR4, NEIGHBOUR6 = '192.0.2.20', '2001:db8:2::20'
ROUTER4, ROUTER6 = '192.0.2.254', '2001:db8:2::fe'
ELSEWHERE4, ELSEWHERE6 = '198.51.100.1', '2001:db8:3::1'    # of the host's, not on the LAN
INTERNET4, INTERNET6 = '203.0.113.10', '2001:db8:1::10'
DNS4, DNS6 = '203.0.113.53', '2001:db8:1::53'
POOL_HOST4, POOL_HOST6 = '10.213.0.1', 'fd6e:7362:6f78::1'
OF_THE_HOST = (HOST4, HOST6, ELSEWHERE4, ELSEWHERE6, POOL_HOST4, POOL_HOST6)
TEMPLATE = f'192.0.3.%n/23,2001:db8:2::3:%n/64 via {ROUTER4},{ROUTER6}'

AT_THE_HOST = f'''
address add {HOST4}/23 dev br0
address add {HOST6}/64 dev br0 nodad
address add {POOL_HOST4}/16 dev br0
address add {POOL_HOST6}/64 dev br0 nodad
address add {ELSEWHERE4}/24 dev other0
address add {ELSEWHERE6}/64 dev other0 nodad
link set other0 up
route add default via {ROUTER4}
route add default via {ROUTER6}
'''
AT_THE_NEIGHBOUR = f'''
address add {NEIGHBOUR4}/23 dev eth0
address add {NEIGHBOUR6}/64 dev eth0 nodad
route add default via {ROUTER4}
route add default via {ROUTER6}
'''
AT_THE_ROUTER = f'''
address add {ROUTER4}/23 dev eth0
address add {ROUTER6}/64 dev eth0 nodad
address add 203.0.113.1/24 dev wan0
address add 2001:db8:1::1/64 dev wan0 nodad
route add 10.213.0.0/16 via {HOST4}
route add fd6e:7362:6f78::/64 via {HOST6}
route add 198.51.100.0/24 via {HOST4}
route add 2001:db8:3::/64 via {HOST6}
route add default via {INTERNET4}
route add default via {INTERNET6}
'''
IN_THE_INTERNET = f'''
address add {INTERNET4}/24 dev eth0
address add {INTERNET6}/64 dev eth0 nodad
address add {DNS4}/24 dev eth0
address add {DNS6}/64 dev eth0 nodad
route add default via 203.0.113.1
route add default via 2001:db8:1::1
''' + '\n'.join(f'address add {one}/{"128 dev lo nodad" if ":" in one else "32 dev lo"}'
                for one in METADATA)


@dataclass
class Lan:
    """The nodes and their servers, from make() until close()."""
    host: Here
    neighbour: Node
    router: Node
    internet: Node
    servers: dict

    def server(self, name):
        return self.servers[name]

    def check(self, answers, open_ones, callers):
        """Open targets were reached, from one of the callers' addresses, and no others."""
        wrong = [(target, answer) for target, answer in answers.items()
                 if (not reached(target, answer, callers) if target in open_ones
                     else not answer.startswith('failed '))]
        assert answers and not wrong, f'open must be {open_ones}; wrong: {wrong}'

    def close(self):
        for one in self.servers.values():
            one.close()
        for node in (self.internet, self.router, self.neighbour):
            node.close()


def make():
    """All of it; the hermetic host's made-up card goes."""
    host, neighbour, router, internet = Here(), *map(Node, ('neighbour', 'router', 'internet'))
    for node in (host, neighbour, router, internet):
        for kind in ('all', 'default'):
            node.sysctl(f'ipv4/conf/{kind}/rp_filter', 0)
            node.sysctl(f'ipv6/conf/{kind}/accept_ra', 0)
    if 'eth0' in host.run('ip -o link'):
        host.ip('link del eth0')
    # With an address of its own: otherwise it would have the lowest of its ports', and another one
    # whenever a port comes or goes.
    host.ip('link add br0 address 02:00:00:00:00:01 type bridge\nlink set br0 up\n'
            'link add other0 type bridge')
    join(host, 'lan0', neighbour, 'eth0')
    join(host, 'lan1', router, 'eth0')
    host.ip('link set lan0 master br0\nlink set lan1 master br0')
    join(router, 'wan0', internet, 'eth0')
    for node in (host, router):
        node.sysctl('ipv4/ip_forward', 1)
        node.sysctl('ipv6/conf/all/forwarding', 1)
        node.sysctl('ipv4/conf/all/send_redirects', 0)
    for node, lines in ((host, AT_THE_HOST), (neighbour, AT_THE_NEIGHBOUR),
                        (router, AT_THE_ROUTER), (internet, IN_THE_INTERNET)):
        node.ip(lines)
    for node in (host, neighbour, router, internet):
        node.sysctl('ipv4/ping_group_range', '0 2147483647')
    servers = {node.name: Answering(node, (53, *PORTS))
               for node in (host, neighbour, router, internet)}
    return Lan(host, neighbour, router, internet, servers)


class Loose(Node):
    """The control: a machine on the LAN that is no session's, so nothing guards it."""

    def __init__(self, lan, number):
        super().__init__(f'loose{number}')
        self.v4, self.v6 = f'192.0.3.{200 + number}', f'2001:db8:2::4:{number}'
        self._host, self._side = lan.host, f'loose{number}'
        join(lan.host, self._side, self, 'eth0')
        lan.host.ip(f'link set {self._side} master {BRIDGE}')
        self.ip(f'''address add {self.v4}/23 dev eth0
                    address add {self.v6}/64 dev eth0 nodad
                    route add default via {ROUTER4}
                    route add default via {ROUTER6}''')
        self.sysctl('ipv4/ping_group_range', '0 2147483647')

    def close(self):
        self._host.ip(f'link del {self._side}')
        super().close()


def ports_of(host, bridge=BRIDGE):
    """The names of the sessions' ports on the bridge."""
    lines = host.run(f'ip -o link show master {bridge}').splitlines()
    names = [line.split()[1].rstrip(':').partition('@')[0] for line in lines]
    return sorted(name for name in names if name.startswith('nsb'))


def mac_of(node, device='eth0'):
    return node.run(f'ip -o link show {device}').partition('link/ether ')[2].split()[0]


BASE = '''[default]
container = yes
user-map = {user_map}
network = bridge {bridge}
{lines}
[user carol]
container = no
'''


def write_policy(site, *lines, template=True, bridge=BRIDGE, more=''):
    """Box all but carol, on the bridge; with the LAN's template, or an address of the pool."""
    if template:
        lines = (f'address = {TEMPLATE}', *lines)
    site.host.write_policy(BASE.format(user_map=site.user_map, bridge=bridge,
                                       lines='\n'.join(lines)) + more)


@pytest.fixture(scope='module')
def lan(host):
    """The LAN, for the tests of a file that imports this."""
    assert host
    made = make()
    yield made
    made.close()
