#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Run a command on a throw-away host of its own: hermetic.py [OPTION...] -- COMMAND [ARG...]

The command finds itself as root on what looks like a freshly installed machine: its own process,
mount, network, UTS and IPC namespaces, its own root tree (see tree.py) with nsbox installed from
the meson build directory DIR, a loopback that is up, no users but system users. Nothing of the real
machine is changed, and killing this program, in any way, kills all that it started.

Exit status: the command's own; 77 when the host cannot be made here; 2 on a usage error.
"""

import argparse
import os
import select
import shutil
import signal
import subprocess
import sys

import kernel
import tree

SKIP = 77
NAMESPACES = (kernel.CLONE_NEWNS | kernel.CLONE_NEWPID | kernel.CLONE_NEWNET |
              kernel.CLONE_NEWUTS | kernel.CLONE_NEWIPC)
HOSTNAME = 'testhost'
ROOT_GROUPS = [0, 4]  # root's, as a shell or sudo has them: something for a session to lose
PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
KEPT_ENVIRONMENT = ('TERM', 'COLUMNS', 'LINES')


def main():
    arguments = parse_arguments()
    why_not = obstacle()
    if why_not:
        print(f'hermetic: {why_not}', file=sys.stderr)
        return SKIP
    os.umask(0o022)
    # The root that the child pivots to is this process' as well: keep a way to what is to go.
    place = os.open(os.path.dirname(os.path.abspath(arguments.remove or '/')),
                    os.O_PATH | os.O_DIRECTORY)
    kernel.unshare(NAMESPACES)
    kernel.mount('none', '/', flags=kernel.MS_REC | kernel.MS_PRIVATE)
    alive_read, alive_write = os.pipe()
    pid_one = os.fork()
    if pid_one == 0:
        os.close(alive_write)
        os.close(place)
        be_pid_one(arguments, alive_read)
    os.close(alive_read)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the command's own business
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: os.kill(pid_one, signal.SIGKILL))
    status = exit_status(os.waitpid(pid_one, 0)[1])
    if arguments.remove:
        shutil.rmtree(os.path.basename(os.path.abspath(arguments.remove)), dir_fd=place)
    return status


def parse_arguments():
    """What follows the first -- is the command's alone, other dashes included."""
    words = sys.argv[1:]
    split = words.index('--') if '--' in words else len(words)
    parser = argparse.ArgumentParser(prog='hermetic.py', usage='%(prog)s [OPTION...] -- COMMAND...',
                                     description=__doc__.split('\n', 1)[0])
    parser.add_argument('--build', metavar='DIR', help='meson build directory to install from')
    parser.add_argument('--remove', metavar='DIR', help='remove this folder at the end')
    arguments = parser.parse_args(words[:split])
    arguments.command = words[split + 1:]
    if not arguments.command:
        parser.error('no command after --')
    return arguments


def obstacle():
    """Why no host can be made here, or None."""
    if os.geteuid() != 0:
        return 'root is needed to make namespaces and mounts'
    if not os.path.exists('/usr/sbin/sshd'):
        return 'openssh-server is not installed'
    return None


def exit_status(wait_status):
    code = os.waitstatus_to_exitcode(wait_status)
    return code if code >= 0 else 128 - code


def be_pid_one(arguments, alive):
    """Prepare the host, start the command, do nothing but reap until it ends. Never returns."""
    status = 1
    try:
        die_with_parent(alive)
        prepare_host(arguments.build)
        status = reap_until_end_of(start(arguments.command))
    except (OSError, subprocess.SubprocessError) as error:
        print(f'hermetic: {error}', file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def die_with_parent(alive):
    kernel.set_parent_death_signal(signal.SIGKILL)
    if select.select([alive], [], [], 0)[0]:  # end of file: the parent died before the line above
        os._exit(1)
    os.close(alive)


def prepare_host(build):
    kernel.mount('proc', '/proc', 'proc', kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC)
    kernel.set_hostname(HOSTNAME)
    kernel.link_up('lo')
    tree.enter_new_root(build, HOSTNAME)


def start(command):
    pid = os.fork()
    if pid == 0:
        try:
            os.chdir(tree.SOURCE)
            os.setgroups(ROOT_GROUPS)
            os.execvpe(command[0], command, environment())
        except OSError as error:
            print(f'hermetic: {command[0]}: {error.strerror}', file=sys.stderr)
        os._exit(127)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return pid


def environment():
    kept = {name: value for name, value in os.environ.items()
            if name in KEPT_ENVIRONMENT or name.startswith('NSBOX_')}
    return kept | {'PATH': PATH, 'HOME': '/root', 'USER': 'root', 'LOGNAME': 'root',
                   'LC_ALL': 'C.UTF-8', 'SHELL': '/bin/bash', 'PYTHONDONTWRITEBYTECODE': '1'}


def reap_until_end_of(command_pid):
    while True:
        pid, status = os.wait()
        if pid == command_pid:
            return exit_status(status)


if __name__ == '__main__':
    sys.exit(main())
