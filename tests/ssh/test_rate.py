# SPDX-License-Identifier: MIT
"""rate: how fast a session sends and receives. What is looked at is the least time that a transfer
takes, for a busy machine may take any longer, and the queues that the kernel has.
"""

import json
import socket
import threading

import pytest

import client
import nodes
import wait
from logins import ROOT, SELF, staying
from topology import INTERNET4, INTERNET6

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
PORT = 9000
RATE = 8_000_000                # bits a second: a megabyte
SIZE = 2_000_000
# What may go at once, and what may still wait when the last byte was handed over.
LEAST = (SIZE - 2 * 51_200) / (RATE / 8)
BASE = '''[default]
container = yes
user-map = {user_map}
network = nat
{lines}
[user carol]
container = no
'''
# Says how long it took: to hear all of it, or to hear that all was heard.
TRANSFER = r'''import socket, sys, time
way, size, address = sys.argv[1], int(sys.argv[2]), sys.argv[3]
peer = socket.create_connection((address, 9000), 30)
start = time.monotonic()
peer.sendall(f'{way} {size}\n'.encode())
if way == 'up':
    peer.sendall(bytes(size))
got = 0
while True:
    part = peer.recv(1 << 16)
    if not part:
        break
    got += len(part)
print(got, time.monotonic() - start)
'''


def host_sides(host):
    """The names of the sessions' interfaces on the host."""
    names = [line.split()[1].partition('@')[0] for line in
             host.run('ip -o link show group 28275').splitlines()]
    return [name.rstrip(':') for name in names]


def policy(site, *lines):
    site.host.write_policy(BASE.format(user_map=site.user_map, lines='\n'.join(lines)))


class Peer:
    """A server at the node: sends as many bytes as it is told, or says when it has got them."""

    def __init__(self, node):
        self._listener = node.socket(socket.AF_INET6, socket.SOCK_STREAM)
        self._listener.bind(('::', PORT))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                caller, _ = self._listener.accept()
            except OSError:
                return
            with caller, caller.makefile('rwb') as stream:
                way, size = stream.readline().split()
                if way == b'up':
                    assert len(stream.read(int(size))) == int(size)
                stream.write(bytes(int(size) if way == b'down' else 1))

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()


@pytest.fixture(name='peer', scope='module')
def _peer(around):
    one = Peer(around.internet)
    yield one
    one.close()


def seconds(site, way, address, *options):
    """How long the tenant needs to send or to receive SIZE bytes."""
    said = site.ok('alice', f'/usr/bin/python3 - {way} {SIZE} {address}', *options, input=TRANSFER)
    got, took = said.split()
    assert int(got) == (SIZE if way == 'down' else 1), said
    return float(took)


def buckets(device, login=None):
    """The queues that limit the device's rate, as tc(8) has them: the host's, or a session's."""
    where = f'nsenter --net -t {login.init} -- ' if login else ''
    queues = json.loads(nodes.checked(f'{where}tc -j -s qdisc show dev {device}'))
    return [queue for queue in queues if queue['kind'] == 'tbf']


@BOTH
@pytest.mark.parametrize('way', ['up', 'down'])
@pytest.mark.parametrize('address', [INTERNET4, INTERNET6])
def test_limited(peer, boxed, way, address):
    """No transfer is faster than the rate, in either direction."""
    assert peer
    policy(boxed, f'rate = {RATE}bit')
    assert seconds(boxed, way, address) >= LEAST


def test_each_session_has_its_own(around, peer, boxed):
    """Both ends have a bucket of the rate, and those of the policy alone; they end with it."""
    assert peer
    policy(boxed, 'rate = 100mbit')
    with staying(boxed) as one, staying(boxed) as other:
        names = host_sides(around.host)
        assert len(names) == 2, names
        queues = [queue for name in names for queue in buckets(name)]
        queues += [queue for login in (one, other) for queue in buckets('eth0', login)]
        assert [queue['options']['rate'] for queue in queues] == [12_500_000] * 4, queues
    wait.until(lambda: not host_sides(around.host), 'the wires to be gone')


def test_off_by_default(around, peer, boxed):
    """Without a word there is no bucket, and a transfer works."""
    policy(boxed)
    assert peer and seconds(boxed, 'down', INTERNET4) > 0
    with staying(boxed) as login:
        for name in host_sides(around.host):
            assert buckets(name) == []
        assert buckets('eth0', login) == []


def test_root_inside_cannot_lift_it(peer, boxed):
    """The container's end is the host's: root inside sees the bucket and cannot take it away."""
    assert peer
    boxed.host.write_policy(BASE.format(user_map='root', lines=f'rate = {RATE}bit'))
    done = boxed.ssh('alice', 'PATH=/usr/sbin:$PATH; id -u; tc qdisc del dev eth0 root; '
                     'tc qdisc show dev eth0')
    assert done.stdout.startswith('0\n') and 'tbf' in done.stdout, done
    assert 'Operation not permitted' in done.stderr, done
    done = boxed.ssh('alice', '/usr/sbin/ip link set eth0 down')
    assert done.returncode != 0 and 'Operation not permitted' in done.stderr, done
    assert seconds(boxed, 'up', INTERNET4) >= LEAST


def test_not_with_an_admin_inside(boxed):
    """Who may administer the interface could lift the rate: such a policy is refused."""
    policy(boxed, 'rate = 1mbit', 'network-admin = yes')
    done = boxed.ssh('alice', 'true')
    assert done.returncode != 0
    assert 'can be lifted by root inside' in client.run(['nsbox', 'check']).stdout
