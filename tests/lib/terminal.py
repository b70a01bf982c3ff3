# SPDX-License-Identifier: MIT
"""An interactive bash on a terminal of our own, driven by pexpect."""

import pexpect

import host

PROMPT = 'nsbox-test> '
RC = f"PS1='{PROMPT}'; PS2=''; PROMPT_COMMAND=; unset HISTFILE\n" \
     "bind 'set enable-bracketed-paste off' 2>/dev/null\nstty -echo 2>/dev/null || :\n"
TIMEOUT = 20


def prepare(user):
    """Give the user a shell start-up that a test can talk to."""
    home = f'/home/{user}'
    host.write_as(user, f'{home}/.bashrc', RC)
    host.write_as(user, f'{home}/.bash_profile', '. ~/.bashrc\n')


class Terminal:
    """Start a command that ends up in the prepared bash; `with` closes it at the end."""

    def __init__(self, line, rows=24, columns=80, **more):
        self.process = pexpect.spawn(line[0], line[1:], encoding='utf-8', timeout=TIMEOUT,
                                     dimensions=(rows, columns), **more)

    def __enter__(self):
        self.process.expect_exact(PROMPT)
        self.greeting = self.process.before
        return self

    def __exit__(self, *_):
        self.process.close(force=True)

    def run(self, command):
        """The lines that a command prints up to the next prompt."""
        self.process.sendline(command)
        self.process.expect_exact(PROMPT)
        return self.process.before.replace('\r', '').strip('\n').split('\n')

    def type(self, text):
        self.process.sendline(text)

    def press(self, letter):
        self.process.sendcontrol(letter)

    def see(self, text):
        self.process.expect_exact(text)

    def prompt(self):
        self.process.expect_exact(PROMPT)

    def resize(self, rows, columns):
        self.process.setwinsize(rows, columns)

    def leave(self, status=0):
        """Log out by `exit STATUS`; returns the exit status of what was started."""
        self.process.sendline(f'exit {status}')
        self.process.expect(pexpect.EOF)
        self.process.close()
        return self.process.exitstatus
