# SPDX-License-Identifier: MIT
"""The policy's `proc`: what /proc shows, by every route, and that root inside gets no other."""

import pytest

import procs
import views
from logins import ROOT, SELF, SUBIDS, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
WORDS = pytest.mark.parametrize('word', ['own', 'hidepid', 'pid-only'])
ALWAYS = {'self', 'thread-self'}


def say(site, word):
    site.host.write_policy(f'[default]\ncontainer = yes\nuser-map = {site.user_map}\n'
                           f'proc = {word}\n')


def shown(names):
    """The processes, and the rest."""
    return {int(name) for name in names if name.isdigit()}, {
        name for name in names if not name.isdigit()}


@BOTH
@WORDS
def test_what_there_is(boxed, word):
    """C13: init and sshd's process with `own`, nothing of the machine's with `pid-only`."""
    say(boxed, word)
    with staying(boxed) as login:
        pids, rest = shown(second_channel(boxed, login, 'ls /proc').stdout.split())
        everybody = {int(procs.status(pid)['NSpid'].split()[-1]) for pid in
                     procs.members_of('pid', login.session.container_ids()['pid'])}
    assert len(pids) >= 2, 'the control: the shell sees itself, and the other channel'
    assert (1 in pids) == (word != 'hidepid')
    assert pids & everybody and (word == 'hidepid' or everybody <= pids | {max(everybody)})
    assert (rest == ALWAYS) == (word == 'pid-only')
    assert rest >= ALWAYS and ('cpuinfo' in rest) == (word != 'pid-only')


@BOTH
@WORDS
def test_routes_agree(boxed, word):
    """Invariant 3: sftp sees the same /proc, but for the processes, which differ with the login."""
    say(boxed, word)
    _, lines = views.sftp(boxed, 'alice', 'cd /proc', 'ls -1')
    pids, rest = shown(lines)
    assert rest == shown(boxed.ok('alice', 'ls /proc').split())[1]
    assert pids and (1 in pids) == (word != 'hidepid')


@WORDS
@pytest.mark.parametrize('boxed', [ROOT], indirect=True)
def test_no_fresh_one(boxed, word):
    """C13: root inside mounts no procfs of its own, not in a pid namespace of its own either, and
    undoes nothing of what there is.
    """
    say(boxed, word)
    made = 'mount -t proc proc new && ls new | grep -v "[0-9]"'
    tried = boxed.ssh('alice', f'mkdir -p new; {made}; unshare -p -f -m sh -c {made!r}; '
                      'umount -l /proc/1/task && echo task; umount -l /proc && echo proc; '
                      'mount -o remount,hidepid=0 /proc && echo remounted')
    assert tried.stdout == ''
    assert boxed.ok('alice', 'unshare -p -f -m sh -c "echo able"') == 'able\n', 'the control'


@BOTH
@WORDS
def test_sysctls(boxed, word):
    """C14, C20: what init sets through /proc is set in any case."""
    say(boxed, word)
    assert boxed.ok('alice', 'python3 -c "import socket; '
                    'socket.socket().bind((\'127.0.0.1\', 80)); print(\'bound\')"') == 'bound\n'
    assert boxed.ssh('alice', 'unshare -U true').returncode != 0
