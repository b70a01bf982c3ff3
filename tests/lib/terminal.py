# SPDX-License-Identifier: MIT
"""An interactive bash on a terminal of our own, driven by pexpect."""

import pexpect

import host
import remote
import wait

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


# What holds on every terminal, boxed or not, whatever program has made the login.

def check_job_control(term):
    """^Z, jobs, fg, bg and ^C work."""
    assert term.run('[[ $- == *m* ]] && echo monitor') == ['monitor']
    term.type('cat')
    term.type('cat is here')
    term.see('cat is here')
    term.press('z')
    term.see('Stopped')
    term.prompt()
    assert 'Stopped' in term.run('jobs')[0]
    term.type('fg')
    term.type('cat is back')
    term.see('cat is back')
    term.press('c')
    term.prompt()
    assert term.run('echo $?') == ['130']
    assert term.run('sleep 60 & echo; jobs -r')[-1].endswith('sleep 60 &')
    assert term.run('kill %1; wait %1 2>/dev/null; echo $?')[-1] == '143'


def check_window_size(term, rows, columns):
    """The window's size is this one; when it changes the program in front gets SIGWINCH."""
    assert term.run('stty size') == [f'{rows} {columns}']
    term.type(remote.await_window_change())
    term.see(f'waiting at {rows} {columns}')
    term.resize(rows + 11, columns - 11)
    term.see(f'woken at {rows + 11} {columns - 11}')
    term.prompt()
    assert term.run('stty size') == [f'{rows + 11} {columns - 11}']
    wait.until(lambda: term.run('echo $LINES $COLUMNS') == [f'{rows + 11} {columns - 11}'],
               'the shell to know the new size')
