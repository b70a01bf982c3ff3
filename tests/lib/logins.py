# SPDX-License-Identifier: MIT
"""Logins that stay while a test looks at them."""

import contextlib

import client

SELF, ROOT, SUBIDS = 'internal-one-self', 'external-two-root', 'external-two-subids'


@contextlib.contextmanager
def staying(site, user='alice', command='', *options, pty=False):
    """A login; gives its session as the host sees it, after the command has run. It ends when its
    standard input does, on a pty with the next line.

    The session's `process` is the client, `shown` what the command printed, `control` a socket for
    further channels.
    """
    known = site.sessions(user)
    control = client.control_path()
    quiet, wait = ('stty -echo -opost; ', 'read -r _') if pty else ('', 'exec cat')
    process = site.popen(user, f'{quiet}{command}\necho ready; {wait}', '-M', '-S', control,
                         *options, pty=pty)
    try:
        shown = client.lines_before(process, 'ready')
        yield Login(site.session(user, known), process, shown, control)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


class Login:
    """A session.Session and its client."""

    def __init__(self, session, process, shown, control):
        self.session, self.process, self.shown, self.control = session, process, shown, control
        self.monitor, self.child, self.init = session.monitor, session.child, session.init


def second_channel(site, login, command, user='alice', **more):
    """Another channel of the same connection; never a new connection, should that one be gone."""
    return site.ssh(user, command, '-S', login.control, '-o', 'ProxyCommand=/bin/false', **more)
