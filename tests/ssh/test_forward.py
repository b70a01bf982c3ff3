# SPDX-License-Identifier: MIT
"""Routes that sshd's post-auth child serves itself: ports, unix sockets, agent, X11.

They never run the shell, so what counts is that sshd's child is in the container's network
namespace and in the landing; the same connection's shell is the other end, to show it. Each test
looks at both while the forward is in use.
"""

import contextlib
import os
import subprocess

import client
import net
import procs
import remote
import wait

INSIDE = 'hello from inside'
CLIENT = 'hello from the client'
STAY = 'echo ready; exec cat'


@contextlib.contextmanager
def running(site, command, *options, **more):
    """A login that runs a command which prints `ready`, checked while it runs; then hung up.

    Gives the lines that the command prints before.
    """
    show = f'{procs.SHOW_NAMESPACES}; echo shown; {command}'
    process = site.popen('alice', show, *options, **more)
    try:
        ids = procs.parse_shown(client.lines_before(process, 'shown'))
        lines = client.lines_before(process, 'ready').splitlines()
        site.check(site.session('alice'), ids)
        yield lines
        assert process.poll() is None, 'the login has ended by itself'
    finally:
        process.kill()
        process.communicate()


def test_local_forward(site):
    """-L reaches a server in the session's own network. Invariants 1 and 2."""
    near, far = net.free_port(), net.free_port()
    with running(site, remote.serve(far, INSIDE), '-L', f'{near}:127.0.0.1:{far}'):
        assert net.ask(near) == INSIDE
        assert net.is_listening(far) == (not site.boxed), 'the far port on the host'


def test_remote_forward(site):
    """-R listens in the session's own network, not on the host. Invariants 1 and 2."""
    far = net.free_port()
    with net.Listener(0, CLIENT) as listener:
        forward = f'{far}:127.0.0.1:{listener.port}'
        with running(site, STAY, '-R', forward):
            assert net.is_listening(far) == (not site.boxed), 'the far port on the host'
        assert forwarded_answer(site, far, listener) == f'heard {CLIENT}\n'


def forwarded_answer(site, far, listener):
    """What a shell hears at a port or path of its side that -R leads to the client's listener."""
    target = f'127.0.0.1:{listener.port}' if listener.port else listener.path
    return site.ok('alice', remote.ask(far), '-R', f'{far}:{target}')


def test_dynamic_forward(site):
    """-D (SOCKS) reaches the session's own network. Invariants 1 and 2."""
    near, far = net.free_port(), net.free_port()
    with running(site, remote.serve(far, INSIDE), '-D', str(near)):
        assert net.socks_ask(near, far) == INSIDE
        assert net.socks_ask(near, net.free_port()) == ''


def test_stdio_forward(site):
    """-W reaches the session's own network. Invariants 1 and 2."""
    control, far = client.control_path(), net.free_port()
    with running(site, remote.serve(far, INSIDE), '-M', '-S', control):
        done = site.ssh('alice', None, '-S', control, '-W', f'127.0.0.1:{far}')
        assert done.stdout == INSIDE


def test_local_socket_forward(site, tmp_path):
    """-L from a unix socket to one in the home and one in /tmp. Invariants 2 and 3."""
    for far in ('/home/alice/in.sock', '/tmp/in.sock'):
        near = str(tmp_path / 'near.sock')
        with running(site, remote.serve(far, INSIDE), '-L', f'{near}:{far}'):
            assert net.ask(near) == INSIDE
        os.unlink(near)
        if os.path.exists('/tmp/in.sock'):
            assert not site.boxed, 'the session\'s /tmp is the host\'s'
            os.unlink('/tmp/in.sock')


def test_remote_socket_forward(site, tmp_path):
    """-R makes a unix socket that the shell sees at the same path. Invariants 2 and 3."""
    for far in ('/home/alice/out.sock', '/tmp/out.sock'):
        with net.Listener(str(tmp_path / 'client.sock'), CLIENT) as listener:
            assert forwarded_answer(site, far, listener) == f'heard {CLIENT}\n'
        if os.path.exists('/tmp/out.sock'):
            assert not site.boxed, 'the session\'s /tmp is the host\'s'
            os.unlink('/tmp/out.sock')


def test_agent_forward(site, tmp_path):
    """-A: the agent's socket is where the shell sees it, and works. Invariants 2 and 3."""
    key = f'{tmp_path}/agent-key'
    subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-C', 'in the agent', '-f', key],
                   check=True)
    with agent(str(tmp_path / 'agent.sock')) as environment:
        subprocess.run(['ssh-add', '-q', key], env=environment, check=True)
        command = f'ssh-add -l; echo $SSH_AUTH_SOCK; {STAY}'
        with running(site, command, '-A', env=environment) as lines:
            assert len(lines) == 2 and 'in the agent (ED25519)' in lines[0], lines
            assert os.path.exists(lines[1]) == (not site.boxed), 'the socket on the host'
    assert site.ssh('alice', 'ssh-add -l').returncode == 2, 'an agent without -A'


@contextlib.contextmanager
def agent(path):
    process = subprocess.Popen(['ssh-agent', '-D', '-a', path], stdout=subprocess.DEVNULL)
    try:
        wait.until(lambda: os.path.exists(path), 'ssh-agent')
        yield os.environ | {'SSH_AUTH_SOCK': path}
    finally:
        process.terminate()
        process.wait(timeout=10)


@contextlib.contextmanager
def x_server():
    """Something on the client's side that hears what an X client says; and the client's variables.
    """
    os.makedirs('/tmp/.X11-unix', exist_ok=True)
    with net.Listener('/tmp/.X11-unix/X7', 'an X server') as server:
        yield server, os.environ | {'DISPLAY': ':7', 'XAUTHORITY': f'{client.FOLDER}/xauthority'}


def test_x11_forward(site):
    """-Y: DISPLAY, its cookie in xauth, and a client inside that reaches the X server. Inv. 3."""
    command = f'echo $DISPLAY; xauth list; {remote.x11_hello()}; {STAY}'
    with x_server() as (server, environment):
        with running(site, command, '-Y', env=environment) as lines:
            assert len(lines) == 3, lines
            assert lines[0].startswith('localhost:1')
            assert 'MIT-MAGIC-COOKIE-1' in lines[1]
            assert lines[2] == 'heard an X server'
            wait.until(lambda: server.heard, 'the X server to hear the client')
            assert server.heard[0][:6] == b'l\0\x0b\0\0\0', 'not what an X client says'


def test_x11_display_is_of_the_session(site):
    """sshd's X11 port is in the session's network, not on the host. Invariant 2."""
    with x_server() as (_, environment):
        with running(site, f'echo $DISPLAY; {STAY}', '-Y', env=environment) as lines:
            number = lines[0].rpartition(':')[2].partition('.')[0]
            assert number.isdigit(), lines
            assert net.is_listening(6000 + int(number)) == (not site.boxed)


def test_no_session_at_all(site):
    """`ssh -N` with a forward only: there is no shell, and sshd's child is inside. Invariant 2."""
    near = net.free_port()
    with net.Listener(0, 'hello from the host') as listener:
        process = site.popen('alice', None, '-N', '-L', f'{near}:127.0.0.1:{listener.port}')
        site.check(site.session('alice'))
        wait.until(lambda: net.is_listening(near), 'the forwarded port')
        answer = net.ask(near)
        process.kill()
        process.communicate()
        assert answer == ('' if site.boxed else 'hello from the host')
        assert listener.callers == (0 if site.boxed else 1)
