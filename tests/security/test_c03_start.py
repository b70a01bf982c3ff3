# SPDX-License-Identifier: MIT
"""C3: the setuid program is started in every odd way, by code of the tenant's in the landing.

Invariants 1 and 7: what comes of it is the usual contained shell, or nothing; never euid 0, never a
shell in the host's user namespace. Each test begins with the control that a usual start works.
"""

import os
import resource
import signal
import time

import pytest

import calls
import client
import host as host_module
import landing
from logins import ROOT, SELF, SUBIDS, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
EVERY_SIGNAL = set(range(1, 65)) - {signal.SIGKILL, signal.SIGSTOP, 32, 33}
STANDARD = (0, 1, 2)
INFINITE = resource.RLIM_INFINITY


def limit(which, value):
    """A limit as the tenant lowers it; of the core size, raised to what the hard limit allows."""
    def odd():
        hard = resource.getrlimit(which)[1]
        allowed = value if hard == INFINITE or 0 <= value < hard else hard
        resource.setrlimit(which, (allowed, allowed))
    return odd


def ignore_all():
    for number in EVERY_SIGNAL:
        signal.signal(number, signal.SIG_IGN)


def block_all():
    signal.pthread_sigmask(signal.SIG_BLOCK, EVERY_SIGNAL)


def deleted_cwd():
    os.mkdir('/home/alice/gone')
    os.chdir('/home/alice/gone')
    os.rmdir('/home/alice/gone')


def unreachable_cwd():
    """A folder that the tenant is in but could not come to."""
    os.makedirs('/home/alice/closed/inner')
    os.chdir('/home/alice/closed/inner')
    os.chmod('/home/alice/closed', 0)


def close(*fds):
    return lambda: [os.close(fd) for fd in fds]


def fill_descriptors():
    """Descriptors 3 to 1023, folders among them that no tenant could open."""
    root = os.open('/', os.O_RDONLY | os.O_DIRECTORY)
    soft = min(1024, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    for fd in range(3, soft):
        if fd != root:
            os.dup2(root, fd, inheritable=True)
    os.set_inheritable(root, True)


def usual(script):
    return ['bash', '-c', script]


# What must not keep a tenant out: the door hands all of it on to the shell.
HARMLESS = {
    'argc 0': (None, lambda script: []),
    'no name': (None, lambda script: ['', '-c', script]),
    'a long name': (None, lambda script: ['x' * 4096, '-c', script]),
    'login shell name': (None, lambda script: ['-bash', '-c', script]),
    '128 KiB of arguments': (None, lambda script: ['bash', '-c', script, *['a' * 1023] * 128]),
    'one argument of 120 KiB': (None, lambda script: ['bash', '-c', script, 'a' * 120 * 1024]),
    'no descriptor 0': (close(0), usual),
    'no descriptor 1': (close(1), usual),
    'no descriptor 2': (close(2), usual),
    'no descriptors': (close(*STANDARD), usual),
    'all descriptors': (fill_descriptors, usual),
    'umask 0777': (lambda: os.umask(0o777), usual),
    'signals blocked': (block_all, usual),
    'signals ignored': (ignore_all, usual),
    'deleted cwd': (deleted_cwd, usual),
    'unreachable cwd': (unreachable_cwd, usual),
    'alarm later': (lambda: signal.alarm(3600), usual),
    'FSIZE 0': (limit(resource.RLIMIT_FSIZE, 0), usual),
    'CORE inf': (limit(resource.RLIMIT_CORE, INFINITE), usual),
    'CPU 1': (limit(resource.RLIMIT_CPU, 1), usual),
    'MEMLOCK 0': (limit(resource.RLIMIT_MEMLOCK, 0), usual),
    'SIGPENDING 0': (limit(resource.RLIMIT_SIGPENDING, 0), usual),
}

# What may keep a tenant out: the kernel's or the shell's affair, but nothing worse may come of it.
HARSH = {
    'NOFILE 3': limit(resource.RLIMIT_NOFILE, 3),
    'NOFILE 4': limit(resource.RLIMIT_NOFILE, 4),
    'NOFILE 0': limit(resource.RLIMIT_NOFILE, 0),
    'STACK 64K': limit(resource.RLIMIT_STACK, 65536),
    'STACK 4K': limit(resource.RLIMIT_STACK, 4096),
    'AS 16M': limit(resource.RLIMIT_AS, 16 << 20),
    'AS 1M': limit(resource.RLIMIT_AS, 1 << 20),
    'DATA 64K': limit(resource.RLIMIT_DATA, 65536),
    'NPROC 1': limit(resource.RLIMIT_NPROC, 1),
    'NPROC 0': limit(resource.RLIMIT_NPROC, 0),
    'CPU 0': limit(resource.RLIMIT_CPU, 0),
    'RTTIME 1': limit(resource.RLIMIT_RTTIME, 1),
    'pending alarm': lambda: signal.setitimer(signal.ITIMER_REAL, 0.0002),
    'pending SIGTERM': lambda: (block_all(), os.kill(os.getpid(), signal.SIGTERM)),
    'a message of 1 MiB': lambda: None,
}


@BOTH
def test_contained(boxed):
    """C3: an odd start that harms nobody ends in the usual contained shell."""
    wrong = {}
    with staying(boxed) as login:
        landing.check_contained(landing.start_shell(login), user_map=boxed.user_map)
        for name, (odd, argv) in HARMLESS.items():
            # no arguments, no script: the shell reads its standard input
            outcome = (start_reading(login, argv) if name == 'argc 0' else
                       landing.start_shell(login, argv=argv, odd=odd))
            judge(landing.check_contained, outcome, boxed.user_map, name, wrong)
        os.chmod('/home/alice/closed', 0o700)
    assert not wrong


def start_reading(login, argv):
    read, write = os.pipe()
    os.write(write, landing.PROBE.format(fifo='/home/alice/probe').encode())
    os.close(write)
    try:
        return landing.start_shell(login, argv=argv, stdin=read)
    finally:
        os.close(read)


def judge(check, outcome, user_map, name, wrong):
    try:
        check(outcome, user_map=user_map)
    except AssertionError as error:
        wrong[name] = outcome, str(error)


@BOTH
def test_contained_or_nothing(boxed):
    """C3: an odd start that leaves too little of something: the contained shell, or nothing."""
    wrong = {}
    with staying(boxed) as login:
        landing.check_contained(landing.start_shell(login), user_map=boxed.user_map)
        for name, odd in HARSH.items():
            more = ['m' * 131000] * 8 if 'message' in name else []
            outcome = landing.start_shell(login, odd=odd,
                                          argv=lambda script, more=more: [*usual(script), *more])
            judge(landing.check_harmless, outcome, boxed.user_map, name, wrong)
        landing.check_contained(landing.start_shell(login), user_map=boxed.user_map)
    assert not wrong


def test_too_few_descriptors_is_spoken(boxed):
    """C3, invariant 1: a door that cannot open its record says so, with a reference to the log."""
    with staying(boxed) as login:
        outcome = landing.start_shell(login, odd=limit(resource.RLIMIT_NOFILE, 3))
        assert outcome.refused, outcome


def test_state_is_handed_on(boxed):
    """C3: umask, ignored and blocked signals and limits reach the shell as the caller had them."""
    def odd():
        os.umask(0o077)
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
        resource.setrlimit(resource.RLIMIT_NOFILE, (77, 77))
    script = 'umask; ulimit -n; grep -E "SigBlk|SigIgn" /proc/self/status'
    with staying(boxed) as login:
        outcome = landing.run(login, 'alice', ['bash', '-c', script], odd=odd)
        umask, files, blocked, ignored = outcome.out.splitlines()
        assert (umask, files) == ('0077', '77')
        assert int(blocked.split()[1], 16) & 1 << signal.SIGUSR2 - 1
        assert int(ignored.split()[1], 16) & 1 << signal.SIGUSR1 - 1


def test_no_descriptor_comes_along(boxed):
    """C3, C4, invariant 7: the door closes what its caller left open, folders of the host above
    all.
    """
    with staying(boxed) as login:
        outcome = landing.run(login, 'alice', ['bash', '-c', 'ls /proc/$$/fd; :'],
                              odd=fill_descriptors)
        assert outcome.out.split() == ['0', '1', '2'], outcome


def test_racing_signals(boxed):
    """C6 in its plainest form: a signal at any moment of the start ends it, or a shell runs."""
    rounds = 400 if os.environ.get('NSBOX_LONG') else 20
    seen = set()
    with staying(boxed) as login:
        for i in range(rounds):
            number = (signal.SIGALRM, signal.SIGTERM, signal.SIGSEGV)[i % 3]

            def odd(seconds=0.0001 * (1 + i), number=number):
                if number == signal.SIGALRM:
                    signal.setitimer(signal.ITIMER_REAL, seconds)
                else:
                    aim(os.getpid(), number, seconds)
            outcome = landing.start_shell(login, odd=odd)
            landing.check_harmless(outcome)
            seen.add(outcome.status)
    assert seen


def aim(pid, number, seconds):
    """A child that signals the caller a little later."""
    if os.fork() == 0:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            pass
        try:
            os.kill(pid, number)
        finally:
            os._exit(0)


@pytest.mark.parametrize('state', ['traced', 'no_new_privs', 'shared fs'])
def test_not_setuid_here(boxed, state):
    """C3, C5, invariant 7: where the kernel takes the privilege from the door, the door refuses."""
    def odd():
        if state == 'traced':
            calls.trace_me()
        elif state == 'no_new_privs':
            calls.prctl(calls.PR_SET_NO_NEW_PRIVS, 1)
        else:
            share_fs()
    with staying(boxed) as login:
        landing.check_contained(landing.start_shell(login))
        if state == 'traced':
            outcome = traced(login)
        else:
            outcome = landing.start_shell(login, odd=odd)
        assert outcome.refused, outcome


def share_fs():
    """A second task with the same working directory and root: clone(CLONE_FS), then the child
    execs.
    """
    flags = calls.CLONE_FS | signal.SIGCHLD
    pid = calls.libc.syscall(calls.number(56, 220), flags, None, None, None, None)
    if pid:
        status = os.waitpid(pid, 0)[1]
        os._exit(os.waitstatus_to_exitcode(status) & 255)


def traced(login):
    """The tenant's own debugger starts the door."""
    def debug():
        pid = os.fork()
        if pid == 0:
            calls.trace_me()
            return
        for _ in range(200):
            _, status = os.waitpid(pid, 0)
            if not os.WIFSTOPPED(status):
                os._exit(os.waitstatus_to_exitcode(status) & 255)
            caught = os.WSTOPSIG(status)
            calls.checked(calls.libc.ptrace(7, pid, None, 0
                                            if caught == signal.SIGTRAP else caught),
                          'ptrace')
        os._exit(125)
    return landing.start_shell(login, odd=debug)


def test_from_the_host(boxed):
    """C3, C24: on the host an ordinary user cannot reach the door, and root is refused by it."""
    door = f'{host_module.HELPERS}/nsbox-enter'
    done = host_module.run_as('alice', ['sh', '-c', f'{door} -c id; ls {host_module.HELPERS}'])
    assert done.returncode != 0 and done.stdout == '' and 'denied' in done.stderr
    done = client.run([door, '-c', 'id'])
    assert done.returncode == landing.REFUSED and done.stdout == ''
    assert os.stat(door).st_mode & 0o7777 == 0o4755, 'the control'
