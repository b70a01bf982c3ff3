# SPDX-License-Identifier: MIT
"""network = bridge NAME: the port itself. Whose address it has, what the bridge keeps from it, and
that nothing of it is left.
"""

import contextlib
import json
import socket
import struct

import pytest

import client
import logbook
import nat
import nodes
import wait
from lan import (
    BRIDGE, INTERNET4, INTERNET6, NEIGHBOUR4, ROUTER4, ROUTER6, Loose, mac_of, ports_of,
    write_policy)
from logins import ROOT, SELF, staying
from topology import targets

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
ONE = f'address = 192.0.3.77/23 via {ROUTER4}'
TWO = f'address = 192.0.3.%n/30 via 192.0.3.1'     # 192.0.3.2 is all that there is


def refused(site, cause, user='alice'):
    """A login that is refused: the user has a reference, under which the log has the cause."""
    logged = len(site.host.log.lines)
    done = site.ssh(user, 'echo a shell ran')
    assert done.returncode != 0 and 'a shell ran' not in done.stdout, done
    reference = logbook.reference_in(done.stdout + done.stderr)
    assert cause in site.host.log.wait_for(f'{reference}: .', logged)


def port(host, name):
    """What `ip` says of a port, with what it is to the bridge."""
    return json.loads(host.run(f'ip -j -d link show dev {name}'))[0]


def bridge(host):
    """What the bridge is, and who is on it: whatever a session leaves behind would be in there."""
    found = port(host, BRIDGE)
    return {'address': found['address'], 'mtu': found['mtu'], 'ports': ports_of(host),
            'entries': sorted(line for line in host.run(f'bridge fdb show br {BRIDGE}').splitlines()
                              if 'permanent' in line or 'static' in line)}


@BOTH
def test_kept_apart(lan, boxed):
    """Isolated, no spanning tree, no multicast router; it learns and floods nothing."""
    write_policy(boxed)
    with staying(boxed) as login:
        name, = ports_of(lan.host)
        data = port(lan.host, name)['linkinfo']['info_slave_data']
        own = nat.addresses(boxed, login)
        entries = json.loads(lan.host.run(f'bridge -j fdb show brport {name}'))
        mac = mac_of(nodes.of_session(login))
        shown = port(lan.host, name)
    assert data['isolated'] and data['guard'] and data['root_block'], data
    assert not data['learning'] and not data['flood'] and data['multicast_router'] == 0, data
    assert {one['state'] for one in entries if one['mac'] == mac} == {'static'}, entries
    assert set(shown['altnames']) == {f'nsbox-{one}' for one in own}, shown
    assert mac == '02:6e:' + ':'.join(f'{int(part):02x}' for part in own[0].split('.'))


def test_its_own_mtu_and_address(lan, boxed):
    """The bridge keeps its own, whatever ports come and go; the session has its MTU."""
    write_policy(boxed)
    before = bridge(lan.host)
    with staying(boxed) as login:
        during = bridge(lan.host)
        assert '1500' in boxed.ok('alice', 'cat /sys/class/net/eth0/mtu')
        assert login
    assert (during['address'], during['mtu']) == (before['address'], before['mtu'])
    host = lan.host
    host.ip('link add br1 type bridge\nlink add big0 mtu 9000 type veth peer name big1 mtu 9000\n'
            'link set big0 master br1\nlink set br1 up')
    try:
        mac, mtu = mac_of(host, 'br1'), port(host, 'br1')['mtu']
        write_policy(boxed, 'address = 10.77.0.%n/24', template=False, bridge='br1')
        with staying(boxed, command='cat /sys/class/net/eth0/mtu') as login:
            assert login.shown.strip() == '9000' and mtu == 9000
            assert (mac_of(host, 'br1'), port(host, 'br1')['mtu']) == (mac, mtu)
    finally:
        host.ip('link del br1\nlink del big0')


def test_each_login_has_another(lan, boxed):
    """An address rests before it is given again, and comes with the same hardware address."""
    assert lan
    write_policy(boxed)
    seen = [nat.addresses(boxed) for _ in range(3)]
    assert len(set(seen)) == 3, seen


def test_one_address(lan, boxed):
    """An address that a session has, no second one gets; then it is free again."""
    write_policy(boxed, ONE, template=False)
    with staying(boxed) as login:
        assert nat.addresses(boxed, login) == ('192.0.3.77',)
        refused(boxed, 'cannot give the session 192.0.3.77: another session has it')
        refused(boxed, 'another session has it', user='bob')
        lan.check(nat.from_session(boxed, login, targets(INTERNET4)), targets(INTERNET4),
                  ('192.0.3.77',))
    wait.until(lambda: not ports_of(lan.host), 'the port to be gone')
    assert nat.addresses(boxed) == ('192.0.3.77',)


def test_numbers(lan, boxed):
    """Numbers that another template has given to the same address are left out; at the end of the
    numbers it is said.
    """
    write_policy(boxed, TWO, template=False, more='[user bob]\naddress = 192.0.3.2/23\n')
    with staying(boxed) as login:
        assert nat.addresses(boxed, login) == ('192.0.3.2',)
        refused(boxed, 'cannot give the session an address: all 1 of address are taken')
        refused(boxed, 'cannot give the session 192.0.3.2: another session has it', user='bob')
    wait.until(lambda: not ports_of(lan.host), 'the port to be gone')
    with staying(boxed, 'bob'):
        refused(boxed, 'all 1 of address are taken')


@pytest.mark.parametrize('lines, cause', [
    ('address = 10.213.0.%n/16', 'the address is one of address-pool'),
    ('address = 10.%U.0.1/16', '.0.1" is not an address'),
], ids=['pool', 'too-large'])
def test_no_address(lan, boxed, lines, cause):
    """What cannot be an address of a session refuses it, with the reason; carol gets in."""
    assert lan
    write_policy(boxed, lines, template=False)
    refused(boxed, cause)
    assert boxed.ok('carol', 'echo in') == 'in\n'


@BOTH
@pytest.mark.parametrize('end', ['logout', 'init', 'monitor'])
def test_nothing_is_left(lan, boxed, end):
    """Neither a port nor an entry of the bridge's, whoever is killed."""
    write_policy(boxed)
    wait.until(lambda: not ports_of(lan.host), 'other ports to be gone')
    before = bridge(lan.host)
    with staying(boxed) as login:
        lan.check(nat.from_session(boxed, login, targets(NEIGHBOUR4)), targets(NEIGHBOUR4),
                  nat.addresses(boxed, login))
        assert bridge(lan.host) != before
        if end != 'logout':
            client.run(['kill', '-KILL', str(getattr(login, end))])
    wait.until(lambda: bridge(lan.host) == before, lambda: f'{bridge(lan.host)} to be {before}')


def test_rate(lan, boxed):
    """Both ends of the wire have the policy's rate here, too."""
    write_policy(boxed, 'rate = 80mbit')
    with staying(boxed) as login:
        name, = ports_of(lan.host)
        for node, device in ((lan.host, name), (nodes.of_session(login), 'eth0')):
            queues = json.loads(node.run(f'tc -j qdisc show dev {device}'))
            rates = [one['options']['rate'] for one in queues if one['kind'] == 'tbf']
            assert rates == [10_000_000], queues
        lan.check(nat.from_session(boxed, login, targets(INTERNET4, INTERNET6)),
                  targets(INTERNET4, INTERNET6), nat.addresses(boxed, login))


def advertise(node):
    """A router's advertisement of itself, with a prefix to make addresses of."""
    prefix = struct.pack('!BBBBIII16s', 3, 4, 64, 0xc0, 9999, 9999, 0,
                         socket.inet_pton(socket.AF_INET6, '2001:db8:bad::'))
    one = node.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_ICMPV6)
    one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
    index = node.call(lambda: socket.if_nametoindex('eth0'))
    with one:
        one.sendto(struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0) + prefix,
                   ('ff02::1', 0, 0, index))


def test_routers_are_not_heard(lan, boxed):
    """What a router on the LAN says of itself changes nothing in the session."""
    write_policy(boxed)
    shown = 'ip -6 route; ip -6 -o address show dev eth0'
    with contextlib.closing(Loose(lan, 7)) as control, staying(boxed) as login:
        inside = nodes.of_session(login)
        before = inside.run(['sh', '-c', shown])
        control.sysctl('ipv6/conf/eth0/accept_ra', 1)
        wait.until(lambda: 'tentative' not in lan.router.run('ip -6 address show dev eth0'),
                   'the router to have its link-local address')
        advertise(lan.router)
        wait.until(lambda: '2001:db8:bad:' in control.run('ip -6 address'), 'the control to hear')
        assert inside.run(['sh', '-c', shown]) == before and ROUTER6 in before, before
