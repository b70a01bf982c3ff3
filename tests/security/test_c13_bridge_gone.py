# SPDX-License-Identifier: MIT
"""A bridge that the admin deletes while a session is on it: its port is an interface of the host's
then, and what root inside sends must not become something that the host routes or takes for itself.

The control is the same port with the two settings taken back that keep the host's IP away from it.
"""

import contextlib
import json

import pytest

import frames
import nat
import nodes
import wait
from capture import Capture
from lan import INTERNET4, INTERNET6, mac_of, ports_of, write_policy
from logins import ROOT, second_channel, staying
from topology import targets

ADMIN_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
PORT_MAC = 'fe:6e:73:62:6f:78'
OWN = 'address = 10.77.0.%n/24,fd77::%n/64 via 10.77.0.1,fd77::1'
MADE = '''
link add br1 type bridge
link set br1 up
address add 10.77.0.1/24 dev br1
address add fd77::1/64 dev br1 nodad
'''
BACK = '''
route add 10.77.0.0/24 via 192.0.2.1
route add fd77::/64 via 2001:db8:2::1
'''
# Sends the frames of its argument: JSON, hexadecimal.
SEND = '''import json, socket, sys
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.bind(('eth0', 0))
print(sum(link.send(bytes.fromhex(frame)) > 0 for frame in json.loads(sys.argv[1])))
'''


def packets(mac, own, name):
    """As the session would send them to the internet, to the port's own hardware address."""
    ends = bytes.fromhex((PORT_MAC + mac).replace(':', ''))
    return [(ends + b'\x08\x00' + frames.ipv4(own[0], INTERNET4, frames.udp(f'{name}4'))).hex(),
            (ends + b'\x86\xdd' + frames.ipv6(own[1], INTERNET6, frames.udp(f'{name}6'))).hex()]


def send(site, login, sent):
    done = second_channel(site, login, f"/usr/bin/python3 - '{json.dumps(sent)}'", input=SEND)
    assert done.returncode == 0 and done.stdout.strip() == '2', done


@contextlib.contextmanager
def another_bridge(lan):
    """With nothing on it but the host, who routes."""
    lan.host.ip(MADE)
    lan.router.ip(BACK)
    yield
    lan.router.ip(BACK.replace('add', 'del'))


@ADMIN_ROOT
def test_gone(lan, boxed):
    """Nothing passes any more, neither routed nor to the host; the session ends as ever, and a new
    bridge of the name is as good as the old one.
    """
    write_policy(boxed, OWN, 'network-admin = yes', template=False, bridge='br1')
    asked = targets(INTERNET4, INTERNET6)
    with another_bridge(lan), staying(boxed) as login:
        own, mac = nat.addresses(boxed, login), mac_of(nodes.of_session(login))
        lan.check(nat.from_session(boxed, login, asked), asked, own)
        name, = ports_of(lan.host, 'br1')
        lan.host.ip('link del br1')
        assert 'UP' in lan.host.run(f'ip link show {name}'), 'it is still there'
        lan.check(nat.from_session(boxed, login, asked, timeout=1), (), ())
        with Capture(lan.router) as ears:
            send(boxed, login, packets(mac, own, 'gone'))
            assert not [frame for frame in ears.settle().frames if b'NSB-gone' in frame[1]]
            for word, value in (('ipv4/conf/{}/rp_filter', 0), ('ipv4/conf/{}/forwarding', 1),
                                ('ipv6/conf/{}/disable_ipv6', 0), ('ipv6/conf/{}/forwarding', 1)):
                lan.host.sysctl(word.format(name), value)
            lan.host.sysctl('ipv4/conf/all/rp_filter', 0)
            send(boxed, login, packets(mac, own, 'control'))
            for token in (b'NSB-control4', b'NSB-control6'):
                ears.wait_for(token)
    wait.until(lambda: name not in lan.host.run('ip -o link'), 'the wire to be gone')
    with another_bridge(lan), staying(boxed) as login:
        lan.check(nat.from_session(boxed, login, asked), asked, nat.addresses(boxed, login))
    lan.host.ip('link del br1')
