# SPDX-License-Identifier: MIT
"""The container's network: a loopback of its own, and no way to the host's sockets.

The controls are carol's, who is not boxed: what alice is refused works for her on the same sshd.
"""

import contextlib

import pytest

import client
import net
import remote

SELF, ROOT = 'internal-one-self', 'external-two-root'
BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
CANARY = 'hello from the host'
HOST_SOCKETS = [80, '@nsbox-canary', '/run/canary.sock', '/tmp/canary.sock',
                '/run/user/canary.sock']
# sshd cannot forward to abstract names.
FORWARDABLE = [address for address in HOST_SOCKETS if not str(address).startswith('@')]


@contextlib.contextmanager
def serving(site, user, port, token):
    """A server in a login of the user; gives the login's control socket."""
    control = client.control_path()
    process = site.popen(user, remote.serve(port, token), '-M', '-S', control)
    try:
        client.lines_before(process, 'ready')
        yield control
    finally:
        process.kill()
        process.communicate()


# What a kernel with a tunnel's module loaded puts into every new network namespace, down and
# without a peer, unless net.core.fb_tunnels_only_for_init_net says otherwise.
FALLBACK = {'tunl0', 'gre0', 'gretap0', 'erspan0', 'ip_vti0', 'sit0', 'ip6tnl0', 'ip6_vti0',
            'ip6gre0'}


@BOTH
def test_only_a_loopback(boxed):
    """One interface, lo, which is up with its addresses; at most a tunnel that is down. Inv. 1."""
    links = {}
    for line in boxed.ok('alice', 'ip -o link').splitlines():
        _, name, flags, *_ = line.split()
        links[name.rstrip(':').partition('@')[0]] = set(flags.strip('<>').split(','))
    assert set(boxed.ok('alice', 'ls /sys/class/net').split()) == set(links)
    assert {'LOOPBACK', 'UP'} <= links.pop('lo')
    assert set(links) <= FALLBACK, links
    assert all('UP' not in flags for flags in links.values()), links
    address = boxed.ok('alice', 'ip -o address')
    assert all(line.split()[1] == 'lo' for line in address.splitlines()), address
    assert 'inet 127.0.0.1/8' in address
    off = boxed.ssh('alice', 'cat /proc/sys/net/ipv6/conf/lo/disable_ipv6').stdout.strip()
    if off == '0':  # else this kernel has no IPv6, or gives none to new network namespaces
        assert 'inet6 ::1/128' in address


@BOTH
def test_two_tenants_serve_on_port_80(boxed):
    """Two tenants serve on port 80 of their own 127.0.0.1 at once, beside the host's own server."""
    with net.Listener(80, CANARY), serving(boxed, 'alice', 80, 'of alice') as of_alice, \
            serving(boxed, 'bob', 80, 'of bob') as of_bob:
        for user, control in (('alice', of_alice), ('bob', of_bob)):
            heard = boxed.ok(user, remote.ask(80), '-S', control)
            assert heard == f'heard of {user}\n'
        assert net.ask(80) == CANARY


@BOTH
def test_low_ports_need_no_privilege(boxed):
    """An ordinary user may bind any port of the container's own network."""
    assert boxed.ok('alice', 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start') == '0\n'
    assert client.run(['cat', '/proc/sys/net/ipv4/ip_unprivileged_port_start']).stdout != '0\n'


@BOTH
@pytest.mark.parametrize('address', HOST_SOCKETS)
def test_host_socket_from_inside(boxed, address):
    """A host's port, abstract and unix socket cannot be reached from inside. Invariant 3, C15."""
    with net.Listener(address, CANARY) as canary:
        assert boxed.ok('alice', remote.ask(address)).startswith('failed ')
        assert canary.callers == 0
        assert boxed.ok('carol', remote.ask(address)) == f'heard {CANARY}\n', 'the control'


def target_of(address):
    return f'127.0.0.1:{address}' if isinstance(address, int) else address


@BOTH
@pytest.mark.parametrize('address', FORWARDABLE)
def test_host_socket_through_a_forward(boxed, address):
    """-L to a host's port or unix socket reaches nothing. Invariants 2, 3, 5; C4, C15."""
    with net.Listener(address, CANARY) as canary:
        assert ask_through(boxed, 'alice', address) == ''
        assert canary.callers == 0
        assert ask_through(boxed, 'carol', address) == CANARY, 'the control'


def ask_through(site, user, address):
    near = net.free_port()
    process = site.popen(user, 'echo ready; exec cat', '-L', f'{near}:{target_of(address)}')
    try:
        client.lines_before(process, 'ready')
        return net.ask(near)
    finally:
        process.communicate()


@BOTH
def test_host_port_through_socks(boxed):
    """-D to a host's port reaches nothing. Invariants 2 and 3."""
    def ask(user):
        near = net.free_port()
        process = boxed.popen(user, 'echo ready; exec cat', '-D', str(near))
        try:
            client.lines_before(process, 'ready')
            return net.socks_ask(near, 80)
        finally:
            process.communicate()

    with net.Listener(80, CANARY) as canary:
        assert ask('alice') == ''
        assert canary.callers == 0
        assert ask('carol') == CANARY, 'the control'


@BOTH
def test_host_port_through_stdio(boxed):
    """-W to a host's port reaches nothing. Invariants 2 and 3."""
    with net.Listener(80, CANARY) as canary:
        refused = boxed.ssh('alice', None, '-W', '127.0.0.1:80')
        assert refused.returncode != 0 and refused.stdout == ''
        assert canary.callers == 0
        assert boxed.ssh('carol', None, '-W', '127.0.0.1:80').stdout == CANARY, 'the control'


@BOTH
def test_descriptors_lead_nowhere(boxed):
    """-L p:/proc/self/fd/N/... of sshd's child reaches no host socket. Invariant 5, C4."""
    numbers = range(3, 40)
    options = [word for number in numbers for word in
               ('-L', f'{client.FOLDER}/fd-{number}.sock:/proc/self/fd/{number}/run/canary.sock')]
    with net.Listener('/run/canary.sock', CANARY) as canary:
        process = boxed.popen('alice', 'echo ready; exec cat', '-o', 'StreamLocalBindUnlink=yes',
                              *options)
        try:
            client.lines_before(process, 'ready')
            for number in numbers:
                assert net.ask(f'{client.FOLDER}/fd-{number}.sock') == ''
        finally:
            process.communicate()
        assert canary.callers == 0
