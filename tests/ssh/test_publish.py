# SPDX-License-Identifier: MIT
"""publish: ports of the host that lead to a session, which ones, from where; and that no more is
opened by them.
"""

import contextlib
import os
import socket

import pytest

import host as host_module
import nat
import policies
import probe
import terminal
import wait
from logins import ROOT, SELF, second_channel, staying
from topology import (HOST4, HOST6, INTERNET4, INTERNET6, NEIGHBOUR4, NEIGHBOUR6, WAN4, WAN6,
                      targets)
from views import sftp

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
FROM_INTERNET = {WAN4: '198.51.100.2', WAN6: '2001:db8:3::2'}
FROM_NEIGHBOUR = {HOST4: NEIGHBOUR4, HOST6: NEIGHBOUR6}
LOOPBACK = ('127.0.0.1', '::1')
SECONDS = 1.5       # for what is not answered: what is, takes milliseconds


def ports_of(text):
    first, last = map(int, text.strip().split('-'))
    return range(first, last + 1)


@contextlib.contextmanager
def publisher(site, user='alice', serve=None):
    """A login with servers at all of its ports, or at those that serve(ports) gives; yields the
    login and its ports.
    """
    with staying(site, user, 'echo $NSBOX_PORTS') as login:
        ports = ports_of(login.shown)
        started = second_channel(site, login, nat.serving(user, list((serve or list)(ports))), user)
        assert started.returncode == 0, started
        yield login, ports


def ask(node, addresses, ports, protocols=('tcp', 'udp')):
    """{(protocol, address, port): answer} from a node."""
    return probe.from_node(node, [(protocol, address, port) for address in addresses
                                  for protocol in protocols for port in ports], SECONDS)


def check_open(answers, user, callers):
    """All were answered by the user's servers, which saw the caller's own address."""
    for (_, address, _), answer in answers.items():
        assert answer.startswith(f'{user} from {callers[address]} to '), answers
    assert answers


@BOTH
def test_two_tenants(around, boxed):
    """TCP and UDP servers of two tenants at once, at the same numbers inside as outside, of both
    families; they see who asks.
    """
    nat.policy(boxed, 'publish = tcp,udp 4')
    with publisher(boxed) as (_, of_alice), publisher(boxed, 'bob') as (_, of_bob):
        assert len(of_alice) == len(of_bob) == 4 and not set(of_alice) & set(of_bob)
        assert {*of_alice, *of_bob} <= set(range(20000, 32768))
        for user, ports in (('alice', of_alice), ('bob', of_bob)):
            check_open(ask(around.internet, (WAN4, WAN6), ports), user, FROM_INTERNET)
            check_open(ask(around.neighbour, (HOST4, HOST6), ports), user, FROM_NEIGHBOUR)
            # By one address of the host's as by another.
            check_open(ask(around.internet, (HOST4, HOST6), ports), user,
                       dict(zip((HOST4, HOST6), FROM_INTERNET.values())))
            check_open(ask(around.host, (HOST4, HOST6), ports), user, {HOST4: HOST4, HOST6: HOST6})
            assert nat.is_closed(ask(around.host, LOOPBACK, ports))


@BOTH
def test_told(around, boxed):
    """NSBOX_PORTS, as every channel has it; the log and the record say the same."""
    assert around
    nat.policy(boxed, 'publish = udp 3')
    logged = len(boxed.host.log.lines)
    with staying(boxed, 'alice', 'echo $NSBOX_PORTS; env | grep -c NSBOX_') as login:
        text, count = login.shown.split()
        ports = ports_of(text)
        assert len(ports) == 3 and ports[0] % 16 == 0 and count == '1'
        assert second_channel(boxed, login, 'echo $NSBOX_PORTS').stdout == f'{text}\n'
        line = boxed.host.log.wait_for(f', ports {text}', logged)
        assert 'container opened for user alice from ' in line
        with open(f'/proc/{login.monitor}/root/run/nsbox/session', 'rb') as file:
            record = file.read()
        v4, v6 = nat.addresses(boxed, login)
        assert f'\0{v4} {v6}\0'.encode() in record and f'\0{text}\0'.encode() in record
        reserved = '/proc/sys/net/ipv4/ip_local_reserved_ports'
        assert second_channel(boxed, login, f'cat {reserved}').stdout == f'{text}\n'


@BOTH
def test_not_the_tenants_word(around, boxed):
    """What a client or a file in the home says for NSBOX_PORTS does not hold."""
    assert around
    nat.policy(boxed, 'publish = tcp 2')
    host_module.write_as('alice', '/home/alice/.ssh/environment', 'NSBOX_PORTS=1-2\nOTHER=kept\n')
    done = boxed.client.ssh('alice', 'echo $NSBOX_PORTS $OTHER $THIRD', '-o',
                            'SetEnv=NSBOX_PORTS=3-4 THIRD=sent')
    ports, *others = done.stdout.split()
    assert ports_of(ports)[0] >= 20000 and others == ['kept', 'sent'], done


@BOTH
def test_by_sftp(around, boxed):
    """An external sftp server has it as well; an internal one has no environment to ask for."""
    assert around
    nat.policy(boxed, 'publish = tcp 2')
    host_module.write_as('alice', '/home/alice/hello', 'hello\n')
    assert sftp(boxed, 'alice', 'ls -1 hello')[1] == ['hello']


@pytest.mark.parametrize('line', ['su - alice', 'su alice', 'login -f alice'])
def test_by_su(around, boxed, line):
    """su and login pass on what PAM says."""
    assert around
    nat.policy(boxed, 'publish = tcp 2')
    terminal.prepare('alice')
    with terminal.Terminal(line.split()) as term:
        assert len(ports_of(term.run('echo $NSBOX_PORTS')[0])) == 2
        term.leave(0)


@BOTH
def test_no_ports(around, boxed):
    """Who publishes nothing has no NSBOX_PORTS, and no port of the host's leads there."""
    nat.policy(boxed)
    with staying(boxed, 'alice', 'echo [$NSBOX_PORTS]; ' + nat.serving('alice', [20000, 32767])
                 ) as login:
        assert login.shown.split() == ['[]']
        assert nat.is_closed(ask(around.internet, (WAN4, WAN6), [20000, 32767]))
        own = nat.addresses(boxed, login)
        assert not nat.is_closed(ask(around.host, own, [20000])), 'the control'


@BOTH
@pytest.mark.parametrize('protocol', ['tcp', 'udp'])
def test_one_protocol(around, boxed, protocol):
    """Of the ports of one protocol, the same numbers of the other one stay closed."""
    nat.policy(boxed, f'publish = {protocol} 4')
    with publisher(boxed) as (login, ports):
        check_open(ask(around.internet, (WAN4, WAN6), ports, [protocol]), 'alice', FROM_INTERNET)
        other = {'tcp': 'udp', 'udp': 'tcp'}[protocol]
        for node, addresses in ((around.internet, (WAN4, WAN6)), (around.host, (HOST4, HOST6))):
            assert nat.is_closed(ask(node, addresses, ports, [other]))
        own = nat.addresses(boxed, login)
        assert not nat.is_closed(nat.from_session(boxed, login, targets(*own, protocols=[other],
                                                                        port=ports[0])))


@BOTH
def test_rest_of_the_block(around, boxed):
    """Fewer ports than a block: the rest of it stays closed, though servers are there; whom the
    session calls from there, answers.
    """
    nat.policy(boxed, 'publish = tcp,udp 3', nsbox=['publish-block = 8'])
    with publisher(boxed, serve=lambda ports: range(ports[0], ports[0] + 7)) as (login, ports):
        rest = range(ports[-1] + 1, ports[0] + 8)
        check_open(ask(around.internet, (WAN4, WAN6), ports), 'alice', FROM_INTERNET)
        for node, addresses in ((around.internet, (WAN4, WAN6)), (around.host, (HOST4, HOST6))):
            assert nat.is_closed(ask(node, addresses, rest))
        assert nat.is_closed(ask(around.internet, (WAN4,), [ports[0] - 1, rest[-1] + 1]))
        assert second_channel(boxed, login, f"/usr/bin/python3 -c '{FROM_A_PORT}' {rest[-1]} "
                              f'{INTERNET4} {INTERNET6}').stdout.split() == ['internet'] * 4


# From one port, TCP and UDP: what is heard.
FROM_A_PORT = '''
import socket, sys
for address in sys.argv[2:]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in socket.SOCK_STREAM, socket.SOCK_DGRAM:
        one = socket.socket(family, kind)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.settimeout(5)
        one.bind(("", int(sys.argv[1])))
        one.connect((address, 80))
        if kind == socket.SOCK_DGRAM:
            one.send(b"hi")
        print(one.recv(4096).decode().split()[0])
'''


def test_called_first(around, boxed):
    """A port that is not published stays so for a peer to whom the session has sent from there, as
    the peer has sent to it.
    """
    nat.policy(boxed, 'publish = tcp 1')
    with publisher(boxed, serve=lambda ports: []) as (login, ports), \
            around.internet.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        peer.bind((INTERNET4, 7000))
        peer.sendto(b'first', (WAN4, ports[0]))
        started = boxed.popen('alice', f"/usr/bin/python3 -c '{CALLING}' {ports[0]} {INTERNET4}",
                              '-S', login.control)
        peer.settimeout(5)
        heard, caller = peer.recvfrom(100)
        assert heard == b'hello' and caller == (WAN4, ports[0]), 'it goes by the same connection'
        for _ in range(3):
            peer.sendto(b'again', caller)
        assert started.communicate(timeout=20)[0] == 'nothing\n'


CALLING = '''
import socket, sys
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("", int(sys.argv[1])))
one.sendto(b"hello", (sys.argv[2], 7000))
one.settimeout(2)
try:
    print(one.recvfrom(100))
except TimeoutError:
    print("nothing")
'''


@BOTH
def test_counts_differ(around, boxed):
    """Two who publish another number of ports never have one in common."""
    nat.policy(boxed, 'publish = tcp,udp 16', more='[user bob]\npublish = tcp 1\n')
    with publisher(boxed) as (_, of_alice), publisher(boxed, 'bob') as (_, of_bob):
        assert (len(of_alice), len(of_bob)) == (16, 1) and not set(of_alice) & set(of_bob)
        check_open(ask(around.internet, (WAN4, WAN6), of_alice), 'alice', FROM_INTERNET)
        check_open(ask(around.internet, (WAN4, WAN6), of_bob, ['tcp']), 'bob', FROM_INTERNET)


def test_egress_none(around, boxed):
    """Who may not connect to anybody can be asked, and answers."""
    nat.policy(boxed, 'publish = tcp,udp 2', 'egress = none')
    with publisher(boxed) as (login, ports):
        check_open(ask(around.internet, (WAN4, WAN6), ports), 'alice', FROM_INTERNET)
        assert nat.is_closed(nat.from_session(boxed, login, targets(INTERNET4)))


@BOTH
def test_end(around, boxed):
    """With the session its ports are closed; the next one's are others."""
    nat.policy(boxed, 'publish = tcp,udp 2')
    with publisher(boxed) as (_, ports):
        check_open(ask(around.internet, (WAN4, WAN6), ports), 'alice', FROM_INTERNET)
    boxed.quiet()
    assert nat.is_closed(ask(around.internet, (WAN4, WAN6), ports))
    assert not set(ports) & set(ports_of(boxed.ok('alice', 'echo $NSBOX_PORTS')))


def test_exhausted(around, boxed):
    """More who publish than there are blocks: a clear line; and room again when one has gone."""
    assert around
    nat.policy(boxed, 'publish = tcp 2', nsbox=['publish-ports = 21000-21009', 'publish-block = 4'])
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(contextlib.ExitStack())
        seen = [first.enter_context(publisher(boxed))[1],
                stack.enter_context(publisher(boxed, 'bob'))[1]]
        assert sorted(ports[0] for ports in seen) == [21000, 21004]
        assert policies.refused(boxed).endswith('cannot give the session ports of the host: all 2 '
                                                'blocks of publish-ports are taken')
        first.close()
        wait.until(lambda: len(boxed.sessions('alice')) == 0, 'the first to end')
        assert ports_of(boxed.ok('alice', 'echo $NSBOX_PORTS')) == seen[0]


@BOTH
def test_large(around, boxed):
    """Datagrams in fragments reach a published port, and none that is not."""
    nat.policy(boxed, 'publish = udp 2')
    with publisher(boxed, serve=lambda ports: [*ports, ports[-1] + 1]) as (_, ports):
        for address in (WAN4, WAN6):
            family = socket.AF_INET6 if ':' in address else socket.AF_INET
            for port, wanted in ((ports[0], True), (ports[-1] + 1, False)):
                with around.internet.socket(family, socket.SOCK_DGRAM) as one:
                    one.settimeout(SECONDS)
                    one.connect((address, port))
                    one.send(os.urandom(4000))
                    assert hears(one) == wanted, (address, port)


def hears(one):
    try:
        return one.recv(4096).startswith(b'alice from ')
    except OSError:
        return False
