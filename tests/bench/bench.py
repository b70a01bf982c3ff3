# SPDX-License-Identifier: MIT
"""What a login costs, against the goals: `meson test -C BUILD --benchmark`, on a hermetic host.

NSBOX_ROUNDS and NSBOX_SSH_ROUNDS change how often; turns.py says how.
"""

import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))

import accounts
import host as host_module
import procs
import session
import setups
import wait
from turns import FOLDER, Contestant, heading, show_machine, show_ratio, show_times, take_turns

FLOOR, TRUE = (f'{FOLDER}/bench-{name}' for name in ('floor', 'true'))
SERVICE = 'bench'
SHELL = '/usr/local/bin/bench-shell'   # a copy of TRUE: a login shell that costs nothing itself
USER, NAT_USER, SHELL_USER = 'alice', 'bob', 'erin'
OPEN_ROUNDS = int(os.environ.get('NSBOX_ROUNDS', '100'))
SSH_ROUNDS = int(os.environ.get('NSBOX_SSH_ROUNDS', '40'))


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


def measure_net():
    """The same session with and without a wire; the host's side is made before."""
    loopback, wired = (Contestant(name, 'session', SERVICE, user)
                       for name, user in (('loopback', USER), ('nat', NAT_USER)))
    take_turns((loopback, wired), OPEN_ROUNDS)
    without, with_it = ([opened + closed for opened, closed, _ in one.times]
                        for one in (loopback, wired))
    heading(f'Open and close with network = nat ({OPEN_ROUNDS} rounds)')
    show_times('loopback', without)
    show_times('nat', with_it)
    show_times('added, round by round', [b - a for a, b in zip(without, with_it)])
    show_ratio('nat : loopback', with_it, without, None)


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


def main():
    if not setups.nsbox_is_installed():
        print('bench: nsbox is not installed on this host', file=sys.stderr)
        return 1
    host = host_module.Host().make()
    host.add_user(SHELL_USER, 2006, shell=SHELL)
    shutil.copy(TRUE, SHELL)
    accounts.write(host_module.ETC, f'pam.d/{SERVICE}',
                   'account required pam_permit.so\nsession required pam_nsbox.so\n')
    host.write_policy(f'[nsbox]\nservices = {SERVICE}\n\n[default]\ncontainer = yes\n'
                      f'[user {NAT_USER}]\nnetwork = nat\n')
    show_machine()
    measure_door()   # first: it ends here if nobody is boxed, and nothing would be measured
    measure_open()
    measure_net()
    measure_ssh(host)
    return 0


if __name__ == '__main__':
    sys.exit(main())
