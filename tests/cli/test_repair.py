# SPDX-License-Identifier: MIT
"""The host's side of networks as `nsbox check` sees it and `nsbox repair` mends it. Each test has a
host of its own: a network namespace.
"""

import contextlib
import json
import os
import shutil

import pytest

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
    assert '"nat-kernel"' in done.stdout, done
    assert findings(bare) == []


def test_repair_wants_root(bare):
    """And a policy without faults."""
    done = host_module.run_as('alice', [goodhost.NSBOX, 'repair'])
    assert done.returncode == 2 and 'only root' in done.stderr, done
    goodhost.write(host_module.POLICY, 'contaner = yes\n')
    done = nsbox(bare, 'repair')
    assert done.returncode == 2 and 'contaner' in done.stderr and done.stdout == ''
