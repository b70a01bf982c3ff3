# SPDX-License-Identifier: MIT
"""The networks around the hermetic host.

    internet ---- wan0 [host] eth0 ---- neighbour (on the host's LAN)
                       meta0
                         +------------- metadata (what clouds have beside their machines)

The internet and the neighbour know a way to the sessions' addresses, by the host: what does not get
there was stopped, not lost. Nothing filters here, rp_filter is off. Every node answers on PORTS.
"""

import ipaddress
import os
from dataclasses import dataclass

import dnsserver
from answering import Answering
from nodes import Here, Node, join

HERE = os.path.dirname(os.path.abspath(__file__))
PORTS = (80, 443, 8000)
HOST_PORTS = (*PORTS, 631)     # 22 and such are as good as these

POOL4, POOL6 = '10.213.0.0/16', 'fd6e:7362:6f78::/64'   # the default of address-pool
HOST4, HOST6 = '192.0.2.1', '2001:db8:2::1'             # on the LAN
WAN4, WAN6 = '198.51.100.1', '2001:db8:3::1'            # towards the internet
META4, META6 = '169.254.0.1', 'fd00:ec2::1'             # beside metadata
HOST_ADDRESSES = (HOST4, HOST6, WAN4, WAN6)
OF_THE_HOST = (*HOST_ADDRESSES, META4, META6)
INTERNET4, INTERNET6 = '203.0.113.10', '2001:db8:1::10'
OTHER4, OTHER6 = '203.0.113.11', '2001:db8:1::11'       # the internet has more than one
FAR4, FAR6 = '198.18.0.10', '2001:db8:9::10'            # of another network there
DNS4, DNS6 = '203.0.113.53', '2001:db8:1::53'
NEIGHBOUR4, NEIGHBOUR6 = '192.0.2.20', '2001:db8:2::20'
METADATA = ('169.254.169.254', 'fd00:ec2::254', 'fd20:ce::254', '100.100.100.200', '168.63.129.16')

IN_THE_INTERNET = f'''
address add 198.51.100.2/24 dev eth0
address add 2001:db8:3::2/64 dev eth0 nodad
address add {INTERNET4}/32 dev lo
address add {OTHER4}/32 dev lo
address add {DNS4}/32 dev lo
address add {FAR4}/32 dev lo
address add {INTERNET6}/128 dev lo nodad
address add {OTHER6}/128 dev lo nodad
address add {DNS6}/128 dev lo nodad
address add {FAR6}/128 dev lo nodad
route add default via {WAN4}
route add default via {WAN6}
'''
AT_THE_NEIGHBOUR = f'''
address add {NEIGHBOUR4}/24 dev eth0
address add {NEIGHBOUR6}/64 dev eth0 nodad
route add default via {HOST4}
route add default via {HOST6}
'''
AT_THE_HOST = f'''
address add {HOST4}/24 dev eth0
address add {HOST6}/64 dev eth0 nodad
address add {WAN4}/24 dev wan0
address add {WAN6}/64 dev wan0 nodad
address add {META4}/16 dev meta0
address add {META6}/64 dev meta0 nodad
route add 100.100.100.200 dev meta0
route add 168.63.129.16 dev meta0
route add fd20:ce::254 dev meta0
route add default via 198.51.100.2
route add default via 2001:db8:3::2
'''
AWAY_FROM_METADATA = f'''
route add default via {META4} dev eth0 onlink
route add default via {META6} dev eth0 onlink
'''
AT_METADATA = '\n'.join(
    f'address add {one}/{"128 dev eth0 nodad" if ":" in one else "32 dev eth0"}'
    for one in METADATA) + AWAY_FROM_METADATA


@dataclass
class Topology:
    """The nodes and their servers, from make() until close()."""
    host: Here
    internet: Node
    neighbour: Node
    metadata: Node
    servers: dict
    names: dnsserver.NameServer

    def server(self, name):
        return self.servers[name]

    def close(self):
        for one in (*self.servers.values(), self.names):
            one.close()
        for node in (self.internet, self.neighbour, self.metadata):
            node.close()


def make():
    """All of it. The hermetic host's made-up card is replaced by a real one."""
    host, internet, neighbour, metadata = Here(), *map(Node, ('internet', 'neighbour', 'metadata'))
    for node in (host, internet, neighbour, metadata):
        for kind in ('all', 'default'):
            node.sysctl(f'ipv4/conf/{kind}/rp_filter', 0)
            node.sysctl(f'ipv6/conf/{kind}/accept_dad', 0)     # nothing changes by itself later
            node.sysctl(f'ipv6/conf/{kind}/accept_ra', 0 if node is not host else 1)
        node.sysctl('ipv4/ping_group_range', '0 2147483647')   # as it is on most machines
    for limit in ('ipv4/icmp_ratelimit', 'ipv6/icmp/ratelimit'):
        host.sysctl(limit, 0)      # what is refused is said each time, and not waited for
    if 'eth0' in host.run('ip -o link'):
        host.ip('link del eth0')
    join(host, 'eth0', neighbour, 'eth0')
    join(host, 'wan0', internet, 'eth0')
    join(host, 'meta0', metadata, 'eth0')
    host.ip(AT_THE_HOST)
    internet.ip(IN_THE_INTERNET)
    neighbour.ip(AT_THE_NEIGHBOUR)
    metadata.ip(AT_METADATA)
    servers = {node.name: Answering(node, HOST_PORTS if node is host else PORTS)
               for node in (host, internet, neighbour, metadata)}
    return Topology(host, internet, neighbour, metadata, servers, dnsserver.NameServer(internet))


def targets(*addresses, protocols=('tcp', 'udp', 'icmp'), port=80):
    """What probe.py is to ask at each of these."""
    return [(protocol, address, 0 if protocol == 'icmp' else port)
            for address in addresses for protocol in protocols]


def name_of(address):
    """Whose address it is."""
    return {NEIGHBOUR4: 'neighbour', NEIGHBOUR6: 'neighbour', **dict.fromkeys(METADATA, 'metadata'),
            **dict.fromkeys(HOST_ADDRESSES, 'host')}.get(address, 'internet')


def reached(target, answer, callers):
    """Whether the answer is that of the target's server, to one of these callers."""
    protocol, address, _ = target
    if protocol == 'icmp':
        return answer == 'echo'
    words = answer.split()
    return len(words) == 5 and words[2] in callers and words[4] == address


def is_v6(address):
    return ipaddress.ip_address(address).version == 6


def in_pool(address, pool4=POOL4, pool6=POOL6):
    return ipaddress.ip_address(address) in ipaddress.ip_network(
        pool6 if is_v6(address) else pool4)
