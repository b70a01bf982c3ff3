# SPDX-License-Identifier: MIT
"""network = nat: what a session reaches, by each way and by each key of the policy.

Every target answers without nsbox: test_topology.py is the control of all that is refused here.
"""

import pytest

import forwards
import nat
import probe
from logins import ROOT, SELF, staying
from topology import (
    FAR4, FAR6, HOST4, HOST6, HOST_ADDRESSES, INTERNET4, INTERNET6, META4, META6, METADATA,
    NEIGHBOUR4, NEIGHBOUR6, OTHER4, OTHER6, POOL4, POOL6, WAN4, WAN6, in_pool, targets)

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
OUTSIDE = (INTERNET4, INTERNET6, FAR4, FAR6, NEIGHBOUR4, NEIGHBOUR6)
OF_THE_POOL = ('10.213.0.1', 'fd6e:7362:6f78::1', '10.213.99.99', 'fd6e:7362:6f78::6363')
NEVER = (*METADATA, *HOST_ADDRESSES, *OF_THE_POOL)
ALL = targets(*OUTSIDE, *NEVER)
PORTS = [(protocol, address, port) for address in (INTERNET4, INTERNET6, OTHER4, OTHER6, FAR4, FAR6)
         for port in (80, 443) for protocol in ('tcp', 'udp')]
PINGS = targets(INTERNET4, INTERNET6, OTHER4, OTHER6, FAR4, FAR6, protocols=['icmp'])


def by_all_ways(site, matrix, callers=nat.OF_THE_HOST):
    """The shell, sshd's own child by -L and by -D: all reach the same."""
    matrix.check(probe.from_shell(site, matrix.targets), callers)
    matrix.check(forwards.through_local(site, matrix.by_tcp()), callers)
    matrix.check(forwards.through_socks(site, matrix.by_tcp()), callers)


@BOTH
def test_the_host_forwards_for_nobody_else(around, boxed):
    """Before the first session the host forwards nothing, and after it for sessions only."""
    through = nat.Matrix(around, targets(INTERNET4, INTERNET6))
    through.check(probe.from_node(around.neighbour, through.targets, timeout=1))
    nat.policy(boxed)
    session = nat.Matrix(around, targets(INTERNET4), targets(INTERNET4))
    session.check(probe.from_shell(boxed, session.targets))
    through = nat.Matrix(around, through.targets)
    through.check(probe.from_node(around.neighbour, through.targets, timeout=1))
    said = around.host.run('sysctl -n net.ipv6.conf.wan0.accept_ra net.ipv6.conf.all.forwarding')
    assert said.split() == ['2', '1'], 'else the host would lose a route that is advertised'


@BOTH
def test_default(around, boxed):
    """All of the outside, from the host's address; no metadata, nothing of the host's, nothing of
    the pool. TCP, UDP and ICMP, IPv4 and IPv6.
    """
    nat.policy(boxed)
    by_all_ways(boxed, nat.Matrix(around, ALL, targets(*OUTSIDE)))
    assert set(around.server('internet').callers()) <= {WAN4, WAN6}
    assert set(around.server('neighbour').callers()) <= {HOST4, HOST6}


@BOTH
def test_own_addresses(around, boxed):
    """One address of each family, of the pool, alone in its prefix; the host's side has none."""
    assert around
    nat.policy(boxed)
    with staying(boxed, command='ip -o address show dev eth0 scope global; '
                 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start') as login:
        shown, (v4, v6) = login.shown, nat.addresses(boxed, login)
        side = around.host.run(f'ip -o address show dev nsb{nat.slot_of(v4)}')
        assert ' inet' not in side.replace('inet6 fe80::', ''), side
    assert nat.slot_of(v4, POOL4) == nat.slot_of(v6, POOL6) >= 2, shown
    assert f'{v4}/32' in shown and f'{v6}/128' in shown, shown
    assert shown.splitlines()[-1] == '0', 'low-ports = yes is the default'


@BOTH
def test_own_ports(around, boxed):
    """Servers at ports below 1024 of the session's own addresses, asked by the session itself."""
    assert around
    nat.policy(boxed)
    lines = (f"{nat.serving('mine', [80])}\n"
             "ip -o address show dev eth0 scope global | sed 's/.*inet6\\? //; s/\\/.*//'")
    with staying(boxed, command=lines) as login:
        own = login.shown.split()
        assert len(own) == 2, login.shown
        answers = nat.from_session(boxed, login, targets(*own))
        for (protocol, address, _), answer in answers.items():
            wanted = 'echo' if protocol == 'icmp' else f'mine from {address} to {address}'
            assert answer == wanted, answers


@BOTH
@pytest.mark.parametrize('address', [INTERNET4, INTERNET6])
def test_ping(around, boxed, address):
    """ping(8), whose file's capability counts for nothing inside."""
    assert around
    nat.policy(boxed)
    done = nat.ping(boxed, address)
    assert done.returncode == 0 and ' 0% packet loss' in done.stdout, done


def test_nothing_goes_out(around, boxed):
    """egress = none: nothing at all; and the login itself is as ever."""
    nat.policy(boxed, 'egress = none')
    by_all_ways(boxed, nat.Matrix(around, ALL))


def test_listed_addresses(around, boxed):
    """egress = addresses and networks: these with every protocol, and nothing else."""
    nat.policy(boxed, f'egress = {INTERNET4} 198.18.0.0/15 {INTERNET6} 2001:db8:9::/48')
    listed = targets(INTERNET4, FAR4, INTERNET6, FAR6)
    by_all_ways(boxed, nat.Matrix(around, ALL + PORTS + PINGS,
                                  listed + [one for one in PORTS
                                            if one[1] in (INTERNET4, FAR4, INTERNET6, FAR6)]))


def test_listed_ports(around, boxed):
    """egress with ports and protocols: an address alone opens no more than is said of it."""
    nat.policy(boxed, f'egress = {INTERNET4}:80/tcp {OTHER4}:80-443/udp 198.18.0.0/15:443 '
               f'[{INTERNET6}]:80/tcp [{OTHER6}]:80-443/udp [2001:db8:9::/48]:443')
    by_all_ways(boxed, nat.Matrix(around, PORTS + PINGS, [
        *targets(INTERNET4, INTERNET6, protocols=['tcp']),
        *[('udp', address, port) for address in (OTHER4, OTHER6) for port in (80, 443)],
        *targets(FAR4, FAR6, protocols=['tcp', 'udp'], port=443)]))


def test_denied(around, boxed):
    """egress-deny takes away from egress = any, each protocol and port that it names."""
    nat.policy(boxed, f'egress-deny = {INTERNET4} {INTERNET6}', f'egress-deny = {OTHER4}:80/tcp '
               f'[{OTHER6}]:443/udp 198.18.0.0/15:443 [2001:db8:9::/48]:80')
    denied = [('tcp', OTHER4, 80), ('udp', OTHER6, 443),
              *targets(FAR4, protocols=['tcp', 'udp'], port=443),
              *targets(FAR6, protocols=['tcp', 'udp'])]
    by_all_ways(boxed, nat.Matrix(around, PORTS + PINGS,
                                  [one for one in PORTS + PINGS if one not in denied and
                                   one[1] not in (INTERNET4, INTERNET6)]))


def test_denied_of_listed(around, boxed):
    """egress-deny wins over a list of egress, however narrow that is."""
    nat.policy(boxed, f'egress = {INTERNET4} {INTERNET6} 198.18.0.0/15',
               'egress-deny = 203.0.113.0/24 2001:db8:1::/48')
    by_all_ways(boxed, nat.Matrix(around, PORTS + PINGS, [one for one in PORTS + PINGS
                                                          if one[1] == FAR4]))


def test_everything_is_not_metadata(around, boxed):
    """egress = 0.0.0.0/0 ::/0, or a network with them in it, opens no metadata address, nothing of
    the host, nothing of the pool.
    """
    for egress in ('0.0.0.0/0 ::/0', '169.254.0.0/16 fd00::/8 192.0.2.1 2001:db8:2::1 '
                   '10.213.0.0/16 100.64.0.0/10 203.0.113.10'):
        nat.policy(boxed, f'egress = {egress}')
        opened = OUTSIDE if '::/0' in egress else (INTERNET4,)
        by_all_ways(boxed, nat.Matrix(around, ALL, targets(*opened)))


def test_metadata_that_is_named(around, boxed):
    """egress that names exactly a metadata address opens that one."""
    nat.policy(boxed, 'egress = 169.254.169.254:80/tcp fd00:ec2::254')
    open_ones = [('tcp', '169.254.169.254', 80), *targets('fd00:ec2::254')]
    by_all_ways(boxed, nat.Matrix(around, ALL, open_ones), (META4, META6))


HOST_PORTS = [(protocol, address, port) for address in HOST_ADDRESSES for port in (80, 443, 631)
              for protocol in ('tcp', 'udp')]


@BOTH
def test_reach_host(around, boxed):
    """reach-host opens its ports, at every address of the host's; and tells the host's server the
    session's own address.
    """
    nat.policy(boxed, 'reach-host = 80/tcp 631')
    matrix = nat.Matrix(around, HOST_PORTS + targets(*HOST_ADDRESSES, *METADATA), [
        one for one in HOST_PORTS if one[::2] == ('tcp', 80) or one[2] == 631])
    for ask, asked in ((probe.from_shell, matrix.targets), (forwards.through_local,
                       matrix.by_tcp()), (forwards.through_socks, matrix.by_tcp())):
        answers = ask(boxed, asked)
        callers = {answer.split()[2] for answer in answers.values() if ' from ' in answer}
        assert callers and all(in_pool(one) for one in callers), callers
        matrix.check(answers, callers)


def test_reach_host_alone(around, boxed):
    """reach-host does not need egress, nor does it open the same port elsewhere."""
    nat.policy(boxed, 'egress = none', 'reach-host = 80-443')
    answers = probe.from_shell(boxed, HOST_PORTS + PORTS)
    callers = {answer.split()[2] for answer in answers.values() if ' from ' in answer}
    nat.Matrix(around, HOST_PORTS + PORTS,
               [one for one in HOST_PORTS if one[2] != 631]).check(answers, callers)


def test_policies_differ(around, boxed):
    """Two tenants at once, each by the policy of its own."""
    nat.policy(boxed, 'egress = none', more=f'[user bob]\negress = {INTERNET4}\n'
               'reach-host = 631/tcp\n')
    asked = targets(INTERNET4, FAR4, HOST4)
    with staying(boxed) as of_alice, staying(boxed, 'bob') as of_bob:
        matrix = nat.Matrix(around, asked)
        matrix.check(nat.from_session(boxed, of_alice, asked))
        matrix = nat.Matrix(around, asked, targets(INTERNET4))
        matrix.check(nat.from_session(boxed, of_bob, asked, user='bob'))
        matrix = nat.Matrix(around, [('tcp', HOST4, 631)])
        matrix.check(nat.from_session(boxed, of_alice, matrix.targets))
        answer = nat.from_session(boxed, of_bob, matrix.targets, user='bob').popitem()[1]
        assert answer.startswith('host from 10.213.'), answer


def test_low_ports(around, boxed):
    """low-ports = no: a port below 1024 needs a privilege that no tenant has."""
    assert around
    nat.policy(boxed, 'low-ports = no')
    bind = 'import socket; socket.socket().bind(("", {})); print("bound")'
    low = boxed.ssh('alice', f"python3 -c '{bind.format(1023)}'")
    assert low.returncode == 1 and 'Permission denied' in low.stderr, low
    assert boxed.ok('alice', f"python3 -c '{bind.format(1024)}'") == 'bound\n', 'the control'
