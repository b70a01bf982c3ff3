# SPDX-License-Identifier: MIT
"""C12: which capabilities there are, and what can be gained, for each value of the policy's keys.

What the defaults give and that the host's setuid programs give nothing is test_c10_ids.py's.
"""

import json
import os

import pytest

import client
import policies
import procs
import remote
import wait
from logins import ROOT, SELF, SUBIDS, second_channel, staying

ATTACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'attack_mounts.py')
BOTH_SFTP = ('internal-one-self', 'external-one-self', 'external-two-root')
BY_FILE, AMBIENT = ('CapPrm', 'CapEff', 'CapBnd'), ('CapInh', 'CapAmb')
NET_BIND, NET_RAW, SYS_CHROOT, SYS_ADMIN = 10, 13, 18, 21
GET_SECUREBITS, SET_SECUREBITS = 27, 28
NOROOT, NO_FIXUP, NO_RAISE = 3, 3 << 2, 3 << 6
STAY = 'sleep 300 >/dev/null 2>&1 & (setsid sleep 301 >/dev/null 2>&1 &)'
SECURE = ('import ctypes; c = ctypes.CDLL(None); b = c.prctl(27); '
          'print(b, [i for i in range(8) if c.prctl(28, b ^ 1 << i) == 0])')


def every():
    """All that this kernel knows."""
    with open('/proc/sys/kernel/cap_last_cap', encoding='ascii') as file:
        return (2 << int(file.read())) - 1


def bits(*numbers):
    return sum(1 << one for one in numbers)


def sets(pid):
    status = procs.status(pid)
    return {name: int(status[name], 16) for name in BY_FILE + AMBIENT}


def check_process(pid, kept, ambient, gain='1'):
    expected = dict.fromkeys(BY_FILE, kept) | dict.fromkeys(AMBIENT, kept if ambient else 0)
    assert sets(pid) == expected, procs.title(pid)
    assert procs.status(pid)['NoNewPrivs'] == gain, procs.title(pid)


def check_session(login, kept, ambient, gain='1'):
    """The host's view of all that is in the session."""
    members = procs.members_of('user', login.session.container_ids()['user'])
    assert len(members) >= 4 and login.init in members
    for pid in members:
        if pid == login.init:
            check_process(pid, 0, False)
        else:
            check_process(pid, kept, ambient, gain)
    own = sets(login.child)
    assert not any(own[name] for name in ('CapPrm', 'CapEff', *AMBIENT)), 'sshd\'s child'


CASES = [
    (SELF, (), 0), (SELF, ('capabilities = none',), 0),
    (SELF, ('capabilities = cap_net_raw', 'capabilities = cap_net_bind_service'),
     bits(NET_RAW, NET_BIND)),
    (SELF, ('capabilities = namespace',), None),
    (ROOT, (), None), (ROOT, ('capabilities = none',), 0),
    (ROOT, ('capabilities = cap_sys_chroot',), bits(SYS_CHROOT)),
    (SUBIDS, (), None), (SUBIDS, ('capabilities = cap_net_raw',), bits(NET_RAW)),
]


@pytest.mark.parametrize('boxed,lines,kept', CASES, indirect=['boxed'])
@pytest.mark.parametrize('gain', [False, True])
def test_every_process(boxed, lines, kept, gain):
    """C12: bounding, permitted and effective set of every process past the door are just those of
    the policy, for self also the inheritable and the ambient one; no_new_privs is set unless the
    policy says no; init has nothing in any case.
    """
    more = ('no-new-privileges = no',) if gain else ()
    policies.policy(boxed, *lines, *more)
    kept = every() if kept is None else kept
    with staying(boxed, 'alice', STAY) as login:
        check_session(login, kept, boxed.user_map == 'self', '0' if gain else '1')


def sftp_servers(login):
    """Those of the login's processes, internal-sftp among them, that serve files."""
    inside = procs.members_of('pid', login.session.container_ids()['pid'])
    return [pid for pid in inside if pid != login.child and 'sftp' in procs.title(pid)]


@pytest.mark.parametrize('boxed', BOTH_SFTP, indirect=True)
def test_sftp(boxed):
    """C12: an external sftp server has what the shell has; internal-sftp, sshd's own child, has
    nothing that it can use.
    """
    policies.policy(boxed, 'capabilities = cap_net_raw')
    with staying(boxed, 'alice', STAY) as login:
        line = boxed.client.line('sftp', '-o', f'ControlPath={login.control}', 'alice@host')
        process = client.start(line)
        try:
            servers = wait.until(lambda: sftp_servers(login), 'sftp\'s server')
            for pid in servers:
                own = procs.ns_ids(pid, ['user']) != procs.ns_ids(login.monitor, ['user'])
                if own:
                    check_process(pid, bits(NET_RAW), boxed.user_map == 'self')
                else:
                    assert not any(sets(pid)[name] for name in ('CapPrm', 'CapEff', *AMBIENT))
        finally:
            process.kill()
            process.communicate()


RAW = ('import socket\ntry: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); print("raw")\n'
       'except OSError as error: print(error.errno)')


@pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
def test_what_they_are_good_for(boxed):
    """C12: with cap_net_raw a plain program opens a raw socket, and cannot mount; without it
    cannot open one; root inside neither, when the policy says none.
    """
    policies.policy(boxed, 'capabilities = cap_net_raw')
    mount = 'mkdir -p own; mount -t tmpfs own own && echo mounted || true'
    assert boxed.ok('alice', remote.python(RAW)) == 'raw\n'
    assert 'mounted' not in boxed.ok('alice', mount)
    policies.policy(boxed, 'capabilities = none')
    assert boxed.ok('alice', remote.python(RAW)) == '1\n'
    assert 'mounted' not in boxed.ok('alice', mount)
    policies.policy(boxed, 'capabilities = namespace')
    assert boxed.ok('alice', remote.python(RAW)) == 'raw\n'
    assert 'mounted' in boxed.ok('alice', mount), 'the control'


@pytest.mark.parametrize('boxed', [SELF], indirect=True)
def test_all_of_them_undo_no_mount(boxed):
    """C12, C13: a tenant who is not root inside, and has every capability over the container, can
    undo none of the mounts that it was given.
    """
    policies.policy(boxed, 'capabilities = namespace')
    with open(ATTACK, encoding='utf-8') as file:
        code = file.read()
    result = json.loads(boxed.ok('alice', '/usr/bin/python3 -', input=code))
    assert result['tried'] > 300, 'the control: the attack did run'
    assert result['found'] == [] and result['missing'] == [] and result['done'] == []


@pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
def test_secure_bits(boxed):
    """C12: where to be root inside gives nothing, that is locked; where root inside is root, the
    usual rules hold.
    """
    locked = NOROOT | NO_FIXUP
    own = boxed.user_map == 'self'
    cases = {'auto': locked | NO_RAISE if own else 0, 'none': locked | NO_RAISE,
             'namespace': locked if own else 0}
    for word, expected in cases.items():
        policies.policy(boxed, f'capabilities = {word}')
        shown, changed = boxed.ok('alice', remote.python(SECURE)).split(' ', 1)
        assert int(shown) == expected, word
        able = set(json.loads(changed))
        assert not able if word != 'namespace' and expected else True, (word, able)
        # The bits of SECBIT_KEEP_CAPS are free: they give nothing back that is gone.
        assert not able & set(range(4)) if expected else True, (word, able)
        if word == 'namespace' and not own:
            assert able, 'the control'


GAINS = '''
import os, subprocess, sys
tool = sys.argv[1]
os.setgroups([]) if sys.argv[2:] else None
os.setresgid(1000, 1000, 1000)
os.setresuid(1000, 1000, 1000)
os.execv(tool, [tool, '-I', '-c', """
import os
caps = [l.split()[1] for l in open("/proc/self/status") if l.startswith("CapEff")][0]
print(os.geteuid(), int(caps, 16))"""])
'''


@pytest.mark.parametrize('boxed', [SUBIDS], indirect=True)
def test_gain_on_own_mounts(boxed):
    """C12: with no-new-privileges = no a setuid program on a tmpfs of root inside's gives what the
    container's root has, and no more; a copy in the tree that the session was given gives nothing;
    with yes neither does.
    """
    make = ('mkdir -p own; mount -t tmpfs -o mode=755 own own; for d in own /tmp; do '
            'cp /usr/bin/python3 $d/suid; chmod 4755 $d/suid; done; ')
    tries = ''.join(f'/usr/bin/python3 -c {remote.shlex.quote(GAINS)} {tool} groups; '
                    for tool in ('$PWD/own/suid', '/tmp/suid'))
    home = 'chmod 711 . ; '
    policies.policy(boxed, 'no-new-privileges = no')
    on_own, on_given = boxed.ok('alice', home + make + tries).splitlines()
    assert on_own == f'0 {every()}', 'the control'
    assert on_given == '1000 0'
    policies.policy(boxed, 'no-new-privileges = no', 'capabilities = cap_sys_admin cap_setuid '
                    'cap_setgid cap_net_raw')
    on_own, on_given = boxed.ok('alice', home + make + tries).splitlines()
    assert on_own == f'0 {bits(6, 7, NET_RAW, SYS_ADMIN)}' and on_given == '1000 0'
    policies.policy(boxed)
    assert boxed.ok('alice', home + make + tries).splitlines() == ['1000 0'] * 2


def test_without_a_user_namespace(boxed):
    """C12: without a user namespace there is nothing but none; what asks for more is refused, with
    the place, and never given over the host.
    """
    plain = 'namespaces = pid mount uts ipc net cgroup'
    policies.policy(boxed, plain)
    with staying(boxed, 'alice', STAY) as login:
        own = procs.members_of('pid', login.session.container_ids()['pid'])
        past = [pid for pid in own if pid not in (login.child, login.init)]
        assert len(past) >= 3
        for pid in past:
            check_process(pid, 0, False)
        assert second_channel(boxed, login, remote.python(SECURE)).stdout == (
            f'{NOROOT | NO_FIXUP | NO_RAISE} []\n')
    for line in ('capabilities = cap_net_raw', 'capabilities = namespace',
                 'no-new-privileges = no'):
        policies.policy(boxed, plain, line)
        logged = len(boxed.host.log.lines)
        assert 'ran' not in boxed.ssh('alice', 'echo ran').stdout
        boxed.host.log.wait_for(r'nsbox\.conf:5: .* needs? the user namespace', logged)
