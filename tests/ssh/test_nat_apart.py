# SPDX-License-Identifier: MIT
"""network = nat: nobody gets to a session but root of the host, and -R serves the session alone."""

import contextlib

import pytest

import host as host_module
import nat
import net
import probe
import remote
from logins import ROOT, SELF, second_channel, staying
from topology import HOST_ADDRESSES, OF_THE_HOST, reached, targets

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
PORT = 8080


@contextlib.contextmanager
def tenants(site):
    """Alice and bob, each with servers at PORT and at 80; yields {user: (login, addresses)}."""
    with contextlib.ExitStack() as stack:
        found = {}
        for user in ('alice', 'bob'):
            login = stack.enter_context(staying(site, user, nat.serving(user, [80, PORT])))
            found[user] = login, nat.addresses(site, login, user)
        yield found


def all_of(own):
    return targets(*own) + targets(*own, protocols=['tcp', 'udp'], port=PORT)


def check_closed(answers):
    assert answers and all(one.startswith('failed ') for one in answers.values()), answers


def check_open(answers, callers):
    assert answers
    wrong = [item for item in answers.items() if not reached(*item, callers)]
    assert not wrong, wrong


@BOTH
def test_from_another_tenant(around, boxed):
    """By its address, and at the host's own addresses: nothing of bob's. Root of the host and bob
    himself, the controls, reach him.
    """
    nat.policy(boxed, 'egress = any', 'reach-host = 1-65535')
    with tenants(boxed) as found:
        of_alice, at_alice = found['alice']
        of_bob, at_bob = found['bob']
        assert not set(at_alice) & set(at_bob)
        check_closed(nat.from_session(boxed, of_alice, all_of(at_bob)))
        check_closed(nat.from_session(boxed, of_bob, all_of(at_alice), user='bob'))
        at_host = nat.from_session(boxed, of_alice, targets(*HOST_ADDRESSES, protocols=['tcp'],
                                                            port=PORT))
        check_closed(at_host)
        check_open(nat.from_session(boxed, of_bob, all_of(at_bob), user='bob'), at_bob)
        check_open(probe.from_node(around.host, all_of(at_bob)), OF_THE_HOST)


@BOTH
def test_from_elsewhere(around, boxed):
    """The internet and the neighbour know the way to the pool and do not get there; neither does
    an ordinary user of the host's.
    """
    nat.policy(boxed)
    with tenants(boxed) as found:
        at_alice = found['alice'][1]
        for node in (around.internet, around.neighbour):
            check_closed(probe.from_node(node, all_of(at_alice)))
        for user in ('carol', 'alice'):
            answers = nat.from_user_of_host(user, all_of(at_alice))
            check_closed(answers)
        check_open(probe.from_node(around.host, all_of(at_alice)), OF_THE_HOST)


@BOTH
def test_from_a_session_of_the_same_user(around, boxed):
    """Two sessions of one user are apart as well."""
    assert around
    nat.policy(boxed)
    with staying(boxed, 'alice', nat.serving('first', [80])) as first:
        own = nat.addresses(boxed, first)
        check_closed(probe.from_shell(boxed, targets(*own)))
        check_open(nat.from_session(boxed, first, targets(*own)), own)


@pytest.fixture(name='open_gateway')
def site_with_gateway_ports(boxed):
    """As boxed, on a server that lets a client say where -R listens."""
    server = boxed.host.start_sshd(GatewayPorts='clientspecified')
    return host_module.Site(boxed.host, server, True, boxed.user_map)


def test_remote_forward(around, open_gateway):
    """-R at all addresses of the session: it hears the client's side, nobody else does, and at the
    host's addresses nobody listens.
    """
    site = open_gateway
    nat.policy(site, 'reach-host = 1-65535')
    with net.Listener(0, 'of the client\n') as listener:
        forward = f'*:{PORT}:127.0.0.1:{listener.port}'
        with staying(site, 'alice', '', '-R', forward) as login:
            own = nat.addresses(site, login)
            wanted = 'heard of the client\n\n'
            assert second_channel(site, login, remote.ask(PORT)).stdout == wanted
            asked = targets(*own, protocols=['tcp'], port=PORT)
            for answers in (nat.from_session(site, login, asked),
                            probe.from_node(around.host, asked)):
                assert set(answers.values()) == {'of the client'}, answers
            heard = listener.callers
            check_closed(probe.from_shell(site, asked, user='bob'))
            check_closed(probe.from_node(around.neighbour, asked))
            check_closed(probe.from_node(around.host, targets(*HOST_ADDRESSES, protocols=['tcp'],
                                                              port=PORT)))
            assert listener.callers == heard
