# SPDX-License-Identifier: MIT
"""What a login costs, against the goals: `meson test -C BUILD --benchmark`, on a hermetic host.

Contestants take turns (A B A B ...), so that what else the machine does meets all of them alike;
only the ratios mean anything on another machine. NSBOX_ROUNDS and NSBOX_SSH_ROUNDS change how
often.

All of it runs as SCHED_FIFO, with a pause after each round: a login hands over between processes
more often than the floor does, and would otherwise wait longer for whatever else is running. That
flatters nsbox on a busy host, so the table says it; NSBOX_SCHED=other measures with the load.
"""

import os
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import accounts
import host as host_module
import procs
import session
import setups
import tree
import wait

FOLDER = f'{tree.BUILD}/tests/bench'
FLOOR, ROUNDS, TRUE = (f'{FOLDER}/bench-{name}' for name in ('floor', 'rounds', 'true'))
SERVICE = 'bench'
SHELL = '/usr/local/bin/bench-shell'   # a copy of TRUE: a login shell that costs nothing itself
USER, SHELL_USER = 'alice', 'erin'
OPEN_ROUNDS = int(os.environ.get('NSBOX_ROUNDS', '100'))
SSH_ROUNDS = int(os.environ.get('NSBOX_SSH_ROUNDS', '40'))
FIFO = os.environ.get('NSBOX_SCHED', 'fifo') == 'fifo'
PAUSE = 0.003   # for the kernel's own threads: they tear down what the last round made
WARM_UP = 3


class Contestant:
    """One `rounds` program, and what it has measured, in microseconds."""

    def __init__(self, name, *arguments, before=None):
        self.name = name
        self.before = before
        self.times = []
        self._process = subprocess.Popen([ROUNDS, *arguments], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)

    @property
    def pid(self):
        return self._process.pid

    def run(self):
        if self.before:
            self.before()
        self._process.stdin.write('\n')
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f'{self.name}: ended with the status {self._process.wait()}')
        return [float(word) for word in line.split()]

    def end(self):
        self._process.stdin.close()
        self._process.wait()


def take_turns(contestants, rounds):
    for contestant in contestants:
        for _ in range(WARM_UP):
            contestant.run()
    for _ in range(rounds):
        for contestant in contestants:
            contestant.times.append(contestant.run())
            time.sleep(PAUSE)
    for contestant in contestants:
        contestant.end()


def quantiles(values):
    """p10, median, p90."""
    tenths = statistics.quantiles(values, n=10)
    return tenths[0], statistics.median(values), tenths[-1]


def show_times(name, values):
    low, middle, high = quantiles(values)
    print(f'  {name:<52} {middle / 1000:8.3f} ms   ({low / 1000:.3f} .. {high / 1000:.3f})')


def show_ratio(name, over, under, goal):
    """The ratio of the medians; in brackets that of each round, which other work disturbs more."""
    low, _, high = quantiles([a / b for a, b in zip(over, under)])
    ratio = statistics.median(over) / statistics.median(under)
    verdict = '' if goal is None else f'goal {goal:.2f}  {"met" if ratio <= goal else "MISSED"}'
    print(f'  {name:<52} {ratio:8.3f} x    ({low:.2f} .. {high:.2f})  {verdict}'.rstrip())


def heading(text):
    print(f'\n{text}')


def measure_open():
    over = Contestant('floor over', 'spawn', FLOOR, 'over', TRUE)
    full = Contestant('floor full', 'spawn', FLOOR, 'full', TRUE)
    boxed = Contestant('session', 'session', SERVICE, USER)
    contestants = (over, boxed, full)
    take_turns(contestants, OPEN_ROUNDS)
    both = [opened + closed for opened, closed, _ in boxed.times]
    floor, floor_full = ([times[0] for times in one.times] for one in (over, full))
    heading(f'Open and close a session, in process ({OPEN_ROUNDS} rounds)')
    show_times('floor, over the host\'s tree, a whole process', floor)
    show_times('floor, full, a whole process', floor_full)
    for name, column in ('pam_open_session', 0), ('pam_close_session', 1), ('pam_end', 2):
        show_times(name, [times[column] for times in boxed.times])
    show_ratio('open + close : floor over', both, floor, 1.3)
    show_ratio('open + close : floor full', both, floor_full, None)


def measure_door():
    door = Contestant('door', 'inside', SERVICE, SHELL_USER, SHELL)
    inside = wait.until(lambda: session.container_init(door.pid), 'the session')
    join = Contestant('floor join', 'spawn', FLOOR, 'join', TRUE, str(inside))
    bare = Contestant('exec', 'spawn', TRUE)
    contestants = (join, door, bare)
    take_turns(contestants, OPEN_ROUNDS)
    through, floor, alone = ([times[0] for times in one.times] for one in (door, join, bare))
    heading(f'Run a shell that does nothing ({OPEN_ROUNDS} rounds)')
    show_times('on the host', alone)
    show_times('floor: setns of user and mount by one pidfd, exec', floor)
    show_times('through the door', through)
    show_ratio('door : floor', through, floor, 1.3)


def check_that_one_is_boxed(host, site):
    shown = []
    for form in None, 'one':
        host.pam('sshd', form)
        shown.append(site.ok(USER, 'readlink /proc/self/ns/pid').strip())
    if shown[0] != host.ids['pid'] or shown[1] == host.ids['pid']:
        raise RuntimeError(f'not one plain and one boxed login: {shown}, host {host.ids["pid"]}')


def measure_ssh(host):
    """The same server, client and user; the PAM file is another one each time."""
    host.default_policy()
    server = host.start_sshd(LogLevel='INFO')
    site = host_module.Site(host, server, boxed=True)
    line = site.client.ssh_line(USER, 'true', '-o', 'KexAlgorithms=curve25519-sha256')
    ssh = shutil.which(line[0])
    plain, boxed = (Contestant(name, 'spawn', ssh, *line[1:],
                               before=lambda form=form: host.pam('sshd', form))
                    for name, form in (('plain', None), ('boxed', 'one')))
    check_that_one_is_boxed(host, site)
    take_turns((plain, boxed), SSH_ROUNDS)
    without, with_it = ([times[0] for times in one.times] for one in (plain, boxed))
    heading(f'ssh host true ({SSH_ROUNDS} rounds)')
    show_times('plain', without)
    show_times('boxed', with_it)
    show_times('added, round by round', [b - a for a, b in zip(without, with_it)])
    show_ratio('boxed : plain', with_it, without, 1.02)


def choose_scheduler():
    """What is in force, in words."""
    if FIFO:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            return 'SCHED_FIFO'
        except PermissionError:
            pass
    return 'SCHED_OTHER: the load counts'


def main():
    if not setups.nsbox_is_installed():
        print('bench: nsbox is not installed on this host', file=sys.stderr)
        return 1
    scheduler = choose_scheduler()
    host = host_module.Host().make()
    host.add_user(SHELL_USER, 2006, shell=SHELL)
    shutil.copy(TRUE, SHELL)
    accounts.write(host_module.ETC, f'pam.d/{SERVICE}',
                   'account required pam_permit.so\nsession required pam_nsbox.so\n')
    print(f'Linux {os.uname().release}, {os.cpu_count()} processors, load '
          f'{os.getloadavg()[0]:.2f}, {scheduler}; medians (p10 .. p90)')
    measure_open()
    measure_door()
    measure_ssh(host)
    return 0


if __name__ == '__main__':
    sys.exit(main())
