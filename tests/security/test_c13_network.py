# SPDX-License-Identifier: MIT
"""Networks against root inside, who manages the session's interfaces (network-admin = yes): frames
made by hand, other addresses, its own card changed or gone. No packet of it may leave as anybody
else's, reach another tenant or the host, and the host's side of the network stays as it is.

The control of the frames: a session that nobody guards sends the same ones, and they arrive.
"""

import contextlib
import json
import os

import frames
import topology
from capture import Capture
from unguarded import Unguarded

HERE = os.path.dirname(os.path.abspath(__file__))


def attack():
    """The program, as text."""
    text = ''
    for name in ('frames', 'attack_net'):
        with open(f'{HERE}/{name}.py', encoding='utf-8') as file:
            text += file.read()
    return text


def names(other4, other6):
    """Whose addresses are misused, and whom the frames are for."""
    return {'internet4': topology.INTERNET4, 'internet6': topology.INTERNET6,
            'neighbour4': topology.NEIGHBOUR4, 'neighbour6': topology.NEIGHBOUR6,
            'host4': topology.HOST4, 'host6': topology.HOST6,
            'metadata4': topology.METADATA[0], 'metadata6': topology.METADATA[1],
            'pool4': '10.213.0.1', 'pool6': 'fd6e:7362:6f78::1',
            'unused4': '10.213.200.200', 'unused6': 'fd6e:7362:6f78::c8c8',
            'other4': other4, 'other6': other6}


@contextlib.contextmanager
def captures(around, *more):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Capture(node)) for node in
               (around.internet, around.neighbour, around.metadata, *more)]


def arrived(captured, known):
    """{name: how many of its frames were seen}, of those that were seen anywhere."""
    counts = {name: sum(len(one.having(frames.token(name))) for one in captured) for name in known}
    return {name: count for name, count in counts.items() if count}


def test_frames_without_a_guard(around):
    """The control: what an unguarded session sends arrives, spoofed or not, at others like it too.
    """
    with contextlib.ExitStack() as stack:
        one, other = [stack.enter_context(contextlib.closing(Unguarded(around.host, n)))
                      for n in (2, 3)]
        words = json.dumps({'names': names(other.v4, other.v6), 'own': [one.v4, one.v6]})
        with captures(around, other) as captured:
            done = json.loads(one.run(['/usr/bin/python3', '-c', attack(), words]))
            captured[0].wait_for(frames.token('legit6'))
            found = arrived([each.settle() for each in captured], done['sent'])
    assert not done['refused'] and len(done['sent']) > 130, done
    assert {'legit4', 'legit6', 'as-neighbour4', 'as-neighbour6', 'as-other4', 'as-pool6',
            'as-stranger-to-internet4', 'to4-other4', 'to6-other6', 'to4-metadata4',
            'mac-elsewhere-as-neighbour', 'ra-own-2001:db8:2::20'} <= set(found), found
