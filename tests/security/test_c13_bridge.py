# SPDX-License-Identifier: MIT
"""A bridge against root inside, who manages the session's interface (network-admin = yes): frames
made by hand, to every machine on the LAN. None may arrive as anybody else's, at another session or
at the host, and nobody on the LAN may come to believe something wrong.

The control: a machine that nobody guards sends the same ones, and they arrive.
"""

import contextlib
import json
import os

import pytest

import frames
import lan as lan_module
import nat
import nodes
import probe
from capture import Capture
from lan import (
    BRIDGE, HOST4, HOST6, INTERNET4, INTERNET6, NEIGHBOUR4, NEIGHBOUR6, ROUTER4, ROUTER6, mac_of)
from logins import ROOT, SUBIDS, second_channel, staying
from topology import METADATA, targets

ADMINS = pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
HERE = os.path.dirname(os.path.abspath(__file__))
ADMIN = 'network-admin = yes'
PORT_MAC = 'fe:6e:73:62:6f:78'      # of the host's end of every session
BY_HOST = f'192.0.3.%n/23,2001:db8:2::3:%n/64 via {HOST4},{HOST6}'
# Also sent as oneself and to one machine: a destination that is nobody's on this LAN.
ALLOWED = {*frames.ALLOWED, 'to4-subnet'}


def attack():
    text = ''
    for name in ('frames', 'attack_lan'):
        with open(f'{HERE}/{name}.py', encoding='utf-8') as file:
            text += file.read()
    return text


def words(lan, own, others):
    """The argument of the program."""
    names = {'internet4': INTERNET4, 'internet6': INTERNET6, 'neighbour4': NEIGHBOUR4,
             'neighbour6': NEIGHBOUR6, 'host4': HOST4, 'host6': HOST6, 'metadata4': METADATA[0],
             'metadata6': METADATA[1], 'pool4': '10.213.0.1', 'pool6': 'fd6e:7362:6f78::1',
             'unused4': '10.213.200.200', 'unused6': 'fd6e:7362:6f78::c8c8',
             'other4': others[0], 'other6': others[1]}
    macs = [mac_of(lan.neighbour), mac_of(lan.router), mac_of(lan.host, BRIDGE), PORT_MAC]
    return json.dumps({'names': names, 'own': own, 'macs': macs})


class Ears:
    """What arrives at everybody from now on; at the host, by the bridge."""

    def __init__(self, lan, other):
        self._stack = contextlib.ExitStack()
        self._names = frames.all_frames(bytes(6), '192.0.2.9', '2001:db8::9', json.loads(
            words(lan, [], ('192.0.2.8', '2001:db8::8')))['names'])
        self.host = self._stack.enter_context(Capture(lan.host))
        self.others = [self._stack.enter_context(Capture(node)) for node in
                       (lan.neighbour, lan.router, lan.internet, other)]

    def settle(self):
        """All that is on its way has come: nothing more for a while."""
        self.others[2].wait_for(frames.token('legit6'))
        ears, count = (self.host, *self.others), -1
        while count != sum(len(one.frames) for one in ears):
            count = sum(len(one.frames) for one in ears)
            self.host.settle()

    def heard(self):
        """The names of the frames that somebody has heard, and those that the host has."""
        at_host = [frame for name, frame in self.host.frames if name == BRIDGE]
        return ({name for name in self._names
                 if any(one.having(frames.token(name)) for one in self.others)},
                {name for name in self._names
                 if any(frames.token(name) in frame for frame in at_host)})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stack.close()


def beliefs(lan):
    """{(who, whose address): hardware address}, of all that is known on the LAN."""
    found = {}
    for node in (lan.host, lan.neighbour, lan.router):
        for line in node.run('ip neigh').splitlines():
            fields = line.split()
            if 'lladdr' in fields:
                found[node.name, fields[0]] = fields[fields.index('lladdr') + 1]
    return found


def check_beliefs(lan):
    """Everybody else is where they are."""
    true = {**dict.fromkeys((HOST4, HOST6), mac_of(lan.host, BRIDGE)),
            **dict.fromkeys((NEIGHBOUR4, NEIGHBOUR6), mac_of(lan.neighbour)),
            **dict.fromkeys((ROUTER4, ROUTER6), mac_of(lan.router))}
    wrong = {who: mac for who, mac in beliefs(lan).items() if true.get(who[1], mac) != mac}
    assert not wrong, wrong


@ADMINS
@pytest.mark.parametrize('address', [lan_module.TEMPLATE, BY_HOST, 'pool'],
                         ids=['router', 'host', 'pool'])
def test_frames(lan, boxed, address):
    """Only what the session sends as itself arrives, and of that, nothing at another session; nor
    at the host, but what it is to pass on as the session's router.
    """
    lines = [f'address = {address}', ADMIN]
    lan_module.write_policy(boxed, *lines, template=False)
    with staying(boxed) as login, staying(boxed, 'bob') as of_bob:
        own, others = nat.addresses(boxed, login), nat.addresses(boxed, of_bob, 'bob')
        with Ears(lan, nodes.of_session(of_bob)) as ears:
            done = second_channel(boxed, login, f"/usr/bin/python3 - '{words(lan, own, others)}'",
                                  input=attack())
            ears.settle()
            heard, at_host = ears.heard()
        assert done.returncode == 0 and int(done.stdout) > 300, done
        check_beliefs(lan)
    assert set(frames.ALLOWED) <= heard <= ALLOWED, heard
    assert at_host <= (set() if address == lan_module.TEMPLATE else ALLOWED), at_host


TAKE = '''set -e
ip address add {v4}/23 dev eth0
ip address add {v6}/64 dev eth0 nodad
'''
FORCE = '''set -e
ip link set eth0 down
ip link set eth0 address {mac}
ip link set eth0 up
''' + TAKE[7:] + '''
ip route replace default via {router4}
ip -6 route replace default via {router6}
'''


@ADMINS
@pytest.mark.parametrize('how', [TAKE, FORCE], ids=['beside', 'with-the-card'])
@pytest.mark.parametrize('whose', ['bob', 'neighbour'])
def test_another_address(lan, boxed, how, whose):
    """An address of another's, with its hardware address or without: nothing is sent or heard by
    it, and whoever has it has it alone.
    """
    lan_module.write_policy(boxed, ADMIN)
    with staying(boxed, 'bob', nat.serving('bob')) as of_bob, \
            staying(boxed, command=nat.serving('alice')) as login:
        taken, mac = (NEIGHBOUR4, NEIGHBOUR6), mac_of(lan.neighbour)
        if whose == 'bob':
            taken = nat.addresses(boxed, of_bob, 'bob')
            mac = mac_of(nodes.of_session(of_bob))
        done = second_channel(boxed, login, 'PATH=/usr/sbin:$PATH\n' + how.format(
            v4=taken[0], v6=taken[1], mac=mac, router4=ROUTER4, router6=ROUTER6))
        assert done.returncode == 0, done
        asked = targets(INTERNET4, INTERNET6, ROUTER4, ROUTER6)
        for address in taken:
            family = [one for one in asked if (':' in one[1]) == (':' in address)]
            command, code = probe.program(family, timeout=1, source=address)
            answers = probe.parse(second_channel(boxed, login, command, input=code).stdout)
            lan.check(answers, (), ())
        answers = probe.from_node(lan.router, targets(*taken, protocols=['tcp', 'udp']))
        assert {one.split()[0] for one in answers.values()} == {whose}, answers
        check_beliefs(lan)


@ADMINS
def test_nobody_elses_traffic(lan, boxed):
    """A session hears what is for it, and what is for everybody; not what others say to others,
    also when the bridge no longer knows where they are.
    """
    lan_module.write_policy(boxed, ADMIN)
    with staying(boxed) as login, Capture(nodes.of_session(login)) as ears:
        lan.host.run(f'bridge fdb del {mac_of(lan.router)} dev lan1 master')
        answers = probe.from_node(lan.neighbour, targets(INTERNET4, protocols=['udp']))
        lan.check(answers, targets(INTERNET4, protocols=['udp']), (NEIGHBOUR4,))
        own = nat.addresses(boxed, login)
        lan.check(probe.from_node(lan.neighbour, targets(*own, protocols=['icmp'])),
                  targets(*own, protocols=['icmp']), ())
        ears.settle()
        mac = bytes.fromhex(mac_of(nodes.of_session(login)).replace(':', ''))
        heard = {frame[:6] for _, frame in ears.frames if not frame[0] & 1}
    assert heard == {mac}, heard


def test_frames_without_a_guard(lan):
    """The control; at the end, for the LAN believes wrong things from then on."""
    one, other = lan_module.Loose(lan, 1), lan_module.Loose(lan, 2)
    with contextlib.closing(one), contextlib.closing(other), Ears(lan, other) as ears:
        done = one.run(['/usr/bin/python3', '-c', attack(),
                        words(lan, [one.v4, one.v6], (other.v4, other.v6))])
        ears.settle()
        heard, at_host = ears.heard()
    assert int(done) > 300
    assert {'legit4', 'as-neighbour4', 'as-host6', 'arp-says-host4', 'to4-other4', 'to4-mdns',
            'na-own-ff02::1', 'ra-link-ff02::1', 'tagged', 'kind-88cc'} - heard == set()
    assert {'to4-host4', 'arp-says-neighbour4', 'as-neighbour4'} - at_host == set()
