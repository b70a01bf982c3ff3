# SPDX-License-Identifier: MIT
"""One login as the host sees it, and what its namespaces must be."""

import re
from dataclasses import dataclass

import procs
import wait

# sshd's monitor: OpenSSH up to 9.7 "sshd: USER [priv]", from 9.8 on "sshd-session: USER [priv]",
# from 10 on also "[postauth]".
MONITOR = r'sshd(?:-session)?: {user} \[(?:priv|postauth)\]'
POST_AUTH = r'sshd(?:-session)?: {user}(?:@.*)?$'

# What the monitor and its post-auth child share with the container; of the pid namespace the
# monitor has only the one for its children.
SHARED = ('uts', 'ipc', 'net')
OF_THE_HOST = ('user', 'cgroup')


@dataclass(frozen=True)
class Session:
    """The host's pids of a login. `init` is the container's PID 1; None when it is not boxed."""
    monitor: int
    child: int
    init: int | None

    def container_ids(self):
        return procs.ns_ids(self.init)


def monitors(user, listener):
    pattern = re.compile(MONITOR.format(user=re.escape(user)))
    return [pid for pid in procs.children(listener) if pattern.match(procs.title(pid))]


def post_auth_child(monitor, user):
    pattern = re.compile(POST_AUTH.format(user=re.escape(user)))
    for pid in procs.children(monitor):
        if pattern.match(procs.title(pid)) and procs.is_alive(pid):
            return pid
    return None


def all_of(user, listener):
    """The complete sessions of a user on the sshd whose listener this is."""
    found = []
    for monitor in monitors(user, listener):
        child = post_auth_child(monitor, user)
        if child:
            found.append(Session(monitor, child, container_init(monitor)))
    return found


def container_init(monitor):
    try:
        inside = procs.ns_of_children(monitor)
        outside = procs.ns_ids(monitor, ['pid'])['pid']
    except procs.GONE:
        return None
    return None if inside == outside else procs.pid_one_of(inside)


def wait_for(user, listener, known=()):
    """The one session of a user that is not among the known ones."""
    def news():
        return [one for one in all_of(user, listener) if one.monitor not in
                [other.monitor for other in known]]
    found = wait.until(news, f'a session of {user}')
    assert len(found) == 1, f'more than one session of {user}: {found}'
    return found[0]


def check_boxed(session, host, shell=None, shared_out=()):
    """The container's namespaces against the host's, the post-auth child's and the monitor's.

    `shell`: the ids that the tenant's shell printed. `shared_out`: kinds that the policy leaves to
    the host.
    """
    container = session.container_ids()
    child = procs.ns_ids(session.child)
    monitor = procs.ns_ids(session.monitor)
    if shell is not None:
        assert shell == container, 'the shell is not where its session\'s init is'
    for kind in procs.NAMESPACES:
        if kind in shared_out:
            assert container[kind] == host[kind], f'{kind}: the policy leaves it to the host'
        else:
            assert container[kind] != host[kind], f'{kind}: the shell is in the host\'s'
    assert child['pid'] == container['pid'], 'pid: sshd\'s child is outside'
    assert procs.ns_of_children(session.monitor) == container['pid']
    for kind in SHARED:
        assert child[kind] == container[kind], f'{kind}: sshd\'s child is outside'
        assert monitor[kind] == container[kind], f'{kind}: the monitor is outside'
    for name, ids in (('sshd\'s child', child), ('the monitor', monitor)):
        assert ids['mnt'] not in (container['mnt'], host['mnt']), f'mnt: {name} is not in a landing'
        for kind in OF_THE_HOST:
            assert ids[kind] == host[kind], f'{kind}: {name} is not in the host\'s'
    assert child['mnt'] == monitor['mnt'], 'mnt: two landings'


def check_plain(session, host, shell=None):
    """The control: without nsbox everything is in the host's namespaces."""
    for ids in (shell or host, procs.ns_ids(session.child), procs.ns_ids(session.monitor)):
        assert ids == host
