# SPDX-License-Identifier: MIT
"""The host's side of networks, made and mended by nsbox-net: whatever is taken away or is in its
place, many at once, killed at any moment. Each test has a host of its own: a network namespace.
"""

import contextlib
import glob
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

import tree
from nodes import Node

NET = '/usr/libexec/nsbox/nsbox-net'
STATE = '/run/nsbox/net'
POOL4, POOL6 = '10.213.0.0/16', 'fd6e:7362:6f78::/64'
WORDS = (f'{POOL4} {POOL6}', '20000-32767', '16')
ADMINS = '''
table inet admins {
    chain forward {
        type filter hook forward priority filter; policy accept;
        tcp dport 25 drop
    }
}
table ip nat {
    chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        ip saddr 172.17.0.0/16 masquerade
    }
}
'''


@pytest.fixture(name='bare')
def bare_host():
    """A machine with a firewall and a routing rule of its admin's, where nsbox never was."""
    if not os.path.exists(NET):
        pytest.skip('nsbox was built without libnftables')
    shutil.rmtree(STATE, ignore_errors=True)
    with contextlib.closing(Node('bare')) as node:
        node.run(['nft', '-f', '-'], input=ADMINS)
        node.ip('rule add pref 100 to 192.0.2.0/24 lookup main\n'
                'link add up0 type veth peer name up1\n')
        yield node


def start(node, verb='make', words=WORDS, **more):
    return subprocess.Popen(['nsenter', f'--net={node.path}', '--', NET, verb, *words],
                            stdout=subprocess.PIPE, **more)


def run(node, verb, words=WORDS):
    """Exit status, and the printable text of what it says."""
    with start(node, verb, words) as process:
        said = process.communicate()[0]
    return process.returncode, said.decode(errors='replace').replace('\0', '')


def make(node, words=WORDS):
    status, said = run(node, 'make', words)
    assert status == 0, said


def is_good(node):
    return run(node, 'check') == (0, '')


def ruleset(node):
    return node.run('nft -s list ruleset')


def rules(node):
    return node.run('ip rule'), node.run('ip -6 rule')


def ours(node):
    """The rules of the first priorities, of each family."""
    return [[line for line in text.splitlines() if int(line.split(':')[0]) < 10]
            for text in rules(node)]


def forwards(node):
    names = 'net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'
    return node.run(['sysctl', '-n', *names]).split()


def test_made_once(bare):
    """A second time nothing changes; what is the admin's is as it was."""
    status, said = run(bare, 'check')
    assert status == 1 and 'table inet nsbox is missing' in said and 'does not forward' in said
    before = ruleset(bare)
    make(bare)
    assert is_good(bare)
    first = ruleset(bare), rules(bare), forwards(bare)
    assert before in first[0] and forwards(bare) == ['1', '1']
    assert '100:\tfrom all to 192.0.2.0/24 lookup main' in first[1][0]
    state = os.stat(f'{STATE}/state')
    assert state.st_mode & 0o7777 == 0o600 and os.stat(STATE).st_mode & 0o7777 == 0o700
    for _ in range(2):
        make(bare)
        assert (ruleset(bare), rules(bare), forwards(bare)) == first
        assert os.stat(f'{STATE}/state').st_ino == state.st_ino


DAMAGE = {
    'nft flush ruleset': 'missing',
    'nft delete table inet nsbox': 'missing',
    'nft flush table inet nsbox': 'is missing',
    'nft flush chain inet nsbox input': 'not as nsbox made it',
    'nft add rule inet nsbox input accept': 'not as nsbox made it',
    'nft insert rule inet nsbox outward accept': 'not as nsbox made it',
    'nft add chain inet nsbox more': 'not as nsbox made it',
    'nft add table inet nsbox { flags dormant; }': 'not as nsbox made it',
    'ip rule flush': 'no IPv4 routing rule "1: nop"',
    'ip -6 rule flush': 'no IPv6 routing rule "3: to fd6e:7362:6f78::/64 unreachable"',
    'ip rule del pref 0 fwmark 0x10000000/0x90000000 prohibit': 'no IPv4 routing rule "0: fwmark',
    'ip -6 rule del pref 0 iif lo goto 1': 'no IPv6 routing rule "0: iif lo goto 1"',
    'ip rule add pref 0 lookup local': 'in the place of nsbox',
    'ip rule del pref 0 iif lo lookup local': 'no IPv4 routing rule "0: iif lo lookup 255"',
    'ip rule add pref 2 protocol kernel to 198.18.0.0/15 prohibit': '"2: to 198.18.0.0/15 prohib',
    'sysctl -q net.ipv4.ip_forward=0': 'does not forward IPv4',
    'sysctl -q net.ipv6.conf.all.forwarding=0': 'does not forward IPv6',
}


@pytest.mark.parametrize('damage', DAMAGE)
def test_mended(bare, damage):
    """check says what it is and changes nothing, make mends it."""
    make(bare)
    good = ours(bare)
    bare.run(damage)
    damaged = ruleset(bare), rules(bare), forwards(bare)
    status, said = run(bare, 'check')
    assert status == 1 and DAMAGE[damage] in said, said
    assert (ruleset(bare), rules(bare), forwards(bare)) == damaged
    make(bare)
    assert is_good(bare) and ours(bare) == good


def test_tables_of_others(bare):
    """A change to another table is none to ours, and is not looked for again each time."""
    make(bare)
    first = read(f'{STATE}/state')
    bare.run('nft add rule inet admins forward tcp dport 26 drop')
    make(bare)
    second = read(f'{STATE}/state')
    assert is_good(bare) and first != second
    assert first.split()[:-1] == second.split()[:-1]     # but for the count of changes
    assert 'tcp dport 26 drop' in ruleset(bare)


def test_place_taken(bare):
    """A rule of another's in the place of ours: nothing is opened, and a line says what it is."""
    bare.run('ip -6 rule add pref 1 to 2001:db8::/32 lookup 100')
    status, said = run(bare, 'make')
    assert status == 1 and '"1: to 2001:db8::/32 lookup 100" is in the place of' in said, said
    assert 'inet nsbox' not in ruleset(bare) and forwards(bare) == ['0', '0']
    assert not os.path.exists(f'{STATE}/state')
    bare.run('ip -6 rule del pref 1')
    make(bare)
    assert is_good(bare)


def test_other_words(bare):
    """A policy with another pool has it made anew; so has other ports."""
    make(bare)
    for words in ((f'10.214.0.0/16 {POOL6}', '20000-32767', '16'),
                  (f'10.214.0.0/16 {POOL6}', '40000-40999', '16'),
                  (f'10.214.0.0/16 {POOL6}', '40000-40999', '10'),
                  ('10.214.0.0/16', '', '10')):
        status, said = run(bare, 'check', words)
        assert status == 1, said
        make(bare, words)
        assert run(bare, 'check', words) == (0, '')
    assert POOL4 not in rules(bare)[0] and '10.213.' not in ruleset(bare)


def test_router(bare):
    """Whether the host was one is found out once, and kept; and so are its own routers."""
    conf = 'ipv6/conf/{}/accept_ra'.format
    for name, value in (('up0', 1), ('up1', 0)):
        bare.sysctl(conf(name), value)
    make(bare)
    drop = 'meta nfproto ipv4 iifgroup != 28275 oifgroup != 28275 drop'
    for _ in range(2):
        assert drop in ruleset(bare) and read(f'{STATE}/forwarding') == '0 0\n'
        bare.run('nft flush ruleset')
        make(bare)
    taken = bare.run('sysctl -n net.ipv6.conf.up0.accept_ra net.ipv6.conf.up1.accept_ra')
    assert taken.split() == ['2', '0']
    shutil.rmtree(STATE)
    bare.run('nft flush ruleset')
    make(bare)
    assert drop not in ruleset(bare) and read(f'{STATE}/forwarding') == '1 1\n'


def test_many_at_once(bare):
    """All are served, one makes it."""
    for _ in range(3):
        many = [start(bare) for _ in range(20)]
        assert [process.wait() for process in many] == [0] * len(many)
        for process in many:
            process.stdout.close()
        assert is_good(bare)
        assert rules(bare)[0].count('unreachable') == 1
        bare.run('nft flush ruleset')
        bare.run('ip rule del pref 3')


def test_killed(bare):
    """At any moment: it is not open before it is closed, and the next one mends it."""
    chance = random.Random(5)
    begun = time.monotonic()
    make(bare)
    whole = time.monotonic() - begun
    left = 0
    for _ in range(40):
        shutil.rmtree(STATE)
        bare.run('nft delete table inet nsbox')
        bare.ip('rule del pref 0 fwmark 0x10000000/0x90000000 prohibit\nrule del pref 3\n')
        bare.run('sysctl -q net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0')
        with start(bare) as process:
            time.sleep(chance.uniform(0, whole))
            process.send_signal(signal.SIGKILL)
        said = run(bare, 'check')[1]
        left += said != ''
        if '1' in forwards(bare):
            assert 'no IPv4 routing rule' not in said and 'inet nsbox is missing' not in said
        if 'inet nsbox is missing' not in said:
            assert 'no IPv4 routing rule' not in said
        make(bare)
        assert is_good(bare)
        assert bare.run('ip rule').count('lookup local') == 2
    assert left


def test_golden_tables(bare):
    """nft takes each of the tables that the unit test has printed."""
    paths = glob.glob(f'{tree.SOURCE}/tests/golden/net/*.nft')
    assert len(paths) > 5
    for path in paths:
        bare.run(f'nft -c -f {path}')


def test_words_that_are_none(bare):
    """No word is taken for another; nothing is made."""
    for words, why in ((('10.0.0.1/8', '', '16'), 'cannot use address-pool'),
                       (('', '', '16'), 'it is empty'),
                       ((POOL4, '5-7', '16'), 'cannot use publish-ports')):
        status, said = run(bare, 'make', words)
        assert status == 1 and why in said, said
    for words in ((POOL4, '', '0'), (POOL4, '', 'x'), (POOL4, '')):
        with start(bare, 'make', words, stderr=subprocess.DEVNULL) as process:
            assert process.communicate()[0] == b'' and process.returncode == 2
    assert 'nsbox' not in ruleset(bare)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()
