# SPDX-License-Identifier: MIT
"""What breaks below `network = nat`: a pool without an address, names that are taken, a firewall
that is flushed under live sessions, processes that are killed. Closed at all times, and mended.
"""

import contextlib
import os
import signal
import time

import pytest

import client
import host as host_module
import nat
import outcome
import probe
import procs
import remote
import wait
from logins import ROOT, SELF, staying
from topology import HOST4, INTERNET4, INTERNET6, NEIGHBOUR4, targets

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
SMALL = ('address-pool = 10.214.0.0/29 fd00:6e73::/64', 'publish-ports =')
SMALL4 = '10.214.0.0/29'
FULL = 'cannot give the session an address: all'
OUT = targets(INTERNET4, INTERNET6)
NET = f'{host_module.HELPERS}/nsbox-net'
STATE = '/run/nsbox/net/state'


def networks(host):
    """What the host has of sessions' networks, but for what stays on purpose."""
    lines = ('ip rule', 'ip -6 rule', 'ip route show table all',
             'ip -6 route show table all', 'ip -o link')
    found = {line: host.run(line) for line in lines}
    return found | {'nft': sorted(host.run('nft list ruleset').splitlines())}   # in any order


def reaches(site, login, user='alice'):
    answers = nat.from_session(site, login, OUT, user=user, timeout=1.5)
    return {answer.partition(' ')[0] for answer in answers.values()} <= {'echo', 'internet'}


@BOTH
def test_pool_is_empty(around, boxed):
    """As many sessions as the pool has addresses, each its own; the next is refused with a line
    that says so; and one that ends makes room.
    """
    nat.policy(boxed, nsbox=SMALL)
    nat.make_once(boxed, around)
    with outcome.nothing_left(boxed), contextlib.ExitStack() as stack:
        found = []
        for _ in range(5):
            login = stack.enter_context(staying(boxed))
            found.append(nat.addresses(boxed, login))
        slots = {nat.slot_of(v4, SMALL4) for v4, _ in found}
        assert slots == {2, 3, 4, 5, 6}, found
        assert slots == {nat.slot_of(v6, 'fd00:6e73::/64') for _, v6 in found}, found
        sides = nat.host_sides(around.host)
        seen = outcome.check(boxed, f'refused: .*{FULL}', user='bob')
        assert nat.host_sides(around.host) == sides, seen
        login.process.kill()
        wait.until(lambda: nat.host_sides(around.host) != sides, 'an address to be free')
        assert boxed.ok('bob', 'echo in') == 'in\n'


def test_names_are_taken(around, boxed):
    """An interface of the admin's that has a slot's name: the slot is passed over, the interface is
    as it was. All of them: refused.
    """
    nat.policy(boxed, nsbox=SMALL)
    made = []
    try:
        for slot in (2, 4, 3, 5, 6):
            around.host.ip(f'link add nsb{slot} type veth peer name away{slot}')
            made.append(f'nsb{slot}')
            sides = around.host.run('ip -o link')
            if len(made) < 5:
                with staying(boxed) as login:
                    own = nat.addresses(boxed, login)
                    assert f'nsb{nat.slot_of(own[0], SMALL4)}' not in made
                    assert reaches(boxed, login)
                boxed.quiet()
                wait.until(lambda: nat.host_sides(around.host) == sorted(made), 'the card to go')
            else:
                outcome.check(boxed, f'refused: .*{FULL}')
            assert around.host.run('ip -o link') == sides
    finally:
        for name in made:
            around.host.ip(f'link del {name}')


def test_pool_changes(around, boxed):
    """The admin takes another pool under live sessions: old and new ones stay apart, in both
    directions, and nobody else gets to either. The old one hears no answers any more, from anybody:
    less reach than before, until it ends.
    """
    nat.policy(boxed)
    with staying(boxed, 'alice', nat.serving('alice', [80])) as old:
        at_old = targets(*nat.addresses(boxed, old))
        nat.policy(boxed, nsbox=SMALL)
        with staying(boxed, 'bob', nat.serving('bob', [80])) as new:
            at_new = targets(*nat.addresses(boxed, new, 'bob'))
            assert nat.is_closed(nat.from_session(boxed, new, at_old, user='bob'))
            assert nat.is_closed(nat.from_session(boxed, old, at_new))
            for node in (around.neighbour, around.internet):
                assert nat.is_closed(probe.from_node(node, at_old + at_new))
            assert reaches(boxed, new, 'bob')
    nat.policy(boxed)


FLUSHES = {
    'ruleset': 'nft flush ruleset',
    'table': 'nft delete table inet nsbox',
    'rules': 'nft flush table inet nsbox',
    'forwarding': 'sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0',
}


@pytest.mark.parametrize('fault', FLUSHES)
def test_flushed(around, boxed, fault):
    """The firewall is gone under live sessions: nothing goes out and nothing comes in, nsbox check
    says so, nsbox repair mends it, and the sessions are as before. An admin's table stays.
    """
    nat.policy(boxed)
    asked = targets(NEIGHBOUR4, HOST4, INTERNET4, INTERNET6)
    with staying(boxed, 'alice', nat.serving('alice', [80])) as login, staying(boxed, 'bob') as bob:
        own = nat.addresses(boxed, login)
        made = networks(around.host)
        assert reaches(boxed, login), 'the control'
        before = nat.complaints()
        around.host.run(FLUSHES[fault])
        matrix = nat.Matrix(around, asked)
        matrix.check(nat.from_session(boxed, login, asked, timeout=1))
        for node in (around.neighbour, around.internet):
            assert nat.is_closed(probe.from_node(node, targets(*own), timeout=1)), fault
        if fault != 'forwarding':
            answers = nat.from_session(boxed, bob, targets(*own), user='bob')
            assert nat.is_closed(answers), answers
        said = nat.complaints() - before
        assert any('nsbox repair' in line for line in said), said
        mended = client.run(['nsbox', 'repair'])
        assert mended.returncode == 0, mended
        assert networks(around.host) == made
        assert reaches(boxed, login) and reaches(boxed, bob, 'bob')
        assert nat.complaints() == before


# One flow that goes on, IPv4 and IPv6, until the session ends.
TALK = f'''
import socket, time
flows = [socket.socket(family, socket.SOCK_DGRAM) for family in (socket.AF_INET, socket.AF_INET6)]
for flow, address in zip(flows, {[INTERNET4, INTERNET6]}):
    flow.connect((address, 443))
while True:
    for flow in flows:
        try:
            flow.send(b"hi")
        except OSError:
            pass
    time.sleep(0.05)
'''


@pytest.mark.parametrize('fault', FLUSHES)
def test_flow_that_goes_on(around, boxed, fault):
    """What was allowed when it began is stopped as well, and goes on after nsbox repair."""
    nat.policy(boxed)
    seen = around.server('internet').seen
    begun = len(seen)

    def heard(since):
        return {called for _, _, called, port in seen[since:] if port == 443}
    with staying(boxed, command=f'{remote.python(TALK)} </dev/null >/dev/null 2>&1 &'):
        wait.until(lambda: len(heard(begun)) == 2, 'the control: both flows')
        around.host.run(FLUSHES[fault])
        time.sleep(0.2)
        since = len(seen)
        time.sleep(0.5)
        assert not heard(since), 'the server still hears the session'
        assert client.run(['nsbox', 'repair']).returncode == 0
        wait.until(lambda: len(heard(since)) == 2, 'both flows to go on')


@pytest.mark.parametrize('fault', ['ruleset', 'table', 'rules'])
def test_next_login_mends(around, boxed, fault):
    """Without nsbox repair the next login makes the firewall again, for the older ones as well."""
    nat.policy(boxed)
    with staying(boxed) as login:
        made = networks(around.host)['nft']
        around.host.run(FLUSHES[fault])
        assert not reaches(boxed, login), 'the control'
        with staying(boxed, 'bob') as of_bob:
            assert reaches(boxed, of_bob, 'bob') and reaches(boxed, login)
        assert networks(around.host)['nft'] == made


def rules_of(host, family):
    """Ours but for those that lead to the local table, without which nobody logs in."""
    rules = [line.partition(':\t')[::2] for line in host.run(f'ip {family} rule').splitlines()]
    return [f'pref {pref} {rule}' for pref, rule in rules if int(pref) < 32766 and
            'lookup local' not in rule]


@pytest.mark.parametrize('family', ['-4', '-6'])
def test_one_rule_is_gone(around, boxed, family):
    """Each of the routing rules is deleted alone: no more reach than before, check and repair."""
    nat.policy(boxed)
    with staying(boxed, 'alice', nat.serving('alice', [80])) as login:
        made = networks(around.host)
        own = nat.addresses(boxed, login)
        rules = rules_of(around.host, family)
        assert len(rules) > 3, 'the control'
        before = nat.complaints()
        for rule in rules:
            around.host.run(f'ip {family} rule del {rule}')
            closed = nat.Matrix(around, targets(HOST4))
            closed.check(nat.from_session(boxed, login, closed.targets, timeout=1))
            assert nat.is_closed(probe.from_node(around.neighbour, targets(*own), timeout=1))
            assert any('nsbox repair' in line for line in nat.complaints() - before), rule
            assert client.run(['nsbox', 'repair']).returncode == 0
            assert networks(around.host) == made
            assert reaches(boxed, login)


def test_admins_own_rules_stay(around, boxed):
    """Tables, chains and rules of the admin's are as they were after make and after repair."""
    nat.policy(boxed)
    nat.make_once(boxed, around)
    around.host.run('nft add table inet admin')
    around.host.run(['nft', 'add chain inet admin f { type filter hook forward priority 0; }'])
    around.host.run('nft add rule inet admin f ip daddr 203.0.113.11 drop')
    around.host.run('ip rule add pref 900 from 10.99.0.0/24 lookup main')
    try:
        made = networks(around.host)
        around.host.run('nft delete table inet nsbox')
        assert client.run(['nsbox', 'repair']).returncode == 0
        assert networks(around.host) == made
        with staying(boxed) as login:
            answers = nat.from_session(boxed, login, targets('203.0.113.11', INTERNET4))
            opened = {target for target, answer in answers.items() if 'failed' not in answer}
            assert opened == set(targets(INTERNET4)), 'the admin\'s rule counts for sessions, too'
    finally:
        around.host.run('nft delete table inet admin')
        around.host.run('ip rule del pref 900')


def test_helper_is_missing(around, boxed):
    """nsbox-net cannot be run: with the firewall whole it is not needed; without it, refused."""
    nat.policy(boxed)
    nat.make_once(boxed, around)
    os.rename(NET, f'{NET}.away')
    try:
        assert boxed.ok('alice', 'echo in') == 'in\n'
        around.host.run('nft delete table inet nsbox')
        outcome.check(boxed, 'refused: .*nsbox-net')
    finally:
        os.rename(f'{NET}.away', NET)
    outcome.check(boxed, '$')


@pytest.mark.parametrize('text', ['', 'rubbish\n', '\0' * 4096], ids=['cut', 'text', 'zeros'])
def test_record_is_damaged(around, boxed, text):
    """What is recorded of the firewall is cut or overwritten: it is made anew."""
    nat.policy(boxed)
    nat.make_once(boxed, around)
    made = networks(around.host)
    with open(STATE, 'w', encoding='utf-8') as file:
        file.write(text)
    with staying(boxed) as login:
        assert reaches(boxed, login)
    boxed.quiet()
    wait.until(lambda: networks(around.host) == made, 'all to be as it was')


@BOTH
@pytest.mark.parametrize('who', ['init', 'monitor', 'child'])
def test_killed(around, boxed, who):
    """SIGKILL of any of a session's processes leaves no card, route, rule or set element."""
    nat.policy(boxed)
    nat.make_once(boxed, around)
    made = networks(around.host)
    with outcome.nothing_left(boxed), staying(boxed) as login:
        assert nat.host_sides(around.host) and reaches(boxed, login)
        assert networks(around.host)['nft'] == made['nft']
        os.kill(getattr(login, who), signal.SIGKILL)
        wait.until(lambda: not procs.is_alive(login.init), 'init to end')
    wait.until(lambda: networks(around.host) == made, 'nothing to be left')
