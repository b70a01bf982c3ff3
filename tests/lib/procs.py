# SPDX-License-Identifier: MIT
"""What the host sees of processes and namespaces: plain reading of /proc, as root."""

import os

# In the order in which people name them; /proc/PID/ns has these names.
NAMESPACES = ('pid', 'mnt', 'uts', 'ipc', 'net', 'user', 'cgroup')

# Prints what ns_ids() reads, from inside, one namespace a line; the shell's own, not readlink's.
SHOW_NAMESPACES = f'for n in {" ".join(NAMESPACES)}; do echo ns $n $(readlink /proc/$$/ns/$n); done'

GONE = (FileNotFoundError, ProcessLookupError)


def pids():
    return [int(name) for name in os.listdir('/proc') if name.isdigit()]


def read(pid, name):
    """The text of /proc/PID/name; empty when the process has gone."""
    try:
        with open(f'/proc/{pid}/{name}', encoding='utf-8', errors='replace') as file:
            return file.read()
    except GONE:
        return ''


def title(pid):
    return read(pid, 'cmdline').replace('\0', ' ').strip()


def titled(text):
    """The processes with exactly this title, anywhere on the host. A fork has its parent's title
    until it executes its program: wait for what a shell has started in the background."""
    return [pid for pid in pids() if title(pid) == text]


def status(pid):
    """/proc/PID/status as a dictionary of words; empty when the process has gone."""
    pairs = (line.split(':', 1) for line in read(pid, 'status').splitlines())
    return {name: value.strip() for name, value in pairs}


def is_alive(pid):
    """Whether the process runs: a zombie does not."""
    return status(pid).get('State', 'Z')[0] not in 'ZX'


def parent(pid):
    return int(status(pid).get('PPid', 0))


def children(pid):
    return [other for other in pids() if parent(other) == pid]


def descendants(pid):
    found = children(pid)
    for child in found:
        found += children(child)
    return found


def start_time(pid):
    """With the pid, this names a process once and for all."""
    fields = read(pid, 'stat').rpartition(')')[2].split()
    return int(fields[19]) if fields else None


def pid_inside(pid):
    """The process' own idea of its pid."""
    return int(status(pid)['NSpid'].split()[-1])


def ns_ids(pid, names=NAMESPACES):
    """The ids of a process' namespaces, such as {'pid': 'pid:[4026531836]', ...}."""
    return {name: os.readlink(f'/proc/{pid}/ns/{name}') for name in names}


def ns_of_children(pid):
    return os.readlink(f'/proc/{pid}/ns/pid_for_children')


def parse_shown(text):
    """The ids in the output of SHOW_NAMESPACES, whatever stands around them."""
    words = (line.split() for line in text.splitlines())
    return {line[1]: line[2] for line in words if len(line) == 3 and line[0] == 'ns'}


def pid_one_of(pid_namespace):
    """The host's pid for PID 1 of a pid namespace, or None."""
    for pid in pids():
        try:
            if os.readlink(f'/proc/{pid}/ns/pid') == pid_namespace and pid_inside(pid) == 1:
                return pid
        except (*GONE, KeyError):
            continue
    return None


def members_of(kind, namespace):
    """All processes that are in the namespace, such as members_of('net', 'net:[4026532000]')."""
    found = []
    for pid in pids():
        try:
            if os.readlink(f'/proc/{pid}/ns/{kind}') == namespace:
                found.append(pid)
        except GONE:
            continue
    return found
