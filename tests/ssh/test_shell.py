# SPDX-License-Identifier: MIT
"""Routes that run the login shell: interactive, with a command, ~/.ssh/rc, a second channel.

Each compares the namespaces of the shell, of sshd's post-auth child, of its monitor and of the host
(`site.check`), boxed in two set-ups and, as the control, on the same sshd without nsbox.
"""

import contextlib
import os

import paramiko
import pytest

import client
import host as host_module
import procs
import terminal
from setups import CROSS_SETUPS


def read_ids(lines):
    return procs.parse_shown('\n'.join(lines))


@contextlib.contextmanager
def shell(site, user='alice', **more):
    """An interactive login; gives the terminal."""
    terminal.prepare(user)
    with terminal.Terminal(site.client.line('ssh', f'{user}@host'), **more) as opened:
        yield opened


def test_interactive_shell(site):
    """An interactive login shell is in the container. Invariants 1 and 3."""
    with shell(site) as term:
        ids = read_ids(term.run(procs.SHOW_NAMESPACES))
        site.check(site.session('alice'), ids)
        assert term.run('shopt -q login_shell && echo login') == ['login']
        assert term.run('pwd; id -un') == ['/home/alice', 'root' if is_root(site) else 'alice']
        assert term.leave(7) == 7


def is_root(site):
    return site.boxed and site.user_map != 'self'


def test_terminal(site):
    """`tty` names the controlling terminal, which can be opened and is the user's. Inv. 3, C9."""
    with shell(site) as term:
        name = term.run('tty')[0]
        assert name.startswith('/dev/pts/')
        assert term.run('[ -c $(tty) ] && [ -O $(tty) ] && echo mine') == ['mine']
        assert term.run('echo through >/dev/tty') == ['through']
        assert term.run('for n in 0 1 2; do [ -t $n ] && echo $n; done') == ['0', '1', '2']
        shown = term.run('ps -o tty= -p $$')[0].strip()
        assert f'/dev/{shown}' == name
        if site.boxed:
            assert name == '/dev/pts/0'


def test_terminal_is_of_the_session(site):
    """A boxed login's terminal is in its own devpts: the host gets no new one. Invariant 3, C9."""
    before = set(os.listdir('/dev/pts'))
    with shell(site):
        # One terminal is pexpect's own; the plain sshd's is the second.
        assert len(set(os.listdir('/dev/pts')) - before) == (1 if site.boxed else 2)


def test_job_control(site):
    """^Z, jobs, bg, fg and ^C work as on any terminal."""
    with shell(site) as term:
        terminal.check_job_control(term)


def test_window_size(site):
    """The window's size arrives, at the start and when it changes, with SIGWINCH."""
    with shell(site, rows=33, columns=101) as term:
        terminal.check_window_size(term, 33, 101)


def test_command(site):
    """`ssh host cmd`: in the container, standard input and output are its own."""
    done = site.ssh('alice', 'cat; echo err >&2', input='typed\n')
    assert done.returncode == 0 and done.stderr == 'err\n' and done.stdout == 'typed\n'
    with held(site) as (login, ids):
        site.check(login, ids)


@contextlib.contextmanager
def held(site, user='alice', *options):
    """A running command that printed its namespaces; gives the session and these."""
    process = site.popen(user, f'{procs.SHOW_NAMESPACES}; echo end; exec cat', *options)
    try:
        ids = procs.parse_shown(client.lines_before(process, 'end'))
        yield site.session(user), ids
    finally:
        process.stdin.close()
        assert process.wait(timeout=client.TIMEOUT) == 0
        for pipe in (process.stdout, process.stderr):
            pipe.close()


@pytest.mark.parametrize('boxed', CROSS_SETUPS, indirect=True)
def test_command_in_the_other_setups(boxed):
    """Every combination of Subsystem, PAM form and user-map contains the shell. Invariant 1."""
    with held(boxed) as (login, ids):
        boxed.check(login, ids)


@pytest.mark.parametrize('status', [0, 1, 42, 255])
def test_exit_status(site, status):
    """The command's exit status is ssh's."""
    assert site.ssh('alice', f'exit {status}').returncode == status


@pytest.mark.parametrize('name', ['TERM', 'KILL', 'USR1'])
def test_death_by_signal(site, name):
    """A command that dies by a signal is told to the client as such, with the signal's name."""
    transport = connect(site, 'alice')
    try:
        told = hear_signals(transport)
        channel = transport.open_session(timeout=20)
        channel.exec_command(f'kill -{name} $$')
        assert channel.recv_exit_status() == -1, 'a status besides the signal'
        assert told == [name]
    finally:
        transport.close()
    assert site.ssh('alice', f'kill -{name} $$').returncode == 255


def hear_signals(transport):
    """A list that gets the name of each exit-signal (RFC 4254, 6.10), which paramiko passes over.
    """
    told = []

    def hear(channel, message):
        if message.get_text() == 'exit-signal':
            message.get_boolean()
            told.append(message.get_text())
            return
        message.rewind()
        message.get_int()  # the channel, as it was read before us
        paramiko.Channel._handle_request(channel, message)

    transport._channel_handler_table = transport._channel_handler_table | {
        paramiko.common.MSG_CHANNEL_REQUEST: hear}
    return told


def test_signal_from_the_client(site):
    """A signal request of the client (RFC 4254, 6.9) reaches the command."""
    transport = connect(site, 'alice')
    try:
        channel = transport.open_session(timeout=20)
        channel.settimeout(20)
        channel.exec_command("trap 'echo got; exit 7' USR1; echo ready; sleep 60 & wait")
        assert channel.recv(100) == b'ready\n'
        send_signal(transport, channel, 'USR1')
        assert channel.recv(100) == b'got\n'
        assert channel.recv_exit_status() == 7
    finally:
        transport.close()


def connect(site, user):
    transport = paramiko.Transport(('127.0.0.1', site.server.port))
    transport.connect(username=user, pkey=paramiko.Ed25519Key.from_private_key_file(client.KEY))
    return transport


def send_signal(transport, channel, name):
    message = paramiko.Message()
    message.add_byte(paramiko.common.cMSG_CHANNEL_REQUEST)
    message.add_int(channel.remote_chanid)
    message.add_string('signal')
    message.add_boolean(False)
    message.add_string(name)
    transport._send_user_message(message)


def test_pty_for_a_command(site):
    """`ssh -tt host cmd` has a terminal."""
    assert site.ok('alice', 'tty', pty=True).startswith('/dev/pts/')


def test_environment(site):
    """The login's own environment arrives whole, also what a setuid start-up would remove. C2."""
    done = site.ssh('alice', 'echo $LD_LIBRARY_PATH $TMPDIR $HOME $USER $SHELL; umask; ulimit -c',
                    '-o', 'SetEnv=LD_LIBRARY_PATH=/opt/hpc TMPDIR=/tmp/mine')
    words, mask, core = done.stdout.splitlines()
    assert words == '/opt/hpc /tmp/mine /home/alice alice /bin/bash'
    assert mask == '0022' and (core.isdigit() or core == 'unlimited')


def test_user_rc(site):
    """~/.ssh/rc runs in the container too, before the command. Invariant 2, C2."""
    host_module.write_as('alice', '/home/alice/.ssh/rc',
                         f'{{ {procs.SHOW_NAMESPACES}; }} >~/rc-ran\n')
    with held(site) as (login, ids):
        site.check(login, ids)
        with open('/home/alice/rc-ran', encoding='utf-8') as file:
            assert procs.parse_shown(file.read()) == ids


def test_second_channel(site):
    """A second channel of a multiplexed connection is in the same container. Invariant 2."""
    control = client.control_path()
    with held(site, 'alice', '-M', '-S', control) as (login, ids):
        second = site.ok('alice', procs.SHOW_NAMESPACES, '-S', control)
        assert procs.parse_shown(second) == ids
        site.check(login, ids)
        assert len(site.sessions('alice')) == 1


def test_two_logins_of_one_user(site):
    """Two logins of one user are two containers. C30."""
    with held(site) as (first, first_ids):
        process = site.popen('alice', f'{procs.SHOW_NAMESPACES}; echo end; exec cat')
        second_ids = procs.parse_shown(client.lines_before(process, 'end'))
        second = site.session('alice', known=[first])
        site.check(second, second_ids)
        for kind in procs.NAMESPACES:
            assert (first_ids[kind] != second_ids[kind]) == site.boxed
        process.communicate()
