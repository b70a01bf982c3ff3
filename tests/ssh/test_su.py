# SPDX-License-Identifier: MIT
"""The other doors to a login: `su -`, `su`, and `login`, called by root on the host."""

import contextlib
import os
import signal

import pexpect
import pytest

import client
import procs
import session
import terminal
import wait

LINES = {
    'su -': ['su', '-', 'alice'],
    'su': ['su', 'alice'],
    'login': ['login', '-f', 'alice'],
}


def session_of(site, program):
    """The login whose monitor is the program with this host pid."""
    shell = wait.until(lambda: [pid for pid in procs.descendants(program)
                                if procs.title(pid).startswith(('-bash', 'bash', '-su'))],
                       'the shell to start')[0]
    monitor = procs.parent(shell)
    return session.Session(monitor, shell, session.container_init(monitor)), shell


def check(site, program, ids):
    """The shell is contained; the program that called PAM is in the landing. No post-auth child."""
    login, shell = session_of(site, program)
    assert ids == procs.ns_ids(shell), 'the shell is not where it says'
    if not site.boxed:
        assert ids == site.host.ids == procs.ns_ids(login.monitor)
        return
    assert ids == login.container_ids()
    for kind in procs.NAMESPACES:
        assert ids[kind] != site.host.ids[kind], kind
    monitor = procs.ns_ids(login.monitor)
    for kind in session.SHARED:
        assert monitor[kind] == ids[kind], f'{kind}: the monitor is outside'
    assert monitor['mnt'] not in (ids['mnt'], site.host.ids['mnt'])
    assert monitor['user'] == site.host.ids['user']


@contextlib.contextmanager
def opened(how, **more):
    terminal.prepare('alice')
    with terminal.Terminal(LINES[how], **more) as term:
        yield term


@pytest.mark.parametrize('how', LINES)
def test_interactive(site, how):
    """An interactive `su` or `login` shell is contained, and its exit status arrives. Inv. 1."""
    before = site.host.snapshot()
    with opened(how) as term:
        ids = procs.parse_shown('\n'.join(term.run(procs.SHOW_NAMESPACES)))
        check(site, term.process.pid, ids)
        assert term.run('echo $USER $HOME') == ['alice /home/alice']
        status = term.leave(3)
        assert status == 3 or how == 'login'  # login's own exit status is 0 whatever the shell's
    site.host.nothing_left_since(before)


@pytest.mark.parametrize('how', LINES)
def test_terminal(site, how):
    """`tty` names the caller's terminal, inside /dev/console; it is the controlling one. Inv. 3."""
    with opened(how) as term:
        name = term.run('tty')[0]
        assert name == '/dev/console' if site.boxed else name.startswith('/dev/pts/')
        assert term.run('[ -c $(tty) ] && [ -t 0 ] && echo terminal') == ['terminal']
        assert term.run('echo through >/dev/tty') == ['through']
        if how == 'login':  # which gives it to the user; `su` leaves it to its owner
            assert term.run('echo through >$(tty)') == ['through']


@pytest.mark.parametrize('how', LINES)
def test_job_control(site, how):
    """^Z, fg and ^C work below `su` and `login`."""
    with opened(how) as term:
        terminal.check_job_control(term)


@pytest.mark.parametrize('how', LINES)
def test_window_size(site, how):
    """The size of the caller's window, and SIGWINCH when it changes. Invariant 3."""
    with opened(how, rows=33, columns=101) as term:
        terminal.check_window_size(term, 33, 101)


@pytest.mark.parametrize('name', ['TERM', 'KILL'])
@pytest.mark.parametrize('how', LINES)
def test_shell_dies_by_signal(site, how, name):
    """A shell that dies by a signal ends the login, and `su` tells which signal. Invariant 6."""
    before = site.host.snapshot()
    with opened(how) as term:
        term.type(f'exec sh -c "kill -{name} \\$\\$"')
        term.process.expect(pexpect.EOF)
        term.process.close()
        if how == 'login':
            assert term.process.exitstatus == 0  # as for any end of the shell
        else:
            assert death_of(term.process.exitstatus, term.process.signalstatus) == name
    site.host.nothing_left_since(before)


def death_of(status, number):
    """The name of the signal that a program died by, itself or as 128 + its number."""
    return signal.Signals(number or status - 128).name.removeprefix('SIG')


@pytest.mark.parametrize('login', [['su', 'alice', '-c'], ['su', '-', 'alice', '-c']])
def test_command(site, login):
    """`su -c` runs in the container and returns the command's status. Invariant 1."""
    done = client.run([*login, f'{procs.SHOW_NAMESPACES}; exit 5'])
    assert done.returncode == 5, done
    ids = procs.parse_shown(done.stdout)
    for kind in procs.NAMESPACES:
        assert (ids[kind] != site.host.ids[kind]) == site.boxed, kind


@pytest.mark.parametrize('name', ['TERM', 'KILL'])
@pytest.mark.parametrize('login', [['su', 'alice', '-c'], ['su', '-', 'alice', '-c']])
def test_command_dies_by_signal(site, login, name):
    """`su -c` tells which signal its command died by. Invariant 8."""
    code = client.run([*login, f'kill -{name} $$']).returncode
    assert death_of(code, -code if code < 0 else None) == name


@pytest.mark.parametrize('folder', ['/home/alice/sub', '/usr/share'])
def test_folder_is_kept(site, folder):
    """`su` without `-` starts where the caller was; with `-` at home. Invariant 8."""
    os.makedirs(folder, exist_ok=True)
    assert client.run(['su', 'alice', '-c', 'pwd'], cwd=folder).stdout == f'{folder}\n'
    assert client.run(['su', '-', 'alice', '-c', 'pwd'], cwd=folder).stdout == '/home/alice\n'


@pytest.mark.parametrize('line', [['su', 'carol', '-c'], ['su', '-', 'root', '-c']])
def test_others_are_not_boxed(site, line):
    """The control: who is not boxed by policy has the host's namespaces. Invariant 1."""
    done = client.run([*line, procs.SHOW_NAMESPACES])
    assert done.returncode == 0 and procs.parse_shown(done.stdout) == site.host.ids
