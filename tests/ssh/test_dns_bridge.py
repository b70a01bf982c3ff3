# SPDX-License-Identifier: MIT
"""Names inside, with network = bridge: a server on the LAN is asked there; the host's loopback is
out of reach. test_dns.py has the kinds of hosts.
"""

import pytest

import forwards
import lan as lan_module
import probe
from dnsserver import A, NameServer
from lan import NEIGHBOUR4
from logins import ROOT, SELF, staying
from nat import addresses
from resolvconf import NAME, RESOLV, look_up, resolv_conf, servers
from topology import targets
from views import content

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
ZONE = {NAME: {A: NEIGHBOUR4}}
FOUND, NOTHING = [NEIGHBOUR4, 'none'], ['none', 'none']


@pytest.fixture(name='lan', scope='module')
def _lan(host):
    assert host
    made = lan_module.make()
    yield made
    made.close()


@pytest.fixture(name='server', scope='module')
def _server(lan):
    node = lan_module.Loose(lan, 9)
    with NameServer(node, ZONE) as answering:
        answering.v4, answering.v6 = node.v4, node.v6
        yield answering
    node.close()


@BOTH
@pytest.mark.parametrize('family', ['v4', 'v6'])
def test_of_the_lan(lan, server, boxed, family):
    """The host's server, for the shell, -L and sftp; also with a list that it is not in."""
    assert lan
    address = getattr(server, family)
    for egress in ('any', f'{NEIGHBOUR4}:80/tcp'):
        lan_module.write_policy(boxed, f'egress = {egress}')
        with resolv_conf(f'nameserver {address}\n'):
            assert look_up(boxed) == FOUND
            by_name = ('tcp', NAME, 80)
            assert forwards.through_local(boxed, [by_name])[by_name].startswith('neighbour ')
            assert servers(content(boxed, 'alice', RESOLV)) == [address]
    answers = probe.from_shell(boxed, targets(address, protocols=['tcp', 'udp']))
    assert all(answer.startswith('failed ') for answer in answers.values()), answers


@BOTH
def test_of_the_host(lan, boxed):
    """A resolver that listens on the host's loopback alone is none for who is on a bridge."""
    lan_module.write_policy(boxed)
    with resolv_conf('nameserver 127.0.0.1\n'):
        assert look_up(boxed) == NOTHING
        assert not servers(content(boxed, 'alice', RESOLV))
    assert lan


def test_record(lan, boxed):
    """The session's record has its addresses on the bridge."""
    lan_module.write_policy(boxed)
    with staying(boxed) as login:
        v4, v6 = addresses(boxed, login)
        with open(f'/proc/{login.monitor}/root/run/nsbox/session', 'rb') as file:
            assert f'\0{v4} {v6}\0'.encode() in file.read()
    assert lan
