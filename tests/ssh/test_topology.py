# SPDX-License-Identifier: MIT
"""The controls of the network tests. Without nsbox everything is reached that these refuse, by each
way that they ask; and a session that nobody guards, made by hand, is attacked and attacks.
"""

import contextlib

import pytest

import dnsserver
import forwards
import probe
import topology
from answering import Answering
from unguarded import Unguarded

ALL = topology.targets(topology.INTERNET4, topology.INTERNET6, topology.OTHER4, topology.OTHER6,
                       topology.FAR4, topology.FAR6, topology.NEIGHBOUR4, topology.NEIGHBOUR6,
                       *topology.METADATA, *topology.HOST_ADDRESSES)
BY_TCP = [target for target in ALL if target[0] == 'tcp']


def check(answers, callers=topology.OF_THE_HOST):
    """Everything was reached, from one of these addresses."""
    for target, answer in answers.items():
        assert topology.reached(target, answer, callers), (target, answer)


def test_from_the_host(around):
    """By root, from the host's network."""
    check(probe.from_node(around.host, ALL))


@pytest.mark.parametrize('boxed', ['plain'], indirect=True)
def test_from_a_login(around, boxed):
    """By a login without nsbox: from the shell, by -L, by -D."""
    assert around
    check(probe.from_shell(boxed, ALL))
    check(forwards.through_local(boxed, BY_TCP))
    check(forwards.through_socks(boxed, BY_TCP))


def test_what_is_not_there(around):
    """A port, an address without a server, a neighbour who does not answer."""
    nobody = ('192.0.2.99', '203.0.113.99', '2001:db8:1::99')
    answers = probe.from_node(around.host, [('tcp', topology.INTERNET4, 81),
                                            ('udp', topology.INTERNET6, 81),
                                            *topology.targets(*nobody)])
    assert all(answer.startswith('failed ') for answer in answers.values()), answers


def test_name_server(around):
    """UDP and TCP, as glibc asks: names that are there, and are not."""
    for protocol in ('udp', 'tcp'):
        query = dnsserver.query('www.example.test')
        for server in (topology.DNS4, topology.DNS6):
            assert dnsserver.ask(around.host, protocol, server, query) == [topology.INTERNET4]
    absent = dnsserver.query('nobody.example.test')
    assert dnsserver.ask(around.host, 'udp', topology.DNS4, absent) == []
    assert around.names.asked[-1] == 'nobody.example.test'


@pytest.fixture(name='bare')
def two_unguarded(around):
    with contextlib.ExitStack() as stack:
        pair = [stack.enter_context(contextlib.closing(Unguarded(around.host, n))) for n in (2, 3)]
        for one in pair:
            stack.enter_context(Answering(one, [80]))
        yield pair


def test_unguarded_reaches_all(around, bare):
    """Out, the host, the neighbour, metadata, the other one: with its own address."""
    assert around
    one, other = bare
    own = (one.v4, one.v6)
    targets = [target for target in ALL + topology.targets(other.v4, other.v6)
               if target[0] != 'icmp']
    for target, answer in probe.from_node(one, targets).items():
        assert answer.split()[1:3] == ['from', own['.' not in target[1]]], (target, answer)


def test_unguarded_is_reached(around, bare):
    """From the internet, the neighbour and the host, all of which know the way."""
    for node in (around.internet, around.neighbour, around.host):
        targets = topology.targets(bare[0].v4, bare[0].v6)
        check(probe.from_node(node, [one for one in targets if one[0] != 'icmp']),
              (*topology.OF_THE_HOST, topology.NEIGHBOUR4, topology.NEIGHBOUR6, '198.51.100.2',
               '2001:db8:3::2'))
