#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""summary.py BUILD...: count the cases that `meson test` ran in these build directories.

A case is a pytest case (from the JUnit file that the test names on a line `junit: FILE`), a cmocka
or TAP case (from the test's output), or else the whole test. Prints every failure and every skip
with its reason, then the one line `N passed, N failed, N skipped`. Exit status 1 if anything failed
or nothing ran.
"""

import json
import os
import re
import sys
import xml.etree.ElementTree as xml
from dataclasses import dataclass

PASSED, FAILED, SKIPPED = 'passed', 'failed', 'skipped'
MESON_PASSED = ('OK', 'EXPECTEDFAIL')
JUNIT = re.compile(r'^junit: (.+)$', re.MULTILINE)
CMOCKA = re.compile(r'^\[ *(RUN|OK|FAILED|SKIPPED) *\] (\S+)$')
TAP = re.compile(r'^(not ok|ok) \d+(?: -)? ?(.*?)(?: # (SKIP|TODO)\b ?(.*))?$', re.IGNORECASE)


@dataclass
class Case:
    name: str
    outcome: str
    reason: str = ''


def main(builds):
    cases = [case for build in builds for test in tests_of(build) for case in cases_of(test, build)]
    for outcome, word in ((FAILED, 'failed'), (SKIPPED, 'skipped')):
        for case in cases:
            if case.outcome == outcome:
                print(f'{word}: {case.name}' + (f': {case.reason}' if case.reason else ''))
    counts = {outcome: sum(case.outcome == outcome for case in cases)
              for outcome in (PASSED, FAILED, SKIPPED)}
    print(', '.join(f'{count} {outcome}' for outcome, count in counts.items()))
    return 0 if counts[PASSED] and not counts[FAILED] else 1


def tests_of(build):
    """What meson wrote of its last run: one JSON object a line, one line a test."""
    path = os.path.join(build, 'meson-logs', 'testlog.json')
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8', errors='replace') as log:
        return [json.loads(line) for line in log if line.strip()]


def cases_of(test, build):
    name = test['name'].replace(' ', '')
    output = test.get('stdout', '') + '\n' + test.get('stderr', '')
    cases = from_junit(output, build) or from_cmocka(output) or from_tap(output)
    for case in cases:
        case.name = f'{name}: {case.name}'
    whole = of_the_whole(test, name, output)
    if not cases:
        return [whole]
    if whole.outcome == FAILED and not any(case.outcome == FAILED for case in cases):
        cases.append(whole)  # it ended badly after its last case
    return cases


def of_the_whole(test, name, output):
    result = test['result']
    if result in MESON_PASSED:
        return Case(name, PASSED)
    said = [line for line in output.splitlines() if line.strip()]
    if result == 'SKIP':
        return Case(name, SKIPPED, said[-1].strip() if said else 'no reason given')
    return Case(name, FAILED, f'{result.lower()}, exit status {test.get("returncode")}')


def from_junit(output, build):
    named = JUNIT.search(output)
    path = os.path.join(build, named.group(1)) if named else ''
    if not os.path.isfile(path):
        return []
    return [from_element(element) for element in xml.parse(path).iter('testcase')]


def from_element(element):
    name = element.get('name')
    for tag, outcome in (('failure', FAILED), ('error', FAILED), ('skipped', SKIPPED)):
        found = element.find(tag)
        if found is not None:
            return Case(name, outcome, (found.get('message') or '').split('\n')[0])
    return Case(name, PASSED)


def from_cmocka(output):
    """[ RUN ] begins a case; without an end it has died, which is a failure."""
    cases, before = {}, ''
    for line in output.splitlines():
        found = CMOCKA.match(line)
        if not found:
            before = line.strip() or before
            continue
        word, name = found.groups()
        if word == 'RUN':
            cases[name], before = Case(name, FAILED, 'did not end'), ''
        elif name in cases:
            cases[name] = end_of_cmocka(word, name, before)
    return list(cases.values())


def end_of_cmocka(word, name, before):
    if word == 'OK':
        return Case(name, PASSED)
    return Case(name, FAILED if word == 'FAILED' else SKIPPED, before or 'no reason given')


def from_tap(output):
    cases = []
    for found in filter(None, map(TAP.match, output.splitlines())):
        word, name, directive, reason = found.groups()
        if (directive or '').upper() == 'SKIP':
            cases.append(Case(name, SKIPPED, reason or 'no reason given'))
        else:
            cases.append(Case(name, PASSED if word == 'ok' or directive else FAILED))
    return cases


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
