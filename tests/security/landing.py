# SPDX-License-Identifier: MIT
"""Code in a landing: what a tenant could run who had taken over sshd's post-auth child.

Nobody can do that but root of the host, which joins the namespaces that sshd's child is in,
becomes the tenant, and executes a door in whatever state a test wants.
"""

import os
import pwd
import select
import signal
from dataclasses import dataclass

import calls
import procs

TIMEOUT = 20.0
DOOR = '/usr/bin/bash'
REFUSED = 254
HOST_MAP = '0 0 4294967295'
ENVIRONMENT = {'PATH': '/usr/bin:/bin', 'LC_ALL': 'C.UTF-8'}

# In bash's own words, since a fork may be out of the question; through a FIFO, since a file size
# limit or a missing standard output may be.
PROBE = '''
exec 9>{fifo}
read -r a b c </proc/self/uid_map
echo "ran $UID $EUID $a $b $c" >&9
while read -r name value; do
    case $name in
    Uid:|Gid:|Groups:|Cap*|NoNewPrivs:|Sig*) echo "$name $value" >&9 ;;
    esac
done </proc/self/status
echo end >&9
'''


@dataclass
class Outcome:
    """How it ended: `status` is negative for a signal. `ran`: what the real shell told of itself.
    """
    status: int
    out: str
    err: str
    ran: str = ''

    @property
    def refused(self):
        return self.status == REFUSED and 'nsbox: login refused: ' in self.err and not self.ran


def ids_of(user):
    entry = pwd.getpwnam(user)
    return entry.pw_uid, entry.pw_gid, os.getgrouplist(user, entry.pw_gid)


def enter(login, kinds=('net', 'ipc', 'uts', 'mnt')):
    """Become root in the landing of a login, as its monitor is. Call in a child of its own."""
    fds = [os.open(f'/proc/{login.monitor}/ns/{kind}', os.O_RDONLY) for kind in
           ('pid_for_children', *kinds)]
    for fd in fds:
        calls.setns(fd)
        os.close(fd)


def become(uid, gid, groups):
    os.setgroups(groups)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def run(login, user, argv, path=DOOR, odd=None, join=enter, env=None, stdin=None):
    """Execute `path` in the landing as the user; `odd` is called just before, as the user.

    `join(login)` may be another way in. Descriptor 0 is `stdin`, or empty.
    """
    ids = ids_of(user)
    env = [f'{name}={value}' for name, value in (ENVIRONMENT | (env or {})).items()]

    def act():
        become(*ids)
        if odd:
            odd()
        calls.execve(path, argv, env)
    return fork_and_see(lambda: join(login), act, stdin)


def fork_and_see(join, act, stdin=None):
    """Fork, join(), fork again (for the pid namespace), act(), which executes or raises."""
    ends = {name: os.pipe() for name in ('out', 'err', 'status')}
    pid = os.fork()
    if pid == 0:
        try:
            be_between(join, act, ends, stdin)
        except BaseException as error:  # pylint: disable=broad-except
            tell(2, f'in between: {error!r}\n')
        finally:
            os._exit(1)
    for _, write in ends.values():
        os.close(write)
    try:
        wait_for(pid)
        said = {name: read_all(read) for name, (read, _) in ends.items()}
    finally:
        for read, _ in ends.values():
            os.close(read)
    assert said['status'], f'the way in failed: {said["err"]}'
    return Outcome(os.waitstatus_to_exitcode(int(said['status'])), said['out'], said['err'])


def be_between(join, act, ends, stdin):
    empty = os.open('/dev/null', os.O_RDONLY)
    os.dup2(empty if stdin is None else stdin, 0)
    os.dup2(ends['out'][1], 1)
    os.dup2(ends['err'][1], 2)
    join()
    pid = os.fork()
    if pid == 0:
        try:
            os.closerange(3, 4096)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)  # the test's own deadline
            act()
        except BaseException as error:  # pylint: disable=broad-except
            tell(2, f'not executed: {error}\n')
        finally:
            os._exit(126)
    os.close(1)
    os.close(2)
    tell(ends['status'][1], str(os.waitpid(pid, 0)[1]))
    os._exit(0)


def tell(fd, text):
    try:
        os.write(fd, text.encode(errors='replace'))
    except OSError:
        pass


def wait_for(pid):
    pidfd = os.pidfd_open(pid)
    try:
        if not select.select([pidfd], [], [], TIMEOUT)[0]:
            left = [procs.status(child) for child in procs.descendants(pid)]
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)  # the rest goes with the session
            raise AssertionError(f'does not end: {left}')
    finally:
        os.close(pidfd)
    os.waitpid(pid, 0)


def read_all(fd):
    os.set_blocking(fd, False)
    data = b''
    try:
        while part := os.read(fd, 65536):
            data += part
    except BlockingIOError:
        pass  # somebody in the container still holds the other end
    return data.decode(errors='replace')


def start_shell(login, user='alice', argv=None, odd=None, **more):
    """run() a bash that tells what it has become; see Outcome.ran. argv None: a usual one."""
    fifo = f'{pwd.getpwnam(user).pw_dir}/probe'
    entry = pwd.getpwnam(user)
    if os.path.lexists(fifo):
        os.unlink(fifo)
    os.mkfifo(fifo, 0o600)
    os.chown(fifo, entry.pw_uid, entry.pw_gid)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    try:
        script = PROBE.format(fifo=fifo)
        outcome = run(login, user, ['bash', '-c', script] if argv is None else argv(script),
                      odd=odd,
                      **more)
        outcome.ran = read_all(reader)
        return outcome
    finally:
        os.close(reader)
        os.unlink(fifo)


def check_contained(outcome, user='alice', user_map='self'):
    """The real shell ran: as the tenant, in the container's user namespace, with no capability."""
    uid, _, groups = ids_of(user)
    lines = dict(line.split(' ', 1) for line in outcome.ran.splitlines() if ' ' in line)
    assert outcome.ran.endswith('end\n'), outcome
    inside = uid if user_map == 'self' else 0
    assert lines['ran'] == f'{inside} {inside} {inside} {uid} 1', lines
    assert lines['NoNewPrivs:'] == '1'
    assert len(lines['Groups:'].split()) == len(set(groups))
    if user_map == 'self':
        for name in ('CapInh:', 'CapPrm:', 'CapEff:', 'CapBnd:', 'CapAmb:'):
            assert int(lines[name], 16) == 0, name


def check_harmless(outcome, user='alice', user_map='self'):
    """Contained, or cut short on the way there, or nothing ran at all."""
    assert HOST_MAP not in outcome.ran, 'a shell in the host\'s user namespace'
    if outcome.ran.endswith('end\n'):
        check_contained(outcome, user, user_map)
        return
    uid = ids_of(user)[0]
    inside = uid if user_map == 'self' else 0
    whole = f'ran {inside} {inside} {inside} {uid} 1\n'
    assert (outcome.ran + '\n').startswith((whole, '\n')), outcome
    assert outcome.status != 0, outcome
    assert 'not executed' not in outcome.err or 'execve' in outcome.err, outcome
