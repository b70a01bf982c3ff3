# SPDX-License-Identifier: MIT
"""Names inside, with network = nat: hosts of each kind of resolv.conf, by each way that a login
looks one up.
"""

import contextlib
import os

import pytest

import forwards
import images
import probe
from dnsserver import A, NameServer
from logins import ROOT, SELF
from resolvconf import LOOK_UP, NAME, RESOLV, look_up, resolv_conf, servers, systemd_resolved
from topology import DNS4, DNS6, HOST_ADDRESSES, INTERNET4, INTERNET6, OTHER4, POOL4, targets
from views import content

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
POLICY = '''[default]
container = yes
user-map = {user_map}
network = {network}
{lines}
[user carol]
container = no
'''
OF_THE_INTERNET = [INTERNET4, INTERNET6]
LOCAL_ZONE = {NAME: {A: OTHER4}}    # another answer than the internet's
OF_THE_HOST = [OTHER4, 'none']
POOLS_SECOND = POOL4.replace('.0.0/16', '.0.1')


def policy(site, *lines, network='nat'):
    site.host.write_policy(POLICY.format(user_map=site.user_map, network=network,
                                         lines='\n'.join(lines)))


@contextlib.contextmanager
def local_server(around, address='127.0.0.1'):
    """A name server on the host's loopback, and nowhere else."""
    with NameServer(around.host, LOCAL_ZONE, only=address) as server:
        yield server


def check(site, wanted):
    """The shell, -L and -D find the name; sftp sees the same file as the shell."""
    assert look_up(site) == wanted, site.ok('alice', f'cat {RESOLV}')
    by_name = [('tcp', NAME, 80)]
    for ask in (forwards.through_local, forwards.through_socks):
        answer = ask(site, by_name)[by_name[0]]
        assert answer.split()[:1] == ['internet'] and answer.split()[-1] in wanted, answer
    return content(site, 'alice', RESOLV)


@BOTH
def test_control(around, boxed):
    """A login that is not boxed finds the name as the host does."""
    assert around
    policy(boxed)
    with resolv_conf(f'nameserver {DNS4}\n'):
        found = boxed.ok('carol', f"/usr/bin/python3 -c '{LOOK_UP}'").split()
        assert found == OF_THE_INTERNET


@BOTH
@pytest.mark.parametrize('server', [DNS4, DNS6])
def test_file(around, boxed, server):
    """A plain file with a server of IPv4, of IPv6; it cannot be written to."""
    assert around
    policy(boxed)
    with resolv_conf(f'# by hand\nsearch example.test\nnameserver {server}\n'):
        shown = check(boxed, OF_THE_INTERNET)
        assert servers(shown) == [server] and 'search example.test' in shown
        assert 'by hand' not in shown
        assert boxed.ok('alice', 'getent hosts only4').split()[0] == OTHER4
        assert boxed.ssh('alice', f'echo >>{RESOLV}').returncode == 1


@BOTH
def test_link(around, boxed):
    """A link into /run, as most hosts have it."""
    assert around
    policy(boxed)
    with resolv_conf(f'nameserver {DNS4}\n', '/run/resolvconf/resolv.conf'):
        assert servers(check(boxed, OF_THE_INTERNET)) == [DNS4]
    os.unlink('/run/resolvconf/resolv.conf')


@BOTH
def test_link_elsewhere(around, boxed):
    assert around
    policy(boxed)
    with resolv_conf(f'nameserver {DNS4}\nnameserver 127.0.0.53\n', '/srv/names/resolv.conf'):
        assert servers(check(boxed, OF_THE_INTERNET)) == [DNS4]


@BOTH
def test_stub(around, boxed):
    """systemd-resolved's stub is not there inside; the servers that it asks are."""
    assert around
    policy(boxed)
    with systemd_resolved(f'nameserver {DNS4}\nnameserver {DNS6}\n'):
        shown = check(boxed, OF_THE_INTERNET)
        assert servers(shown) == [DNS4, DNS6] and 'options edns0 trust-ad' in shown


@BOTH
def test_own_server(around, boxed):
    """A resolver on the host's loopback is reached by the pool's second address, by UDP and TCP;
    nothing else on that loopback is.
    """
    policy(boxed)
    with local_server(around) as server, resolv_conf('nameserver 127.0.0.1\n'):
        assert servers(check(boxed, OF_THE_HOST)) == [POOLS_SECOND]
        assert {one[0] for one in server.seen} == {'udp'}
        shown = boxed.ok('alice', f"/usr/bin/python3 -c '{OVER_TCP}' {POOLS_SECOND}")
        assert shown == 'answered\n' and server.seen[-1][0] == 'tcp'
        closed = targets(POOLS_SECOND, '127.0.0.1', *HOST_ADDRESSES, protocols=['tcp', 'udp'])
        answers = probe.from_shell(boxed, closed + [('tcp', one, 53) for one in HOST_ADDRESSES])
        assert all(answer.startswith('failed ') for answer in answers.values()), answers


OVER_TCP = '''
import socket, struct, sys
query = struct.pack("!HHHHHH", 7, 256, 1, 0, 0, 0) + b"\\3www\\7example\\4test\\0\\0\\1\\0\\1"
with socket.create_connection((sys.argv[1], 53), 5) as one:
    one.sendall(struct.pack("!H", len(query)) + query)
    print("answered" if one.recv(4096)[2:4] == b"\\0\\7" else "not answered")
'''


@BOTH
@pytest.mark.parametrize('link', [None, '../run/not/there/resolv.conf', '/not/there', '/dev/null'])
def test_no_file(around, boxed, link):
    """Where there is none, a resolver asks its own machine; and is given a file that says whom."""
    policy(boxed)
    with local_server(around), resolv_conf(None, link):
        assert servers(check(boxed, OF_THE_HOST)) == [POOLS_SECOND]


@BOTH
def test_out_of_reach(around, boxed):
    """A stub alone, and nothing known of whom it asks: no server is named, and none answers."""
    policy(boxed)
    with local_server(around, '127.0.0.53') as server:
        with resolv_conf('nameserver 127.0.0.53\n'):
            assert look_up(boxed) == ['none', 'none']
            assert not servers(boxed.ok('alice', f'cat {RESOLV}')) and not server.seen


@BOTH
def test_addresses(around, boxed):
    """dns = ADDRESSES, on a host that asks another, or has no file."""
    assert around
    policy(boxed, f'dns = {DNS4} {DNS6}')
    for text in ('nameserver 127.0.0.53\nsearch example.test\n', None):
        with resolv_conf(text):
            shown = check(boxed, OF_THE_INTERNET)
            assert servers(shown) == [DNS4, DNS6] and ('search' in shown) == bool(text)


@BOTH
def test_none(around, boxed):
    """dns = none: no server is named; egress says whether one can be asked all the same."""
    assert around
    policy(boxed, 'dns = none')
    with resolv_conf(f'nameserver {DNS4}\n'):
        assert look_up(boxed) == ['none', 'none']
        assert not servers(boxed.ok('alice', f'cat {RESOLV}'))


@BOTH
@pytest.mark.parametrize('more', ['users = self', 'overlay = session'])
def test_with(around, boxed, more):
    """Together with another /etc, or another root."""
    assert around
    policy(boxed, more)
    for text in (f'nameserver {DNS4}\n', None):
        with resolv_conf(text), local_server(around):
            wanted = OF_THE_INTERNET if text else OF_THE_HOST
            assert servers(check(boxed, wanted)) == [DNS4 if text else POOLS_SECOND]
            assert boxed.ok('alice', 'getent passwd alice').startswith('alice:')


@BOTH
def test_of_the_policy(around, boxed):
    """A file that the policy binds there wins."""
    assert around
    policy(boxed, f'bind-ro = /srv/own-resolv:{RESOLV}')
    with open('/srv/own-resolv', 'w', encoding='ascii') as file:
        file.write(f'nameserver {DNS6}\n')
    with resolv_conf(f'nameserver {DNS4}\n'):
        assert servers(check(boxed, OF_THE_INTERNET)) == [DNS6]


@BOTH
def test_listed(around, boxed):
    """egress = LIST leaves the server's port 53 open, and no other; egress = none closes it."""
    assert around
    with resolv_conf(f'nameserver {DNS4}\nnameserver {DNS6}\n'):
        policy(boxed, f'egress = {INTERNET4}:80/tcp [{INTERNET6}]:80/tcp')
        check(boxed, OF_THE_INTERNET)
        answers = probe.from_shell(boxed, targets(DNS4, DNS6))
        assert all(answer.startswith('failed ') for answer in answers.values()), answers
        policy(boxed, 'egress = none')
        assert look_up(boxed) == ['none', 'none']
        assert not servers(boxed.ok('alice', f'cat {RESOLV}')), 'it would only be waited for'
        answers = probe.from_shell(boxed, targets(DNS4, DNS6, protocols=['tcp', 'udp'], port=53))
        assert all(answer.startswith('failed ') for answer in answers.values()), answers


@BOTH
def test_own_server_closed(around, boxed):
    """egress = none closes the way to the host's own resolver as well; dns = ADDRESSES opens
    none.
    """
    for lines in (['egress = none'], [f'dns = {DNS4}'], ['dns = none']):
        policy(boxed, *lines)
        with local_server(around) as server, resolv_conf('nameserver 127.0.0.1\n'):
            look_up(boxed)
            answers = probe.from_shell(boxed, targets(POOLS_SECOND, protocols=['tcp', 'udp'],
                                                      port=53))
            assert all(answer.startswith('failed ') for answer in answers.values()), answers
            assert not server.seen


def test_loopback_is_as_ever(around, boxed):
    """With network = loopback the file stays what it was."""
    assert around
    policy(boxed, network='loopback')
    with resolv_conf('# by hand\nnameserver 127.0.0.1\n'):
        assert 'by hand' in boxed.ok('alice', f'cat {RESOLV}')


@BOTH
def test_image(around, boxed):
    """An image's own file is of where it was made; sftp sees the host's tree, with the session's
    file in it.
    """
    if boxed.user_map != 'self' and not images.can_be_mapped('folder'):
        pytest.skip('this kernel has no id-mapped tmpfs')
    root = images.busybox('names')
    images.put(root, RESOLV[1:], 'nameserver 192.0.2.99\n')
    for text in (f'nameserver {DNS4}\nsearch example.test\n', None):
        policy(boxed, f'root = {root}')
        with resolv_conf(text), local_server(around):
            shown = boxed.ok('alice', f'cat {RESOLV}')
            assert servers(shown) == [DNS4 if text else POOLS_SECOND]
            if boxed.user_map == 'self':    # else sftp would be the image's own
                content(boxed, 'alice', RESOLV)
