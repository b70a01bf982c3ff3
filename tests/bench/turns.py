# SPDX-License-Identifier: MIT
"""How the benches measure: contestants take turns, and what they took is shown in one table.

They take turns (A B A B ...), so that what else the machine does meets all of them alike; only the
ratios mean anything on another machine.

All of it runs as SCHED_FIFO, with a pause after each round: a login hands over between processes
more often than the floor does, and would otherwise wait longer for whatever else is running. That
flatters nsbox on a busy host, so the table says it; NSBOX_SCHED=other measures with the load.
"""

import os
import statistics
import subprocess
import time

import tree

FOLDER = f'{tree.BUILD}/tests/bench'
ROUNDS = f'{FOLDER}/bench-rounds'
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


def choose_scheduler():
    """What is in force, in words."""
    if FIFO:
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
            return 'SCHED_FIFO'
        except PermissionError:
            pass
    return 'SCHED_OTHER: the load counts'


def show_machine():
    """And make this the scheduler of all that follows."""
    scheduler = choose_scheduler()
    print(f'Linux {os.uname().release}, {os.cpu_count()} processors, load '
          f'{os.getloadavg()[0]:.2f}, {scheduler}; medians (p10 .. p90)')
