# SPDX-License-Identifier: MIT
"""network = bridge NAME: what a session on an admin's bridge reaches, by each way and by each key.

What nobody answers is known by a timeout: on a bridge there is no router that would refuse it. So a
table of targets is asked at once, and what is open in it is the control.
"""

import pytest

import forwards
import lan as lan_module
import probe
from lan import (
    DNS4, DNS6, ELSEWHERE4, HOST4, HOST6, INTERNET4, INTERNET6, NEIGHBOUR4, NEIGHBOUR6,
    OF_THE_HOST, POOL_HOST4, POOL_HOST6, ROUTER4, ROUTER6)
from logins import ROOT, SELF, staying
from nat import addresses, from_session, serving
from topology import METADATA, in_pool, targets

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
OUTSIDE = (INTERNET4, INTERNET6, NEIGHBOUR4, NEIGHBOUR6, ROUTER4, ROUTER6)
ALL = targets(*OUTSIDE, *OF_THE_HOST, *METADATA)
PORTS = [(protocol, address, port) for address in (INTERNET4, INTERNET6, NEIGHBOUR4, NEIGHBOUR6)
         for port in (80, 443) for protocol in ('tcp', 'udp')]


def policy(site, *lines, **more):
    lan_module.write_policy(site, *lines, **more)


def tcp(asked):
    return [target for target in asked if target[0] == 'tcp']


def test_without_a_guard(lan):
    """The control: what is no session reaches all of it, and one like it."""
    one, other = lan_module.Loose(lan, 1), lan_module.Loose(lan, 2)
    try:
        lan.check(probe.from_node(one, ALL), ALL, (one.v4, one.v6))
        pings = targets(other.v4, other.v6, protocols=['icmp'])
        lan.check(probe.from_node(one, pings), pings, ())
    finally:
        one.close()
        other.close()


@BOTH
@pytest.mark.parametrize('template', [True, False])
def test_default(lan, boxed, template):
    """By its own address: the LAN and what is behind it; nothing of the host's, no metadata. With
    an address of the pool the host is the router, and still nothing of it is reached.
    """
    policy(boxed, template=template)
    with staying(boxed) as login:
        own = addresses(boxed, login)
        lan.check(from_session(boxed, login, ALL), targets(*OUTSIDE), own)
    assert all(in_pool(one) != template for one in own), own


@BOTH
def test_forwards(lan, boxed):
    """What sshd's own child reaches by -L and -D is the same."""
    policy(boxed)
    callers = [f'192.0.3.{n}' for n in range(256)] + [f'2001:db8:2::3:{n}' for n in range(256)]
    for through in (forwards.through_local, forwards.through_socks):
        lan.check(through(boxed, tcp(ALL)), tcp(targets(*OUTSIDE)), callers)


@BOTH
def test_own_addresses(lan, boxed):
    """The addresses of the policy and a link-local one; no router has anything to say."""
    assert lan
    policy(boxed)
    said = boxed.ok('alice', '/usr/sbin/ip -o address show dev eth0; /usr/sbin/ip route; '
                    '/usr/sbin/ip -6 route; cat /proc/sys/net/ipv6/conf/eth0/accept_ra')
    lines = said.splitlines()
    assert sum(' scope ' in line and 'eth0' in line and 'inet' in line for line in lines) == 3, said
    assert '/23 ' in said and '/64 ' in said and lines[-1] == '0', said
    assert any(line.startswith(f'default via {ROUTER4} dev eth0') for line in lines), said
    assert any(line.startswith(f'default via {ROUTER6} dev eth0') for line in lines), said


def test_nothing_goes_out(lan, boxed):
    """egress = none: nothing at all."""
    policy(boxed, 'egress = none')
    lan.check(probe.from_shell(boxed, ALL), (), ())


def test_listed(lan, boxed):
    """egress = LIST, with ports and protocols and without; DNS servers can be asked as well."""
    policy(boxed, f'egress = {INTERNET4}:80/tcp [{INTERNET6}]:443 192.0.2.16/28',
           f'dns = {DNS4} {DNS6}')
    names = targets(DNS4, DNS6, port=53, protocols=['tcp', 'udp'])
    asked = [*ALL, *PORTS, *names, *targets(DNS4, DNS6)]
    with staying(boxed) as login:
        own = addresses(boxed, login)
        lan.check(from_session(boxed, login, asked), [
            ('tcp', INTERNET4, 80), ('tcp', INTERNET6, 443), ('udp', INTERNET6, 443),
            *targets(NEIGHBOUR4), *[one for one in PORTS if one[1] == NEIGHBOUR4], *names], own)


def test_denied(lan, boxed):
    """egress-deny takes away; metadata that is named alone is opened, and no more of it."""
    policy(boxed, f'egress-deny = {INTERNET4}:80/tcp [2001:db8:2::20]:443 {ROUTER4}')
    denied = [('tcp', INTERNET4, 80), ('tcp', NEIGHBOUR6, 443), ('udp', NEIGHBOUR6, 443),
              *targets(ROUTER4)]
    asked = [*targets(*OUTSIDE), *PORTS]
    with staying(boxed) as login:
        own = addresses(boxed, login)
        lan.check(from_session(boxed, login, asked),
                  [one for one in asked if one not in denied], own)
    policy(boxed, f'egress = {METADATA[0]} 0.0.0.0/0')
    with staying(boxed) as login:
        own = addresses(boxed, login)
        lan.check(from_session(boxed, login, ALL), [
            *targets(METADATA[0]), *targets(INTERNET4, NEIGHBOUR4, ROUTER4)], own)


def test_reach_host(lan, boxed):
    """reach-host opens its ports of the host's addresses, on the bridge and elsewhere, and no more;
    and who is asked there sees the session's own address.
    """
    policy(boxed, 'reach-host = 80/tcp', 'egress = none')
    asked = [*targets(*OF_THE_HOST), *targets(*OF_THE_HOST, port=443, protocols=['tcp'])]
    with staying(boxed) as login:
        own = addresses(boxed, login)
        lan.check(from_session(boxed, login, asked), targets(*OF_THE_HOST, protocols=['tcp']), own)


def test_address_of_the_host_that_comes_later(lan, boxed):
    """What the host gets while a session lives is the host's, too."""
    policy(boxed)
    later = targets('192.0.2.77', '2001:db8:2::4d')
    with staying(boxed) as login:
        lan.host.ip('address add 192.0.2.77/23 dev br0\n'
                    'address add 2001:db8:2::4d/64 dev br0 nodad')
        try:
            lan.check(probe.from_node(lan.neighbour, later), later, (NEIGHBOUR4, NEIGHBOUR6))
            lan.check(from_session(boxed, login, later), (), ())
        finally:
            lan.host.ip('address del 192.0.2.77/23 dev br0\n'
                        'address del 2001:db8:2::4d/64 dev br0')


def test_host_without_an_address_there(lan, boxed):
    """The host need not be on the LAN: another address of it is out of reach by the router, too."""
    policy(boxed)
    asked = targets(ELSEWHERE4, INTERNET4, NEIGHBOUR4)
    lan.host.ip(f'address del {HOST4}/23 dev br0')
    lan.router.ip(f'route replace 198.51.100.0/24 via {POOL_HOST4} dev eth0 onlink')
    try:
        lan.check(probe.from_node(lan.neighbour, asked[:3]), asked[:3], (NEIGHBOUR4,))
        with staying(boxed) as login:
            own = addresses(boxed, login)
            lan.check(from_session(boxed, login, asked), asked[3:], own)
    finally:
        lan.host.ip(f'address add {HOST4}/23 dev br0\nroute replace default via {ROUTER4}')
        lan.router.ip(f'route replace 198.51.100.0/24 via {HOST4}')


@BOTH
@pytest.mark.parametrize('template', [True, False])
def test_sessions_are_apart(lan, boxed, template):
    """Neighbours reach a session's servers; another session does not, by its own policy or not."""
    policy(boxed, template=template)
    with staying(boxed, command=serving('alice')) as of_alice:
        own = addresses(boxed, of_alice)
        asked = targets(*own)
        with staying(boxed, 'bob') as of_bob:
            lan.check(from_session(boxed, of_bob, asked, user='bob'), (), ())
        for node in (lan.neighbour, lan.internet):
            reached = probe.from_node(node, asked)
            if template or node is lan.neighbour:
                lan.check(reached, asked, (NEIGHBOUR4, NEIGHBOUR6, INTERNET4, DNS6))


def test_two_with_the_pool_and_a_template(lan, boxed):
    """Also where one has an address of the pool, and the other one of the LAN."""
    policy(boxed, template=False, more=f'[user bob]\naddress = {lan_module.TEMPLATE}\n')
    with staying(boxed) as of_alice, staying(boxed, 'bob') as of_bob:
        alices, bobs = addresses(boxed, of_alice), addresses(boxed, of_bob, 'bob')
        assert in_pool(alices[0]) and not in_pool(bobs[0])
        pings = targets(*alices, *bobs, protocols=['icmp'])
        answers = from_session(boxed, of_bob, pings[:2], user='bob')
        answers |= from_session(boxed, of_alice, pings[2:])    # the host is her router
        lan.check(answers, (), ())
        lan.check(probe.from_node(lan.neighbour, pings[2:]), pings[2:], ())


def test_gateway_of_the_pool(lan, boxed):
    """The pool's second address is the host's, and no more of it than the rest."""
    policy(boxed, template=False)
    with staying(boxed) as login:
        answers = from_session(boxed, login, targets(POOL_HOST4, POOL_HOST6, HOST6, INTERNET6))
        lan.check(answers, targets(INTERNET6), addresses(boxed, login))
