# SPDX-License-Identifier: MIT
"""C5: nothing inside can look into, trace or take descriptors from init, sshd's child or a door at
any moment of its passage. The attacker is a sibling inside, as the tenant and as root inside.
"""

import json
import os
import shutil
import signal
import subprocess

import pytest

import client
import landing
import procs
import wait
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
ATTACK = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'attack_proc.py')
# The door's calls before which it is held: before joining, after it, after the ids, before exec.
WINDOWS = {'getcwd': 1, 'close_range': 1, 'keyctl': 1, 'setns': 1, 'prctl': 1, 'setresgid': 1,
           'setresuid': 1, 'getresuid': 1, 'chdir': 1, 'execve': 2}


def attack(site, login, *pids):
    with open(ATTACK, encoding='utf-8') as file:
        code = file.read()
    done = second_channel(site, login, ' '.join(['/usr/bin/python3 -', *map(str, pids)]),
                          input=code)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


@BOTH
def test_init_and_sshd(boxed):
    """C5 (CVE-2019-5736, CVE-2016-9962): /proc/PID/{mem,root,fd,ns,exe,environ,...}, ptrace, kcmp,
    process_vm_readv and _writev, pidfd_getfd, setns on init and sshd's child and its children:
    refused.
    """
    with staying(boxed, 'alice', 'sleep 300 >/dev/null 2>&1 &') as login:
        answer = attack(boxed, login)
        assert answer['got'] == []
        assert 'sshd' in answer['opaque'].values() and 'nsbox-init' in answer['opaque'].values()
        assert '1' in answer['opaque']
        assert 'sleep' in answer['ordinary'], 'the control: the tenant\'s own can be looked at'


def test_attack_has_a_control(boxed):
    """The control: the same attack by root of the host gets all there is of an init."""
    with staying(boxed) as login:
        done = client.run(['/usr/bin/python3', ATTACK, str(login.init)])
        got = {what for _, _, what in json.loads(done.stdout)['got']}
        assert {'mem 2', 'environ 0', 'kcmp', 'readlink exe'} & got and 'ptrace 4206' in got, got


@BOTH
@pytest.mark.parametrize('window', WINDOWS)
def test_door_in_its_windows(boxed, window):
    """C5, C6: a door that stands still in the middle of its passage is as closed as init."""
    if not shutil.which('strace'):
        pytest.skip('strace is not installed')
    with staying(boxed) as login:
        held = Held(login, window)
        try:
            inside = procs.pid_inside(held.pid)
            answer = attack(boxed, login, inside)
            name = procs.status(held.pid)['Name']
            assert answer['opaque'] == {str(inside): name}, (window, answer)
            assert answer['got'] == [], window
            assert held.is_door(), 'the control: it was still the door'
        finally:
            outcome = held.release()
        landing.check_harmless(outcome, user_map=boxed.user_map)


class Held:
    """A door started in a landing and stopped before its first call of a name, by strace on the
    host.
    """

    def __init__(self, login, window):
        self.seen = 0
        self.middle = os.fork()
        if self.middle == 0:
            try:
                landing.run(login, 'alice', ['bash', '-c', 'exit 7'],
                            odd=lambda: os.kill(os.getpid(), signal.SIGSTOP))
            finally:
                os._exit(0)
        self.pid = wait.until(self._stopped, 'the door to be')
        self.strace = subprocess.Popen(
            ['strace', '-q', '-p', str(self.pid), '-e', f'trace=execve,{window}', '-e',
             f'inject={window}:delay_enter=20000000:when={WINDOWS[window]}', '-o',
             f'{client.FOLDER}/held'],
            stderr=subprocess.PIPE, text=True)
        wait.until(lambda: int(procs.status(self.pid)['TracerPid']), 'strace to attach')
        os.kill(self.pid, signal.SIGCONT)
        self.exe = wait.until(self._in_window, f'the door to come to {window}')

    def _stopped(self):
        for pid in procs.descendants(self.middle):
            if procs.status(pid).get('State', '')[0] == 'T':
                return pid
        return None

    def _in_window(self):
        """strace notes the exec, then sits in its delay: the door stands still for a while."""
        status = procs.status(self.pid)
        exe = os.readlink(f'/proc/{self.pid}/exe')
        stands = status['State'][0] in 'tT' and exe.endswith('/bash') and self._exec_noted()
        self.seen = self.seen + 1 if stands else 0
        return exe if self.seen > 5 else None

    def _exec_noted(self):
        with open(f'{client.FOLDER}/held', encoding='utf-8') as file:
            return 'execve(' in file.read()

    def is_door(self):
        with open(f'/proc/{self.pid}/maps', encoding='utf-8') as file:
            return 'libc.so' not in file.read()

    def release(self):
        self.strace.kill()   # its delay is long; the door goes on without it
        self.strace.communicate()
        wait.until(lambda: not procs.is_alive(self.pid), 'the door to end')
        os.waitpid(self.middle, 0)
        return landing.Outcome(7, '', '')


@BOTH
def test_signals_of_the_tenant(boxed):
    """C5, C6: from inside, init cannot be stopped or killed by any signal, and goes on to reap."""
    command = ('for s in STOP KILL TERM TSTP SEGV ABRT XCPU PWR ALRM CHLD; do kill -$s 1; done; '
               'renice -n 19 -p 1; kill -0 1; echo $?; (sleep 0.01 &)')
    with staying(boxed) as login:
        assert second_channel(boxed, login, command).stdout.splitlines()[-1] == '0', 'the control'
        assert procs.is_alive(login.init) and procs.status(login.init)['State'][0] not in 'Tt'
        assert second_channel(boxed, login, 'echo on').stdout == 'on\n'
        wait.until(lambda: not [pid for pid in procs.children(login.init)
                                if not procs.is_alive(pid)],
                   'init to reap')


@BOTH
@pytest.mark.parametrize('limit', ['nofile', 'cpu', 'as', 'nproc', 'stack'])
def test_limits_of_init(boxed, limit):
    """C5, invariant 6: the kernel lets any process of init's uid set init's limits. What a tenant
    can bring about by that is the end of the tenant's own session, whole, and nothing else.
    """
    before = boxed.host.snapshot()
    with staying(boxed) as login, staying(boxed, 'bob') as other:
        second_channel(boxed, login, f'prlimit --pid 1 --{limit}=0:0; (sleep 0.01 &)')
        ids = procs.parse_shown(second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout)
        assert not ids or ids == login.session.container_ids()
        assert second_channel(boxed, other, 'echo on', 'bob').stdout == 'on\n', 'the control'
        if procs.is_alive(login.monitor):
            os.kill(login.monitor, signal.SIGKILL)
    boxed.host.nothing_left_since(before)
