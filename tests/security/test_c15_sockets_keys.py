# SPDX-License-Identifier: MIT
"""C15 and C16: what is shared by name or number rather than by path: abstract sockets, keyrings."""

import contextlib
import json
import os
import random
import uuid

import pytest

import calls
import host as host_module
import landing
import net
import policies
import remote
import wait
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
TOKEN = 'hello from the host'

# keyctl(2) without keyutils. Each line of input is a call of do(); prints what it gave as JSON.
KEYS = '''
import ctypes, json, os, platform
libc = ctypes.CDLL(None, use_errno=True)
x86 = platform.machine() == 'x86_64'
ADD_KEY, KEYCTL = (248, 250) if x86 else (217, 219)
GET_ID, DESCRIBE, SEARCH, READ, LINK, SETPERM, UNLINK = 0, 6, 10, 11, 8, 5, 9
THREAD, PROCESS, SESSION, USER, USER_SESSION = -1, -2, -3, -4, -5
def call(*words):
    result = libc.syscall(*[ctypes.c_long(w) if isinstance(w, int) else w for w in words])
    return result if result >= 0 else -ctypes.get_errno()
def id_of(special, create=0):
    return call(KEYCTL, GET_ID, special, create)
def add(name, text, ring):
    return call(ADD_KEY, b'user', name.encode(), text.encode(), len(text), ring)
def read(key):
    room = ctypes.create_string_buffer(4096)
    n = call(KEYCTL, READ, key, room, 4096)
    return room.raw[:n] if n >= 0 else n
def search(ring, name):
    return call(KEYCTL, SEARCH, ring, b'user', name.encode(), 0)
def link(key, ring):
    return call(KEYCTL, LINK, key, ring)
def visible():
    with open('/proc/keys') as file:
        return [int(line.split()[0], 16) for line in file]
def steal(serial):
    """Read a key by its number, or after linking whatever ring there is into the own session."""
    got = [read(serial)]
    for number in RINGS:
        link(number, SESSION)
        got.append(read(serial))
    return [one.decode() for one in got if isinstance(one, bytes)]
'''


def keys(code):
    return remote.python(f'RINGS = {all_rings()}\n' + KEYS + code)


def all_rings():
    """The numbers of all keyrings that alice can view on the host: inside, /proc/keys is empty."""
    listed_ones = host_module.run_as('alice', ['cat', '/proc/keys']).stdout.splitlines()
    return [int(line.split()[0], 16) for line in listed_ones if 'keyring' in line]


@pytest.fixture(scope='module', autouse=True)
def needs_keyrings():
    if not os.path.exists('/proc/keys'):
        pytest.skip('this kernel has no keyrings')


@BOTH
def test_session_keyring_is_new(boxed):
    """C16: the session keyring is none of the host's and has no link to the user's host keyring."""
    on_host = keys('print(id_of(SESSION), id_of(USER, 1), id_of(USER_SESSION, 1))')
    host_rings = set(host_module.run_as('alice', ['sh', '-c', on_host]).stdout.split())
    assert len(host_rings) >= 2, 'the control'
    shown = boxed.ok('alice', keys(
        'ring = id_of(SESSION); room = read(ring)\n'
        'print(json.dumps([ring, [int.from_bytes(room[i:i+4], "little") '
        'for i in range(0, len(room), 4)]]))'))
    ring, links = json.loads(shown)
    assert ring > 0 and str(ring) not in host_rings
    assert not host_rings & set(map(str, links)), 'the session keyring links to the host\'s'


@BOTH
def test_each_session_has_its_own(boxed):
    """C16: a key of one session's keyring is not found from another session of the same user."""
    with staying(boxed, 'alice', keys('print(add("of-one", "secret of one", SESSION))')) as login:
        serial = int(login.shown)
        assert serial > 0, 'the control: a key could be added'
        found = boxed.ok('alice', keys(f'print(search(SESSION, "of-one"), read({serial}))'))
        assert all(int(word) < 0 for word in found.split()), found


@BOTH
def test_keys_of_the_host_cannot_be_read(boxed):
    """C16: keys that the same user keeps on the host (Kerberos tickets, say) cannot be read inside:
    neither by search, nor by number, nor by linking a keyring that /proc/keys shows.
    """
    name = f'of-the-host-{uuid.uuid4()}'   # the real machine's keyrings: kernels have no others
    code = f'k = add("{name}", "secret of the host", USER); print(k, read(k).decode())'
    made = host_module.run_as('alice', ['sh', '-c', keys(code)]).stdout
    serial, text = made.split(' ', 1)
    try:
        assert text == 'secret of the host\n', 'the control: the user reads the key on the host'
        shown = boxed.ok('alice', keys(f'print(json.dumps([search(SESSION, "{name}"), '
                                       f'search(USER, "{name}"), '
                                       f'steal({serial}), steal({serial})]))'))
        by_session, by_user, stolen, stolen_again = json.loads(shown)
        assert by_session < 0 and by_user < 0
        assert not stolen + stolen_again, 'a key of the host was read inside'
    finally:
        drop = keys(f'print(call(KEYCTL, UNLINK, {serial}, USER))')
        assert host_module.run_as('alice', ['sh', '-c', drop]).stdout == '0\n'


@BOTH
def test_keys_of_another_session_cannot_be_read(boxed):
    """C16: neither can the keys in the user keyring of another session of the same user."""
    with staying(boxed, 'alice', keys('print(add("of-one", "secret of one", USER))')) as login:
        serial = int(login.shown)
        assert serial > 0
        assert second_channel(boxed, login, keys(f'print(read({serial}))')).stdout, 'the control'
        shown = boxed.ok('alice', keys(f'print(json.dumps(steal({serial}) + steal({serial})))'))
        assert json.loads(shown) == []


@BOTH
def test_keys_of_another_user_cannot_be_read(boxed):
    """C16: another tenant's keys can neither be seen nor read, nor a tenant's by host root."""
    with staying(boxed, 'bob', keys('print(add("of-bob", "secret of bob", SESSION), '
                                    'add("of-bob", "secret of bob", USER))')) as login:
        serials = [int(word) for word in login.shown.split()]
        assert min(serials) > 0
        shown = boxed.ok('alice', keys(
            f'print(json.dumps([steal(s) for s in {serials}] + '
            f'visible()))'))
        assert json.loads(shown) == [[], []]


@BOTH
def test_keys_from_a_nested_user_namespace(boxed):
    """C16: nor are keys of the host read from a further user namespace, where the policy allows
    one.
    """
    policies.policy(boxed, 'nested-user-namespaces = yes')
    name = f'of-the-host-{uuid.uuid4()}'
    code = f'k = add("{name}", "secret of the host", USER); print(k, read(k).decode())'
    serial = int(host_module.run_as('alice', ['sh', '-c', keys(code)]).stdout.split()[0])
    try:
        steal = keys(f'print(json.dumps([os.getuid(), search(SESSION, "{name}"), '
                     f'search(USER, "{name}"), steal({serial}), steal({serial})]))')
        for way in ('unshare -Ur ', 'unshare -U '):
            uid, by_session, by_user, *stolen = json.loads(boxed.ok('alice', way + steal))
            assert uid == (0 if 'r' in way.split()[1] else 65534), 'the control'
            assert by_session < 0 and by_user < 0 and stolen == [[], []]
    finally:
        drop = keys(f'print(call(KEYCTL, UNLINK, {serial}, USER))')
        assert host_module.run_as('alice', ['sh', '-c', drop]).stdout == '0\n'


def key_count(uid):
    """How many keys a user has, in all user namespaces, as the kernel counts them."""
    with open('/proc/key-users', encoding='ascii') as file:
        rows = dict(line.split(':') for line in file)
    return int(rows.get(f'{uid:5}', '0 0/0').split()[1].split('/')[0])


@pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
def test_count_of_keys(boxed):
    """C16, C29: five logins at once, with a key in each keyring that there is, leave not one key
    behind, as the kernel counts them for the user: one that no other test on this machine has.
    """
    uid = random.randrange(20000, 60000)
    user = f'keyed{uid}'
    boxed.host.add_user(user, uid)
    add = keys('print([add("of-one", "text", ring) for ring in (SESSION, PROCESS, THREAD)])')
    boxed.ok(user, 'echo in')   # what the host's PAM keeps for the user is there by now
    boxed.quiet([user])
    before = key_count(uid)
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            login = stack.enter_context(staying(boxed, user, add))
            assert '-' not in login.shown, 'the control: the keys could be added'
        assert key_count(uid) >= before + 5, 'the control'
    boxed.quiet([user])
    wait.until(lambda: key_count(uid) <= before, 'the keys to go')


@BOTH
def test_no_keyring_is_left(boxed):
    """C16, C29: after logout the session's keys are gone."""
    with staying(boxed, 'alice', keys('print(add("of-one", "text", SESSION))')) as login:
        serial = int(login.shown)
        assert serial > 0 and listed(serial), 'the control: root sees the key while it lives'
    boxed.quiet()
    wait.until(lambda: not listed(serial), f'key {serial:x} to go')


def listed(serial):
    """/proc/keys shows a reader only what it may view: ask the kernel by the number."""
    result = calls.libc.syscall(calls.number(250, 219), 6, serial, None, 0)
    return result >= 0 or calls.ctypes.get_errno() != 126 and calls.ctypes.get_errno() != 127


@BOTH
def test_abstract_socket_of_the_host(boxed):
    """C15 (CVE-2020-15257): an abstract listener of the host is not reached from inside,
    nor seen in /proc/net/unix (sshd forwards to no abstract name).
    """
    name = f'@canary-{uuid.uuid4()}'
    with net.Listener(name, TOKEN) as canary:
        assert boxed.ok('alice', remote.ask(name)).startswith('failed ')
        assert canary.callers == 0
        assert boxed.ok('carol', remote.ask(name)) == f'heard {TOKEN}\n', 'the control'


@BOTH
def test_abstract_socket_from_the_landing(boxed):
    """C15: code in the landing, before any door, is in the container's network already."""
    address = f'@canary-{uuid.uuid4()}'
    with net.Listener(address, TOKEN) as canary, staying(boxed) as login:
        def odd():
            connection, name = net.open_socket(address)
            connection.connect(name)
        outcome = landing.run(login, 'alice', ['bash', '-c', 'echo ran'], odd=odd)
        assert outcome.status == 126 and 'refused' in outcome.err, outcome
        assert canary.callers == 0
        assert address not in second_channel(boxed, login, 'cat /proc/net/unix').stdout
        assert net.ask(address) == TOKEN, 'the control'


@BOTH
def test_abstract_socket_of_another_session(boxed):
    """C15: two sessions of one user may use the same abstract name, and do not meet."""
    with staying(boxed, 'alice', remote.serve('@shared', 'of one')) as login:
        inside = second_channel(boxed, login, remote.ask('@shared'))
        assert boxed.ok('alice', remote.ask('@shared')).startswith('failed ')
        assert inside.stdout == 'heard of one\n', 'the control'
