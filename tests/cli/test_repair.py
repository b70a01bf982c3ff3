# SPDX-License-Identifier: MIT
"""The host's side of networks as `nsbox check` sees it and `nsbox repair` mends it. Each test has a
host of its own: a network namespace.
"""

import contextlib
import json
import os
import shutil
import socket

import pytest

import accounts
import client
import goodhost
import host as host_module
from nodes import Node

NET = '/usr/libexec/nsbox/nsbox-net'
STATE = '/run/nsbox/net'
NAT = '[default]\ncontainer = yes\nnetwork = nat\n[user carol]\ncontainer = no\n'
DROPS = '''
table ip filter {
    chain FORWARD {
        type filter hook forward priority filter; policy drop;
        counter jump USER
    }
    chain USER {
        tcp dport 80 accept
    }
}
'''


@pytest.fixture(name='bare')
def bare_host(good):
    """A machine where a policy has network = nat, and nobody has logged in yet."""
    if not os.path.exists(NET):
        pytest.skip('nsbox was built without libnftables')
    shutil.rmtree(STATE, ignore_errors=True)
    good.write_policy(NAT)
    with contextlib.closing(Node('bare')) as node:
        yield node
    shutil.rmtree(STATE, ignore_errors=True)


def nsbox(node, *words, **more):
    return client.run(['nsenter', f'--net={node.path}', '--', goodhost.NSBOX, *words], **more)


def findings(node):
    """[(code, what)] of `check`."""
    done = nsbox(node, 'check', '--json')
    told = json.loads(done.stdout)
    assert told['faults'] == [] and done.returncode == (1 if told['findings'] else 0)
    return [(one['code'], one['what']) for one in told['findings']]


def repair(node, status=0):
    done = nsbox(node, 'repair')
    assert (done.returncode, done.stderr) == (status, ''), done
    return done.stdout.splitlines()


def tables(node):
    lines = node.run('nft list tables').splitlines()
    return {line.removeprefix('table ') for line in lines}


def rules(node):
    """What is nsbox's, and the routing rules of all."""
    ours = node.run('nft -s list table inet nsbox') if 'inet nsbox' in tables(node) else ''
    return ours, node.run('ip rule'), node.run('ip -6 rule')


def test_before_the_first_login(bare):
    """Nothing is missing that was never made; repair makes it, and a second time nothing."""
    before = rules(bare)
    assert findings(bare) == [] and rules(bare) == before
    assert repair(bare) == ["made: the host's side of networks"]
    made = rules(bare)
    assert 'table inet nsbox' in made[0] and findings(bare) == []
    assert repair(bare) == [] and rules(bare) == made


TABLE = "the firewall's table inet nsbox is "
DAMAGE = {
    'nft flush ruleset': [('nat-table', TABLE + 'missing')],
    'nft delete chain inet nsbox output': [
        ('nat-table', TABLE + 'not as nsbox made it: it lacks a chain output')],
    'nft insert rule inet nsbox outward accept': [
        ('nat-table', TABLE + 'not as nsbox made it: its chain outward has also "accept"')],
    'ip -6 rule del pref 1': [('nat-rules', 'there is no IPv6 routing rule "1: nop"')],
    'ip rule add pref 0 lookup local': [
        ('nat-rules', 'the IPv4 routing rule "0: lookup 255" is in the place of nsbox\'s')],
    'ip rule del pref 0 iif lo goto 1': [
        ('nat-rules', 'there is no IPv4 routing rule "0: iif lo goto 1"')],
    'sysctl -q net.ipv4.ip_forward=0': [
        ('nat-forwarding', 'the host does not forward IPv4 (net.ipv4.ip_forward is 0)')],
}


@pytest.mark.parametrize('damage', DAMAGE)
def test_mended(bare, damage):
    """check names it, repair mends just this, and says it; others' tables are as they were."""
    bare.run(['nft', '-f', '-'], input='table ip others { chain a { tcp dport 9 drop; }; }')
    repair(bare)
    good = rules(bare)
    bare.run(damage)
    assert findings(bare) == DAMAGE[damage]
    others = tables(bare) - {'inet nsbox'}
    assert repair(bare) == [f'mended: {what}' for _, what in DAMAGE[damage]]
    assert findings(bare) == [] and repair(bare) == []
    assert rules(bare) == good and tables(bare) - {'inet nsbox'} == others


@pytest.mark.parametrize('status', [1, 2, 127])
def test_cannot_look(bare, status):
    """nsbox-net ends without a word, as where its library is missing: that is not `all is well`."""
    repair(bare)
    assert findings(bare) == []
    os.rename(NET, f'{NET}.whole')
    try:
        accounts.write(os.path.dirname(NET), os.path.basename(NET), f'#!/bin/sh\nexit {status}\n',
                       0o700)
        assert findings(bare) == [
            ('nat-kernel', f'{NET} cannot look: its exit status is {status}')]
    finally:
        os.replace(f'{NET}.whole', NET)
    assert findings(bare) == []


def test_rule_of_the_admins(bare):
    """Neither can move it: both name it, and repair ends with the reason."""
    repair(bare)
    bare.run('ip rule del pref 2')
    bare.run('ip rule add pref 2 to 192.0.2.0/24 lookup 100')
    what = 'the IPv4 routing rule "2: to 192.0.2.0/24 lookup 100" is in the place of nsbox\'s'
    assert ('nat-rule-place', what) in findings(bare)
    done = nsbox(bare, 'repair')
    assert done.returncode == 2 and 'give it a priority over 3' in done.stderr, done
    assert '192.0.2.0/24' in bare.run('ip rule')
    bare.run('ip rule del pref 2')
    assert repair(bare)
    assert findings(bare) == []


def test_firewall_of_the_admins(bare):
    """A forward chain that drops what it does not know is named until it knows nsbox's links."""
    bare.run(['nft', '-f', '-'], input=DROPS)
    ((code, what),) = findings(bare)
    assert code == 'nat-firewall' and "chain FORWARD of the firewall's table ip filter" in what
    made, left = repair(bare, 1)
    assert made.startswith('made: ') and left.startswith(f'not mended: {what}; ')
    assert left.endswith('[nat-firewall]')
    bare.run('nft add rule ip filter USER iifname nsb* accept')
    assert findings(bare) == [] and repair(bare) == []


OF_THE_POOL = 'address-pool\'s 10.213.0.0/16'
POOLS = {
    'address add 10.213.9.1/24 dev up0': [
        f"the host's own address 10.213.9.1 is one of {OF_THE_POOL}",
        f"the host's route to 10.213.9.0/24 by up0 has addresses of {OF_THE_POOL}"],
    'route add 10.0.0.0/8 dev up0 table 7': [
        f"the host's route to 10.0.0.0/8 by up0 has addresses of {OF_THE_POOL}"],
    '-6 route add fd6e:7362:6f78:0:1::/80 dev up0': [
        "the host's route to fd6e:7362:6f78:0:1::/80 by up0 has addresses of address-pool's "
        'fd6e:7362:6f78::/64'],
    'route add 10.212.0.0/16 dev up0': [],
    'route add default dev up0': [],
    'route add unreachable 10.0.0.0/8': [],
    'route add 10.213.0.2/32 dev nsb2': [],
    'address add 10.213.0.1/16 dev br0': [],
}


@pytest.mark.parametrize('line', POOLS)
def test_pool_of_others(bare, good, line):
    """Addresses that somebody else has, but for sessions, and for a bridge that shares the pool."""
    good.write_policy(NAT + '[user bob]\nnetwork = bridge br0\n')
    bare.ip('link add up0 type veth peer name up1\nlink add nsb2 type veth peer name nsb3\n'
            'link add br0 type bridge\n')
    for name in ('up0', 'up1', 'nsb2', 'nsb3', 'br0'):
        bare.ip(f'link set {name} up')
    bare.ip(line)
    assert sorted(findings(bare)) == sorted(('nat-pool', what) for what in POOLS[line])


def listening(kind, address, port):
    def make():
        family = socket.AF_INET6 if ':' in address else socket.AF_INET
        end = socket.socket(family, kind)
        if family == socket.AF_INET6:
            end.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        end.bind((address, port))
        if kind == socket.SOCK_STREAM:
            end.listen()
        return end
    return make


PORTS = {
    'all': (socket.SOCK_STREAM, '0.0.0.0', 25000, 'TCP'),
    'all of IPv6': (socket.SOCK_DGRAM, '::', 20000, 'UDP'),
    'the last': (socket.SOCK_DGRAM, '0.0.0.0', 32767, 'UDP'),
    'outside': (socket.SOCK_STREAM, '::', 19999, None),
    'behind': (socket.SOCK_STREAM, '0.0.0.0', 32768, None),
    'loopback': (socket.SOCK_STREAM, '127.0.0.1', 25000, None),
    'loopback of IPv6': (socket.SOCK_STREAM, '::1', 25000, None),
    'loopback, mapped': (socket.SOCK_STREAM, '::ffff:127.0.0.1', 25000, None),
}


@pytest.mark.parametrize('name', PORTS)
def test_ports_of_the_host(bare, name):
    """Services that nobody could reach any more."""
    kind, address, port, told = PORTS[name]
    with bare.call(listening(kind, address, port)):
        found = findings(bare)
    assert found == ([('nat-ports', f"a service of the host's is at {told} port {port}, one of "
                       "publish-ports' 20000-32767")] if told else [])


def test_ports_of_the_kernel(bare, good):
    """What it gives to sockets that ask for none in particular."""
    bare.run(['sysctl', '-q', 'net.ipv4.ip_local_port_range=32767 40000'])
    assert findings(bare) == [('nat-ports', 'net.ipv4.ip_local_port_range = 32767 40000 has some '
                               "of publish-ports' 20000-32767")]
    good.write_policy('[nsbox]\npublish-ports =\n' + NAT)
    assert findings(bare) == []


def test_bridges(bare, good):
    """Each name that is none of a bridge, once."""
    good.write_policy('[default]\ncontainer = yes\n[user alice]\nnetwork = bridge br0\n'
                      '[user bob]\nnetwork = bridge br1\n[user dan]\nnetwork = bridge br0\n')
    bare.ip('link add br1 type veth peer name up1\n')
    at = host_module.POLICY
    assert findings(bare) == [
        ('bridge-missing', f'{at}:4: cannot join the bridge br0: there is none'),
        ('bridge-missing', f'{at}:6: cannot join the bridge br1: it is no bridge, but another '
                           'interface')]
    bare.ip('link del br1\nlink add br1 type bridge\nlink add br0 type bridge\n')
    assert findings(bare) == []


@pytest.mark.parametrize('program', ['iptables-legacy', 'ip6tables-legacy', 'iptables-nft'])
def test_firewall_of_iptables(bare, program):
    """As Docker and ufw leave it: the policy is DROP, and the rules are in other chains."""
    if not shutil.which(program):
        pytest.skip(f'there is no {program}')
    if client.run(['nsenter', f'--net={bare.path}', '--', program, '-L']).returncode:
        pytest.skip(f'this kernel has no {program}')
    assert findings(bare) == []
    bare.run(f'{program} -P FORWARD DROP')
    bare.run(f'{program} -N USER')
    bare.run(f'{program} -A FORWARD -j USER')
    ((code, what),) = findings(bare)
    assert code == 'nat-firewall' and 'the chain FORWARD of ' in what, what
    assert program in what or program == 'iptables-nft' and 'table ip filter' in what
    bare.run(f'{program} -I USER -o nsb+ -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT')
    assert findings(bare) == []


def test_no_such_login(bare, good):
    """Without network = nat in the policy nothing is looked for, made, or mended."""
    good.write_policy(NAT.replace('nat', 'loopback'))
    before = rules(bare)
    assert findings(bare) == [] and repair(bare) == [] and rules(bare) == before
    # It is in one section: for whom does not matter.
    good.write_policy(NAT.replace('nat', 'loopback') + 'network = nat\n')
    assert repair(bare) and rules(bare) != before
    # Nobody has it any more, but sessions may.
    good.write_policy(NAT.replace('nat', 'loopback'))
    bare.run('nft delete table inet nsbox')
    assert repair(bare) == [f'mended: {TABLE}missing']


def test_program_is_missing(bare):
    os.rename(NET, NET + '.away')
    try:
        found = findings(bare)
        done = nsbox(bare, 'repair')
    finally:
        os.rename(NET + '.away', NET)
    ((code, what),) = found
    assert code == 'file-missing' and NET in what
    assert done.returncode == 2 and 'built without libnftables' in done.stderr


def test_kernel_without(bare):
    """In a user namespace there is no firewall to be had, as on a kernel that lacks it."""
    done = client.run(['unshare', '-Ur', '--', goodhost.NSBOX, 'check', '--json'])
    said = [one['what'] for one in json.loads(done.stdout)['findings']
            if one['code'] == 'nat-kernel']
    assert len(said) == 2 and any('load the program' in what for what in said), said
    assert findings(bare) == []


def test_repair_wants_root(bare):
    """And a policy without faults."""
    done = host_module.run_as('alice', [goodhost.NSBOX, 'repair'])
    assert done.returncode == 2 and 'only root' in done.stderr, done
    goodhost.write(host_module.POLICY, 'contaner = yes\n')
    done = nsbox(bare, 'repair')
    assert done.returncode == 2 and 'contaner' in done.stderr and done.stdout == ''
