# SPDX-License-Identifier: MIT
"""C15: what the host's side of networks lets through, between a session and all that is around the
host: its table and its routing rules, with packets that a session's program has marked.

The sessions are made by hand: see marked.py. Each refusal has the same way open beside it.
"""

import contextlib
import os
import subprocess

import pytest

import probe
import topology
from answering import Answering
from marked import ADDRESS4, ADDRESS6, HOST, OK, OUT, Marked, marks, nft

NET = '/usr/libexec/nsbox/nsbox-net'
POOL = f'{topology.POOL4} {topology.POOL6}'
INTERNET = topology.targets(topology.INTERNET4, topology.INTERNET6)
NEIGHBOUR = topology.targets(topology.NEIGHBOUR4, topology.NEIGHBOUR6)
OURS = topology.targets(*topology.HOST_ADDRESSES)
WAN = (topology.WAN4, topology.WAN6)
SESSIONS = tuple(address.format(n=n) for address in (ADDRESS4, ADDRESS6) for n in (2, 3))
CALLERS = (*SESSIONS, *topology.HOST_ADDRESSES, topology.NEIGHBOUR4, topology.NEIGHBOUR6,
           '198.51.100.2', '2001:db8:3::2', 'fd00:ec2::1')
# So many seconds are enough for who does not answer: all others take a hundredth.
SHORT = 1.0


def make():
    done = subprocess.run([NET, 'make', POOL, '20000-32767', '16'], stdout=subprocess.PIPE,
                          check=False)
    assert done.returncode == 0, done.stdout


@pytest.fixture(name='around', scope='module')
def made_topology(host):
    assert host
    if not os.path.exists(NET):
        pytest.skip('nsbox was built without libnftables')
    around = topology.make()
    for node in (around.host, around.neighbour, around.internet):
        node.sysctl('ipv4/ping_group_range', '0 2147483647')
    make()
    yield around
    around.close()


@pytest.fixture(name='pair', scope='module')
def two_sessions(around):
    """Slots 2 and 3: their ports are 20000 to 20015, and 20016 to 20031."""
    with contextlib.ExitStack() as stack:
        pair = [stack.enter_context(contextlib.closing(Marked(around.host, n))) for n in (2, 3)]
        for one in pair:
            stack.enter_context(Answering(one, (80, 20000, 20016)))
        yield pair


@pytest.fixture(name='marked')
def marking(around, pair):
    """marked(A, B): what the two sessions' packets are marked with. The table is whole before."""
    make()

    def mark(first, second=0):
        nft(around.host, marks(dict(zip(pair, (first, second)))))
    mark(0)
    yield mark
    nft(around.host, 'delete table inet marks')


def reached(node, targets, callers=CALLERS, timeout=SHORT):
    """Those of the targets that answered, and as they are to answer."""
    return {target for target, answer in probe.from_node(node, targets, timeout).items()
            if topology.reached(target, answer, callers)}


def served(node, targets):
    """Those of the published ports behind which a session answered, and which."""
    answers = probe.from_node(node, targets, SHORT)
    return {target: answer.split()[0] for target, answer in answers.items()
            if answer.startswith('nsb')}


def all_by(session, targets):
    return dict.fromkeys(targets, session.name)


def published(*addresses, port=20000):
    return topology.targets(*addresses, protocols=('tcp', 'udp'), port=port)


def test_out(around, pair, marked):
    """To the world and the LAN, as the host's own address; to neither without the mark."""
    marked(OUT)
    assert reached(pair[0], INTERNET, WAN) == set(INTERNET)
    assert reached(pair[0], NEIGHBOUR, topology.HOST_ADDRESSES) == set(NEIGHBOUR)
    assert not around.server('internet').callers() & {pair[0].v4, pair[0].v6}
    marked(0)
    assert not reached(pair[0], INTERNET + NEIGHBOUR)
    marked(HOST)
    assert not reached(pair[0], INTERNET + NEIGHBOUR)


def test_refused_at_once(pair, marked):
    """TCP each time; others with an error, which the kernel does not send often."""
    marked(0)
    for target, answer in probe.from_node(pair[0], by_protocol('tcp', INTERNET * 20)).items():
        assert answer == 'failed Connection refused', (target, answer)
    for target, answer in probe.from_node(pair[1], by_protocol('udp', INTERNET)).items():
        assert answer in ('failed No route to host', 'failed Permission denied'), (target, answer)


def by_protocol(protocol, targets):
    return [target for target in targets if target[0] == protocol]


def test_host(pair, marked):
    """The host's own addresses, all of them, with its mark alone."""
    marked(HOST)
    assert reached(pair[0], OURS) == set(OURS)
    marked(OUT)
    assert not reached(pair[0], OURS)
    assert not reached(pair[0], topology.targets('10.213.0.1', 'fd6e:7362:6f78::1'))


def test_sessions_apart(around, pair, marked):
    """By address, and by published port of the host's addresses; a neighbour gets there by port."""
    marked(OUT | HOST, OUT | HOST)
    assert not reached(pair[0], topology.targets(pair[1].v4, pair[1].v6))
    by_port = published(*topology.HOST_ADDRESSES, port=20016)
    assert not served(pair[0], by_port)
    assert served(around.neighbour, by_port) == all_by(pair[1], by_port)


def test_into_sessions(around, pair, marked):
    """From LAN and internet by port alone; from the host by root alone."""
    marked(0)
    direct = topology.targets(pair[0].v4, pair[0].v6)
    for node in (around.neighbour, around.internet):
        assert not reached(node, direct)
        assert served(node, published(*WAN)) == all_by(pair[0], published(*WAN))
    assert reached(around.host, direct) == set(direct)
    assert served(around.host, published(*WAN)) == all_by(pair[0], published(*WAN))


def test_users_of_the_host(around, pair, marked):
    """A user of the host, or a session with the host's network, is as far away as a neighbour."""
    marked(0)

    def as_nobody(targets):
        line, code = probe.program(targets, SHORT)
        return probe.parse(around.host.run(
            ['setpriv', '--reuid=65534', '--clear-groups', *line.split()], input=code))
    direct = topology.targets(pair[0].v4, pair[0].v6)
    answers = as_nobody(direct + published(*WAN) + INTERNET)
    assert {target for target, answer in answers.items()
            if not answer.startswith('failed')} == set(published(*WAN) + INTERNET)


def test_port_without_session(around, pair, marked):
    """A port whose slot is free leads nowhere: not out, by the default route."""
    assert pair
    marked(0)
    before = len(around.server('internet').seen)
    for slot in (4, 799):
        around.internet.ip(f'address add 10.213.{slot // 256}.{slot % 256}/32 dev lo')
        free = published(topology.HOST4, topology.HOST6, port=20000 + (slot - 2) * 16)
        answers = probe.from_node(around.neighbour, free, SHORT).values()
        assert all(answer.startswith('failed') for answer in answers), answers
    assert len(around.server('internet').seen) == before


def test_name_server_of_loopback(around, pair, marked):
    """The pool's second address is the host's own resolver; nothing else of loopback is there."""
    pair[0].ip('route del local 127.0.0.0/8 dev lo table local\n'
               'route del local 127.0.0.1 dev lo table local\n'
               'route add 127.0.0.0/8 via inet6 fe80::1 dev eth0\n')
    for node, name in ((around.host, pair[0].name), (pair[0], 'eth0')):
        node.sysctl(f'ipv4/conf/{name}/route_localnet', 1)
    with contextlib.closing(OnLoopback(around.host, 53)) as server, \
            contextlib.closing(OnLoopback(around.host, 54)):
        def heard(*targets):
            return sorted(answer for answer in probe.from_node(pair[0], targets, SHORT).values()
                          if not answer.startswith('failed'))
        right = published('10.213.0.1', port=53)
        wrong = published('10.213.0.1', port=54) + published('127.0.0.1', '127.0.0.2', port=53)
        marked(HOST)
        assert heard(*right) == [f'53 from {pair[0].v4} to 127.0.0.1'] * 2
        assert not heard(*wrong)
        marked(OUT)
        assert not heard(*right, *wrong) and len(server.seen) == 2
        marked(HOST | OUT)
        nft(around.host, 'flush chain inet nsbox outward\n'
                         f'add rule inet nsbox outward meta mark set mark or {OK:#x}\n')
        asked = len(server.seen)
        heard(*published('127.0.0.1', port=53))
        assert len(server.seen) > asked      # the kernel lets it in
    around.host.sysctl(f'ipv4/conf/{pair[0].name}/route_localnet', 0)


class OnLoopback(Answering):
    """A server at 127.0.0.1 alone."""

    def __init__(self, node, port):
        super().__init__(node, (port,), token=str(port), only='127.0.0.1')


def test_ports_of_others(around, pair, marked):
    """What another forwards from the host's address (Docker does) is the host's, for a session."""
    other = 'table ip others'
    nft(around.host, f'''{other} {{ chain in {{ type nat hook prerouting priority dstnat;
        ip daddr {topology.WAN4} tcp dport 8080 dnat to {topology.NEIGHBOUR4}:80; }}
        chain out {{ type nat hook postrouting priority srcnat;
        ip daddr {topology.NEIGHBOUR4} masquerade; }}
        }}''')

    def answers(node):
        target = ('tcp', topology.WAN4, 8080)
        return probe.from_node(node, [target], SHORT)[target].startswith('neighbour')
    try:
        marked(OUT)
        assert not answers(pair[0])
        marked(HOST)
        assert answers(pair[0])
    finally:
        nft(around.host, f'delete {other}')


@pytest.mark.parametrize('level', [1, 2])
def test_reverse_path_filter(around, pair, marked, level):
    """The kernel's for IPv4, and firewalld's for IPv6: neither takes a session for a liar."""
    around.host.sysctl('ipv4/conf/all/rp_filter', level)
    nft(around.host, '''table inet rpfilter { chain in {
        type filter hook prerouting priority raw + 10;
        meta nfproto ipv6 fib saddr . mark . iif oif missing drop; }
        }''')
    try:
        marked(OUT | HOST)
        assert reached(pair[0], INTERNET, WAN) == set(INTERNET)
        assert reached(pair[0], OURS) == set(OURS)
        ports = published(*WAN)
        assert served(around.internet, ports) == all_by(pair[0], ports)
    finally:
        nft(around.host, 'delete table inet rpfilter')
        around.host.sysctl('ipv4/conf/all/rp_filter', 0)


def all_ways(around, pair):
    """Who reaches whom in these tests, each by a way that is open before."""
    return ((pair[0], INTERNET + OURS), (around.internet, published(*WAN)),
            (around.neighbour, topology.targets(pair[0].v4, pair[0].v6) + published(*WAN)),
            (around.host, published(*WAN)))


CLOSERS = {
    'flush ruleset': 'flush ruleset\n',
    'delete table': 'delete table inet nsbox\n',
    'dormant': 'table inet nsbox { flags dormant; }\n',
    'flush table': 'flush table inet nsbox\n',
}


@pytest.mark.parametrize('how', CLOSERS)
def test_closed_without_the_table(around, pair, marked, how):
    """Both ways, new and old connections; and the next one who makes it opens it again."""
    marked(OUT | HOST, OUT | HOST)
    assert reached(pair[0], INTERNET + OURS) == set(INTERNET + OURS)
    with contextlib.closing(Talk(pair[0])) as talk:
        assert talk.goes_on()
        nft(around.host, CLOSERS[how] + marks({pair[0]: OUT | HOST, pair[1]: OUT | HOST}))
        for node, targets in all_ways(around, pair):
            assert not reached(node, targets) and not served(node, targets), (how, node.name)
        assert not talk.goes_on()
        make()
        assert reached(pair[0], INTERNET + OURS) == set(INTERNET + OURS)
        assert talk.goes_on()


class Talk:
    """A UDP socket of a session that the internet's server has answered."""

    def __init__(self, node):
        self._socket = node.socket(probe.socket.AF_INET, probe.socket.SOCK_DGRAM)
        self._socket.settimeout(SHORT)
        self._socket.connect((topology.INTERNET4, 80))

    def goes_on(self):
        try:
            self._socket.send(b'more')
            return bool(self._socket.recv(4096))
        except OSError:
            return False

    def close(self):
        self._socket.close()


@pytest.mark.parametrize('flush', ['ip rule flush', 'ip -6 rule flush'])
def test_closed_without_the_rules(around, pair, marked, flush):
    """The table alone, as a script that flushes routing rules leaves it; the host lives on."""
    marked(0, 0)
    main = f'{flush.replace("flush", "add")} lookup main pref 32766'
    direct = topology.targets(pair[0].v4, pair[0].v6)
    around.host.run(flush)
    around.host.run(main)
    try:
        assert reached(around.neighbour, OURS) == set(OURS)
        assert not reached(pair[0], INTERNET + OURS)
        assert not reached(around.neighbour, direct)
    finally:
        make()
    marked(OUT | HOST)
    assert reached(pair[0], INTERNET + OURS) == set(INTERNET + OURS)


def test_unmarked(around, pair, marked):
    """Packets that no program has marked: the group alone is enough to stop them."""
    marked(0)
    nft(around.host, 'flush chain inet marks write\n')
    assert not reached(pair[0], INTERNET + OURS)


def test_no_router(around, pair, marked):
    """The host was none, and forwards for sessions alone."""
    marked(OUT)
    assert reached(pair[0], INTERNET, WAN) == set(INTERNET)
    assert not reached(around.neighbour, INTERNET)
    nft(around.host, 'flush chain inet nsbox forward\n')
    assert reached(around.neighbour, INTERNET) == set(INTERNET)   # nothing else was in the way
