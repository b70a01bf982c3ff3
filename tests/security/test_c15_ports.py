# SPDX-License-Identifier: MIT
"""C15: a tenant who uses up what sessions share behind the host's address: ports to one server."""

import pytest

import nat
import topology
import wait
from logins import SELF, second_channel, staying

AT = topology.INTERNET4
FLOOD = f'''
import socket
for port in range(2000, 38000):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(('', port))
        one.sendto(b'', ('{AT}', 80))
'''


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_ports_to_one_server(around, boxed):
    """Alice asks one server from more ports than the host has for all; bob, in another slice, asks
    it as before.
    """
    nat.policy(boxed)
    asked = [('udp', AT, 80)]
    with staying(boxed) as login, staying(boxed, 'bob') as of_bob:
        slots = [nat.slot_of(nat.addresses(boxed, one, user)[0]) for one, user in
                 ((login, 'alice'), (of_bob, 'bob'))]
        assert slots[0] % 16 != slots[1] % 16, slots
        before = len(around.server('internet').seen)
        done = second_channel(boxed, login, '/usr/bin/python3 -', input=FLOOD)
        heard = len(around.server('internet').seen) - before
        assert done.returncode == 0, done
        answers = {}

        def answered():
            answers.update(nat.from_session(boxed, of_bob, asked, 'bob'))
            return topology.reached(asked[0], answers[asked[0]], topology.HOST_ADDRESSES)
        wait.until(answered, lambda: f'bob to be answered after {heard}: {answers}', 10)
