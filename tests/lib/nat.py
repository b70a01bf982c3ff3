# SPDX-License-Identifier: MIT
"""What the tests of `network = nat` share: policies, what must be reached, servers inside."""

import ipaddress
import os
import shlex

import pytest

import client
import host as host_module
import logins
import probe
import topology
import wait

HOST_SIDE = 'nsb'       # and the number of the session's slot
OF_THE_HOST = topology.HOST_ADDRESSES    # what others see of a session that is masqueraded
BASE = '''{site}[default]
container = yes
user-map = {user_map}
network = nat
{lines}
[user carol]
container = no
'''


def policy(site, *lines, nsbox=(), more=''):
    """Box all but carol: lines for everybody, lines of [nsbox], and further sections."""
    if not os.path.exists(f'{host_module.HELPERS}/nsbox-net'):
        pytest.skip('nsbox was built without libnftables')
    of_the_site = ''.join(f'{line}\n' for line in ('[nsbox]', *nsbox) if nsbox)
    site.host.write_policy(BASE.format(site=of_the_site, user_map=site.user_map,
                                       lines='\n'.join(lines)) + more)



def make_once(site, around):
    """A login that makes what all share and what stays, so that a test can compare with that."""
    site.ok('alice', 'true')
    wait.until(lambda: not host_sides(around.host), 'the card to go')


class Matrix:
    """What of some targets is open. check() looks at answers, and at what the servers have seen."""

    def __init__(self, around, targets, open_ones=()):
        self.targets = list(targets)
        self.open = set(open_ones)
        assert self.open <= set(self.targets), self.open - set(self.targets)
        self._servers = around.servers.values()
        self._before = {server: len(server.seen) for server in self._servers}

    def check(self, answers, callers=OF_THE_HOST):
        """Open ones were reached from one of the callers' addresses; others were not, nor have they
        heard anything.
        """
        wrong = [(target, answer) for target, answer in answers.items()
                 if not self._is_right(target, answer, callers)]
        assert not wrong, f'open must be {sorted(self.open)}; wrong: {wrong}'
        assert set(answers) <= set(self.targets) and answers
        closed = set(self.targets) - self.open
        for server in self._servers:
            heard = {(protocol, called, port) for protocol, _, called, port in
                     server.seen[self._before[server]:]} & closed
            assert not heard, f'{server.token} has heard {heard}'

    def _is_right(self, target, answer, callers):
        if target in self.open:
            return topology.reached(target, answer, callers)
        return answer.startswith('failed ')

    def by_tcp(self):
        """Those that a forward can ask for."""
        return [target for target in self.targets if target[0] == 'tcp']


def addresses(site, login=None, user='alice'):
    """A session's own IPv4 and IPv6 address, as it sees them."""
    command = 'ip -o address show dev eth0 scope global'
    shown = (site.ok(user, command) if login is None else
             logins.second_channel(site, login, command, user).stdout)
    found = [line.split()[3] for line in shown.splitlines()]
    return tuple(sorted((word.partition('/')[0] for word in found), key=topology.is_v6))


def slot_of(address, pool=topology.POOL4):
    """The slot that an address of the pool belongs to: its host side is `nsbN`."""
    return int(ipaddress.ip_address(address)) - int(ipaddress.ip_network(pool)[0])


def host_sides(host):
    """The names of the sessions' interfaces on the host."""
    lines = host.run('ip -o link').splitlines()
    names = [line.split()[1].rstrip(':').partition('@')[0] for line in lines]
    return sorted(name for name in names if name.startswith(HOST_SIDE))


def serving(token, ports=(80,)):
    """A line of shell that starts servers, TCP and UDP, IPv4 and IPv6, in the background."""
    with open(f'{topology.HERE}/answering.py', encoding='utf-8') as file:
        code = file.read()
    code += f'''
class Me:
    name, socket = {token!r}, staticmethod(socket.socket)
Answering(Me, {list(ports)})
print('serving', flush=True)
threading.Event().wait()
'''
    said = '/tmp/said-by-servers'
    return (f'/usr/bin/python3 -c {shlex.quote(code)} </dev/null >{said} 2>&1 &\n'
            f'until grep -q serving {said}; do sleep 0.02; done')


def from_session(site, login, targets, user='alice', **more):
    """{target: answer}, asked by a shell in a login that stays."""
    return probe.from_shell(site, targets, '-S', login.control, '-o', 'ProxyCommand=/bin/false',
                            user=user, **more)


def from_user_of_host(user, targets):
    """{target: answer}, asked by an ordinary user of the host's, in no login."""
    command, code = probe.program(targets)
    done = host_module.run_as(user, command.split(), input=code)
    assert done.returncode == 0, done
    return probe.parse(done.stdout)


def complaints():
    """What `nsbox check` says of the policy and this host, line by line, as root."""
    done = client.run(['nsbox', 'check'])
    assert done.returncode in (0, 1, 2), done
    return set((done.stdout + done.stderr).splitlines())


def is_closed(answers):
    """Whether there was no answer at all."""
    return bool(answers) and all(one.startswith('failed ') for one in answers.values())


def ping(site, address, user='alice'):
    """ping(8) as the tenant has it; 0 when an answer came."""
    return site.ssh(user, f'ping -n -c 1 -W 2 {address}', timeout=client.TIMEOUT)
