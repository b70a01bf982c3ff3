# SPDX-License-Identifier: MIT
"""Networks against root inside, who manages the session's interfaces (network-admin = yes): frames
made by hand, other addresses, its own card changed or gone. No packet of it may leave as anybody
else's, reach another tenant or the host, and the host's side of the network stays as it is.

The control of the frames: a session that nobody guards sends the same ones, and they arrive.
"""

import contextlib
import json
import os
import re
import shlex

import pytest

import frames
import nat
import nodes
import probe
import topology
import wait
from capture import Capture
from logins import ROOT, SUBIDS, second_channel, staying
from unguarded import Unguarded

ADMIN_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
ADMINS = pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
HERE = os.path.dirname(os.path.abspath(__file__))
ADMIN = ('network-admin = yes',)
POOL6_77 = 'fd6e:7362:6f78::4d07'
DUMPS = ('ip -d -o link', 'ip -o address', 'ip route show table all', 'ip -6 route show table all',
         'ip rule', 'ip -6 rule', 'nft list ruleset', 'ip route get 192.0.2.20',
         'ip route get 203.0.113.10', 'ip route get 2001:db8:2::20', 'ip neigh show nud permanent')


def attack():
    """The program, as text."""
    text = ''
    for name in ('frames', 'attack_net'):
        with open(f'{HERE}/{name}.py', encoding='utf-8') as file:
            text += file.read()
    return text


def names(other4, other6):
    """Whose addresses are misused, and whom the frames are for."""
    return {'internet4': topology.INTERNET4, 'internet6': topology.INTERNET6,
            'neighbour4': topology.NEIGHBOUR4, 'neighbour6': topology.NEIGHBOUR6,
            'host4': topology.HOST4, 'host6': topology.HOST6,
            'metadata4': topology.METADATA[0], 'metadata6': topology.METADATA[1],
            'pool4': '10.213.0.1', 'pool6': 'fd6e:7362:6f78::1',
            'unused4': '10.213.200.200', 'unused6': 'fd6e:7362:6f78::c8c8',
            'other4': other4, 'other6': other6}


@contextlib.contextmanager
def captures(around, *more):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Capture(node)) for node in
               (around.internet, around.neighbour, around.metadata, *more)]


def arrived(captured, known):
    """{name: how many of its frames were seen}, of those that were seen anywhere."""
    counts = {name: sum(len(one.having(frames.token(name))) for one in captured) for name in known}
    return {name: count for name, count in counts.items() if count}


def test_frames_without_a_guard(around):
    """The control: what an unguarded session sends arrives, spoofed or not, at others like it too.
    """
    with contextlib.ExitStack() as stack:
        one, other = [stack.enter_context(contextlib.closing(Unguarded(around.host, n)))
                      for n in (2, 3)]
        words = json.dumps({'names': names(other.v4, other.v6), 'own': [one.v4, one.v6]})
        with captures(around, other) as captured:
            done = json.loads(one.run(['/usr/bin/python3', '-c', attack(), words]))
            captured[0].wait_for(frames.token('legit6'))
            found = arrived([each.settle() for each in captured], done['sent'])
    assert not done['refused'] and len(done['sent']) > 130, done
    assert {'legit4', 'legit6', 'as-neighbour4', 'as-neighbour6', 'as-other4', 'as-pool6',
            'as-stranger-to-internet4', 'to4-other4', 'to6-other6', 'to4-metadata4',
            'mac-elsewhere-as-neighbour', 'ra-own-2001:db8:2::20'} <= set(found), found


def dump(host):
    """The host's side of all networks, without what changes by itself."""
    return {line: re.sub(r'expires \d+\S*', '', host.run(line)) for line in DUMPS}



def changes(before, after):
    return {line: (before[line], after[line]) for line in before if before[line] != after[line]}


@contextlib.contextmanager
def host_unchanged(around):
    wait.until(lambda: len(nat.host_sides(around.host)) == 2, 'alice and bob to be alone')
    before = dump(around.host)
    yield
    must_be(around.host, before)


def must_be(host, before):
    """A login that ended just now may need a moment to go."""
    wait.until(lambda: not changes(before, dump(host)),
               lambda: f'the host\'s side to be as before: {changes(before, dump(host))}', 5)


def run_inside(site, login, code, *words, user='alice'):
    """What a Python program prints, run by a shell of the login."""
    line = shlex.join(['/usr/bin/python3', '-', *words])
    done = second_channel(site, login, line, user, input=code)
    assert done.returncode == 0, done
    return done.stdout


@ADMINS
@pytest.mark.parametrize('lines', [(), ('egress = 0.0.0.0/0 ::/0',)], ids=['any', 'listed'])
def test_frames(around, boxed, lines):
    """Only what the session sends as itself arrives; bob, who is such a session, gets nothing."""
    nat.policy(boxed, *ADMIN, *lines)
    with staying(boxed) as login, staying(boxed, 'bob') as of_bob, host_unchanged(around):
        own, others = nat.addresses(boxed, login), nat.addresses(boxed, of_bob, 'bob')
        words = json.dumps({'names': names(*others), 'own': own})
        with captures(around, nodes.of_session(of_bob)) as captured:
            done = json.loads(run_inside(boxed, login, attack(), words))
            captured[0].wait_for(frames.token('legit6'))
            found = arrived([each.settle() for each in captured], done['sent'])
    assert not done['refused'] and len(done['sent']) > 130, done
    assert set(found) == set(frames.ALLOWED), found


TAKE = '''
ip address add {v4}/32 dev eth0
ip address add {v6}/128 dev eth0 nodad
'''
FORCE = '''
ip link set eth0 arp on
ip link set eth0 address 02:de:ad:be:ef:01
ip link set eth0 up
ip address flush dev eth0 scope global
ip address add {v4}/24 dev eth0
ip address add {v6}/64 dev eth0 nodad
ip route replace default via 10.213.0.1 dev eth0 onlink
ip -6 route replace default via fe80::1 dev eth0
'''


@ADMIN_ROOT
@pytest.mark.parametrize('how', [TAKE, FORCE], ids=['beside', 'instead'])
@pytest.mark.parametrize('whose', ['bob', 'nobody', 'neighbour', 'host'])
def test_another_address(around, boxed, how, whose):
    """A session that configures another address on its card: nothing is sent or heard by it, and
    whoever has it has it alone.
    """
    nat.policy(boxed, *ADMIN, 'reach-host = 1-65535')
    with staying(boxed, 'bob', nat.serving('bob', [80])) as of_bob, staying(boxed) as login:
        taken = {'bob': nat.addresses(boxed, of_bob, 'bob'), 'nobody': ('10.213.77.7', POOL6_77),
                 'neighbour': (topology.NEIGHBOUR4, topology.NEIGHBOUR6),
                 'host': (topology.HOST4, topology.HOST6)}[whose]
        with host_unchanged(around):
            done = second_channel(boxed, login, 'set -e' + how.format(v4=taken[0], v6=taken[1]))
            assert done.returncode == 0, done
            asked = topology.targets(topology.INTERNET4, topology.INTERNET6, topology.FAR4,
                                     topology.FAR6, *topology.HOST_ADDRESSES)
            for address in taken:
                family = [one for one in asked if one[1] not in taken and
                          topology.is_v6(one[1]) == topology.is_v6(address)]
                closed = nat.Matrix(around, family)
                command, code = probe.program(family, timeout=1, source=address)
                closed.check(probe.parse(second_channel(boxed, login, command, input=code).stdout))
        if whose == 'bob':
            answers = nat.from_session(boxed, of_bob, topology.targets(topology.INTERNET4,
                                                                       topology.INTERNET6), 'bob')
            assert not [one for one in answers.values() if one.startswith('failed')], answers
            answers = probe.from_node(around.host, topology.targets(*taken, protocols=['tcp']))
            assert {one.split()[0] for one in answers.values()} == {'bob'}, answers


BREAK = {
    'down': 'ip link set eth0 down',
    'renamed': 'ip link set eth0 down; ip link set eth0 name lan0; ip link set lan0 up',
    'deleted': 'ip link delete eth0',
    'moved': 'unshare -n sleep 0.1; unshare -n sleep 300 & sleep 0.2; ip link set eth0 netns $!',
    'mtu': 'ip link set eth0 mtu 68',
    'huge': 'ip link set eth0 mtu 65535',
    'bridged': 'ip link add br0 type bridge && ip link set eth0 master br0',
    'stacked': 'ip link add link eth0 name mv0 type macvlan mode bridge && ip link set mv0 up',
    'tagged': 'ip link add link eth0 name vl0 type vlan id 7 && ip link set vl0 up',
    'qdisc': 'tc qdisc add dev eth0 root tbf rate 8kbit burst 1600 latency 1ms',
    'group': 'ip link set eth0 group 0',
    'rules': 'nft "add table inet mine; add chain inet mine out { type filter hook output priority '
             '0; policy drop; }"',
    'routes': 'ip route flush table all; ip -6 route flush table all',
    # /proc/sys is read-only: it is refused, and that is the case here.
    'forwarding': '! sysctl -qw net.ipv4.ip_forward=1 && '
                  '! sysctl -qw net.ipv6.conf.all.forwarding=1',
}


@ADMIN_ROOT
@pytest.mark.parametrize('what', BREAK)
def test_card_is_broken(around, boxed, what):
    """Whatever a session does to its own card, the host and other sessions are as before, the next
    login works, and at the end nothing is left. What is the session's own may be broken by it.
    """
    nat.policy(boxed, *ADMIN)
    asked = topology.targets(topology.INTERNET4, topology.INTERNET6)
    with staying(boxed, 'bob') as of_bob:
        wait.until(lambda: len(nat.host_sides(around.host)) == 1, 'bob to be alone')
        before = dump(around.host)
        snapshot = boxed.host.snapshot()
        with staying(boxed) as login:
            line = f'PATH=/usr/sbin:$PATH; ({BREAK[what]}) >/dev/null 2>/tmp/said; s=$?'
            done = second_channel(boxed, login, f'{line}; cat /tmp/said; exit $s')
            if 'Unknown device type' in done.stdout or 'not supported' in done.stdout:
                pytest.skip(f'this kernel has no such device: {done.stdout.strip()}')
            assert done.returncode == 0, f'the control: {done}'
            for user, options in (('bob', of_bob), ('bob', None)):
                answers = (nat.from_session(boxed, options, asked, user) if options else
                           probe.from_shell(boxed, asked, user=user))
                assert not [one for one in answers.values() if 'failed' in one], (what, answers)
        boxed.quiet(['alice'])
        boxed.host.nothing_left_since(snapshot)
        must_be(around.host, before)
