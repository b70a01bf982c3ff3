# SPDX-License-Identifier: MIT
"""What a large policy costs a login, beside an empty file: `meson test -C BUILD --benchmark`."""

import os
import statistics
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import sections
from turns import FOLDER, Contestant, heading, quantiles, show_machine, show_times, take_turns

POLICY = f'{FOLDER}/bench-policy'
PLACE = '/etc/bench-policies'   # only root writes there: no file is read elsewhere
TIMES = int(os.environ.get('NSBOX_ROUNDS', '100'))
GOAL = 5.0      # ms more than an empty file
LARGE = (
    (f'{sections.SECTIONS} sections, {sections.USERS} users in their conditions',
     'lists', sections.people_in_lists()),
    (f'{sections.SECTIONS} sections and {sections.USERS} of users',
     'sections', sections.people_in_sections()),
)


def contestant(name, parts):
    path = sections.write(f'{PLACE}/{name}', name, parts)
    return Contestant(name, 'told', POLICY, path, sections.USER)


def show(name, one):
    load, match, whole = zip(*one.times)
    print(f'  {name}')
    show_times('  load', load)
    show_times('  match', match)
    show_times('  the whole process', whole)


def show_more(name, one, empty):
    """The whole process: to have a large policy is to let go of it, too."""
    whole, without = ([times[-1] / 1000 for times in each.times] for each in (one, empty))
    low, _, high = quantiles([a - b for a, b in zip(whole, without)])
    more = statistics.median(whole) - statistics.median(without)
    verdict = 'met' if more <= GOAL else 'MISSED'
    print(f'  {name:<52} {more:8.3f} ms   ({low:.3f} .. {high:.3f})  goal {GOAL:.2f}  {verdict}')


def main():
    show_machine()
    empty = contestant('empty', [])
    large = [(name, contestant(short, parts)) for name, short, parts in LARGE]
    take_turns([empty, *(one for _, one in large)], TIMES)
    heading(f'Load and match a policy in {sections.FILES} drop-ins ({TIMES} rounds)')
    show('an empty file', empty)
    for name, one in large:
        show(name, one)
    heading('More than with an empty file')
    for name, one in large:
        show_more(name, one, empty)
    return 0


if __name__ == '__main__':
    sys.exit(main())
