# SPDX-License-Identifier: MIT
"""Other machines beside the hermetic host: network namespaces that only this process holds, so that
they end with it. A thread that joins one makes a socket there; the socket stays there.
"""

import os
import socket
import threading

import client
import kernel


def in_thread(act):
    """The result of act() in a thread of its own, whose network namespace may be another."""
    done = {}

    def run():
        try:
            done['result'] = act()
        except BaseException as error:  # pylint: disable=broad-except
            done['error'] = error
    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if 'error' in done:
        raise done['error']
    return done['result']


def checked(line, **more):
    """The output of a command of the test's own, which must succeed."""
    done = client.run(line.split() if isinstance(line, str) else line, **more)
    assert done.returncode == 0, f'{line}: {done.stdout}{done.stderr}'
    return done.stdout


def ip_lines(lines, run=checked):
    """`ip` with each of the lines that has a word, a block of text in the order that it has."""
    for line in filter(str.strip, lines.splitlines()):
        run(f'ip {line}')


class Here:
    """The network namespace that we are in: the hermetic host as a node."""
    name = 'host'

    def call(self, act):
        """act() in the node's network."""
        return act()

    def run(self, line, **more):
        return checked(line, **more)

    def ip(self, lines):
        ip_lines(lines, self.run)

    def socket(self, family, kind, protocol=0):
        return self.call(lambda: socket.socket(family, kind, protocol))

    def sysctl(self, name, value):
        self.call(lambda: write(f'/proc/sys/net/{name}', value))


class Inside(Here):
    """The network namespace at a path under /proc: of a session, say, as root of the host sees it.
    """

    def __init__(self, name, path):
        self.name = name
        self.path = path

    def call(self, act):
        def there():
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                kernel.setns(fd, kernel.CLONE_NEWNET)
            finally:
                os.close(fd)
            return act()
        return in_thread(there)

    def run(self, line, **more):
        words = line.split() if isinstance(line, str) else line
        return checked(['nsenter', f'--net={self.path}', '--', *words], **more)


def of_session(login):
    return Inside(f'the network of {login.init}', f'/proc/{login.init}/ns/net')


class Node(Inside):
    """A machine of its own."""

    def __init__(self, name):
        self._netns = in_thread(new_netns)
        super().__init__(name, f'/proc/{os.getpid()}/fd/{self._netns}')
        self.ip('link set lo up')

    def close(self):
        """Let go of the namespace: with the last socket in it, it is gone, and its links are."""
        os.close(self._netns)


def new_netns():
    kernel.unshare(kernel.CLONE_NEWNET)
    return os.open('/proc/thread-self/ns/net', os.O_RDONLY | os.O_CLOEXEC)


def write(path, text):
    # thread-self: /proc/sys/net is that of whoever opens it, the thread's own.
    with open(path, 'w', encoding='ascii') as file:
        file.write(str(text))


def join(near, near_name, far, far_name):
    """A veth from one node, or the host, to another; both ends are up."""
    ends = f'link add {near_name} type veth peer name {far_name} netns {far.path}'
    near.ip(f'{ends}\nlink set {near_name} up')
    far.ip(f'link set {far_name} up')
