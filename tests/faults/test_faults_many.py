# SPDX-License-Identifier: MIT
"""Many sessions with `network = nat`, at once and in turn: no address is given twice."""

import concurrent.futures
import contextlib
import os
import shlex

import pytest

import client
import nat
import outcome
import probe
from topology import HOST4, INTERNET4, INTERNET6, targets

LONG = bool(os.environ.get('NSBOX_LONG'))
AT_ONCE = 500 if LONG else 20
CHURN = 1000 if LONG else 40
SHOW = "ip -o address show dev eth0 scope global | sed 's/.*inet6\\? //; s/\\/.*//'"
WORKERS = 8
USERS = max(4, AT_ONCE // 50)    # the kernel has 200 keys for each, and a session takes two
MEGABYTE = 1 << 20
CODE = f'''
import socket
with socket.create_connection(("{HOST4}", 80), 60) as one:
    one.sendall(bytes({MEGABYTE}))
    one.shutdown(socket.SHUT_WR)
    while one.recv(4096): pass
    print("sent", {MEGABYTE}, flush=True)
'''
UPLOAD = f'exec /usr/bin/python3 -c {shlex.quote(CODE)}'


@pytest.fixture(autouse=True, scope='module')
def users(host):
    for number in range(USERS):
        host.add_user(user_of(number), 2300 + number)


def test_at_once(around, boxed):
    """All open at the same time: each has its own addresses, and all send a megabyte at once."""
    nat.policy(boxed, 'reach-host = 80/tcp')
    nat.make_once(boxed, around)
    with outcome.nothing_left(boxed), contextlib.ExitStack() as stack:
        before = set(nat.host_sides(around.host))
        started, started_ones = [], []
        for i in range(0, AT_ONCE, WORKERS):     # sshd takes no more at a time
            some = [boxed.popen(user_of(n), f'{SHOW}; echo ready; read -r _; {UPLOAD}')
                    for n in range(i, min(i + WORKERS, AT_ONCE))]
            for process in some:
                stack.callback(end, process)
            started_ones += some
            started += [client.lines_before(process, 'ready').split() for process in some]
        assert all(len(own) == 2 for own in started), started
        assert len({v4 for v4, _ in started}) == len({v6 for _, v6 in started}) == AT_ONCE
        assert all(nat.slot_of(v4) == nat.slot_of(v6, nat.topology.POOL6) for v4, v6 in started)
        assert len(set(nat.host_sides(around.host)) - before) == AT_ONCE
        asked = targets(INTERNET4, INTERNET6)
        matrix = nat.Matrix(around, asked, asked)
        matrix.check(probe.from_shell(boxed, asked))
        upload_all(around, started_ones, started)


def upload_all(around, processes, own):
    """All at the same time, each to the last byte, from the address of its own."""
    heard = len(around.server('host').seen)
    for process in processes:
        process.stdin.write('\n')
        process.stdin.flush()
    for process in processes:
        said = process.stdout.readline()
        assert said == f'sent {MEGABYTE}\n', (said, process.stderr.read())
    callers = sorted(caller for _, caller, _, _ in around.server('host').seen[heard:])
    assert callers == sorted(v4 for v4, _ in own)


def user_of(number):
    return f'many{number % USERS}'


def end(process):
    process.kill()
    process.communicate()


def test_churn(around, boxed):
    """Logins that come and go, several at a time: at no moment do two have the same address, since
    each asks, by its own, a server that sees who calls.
    """
    nat.policy(boxed, 'reach-host = 80/tcp')
    code = ("import socket; s = socket.create_connection(('192.0.2.1', 80), 5); "
            "print(s.getsockname()[0]); print(s.recv(200).decode().split()[2])")

    def login(number):
        return boxed.ok(user_of(number), f'/usr/bin/python3 -c "{code}"').split()
    with outcome.nothing_left(boxed):
        with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
            pairs = list(pool.map(login, range(CHURN)))
        assert all(own == seen for own, seen in pairs), pairs
        assert len(pairs) == CHURN and around.host
    assert not nat.host_sides(around.host)
