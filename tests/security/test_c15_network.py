# SPDX-License-Identifier: MIT
"""Networks against a tenant without a privilege in them (network-admin = no, the default): root
inside has none either. And C15: the host's sockets, abstract ones too, with a card as without.
"""

import json
import uuid

import pytest

import frames
import nat
import net
import nodes
import probe
import remote
import topology
from capture import Capture
from logins import ROOT, SELF, SUBIDS, second_channel, staying

ALL = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
CANARY = 'hello from the host'
STRANGER6 = '2001:4860:4860::8888'

# Each prints whether it was let; a name without "can " is a control, which works for everybody.
TRY = '''
import json, os, socket, subprocess
os.environ['PATH'] += ':/usr/sbin'
def socket_of(*kind):
    return lambda: socket.socket(*kind).close()
def run(line):
    def act():
        subprocess.run(line, shell=True, check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)
    return act
def option(level, name, value, family=socket.AF_INET):
    def act():
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            one.setsockopt(level, name, value)
    return act
def write(path, text):
    def act():
        with open(f'/proc/sys/net/{path}', 'w') as file:
            file.write(text)
    return act
WAYS = {
    'a udp socket': socket_of(socket.AF_INET, socket.SOCK_DGRAM),
    'the list of cards': run('ip link'),
    'the programs': run('nft --version && tc -V'),
    'can raw4': socket_of(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW),
    'can raw-icmp': socket_of(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP),
    'can raw6': socket_of(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW),
    'can packet': socket_of(socket.AF_PACKET, socket.SOCK_RAW, 0x300),
    'can packet-dgram': socket_of(socket.AF_PACKET, socket.SOCK_DGRAM, 0x300),
    'can mark': option(socket.SOL_SOCKET, 36, 0x80000000 - (1 << 32)),
    'can transparent': option(socket.IPPROTO_IP, 19, 1),
    'can transparent6': option(socket.IPPROTO_IPV6, 75, 1, socket.AF_INET6),
    'can address': run('ip address add 10.213.7.7/32 dev eth0'),
    'can address6': run('ip address add fd6e:7362:6f78::7/128 dev eth0'),
    'can route': run('ip route add 10.9.9.0/24 dev eth0'),
    'can route6': run('ip -6 route add 2001:db8:77::/64 dev eth0'),
    'can rule': run('ip rule add pref 5 lookup main'),
    'can dummy': run('ip link add d0 type dummy'),
    'can veth': run('ip link add v0 type veth peer name v1'),
    'can neighbour': run('ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:01 dev eth0'),
    'can qdisc': run('tc qdisc add dev eth0 root pfifo'),
    'can nft': run('nft add table inet mine'),
    'can tun': run('ip tuntap add dev t0 mode tun'),
    'can loopback': run('ip link set lo down'),
    'can forward': write('ipv4/ip_forward', '1'),
    'can proxy_arp': write('ipv4/conf/eth0/proxy_arp', '1'),
    'can accept_ra': write('ipv6/conf/eth0/accept_ra', '2'),
    'can low ports': write('ipv4/ip_unprivileged_port_start', '1'),
    'can remove address': run('ip address flush dev eth0'),
    'can down': run('ip link set eth0 down'),
    'can rename': run('ip link set eth0 alias mine'),
    'can delete': run('ip link delete eth0'),
}
done = {}
for name, act in WAYS.items():
    try:
        act()
        done[name] = True
    except (OSError, subprocess.CalledProcessError):
        done[name] = False
print(json.dumps(done))
'''


def tried(site, login):
    done = second_channel(site, login, '/usr/bin/python3 -', input=TRY)
    assert done.returncode == 0, done
    shown = json.loads(done.stdout)
    assert all(shown[name] for name in shown if not name.startswith('can ')), 'the controls'
    return {name for name, allowed in shown.items() if allowed and name.startswith('can ')}


@ALL
def test_no_privilege(around, boxed):
    """No raw socket, mark, card, address, route, rule, filter; and the card is as it was."""
    nat.policy(boxed)
    look = 'ip -o link; ip -o address; ip route show table all; ip -6 route show table all'
    with staying(boxed) as login:
        before = second_channel(boxed, login, look).stdout
        assert tried(boxed, login) == set()
        assert second_channel(boxed, login, look).stdout == before
        asked = topology.targets(topology.INTERNET4, topology.INTERNET6)
        matrix = nat.Matrix(around, asked, asked)
        matrix.check(nat.from_session(boxed, login, asked))


@pytest.mark.parametrize('boxed', [ROOT], indirect=True)
def test_privilege_that_is_given(around, boxed):
    """The control: with network-admin = yes root inside can do most of it, to itself."""
    assert around
    nat.policy(boxed, 'network-admin = yes')
    with staying(boxed) as login:
        can = tried(boxed, login)
    assert {'can raw4', 'can packet', 'can address', 'can route', 'can nft'} <= can, can


# An unprivileged socket may be bound to an IPv6 address that is not here, and sends with it.
FREE = '''
import json, socket, sys
words = json.loads(sys.argv[1])
errors = {}
for source in words['sources']:
    v6 = ':' in source
    with socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.setsockopt(socket.IPPROTO_IPV6 if v6 else socket.IPPROTO_IP, 78 if v6 else 15, 1)
        try:
            one.bind((source, 0))
            for target in words['targets']:
                if (':' in target) == v6:
                    one.sendto(f'NSB-{source}-.'.encode(), (target, 80))
        except OSError as error:
            errors[source] = error.strerror
print(json.dumps(errors))
'''


@ALL
def test_free_bind(around, boxed):
    """It takes no privilege to send IPv6 from any source: none leaves but the own one."""
    nat.policy(boxed, 'reach-host = 1-65535')
    with staying(boxed) as login, staying(boxed, 'bob') as of_bob:
        own, others = nat.addresses(boxed, login), nat.addresses(boxed, of_bob, 'bob')
        foreign = [*others, topology.NEIGHBOUR6, topology.HOST6, topology.NEIGHBOUR4, STRANGER6,
                   'fd6e:7362:6f78::1', 'fd6e:7362:6f78::abcd', '::ffff:1.2.3.4']
        words = json.dumps({'sources': [*foreign, *own], 'targets': [
            topology.INTERNET4, topology.INTERNET6, topology.NEIGHBOUR6, topology.HOST6,
            others[1]]})
        heard = len(around.server('host').seen)
        with Capture(around.internet) as internet, Capture(around.neighbour) as neighbour, \
                Capture(nodes.of_session(of_bob)) as at_bob:
            line = f"/usr/bin/python3 - '{words}'"
            done = second_channel(boxed, login, line, input=FREE)
            assert done.returncode == 0, done
            errors = json.loads(done.stdout)
            for source in own:
                internet.wait_for(frames.token(source))
            assert topology.NEIGHBOUR6 not in errors, 'the control: the kernel lets it be sent'
            for source in foreign:
                for one in (internet.settle(0.05), neighbour, at_bob):
                    assert not one.having(frames.token(source)), source
            assert not at_bob.having(frames.token(own[1]))
        seen = {caller for _, caller, _, _ in around.server('host').seen[heard:]}
        assert seen == {own[1]}, seen


@ALL
def test_sockets_of_the_host(around, boxed):
    """C15, C4: with a card, too, the host's abstract and unix sockets and its own loopback are out
    of reach, also by the address that stands for "this host".
    """
    nat.policy(boxed, 'egress = 0.0.0.0/0 ::/0')
    for address in (f'@canary-{uuid.uuid4()}', '/run/canary.sock', 9999):
        with net.Listener(address, CANARY) as canary:
            assert boxed.ok('alice', remote.ask(address)).startswith('failed ')
            assert canary.callers == 0
            assert boxed.ok('carol', remote.ask(address)) == f'heard {CANARY}\n', 'the control'
    at_lo = topology.targets('127.0.0.1', '::1', '0.0.0.0', '::', '127.0.0.53', '::ffff:192.0.2.1',
                             'fe80::1%eth0', protocols=['tcp', 'udp'])
    nat.Matrix(around, at_lo).check(probe.from_shell(boxed, at_lo))
