# SPDX-License-Identifier: MIT
"""What tests/demo shows, on a hermetic host: two boxed logins, seen from the host and from inside.

demo.py            the tour
demo.py --shell    an interactive session as alice
demo.py -- CMD     one command as alice; its exit status
"""

import itertools
import shlex
import subprocess
import sys

import client
import host as host_module
import leftovers
import procs
import setups

WIDTH = 100
COLUMN = (WIDTH - 3) // 2
RULE = '-' * WIDTH
CONTROL = f'{client.FOLDER}/demo-{{}}'
PS = 'ps -eo pid,user:6,args --forest'


def main(arguments):
    if not setups.nsbox_is_installed():
        print('demo: nsbox is not installed on this host', file=sys.stderr)
        return 1
    host = host_module.Host().make()
    site = setups.make_site(host, 'internal-one-self')
    if arguments[:1] == ['--shell']:
        return shell(site)
    if arguments[:1] == ['--']:
        return command(site, arguments[1:])
    return tour(site)


def shell(site):
    host_module.write_as('alice', '/home/alice/.bash_profile', "PS1='\\u@\\h:\\w\\$ '\n")
    print('You are alice, in a container of your own, through a stock sshd. `exit` ends the demo.')
    sys.stdout.flush()
    return subprocess.call(site.client.line('ssh', '-q', 'alice@host'))


def command(site, words):
    text = words[0] if len(words) == 1 else shlex.join(words)
    return subprocess.call(site.client.line('ssh', '-q', 'alice@host', text))


def tour(site):
    introduce(site)
    furnish()
    before = site.host.snapshot()
    logins = {user: log_in(site, user) for user in ('alice', 'bob')}
    show_processes(site)
    show_namespaces(site)
    show_lines('HOST NAME', 'hostname', site)
    show_lines('INTERFACES', 'ip -brief address', site)
    show_lines('WHO ALICE IS', 'id | tr " " "\\n"', site, on_host='id alice | tr " " "\\n"')
    show_lines('POWERS', 'grep -E "^(CapEff|CapBnd|NoNewPrivs)" /proc/self/status', site)
    show_lines('/home, /tmp AND /run', 'ls -d /home/alice/* /tmp/* /run/* 2>/dev/null; :', site)
    show_mounts(site)
    return say_goodbye(site, logins, before)


def introduce(site):
    print(f'nsbox: a stock sshd on 127.0.0.1:{site.server.port}, two users, '
          'one line in its PAM file:\n')
    with open('/etc/pam.d/sshd', encoding='utf-8') as file:
        print('  /etc/pam.d/sshd   ', [line for line in file if 'nsbox' in line][0].strip())
    with open(host_module.POLICY, encoding='utf-8') as file:
        print('  /etc/nsbox.conf   ', '  '.join(file.read().split('\n')))
    print()


def furnish():
    """Files on the host, one for the container not to see, and one to see."""
    host_module.write_as('root', '/tmp/of-the-host', '')
    host_module.write_as('alice', '/home/alice/letter', '')


def log_in(site, user):
    """A login of the user that runs something and stays; others join it as further channels."""
    process = site.popen(user, 'sleep 1000 >/dev/null 2>&1 & echo ready; exec cat',
                         '-M', '-S', CONTROL.format(user))
    client.lines_before(process, 'ready')
    print(f'  $ ssh {user}@host')
    return process


def inside(site, user, text):
    return site.ok(user, text, '-S', CONTROL.format(user))


def as_root(text):
    return client.run(['sh', '-c', text]).stdout


def heading(text, left='what root sees on the host', right='what alice sees in her container'):
    print(f'\n{RULE}\n{text}')
    print(beside(left, right))
    print(beside('-' * len(left), '-' * len(right)))


def beside(left, right):
    return f'{cut(left):<{COLUMN}} | {cut(right)}'.rstrip()


def cut(text):
    text = text.expandtabs(4)
    return text if len(text) <= COLUMN else text[:COLUMN - 2] + '..'


def side_by_side(left, right):
    for first, second in itertools.zip_longest(left, right, fillvalue=''):
        print(beside(first, second))


def show_lines(title, text, site, on_host=None):
    heading(title)
    side_by_side(as_root(on_host or text).splitlines(), inside(site, 'alice', text).splitlines())


def show_processes(site):
    """The host's tree from sshd on, without this program's own ssh clients."""
    heading('PROCESSES')
    mine = {site.server.pid, *procs.descendants(site.server.pid)}
    mine |= {pid for login in map(site.session, ('alice', 'bob')) for pid in
             procs.members_of('pid', login.container_ids()['pid'])}
    lines = as_root(PS).splitlines()
    left = [line for line in lines[1:] if int(line.split()[0]) in mine]
    right = [line for line in inside(site, 'alice', PS).splitlines()[1:] if PS not in line]
    side_by_side(lines[:1] + left, lines[:1] + right)


def show_namespaces(site):
    print(f'\n{RULE}\nNAMESPACES  (sshd\'s own child serves sftp and forwarding: it is in the '
          'container\'s network, too)')
    columns = {'': procs.NAMESPACES, 'the host': site.host.ids}
    for user in ('alice', 'bob'):
        login = site.session(user)
        columns[f'sshd\'s child, {user}'] = procs.ns_ids(login.child)
        columns[f'{user}\'s shell'] = procs.parse_shown(inside(site, user, procs.SHOW_NAMESPACES))
    print(''.join(f'{name:<20}' if name else f'{"":<10}' for name in columns).rstrip())
    for kind in procs.NAMESPACES:
        row = [number(ids[kind]) for name, ids in columns.items() if name]
        print(f'{kind:<10}' + ''.join(f'{mark(text, row[0]):<20}' for text in row).rstrip())


def number(link):
    return link.partition('[')[2].rstrip(']')


def mark(text, of_the_host):
    return text if text != of_the_host else f'{text} host'


def show_mounts(site):
    heading('MOUNTS')
    text = 'cat /proc/self/mountinfo'
    side_by_side(mount_lines(as_root(text)), mount_lines(inside(site, 'alice', text)))


def mount_lines(mountinfo):
    """Of each mount point the topmost mount: place, kind, ro or rw."""
    topmost = {}
    for words in map(str.split, mountinfo.splitlines()):
        if not words[4].startswith('/sys/fs/cgroup/'):
            kind = words[words.index('-') + 1]
            topmost[words[4]] = f'{words[4]:<22} {kind:<10} {words[5].split(",")[0]}'
    return [topmost[place] for place in sorted(topmost)]


def say_goodbye(site, logins, before):
    print(f'\n{RULE}')
    for process in logins.values():
        process.communicate(timeout=client.TIMEOUT)
    leftovers.wait_until_none(before)
    print('Logged out: no process, namespace or mount of the two sessions is left on the host.')
    print('Try `tests/demo --shell` for a session of your own.')
    return 0


if __name__ == '__main__':
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
