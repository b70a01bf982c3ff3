# SPDX-License-Identifier: MIT
"""strace on a listening sshd and all that it starts, read back as calls with the caller's euid."""

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass

import pytest

import client
import wait

LINE = re.compile(r'^(?P<pid>\d+) +(?P<name>\w+)\((?P<rest>.*)$')
RESUMED = re.compile(r'^(?P<pid>\d+) +<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$')
UNFINISHED = ' <unfinished ...>'
RESULT = re.compile(r'\) += (?P<result>-?\d+|\?)(?:<(?P<what>.*?)>)?'
                    r'(?: /\* (?P<here>\d+) in .*)?(?: .*)?$')
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
DOORS = ('/bin/bash', '/usr/bin/bash', '/bin/sh', '/usr/bin/sh')
TENANT = 2001    # alice, who all traced logins are
NEW_TASK = ('clone', 'clone3', 'fork', 'vfork')


@dataclass
class Call:
    """One call. `euid`: of the caller in the host's terms, as far as it can be followed."""
    pid: int
    name: str
    text: str
    result: int
    what: str
    euid: int
    program: str

    @property
    def paths(self):
        """The paths that the call names, absolute where strace knows the folder."""
        strings = [one for one in STRING.findall(self.text)]
        folder = re.match(r'\w+<(/.*?)>, ', self.text)
        return [os.path.join(folder.group(1), one) if folder and not one.startswith('/') else one
                for one in strings[:2]] + ([self.what] if self.what else [])


class Trace:
    """`with Trace(site): ...`, then calls(). Of a session that is open already, its monitor and
    sshd's child are traced when `session` is given: strace follows none but new processes.
    """

    def __init__(self, site, *options, session=None):
        if not shutil.which('strace'):
            pytest.skip('strace is not installed')
        self.site = site
        self.pids = {site.server.pid: 0}
        if session:
            self.pids |= {session.monitor: 0, session.child: TENANT}
        self.file = f'{client.FOLDER}/trace'
        self.line = ['strace', '-f', '-y', '--pidns-translation', '-s', '256', '-o', self.file,
                     *(f'--attach={pid}' for pid in self.pids),
                     *(options or ('-e', 'trace=file,process,%creds,setns,unshare'))]

    def __enter__(self):
        self.process = subprocess.Popen(self.line, stderr=subprocess.PIPE, text=True)
        said = [self.process.stderr.readline() for _ in self.pids][-1]
        if 'attached' not in said:
            self.process.kill()
            self.process.communicate()
            pytest.skip(f'strace does not work here: {said.strip()}')
        return self

    def __exit__(self, *_):
        self.site.quiet()
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=client.TIMEOUT)
        wait.until(lambda: os.path.exists(self.file), 'the trace')

    def calls(self):
        return list(follow(list(parsed(whole_lines(self.file))), self.pids))


def whole_lines(path):
    """(pid, name, text) with what strace has cut in two put together."""
    halves = {}
    with open(path, encoding='utf-8', errors='replace') as file:
        for line in file:
            line = line.rstrip('\n')
            if found := RESUMED.match(line):
                start = halves.pop((found['pid'], found['name']), '')
                yield int(found['pid']), found['name'], start + found['rest']
            elif found := LINE.match(line):
                if found['rest'].endswith(UNFINISHED):
                    halves[found['pid'], found['name']] = found['rest'][:-len(UNFINISHED)]
                else:
                    yield int(found['pid']), found['name'], found['rest']


def parsed(lines):
    """(pid, name, text, result, what) of the calls that came back; pids as this host has them."""
    for pid, name, rest in lines:
        found = RESULT.search(rest)
        if found and found['result'] != '?':
            yield (pid, name, rest[:found.start()], int(found['here'] or found['result']),
                   found['what'] or '')


def follow(lines, pids):
    # A child's first calls may stand before the line that tells of its birth.
    parents = {result: pid for pid, name, _, result, _ in lines if name in NEW_TASK and result > 0}
    euids, programs, doors = dict(pids), {pid: '/usr/sbin/sshd' for pid in pids}, set()
    inside = set()   # of the container's user namespace, where 0 may be the tenant
    for pid, name, text, result, what in lines:
        if pid not in euids:
            euids[pid] = euids.get(parents.get(pid), 0)
            programs[pid] = programs.get(parents.get(pid), '?')
            inside |= {pid} if parents.get(pid) in inside else set()
        yield Call(pid, name, text, result, what, euids[pid], programs[pid])
        if result < 0:
            continue
        if name in ('setresuid', 'setreuid', 'setuid', 'seteuid'):
            words = [int(word) for word in re.findall(r'-?\d+', text)]
            new = words[1] if name in ('setresuid', 'setreuid') else words[0]
            euids[pid] = euids[pid] if new == -1 else TENANT if pid in inside else new
        elif name == 'setns' and 'CLONE_NEWUSER' in text:
            inside.add(pid)
        elif name == 'execve':
            programs[pid] = STRING.search(text).group(1)
            if programs[pid] in DOORS and pid not in doors and pid not in pids:
                doors.add(pid)   # a process' first is a door, its second the real shell
                euids[pid], programs[pid] = 0, 'door'
