# SPDX-License-Identifier: MIT
"""C20: no further user namespace, by unshare, clone or clone3, for a tenant or for root inside;
and what can be done from one where the policy allows them.
"""

import contextlib
import json
import os

import pytest

import host as host_module
import landing
import policies
import procs
import remote
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
NEWUSER = 0x10000000
ATTACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'attack_mounts.py')

TRY = '''
import ctypes, json, os, struct
libc = ctypes.CDLL(None, use_errno=True)
NEWUSER, SIGCHLD = 0x10000000, 17
CLONE, UNSHARE = (56, 272) if os.uname().machine == 'x86_64' else (220, 97)
def outcome(result):
    if result == 0:
        os._exit(0)
    return 'made' if result > 0 else ctypes.get_errno()
def child(call):
    """unshare(2) in a child: 0 is success there."""
    pid = os.fork()
    if pid == 0:
        os._exit(0 if call() == 0 else ctypes.get_errno())
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) or 'made'
def tries(extra=0):
    args = struct.pack('11Q', NEWUSER | extra, 0, 0, 0, SIGCHLD, 0, 0, 0, 0, 0, 0)
    return {'unshare': child(lambda: libc.syscall(UNSHARE, NEWUSER | extra)),
            'clone': outcome(libc.syscall(CLONE, NEWUSER | extra | SIGCHLD, *(None,) * 4)),
            'clone3': outcome(libc.syscall(435, args, len(args)))}
'''
RAISE = '''
def raised():
    """Every way to the limit that root of the container could think of."""
    got = []
    for root in ('', '/proc/self/root', '/proc/1/root'):
        path = root + '/proc/sys/user/max_user_namespaces'
        try:
            with open(path, 'w') as file:
                file.write('1000')
            got.append(path)
        except OSError:
            pass
    os.makedirs('new', exist_ok=True)
    for source, kind, flags in (('proc', 'proc', 0), ('/proc', None, 4096),
                                ('/proc', None, 4096 | 16384), ('/proc/sys', None, 4096)):
        if libc.mount(source.encode(), b'new', kind and kind.encode(), flags, None) == 0:
            for path in ('new/sys/user/max_user_namespaces', 'new/user/max_user_namespaces'):
                libc.mount(None, b'new', None, 32 | 4096, None)   # remount, bind, read-write
                try:
                    with open(path, 'w') as file:
                        file.write('1000')
                    got.append((source, kind, flags))
                except OSError:
                    pass
            libc.umount2(b'new', 2)
    for target in ('/proc/sys', '/proc/sys/user', '/proc'):
        if libc.mount(None, target.encode(), None, 32 | 4096, None) == 0:
            got.append(('remount', target))
    fs = libc.syscall(430, b'proc', 0)
    if fs >= 0 and libc.syscall(431, fs, 6, None, None, 0) == 0:
        tree = libc.syscall(432, fs, 0, 0)
        if tree >= 0:
            got.append('fsmount')
    return got
'''


@BOTH
def test_refused(boxed):
    """C20: unshare, clone and clone3 with CLONE_NEWUSER, alone and together with others, are
    refused; on the host they are not.
    """
    code = TRY + 'print(json.dumps([tries(), tries(0x20000), tries(0x20000000)]))'
    for answers in json.loads(boxed.ok('alice', remote.python(code))):
        assert 'made' not in answers.values(), answers
    on_host = host_module.run_as('alice',
                                 ['/usr/bin/python3', '-c', TRY + 'print(json.dumps(tries()))'])
    assert set(json.loads(on_host.stdout).values()) == {'made'}, 'the control'


@BOTH
def test_allowed(boxed):
    """C20: nested-user-namespaces = yes allows them, by each way, and who makes one is root there,
    with no_new_privs as it was; who has none inside gets nothing outside of it.
    """
    policies.policy(boxed, 'nested-user-namespaces = yes')
    answers = json.loads(boxed.ok('alice', remote.python(TRY + 'print(json.dumps(tries()))')))
    assert set(answers.values()) == {'made'}
    shown = boxed.ok('alice', 'unshare -Urm sh -c "id -u; mount -t tmpfs own /mnt && echo mounted; '
                              'grep -e NoNew -e CapEff /proc/self/status"').split()
    assert shown[:2] == ['0', 'mounted'] and shown[-1] == '1' and int(shown[-3], 16)
    refused = boxed.ssh('alice', 'unshare -Ur sh -c "hostname changed || sysctl -w '
                                 'kernel.panic=1 || chown 2002 mine || cat /etc/shadow"')
    assert refused.returncode and not refused.stdout


@BOTH
def test_mounts_hold_from_a_nested_one(boxed):
    """C20, C13: from a further user namespace with a mount namespace, and as root there, none of
    the mounts that the container was given can be undone or loosened, nor /proc be had anew.
    """
    policies.policy(boxed, 'nested-user-namespaces = yes')
    for path in ('/tmp/canary', '/run/canary'):
        host_module.write_as('root', path, '', 0o644)
    try:
        with open(ATTACK, encoding='utf-8') as file:
            code = file.read()
        result = json.loads(boxed.ok('alice', 'unshare -Urm /usr/bin/python3 -', input=code))
        assert result['tried'] > 300, 'the control: the attack did run'
        assert result['found'] == [] and result['missing'] == [] and result['done'] == []
        code = TRY + RAISE + 'print(json.dumps(raised()))'
        assert json.loads(boxed.ok('alice', 'unshare -Urpmf ' + remote.python(code))) == []
    finally:
        for path in ('/tmp/canary', '/run/canary'):
            os.unlink(path)


@BOTH
def test_limit_cannot_be_raised(boxed):
    """C20: neither the tenant nor root inside can raise user.max_user_namespaces, by any mount; and
    after all that was tried there is still no user namespace to be had.
    """
    code = TRY + RAISE + 'print(json.dumps([raised(), tries()]))'
    got, answers = json.loads(boxed.ok('alice', remote.python(code)))
    assert got == []
    assert 'made' not in answers.values()
    assert boxed.ok('alice', 'cat /proc/sys/user/max_user_namespaces') == '0\n'
    with open('/proc/sys/user/max_user_namespaces', encoding='ascii') as file:
        assert int(file.read()) > 0, 'the control: the host\'s is as it was'


@pytest.mark.parametrize('boxed', [ROOT, SUBIDS], indirect=True)
def test_root_inside_in_further_namespaces(boxed):
    """C20: root inside may make pid and mount namespaces of its own, and gets no fresh /proc there
    to write the limit through, and no user namespace.
    """
    code = TRY + RAISE + ('libc.unshare(0x20000000 | 0x20000)\npid = os.fork()\n'
                          'if pid == 0:\n'
                          '    print(json.dumps([os.getpid(), raised(), tries()]), flush=True)\n'
                          '    os._exit(0)\nos.waitpid(pid, 0)\n')
    pid, got, answers = json.loads(boxed.ok('alice', remote.python(code)))
    assert pid == 1, 'the control: the pid namespace is new'
    assert got == [] and 'made' not in answers.values()


@BOTH
def test_joining_others(boxed):
    """C20, C7: no namespace of another session, of the host or of sshd's child can be joined."""
    code = ('import ctypes, os\nlibc = ctypes.CDLL(None)\n'
            'for pid in filter(str.isdigit, os.listdir("/proc")):\n'
            ' for kind in os.listdir("/proc/self/ns"):\n'
            '  try: fd = os.open(f"/proc/{pid}/ns/{kind}", os.O_RDONLY)\n'
            '  except OSError: continue\n'
            '  same = os.fstat(fd).st_ino == os.stat(f"/proc/self/ns/{kind}").st_ino\n'
            '  if not same: print("another", pid, kind, libc.setns(fd, 0))\n'
            'NS_GET_USERNS, NS_GET_PARENT = 0xb701, 0xb702\n'
            'import fcntl\nfor kind in ("user", "pid", "mnt", "net"):\n'
            ' for ask in (NS_GET_USERNS, NS_GET_PARENT):\n'
            '  try: print("got", kind, fcntl.ioctl(os.open(f"/proc/self/ns/{kind}", 0), ask))\n'
            '  except OSError: pass\nprint("done")')
    shown = boxed.ok('alice', remote.python(code)).splitlines()
    assert shown[-1] == 'done'
    assert not [line for line in shown if line.startswith('another')]
    got = {line.split()[1] for line in shown if line.startswith('got')}
    assert 'user' not in got and 'pid' not in got, 'a way up'


@BOTH
def test_members_stay_in_the_user_namespace(boxed):
    """C20: all of a session's processes past the door are in one user namespace, a child of the
    host's.
    """
    with staying(boxed, 'alice', 'sleep 300 >/dev/null 2>&1 &') as login:
        ids = login.session.container_ids()
        second_channel(boxed, login, 'unshare -U sleep 300 >/dev/null 2>&1 &')
        for pid in procs.members_of('pid', ids['pid']):
            if pid != login.child and procs.parent(pid) != login.monitor:
                with contextlib.suppress(*procs.GONE):  # unshare may be on its way out, refused
                    seen = procs.ns_ids(pid, ['user'])['user']
                    assert seen in (ids['user'], boxed.host.ids['user'])
        in_it = procs.members_of('user', ids['user'])
        assert len(in_it) >= 3
        landing.check_contained(landing.start_shell(login), user_map=boxed.user_map)
