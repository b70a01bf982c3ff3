# SPDX-License-Identifier: MIT
"""What a session may leave behind on the host: compare a snapshot of before with one of after."""

import os
import re
from dataclasses import dataclass, fields

import procs
import wait

NAMESPACE_LINK = re.compile(r'^(?:pid|mnt|uts|ipc|net|user|cgroup):\[\d+\]$')
IPC_TABLES = ('shm', 'sem', 'msg')
FOLDERS = ('/dev/shm', '/dev/mqueue', '/dev/pts', '/sys/class/net')


@dataclass(frozen=True)
class Snapshot:
    processes: frozenset
    namespaces: frozenset
    mounts: frozenset
    ipc: frozenset
    entries: frozenset

    def news_since(self, before):
        """{kind: what is here and was not there}, without the kinds that have nothing new."""
        news = {field.name: getattr(self, field.name) - getattr(before, field.name)
                for field in fields(self)}
        return {kind: things for kind, things in news.items() if things}


def snapshot():
    return Snapshot(processes(), namespaces(), mounts(), ipc(), entries())


def processes():
    mine = {os.getpid()}
    return frozenset((pid, procs.start_time(pid)) for pid in procs.pids()
                     if pid not in mine and procs.is_alive(pid))


def namespaces():
    """Those that a process is in, keeps for its children or holds open, or that a mount pins."""
    found = set()
    for pid in procs.pids():
        for folder in ('ns', 'fd'):
            found.update(links(f'/proc/{pid}/{folder}'))
    found.update(line.split()[3] for line in procs.read('self', 'mountinfo').splitlines())
    return frozenset(link for link in found if NAMESPACE_LINK.match(link))


def links(folder):
    found = []
    try:
        for name in os.listdir(folder):
            found.append(os.readlink(os.path.join(folder, name)))
    except (*procs.GONE, PermissionError):
        pass
    return found


def mounts():
    """Of the host: root, mount point and kind; the order and ids of mounts do not matter."""
    lines = (line.split() for line in procs.read('self', 'mountinfo').splitlines())
    return frozenset((words[3], words[4], words[words.index('-') + 1]) for words in lines)


def ipc():
    found = set()
    for table in IPC_TABLES:
        lines = procs.read('sysvipc', table).splitlines()[1:]
        found.update((table, *line.split()[:2]) for line in lines)
    return frozenset(found)


def entries():
    return frozenset(os.path.join(folder, name) for folder in FOLDERS if os.path.isdir(folder)
                     for name in os.listdir(folder))


def wait_until_none(before, timeout=10.0):
    """Fail unless all that came after `before` has gone within the timeout."""
    def clean():
        return not snapshot().news_since(before)
    wait.until(clean, lambda: f'nothing to be left over, still here: {told(before)}', timeout,
               step=0.03)


def told(before):
    news = snapshot().news_since(before)
    named = {pid: procs.title(pid) for pid, _ in news.get('processes', ())}
    return f'{news} {named}'
