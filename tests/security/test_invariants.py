# SPDX-License-Identifier: MIT
"""Invariants 2, 3 and 5 as they are written: no way around the door, one tree, no descriptor."""

import collections
import json
import mmap
import os
import re

import pytest

import client
import landing
import procs
import remote
from logins import ROOT, SELF, SUBIDS, staying
from test_c13_mounts import mountinfo, reachable

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT, SUBIDS], indirect=True)
DOORS = {'/usr/bin/bash', '/usr/bin/sh', '/usr/bin/xauth'}
REAL_DOOR = '/libexec/nsbox/nsbox-enter'


def is_door(mount):
    return mount['root'].endswith(REAL_DOOR) and mount['point'] in DOORS


@BOTH
def test_landing_mounts(boxed):
    """Invariant 2: every mount of a landing, covered ones too, is nosuid and noexec, except the
    doors, and those are nsbox-enter and nothing else; all are read-only or the tenant's own;
    none propagates.
    """
    with staying(boxed) as login:
        mounts = mountinfo(login.monitor)
        doors = [one for one in mounts if not {'nosuid', 'noexec'} <= one['flags']]
        assert doors and all(map(is_door, doors)), doors
        assert {'/usr/bin/bash', '/usr/bin/sh'} <= {one['point'] for one in doors}
        assert all({'ro', 'nodev'} <= one['flags'] for one in doors)
        assert not any(one['tags'] for one in mounts)
        assert len(mounts) > 20, 'the control'


@BOTH
def test_door_folders_hold_doors_only(boxed):
    """Invariant 2: the folders of the doors are read-only tmpfs with doors in them alone, so that a
    door that falls off uncovers nothing.
    """
    with staying(boxed) as login:
        folder = f'/proc/{login.monitor}/root/usr/bin'
        assert {f'/usr/bin/{name}' for name in os.listdir(folder)} <= DOORS
        covers = [one for one in reachable(mountinfo(login.monitor)) if one['point'] == '/usr/bin']
        assert [one['type'] for one in covers] == ['tmpfs'] and 'ro' in covers[0]['flags']
        below = [one for one in mountinfo(login.monitor) if one['point'].startswith('/usr/bin/')]
        assert all(map(is_door, below))


def programs(folders):
    for folder in folders:
        for top, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(top, name)
                if os.path.isfile(path) and os.access(path,
                                                      os.F_OK) and os.stat(path).st_mode & 0o111:
                    yield path


@BOTH
def test_nothing_is_executable_but_the_door(boxed):
    """Invariant 2: code in the landing tries to execute all that has an x bit in the system's
    folders, and what the tenant has put into its own places; and to map some as code.
    """
    mine = ['/home/alice/program', '/tmp/program', '/dev/shm/program', '/var/tmp/program',
            '/run/user/2001/program']
    copy = '; '.join(f'cp /usr/bin/id {path}; chmod 755 {path}' for path in mine)

    def attempt():
        answers = collections.Counter()
        found = [path for path in programs(['/usr/sbin', '/usr/lib/openssh', '/usr/libexec',
                                            '/usr/local', '/etc', '/home/alice', '/usr/share'])]
        found += [path for path in (*mine, '/lib64/ld-linux-x86-64.so.2', '/bin/ls', '/bin/cat')
                  if os.path.exists(path)]
        for path in found:
            try:
                os.execve(path, [path], {})
            except OSError as error:
                answers[error.errno] += 1
        for path in mine[:3]:
            with open(path, 'rb') as file:
                try:
                    mmap.mmap(file.fileno(), 4096, prot=mmap.PROT_READ | mmap.PROT_EXEC,
                              flags=mmap.MAP_PRIVATE)
                    answers['mapped'] += 1
                except PermissionError:
                    pass
        os.write(1, json.dumps([len(found), answers]).encode())
        os._exit(0)

    with staying(boxed, 'alice', copy) as login:
        outcome = landing.run(login, 'alice', [], odd=attempt)
        count, answers = json.loads(outcome.out)
        assert count > 100, 'the control'
        assert answers == {'13': count}, 'EACCES for each'
        assert boxed.ok('alice', '/usr/bin/id -u', '-S',
                        login.control), 'the control: inside, it runs'
        landing.check_contained(landing.start_shell(login), user_map=boxed.user_map)


# Prints {path: what lstat says} for folders of the tree; the same code on both sides.
LISTING = '''
import json, os, stat
def listing(tops):
    found = {}
    for top in tops:
        for folder, names, files in os.walk(top):
            for name in sorted(names + files):
                path = os.path.join(folder, name)
                try:
                    st = os.lstat(path)
                except OSError as error:
                    found[path] = error.errno
                    continue
                link = os.readlink(path) if stat.S_ISLNK(st.st_mode) else ''
                found[path] = [st.st_mode, st.st_uid, st.st_gid, st.st_dev, st.st_ino,
                               st.st_rdev, link]
    return found
'''
TOPS = ['/dev', '/etc', '/home', '/opt', '/root', '/run', '/srv', '/tmp', '/usr/sbin',
        '/usr/libexec',
        '/var']
OVERFLOW = 65534
# What the landing alone has, by design: doors, the record, the log socket, the login logs.
LANDING_ONLY = re.compile(r'/run/nsbox(/.*)?|/home/alice/listing|'
                          r'/var/log/(wtmp|lastlog)|/usr/bin(/.*)?')


def test_one_tree(boxed):
    """Invariant 3: landing and container show the tenant the same tree: the same files by device
    and inode, mode and owner, in every folder; but for doors, record, log socket and login logs.
    """
    space = {}
    exec(LISTING, space)  # pylint: disable=exec-used

    def list_it():
        text = json.dumps(space['listing'](TOPS)).encode()
        with open('/home/alice/listing', 'wb') as file:
            file.write(text)
        os._exit(0)
    with staying(boxed, 'alice',
                 'touch /tmp/one ~/two /dev/shm/three /run/user/2001/four') as login:
        assert landing.run(login, 'alice', [], odd=list_it).status == 0
        with open('/home/alice/listing', encoding='utf-8') as file:
            in_landing = json.load(file)
        code = LISTING + f'print(json.dumps(listing({TOPS!r})))'
        inside = json.loads(boxed.ok('alice', remote.python(code), '-S', login.control))
    uid, _, groups = landing.ids_of('alice')
    for stat in in_landing.values():
        if isinstance(stat, list):  # whose id is not mapped is nobody's inside
            stat[1:3] = (stat[1] if stat[1] == uid else OVERFLOW,
                         stat[2] if stat[2] in groups else OVERFLOW)
    differ = {path for path in {*in_landing, *inside} if in_landing.get(path) != inside.get(path)}
    assert {path for path in differ if not LANDING_ONLY.fullmatch(path)} == set()
    for path in ('/tmp/one', '/home/alice/two', '/dev/shm/three', '/run/user/2001/four',
                 '/dev/null'):
        assert path in in_landing and path in inside, 'the control'


@pytest.mark.parametrize('boxed', [SELF, 'internal-two-root'], indirect=True)
def test_sftp_sees_the_same(boxed):
    """Invariant 3: what internal-sftp lists is what the shell lists."""
    with staying(boxed, 'alice',
                 'touch /tmp/one /dev/shm/three; sleep 300 >/dev/null 2>&1 &') as login:
        folders = boxed.ok('alice',
                           'find / -maxdepth 2 -type d -not -path "/proc*" -not -path "/sys/*" '
                                    '-readable -executable 2>/dev/null; :', '-S',
                                    login.control).split()
        folders = [path for path in folders if not LANDING_ONLY.fullmatch(path)]
        assert len(folders) > 40
        shell = boxed.ok('alice', '; '.join(f'echo "# {path}"; ls -1a {path}' for path in folders),
                         '-S', login.control)
        batch = ''.join(f'-ls -1a {path}\n' for path in folders)
        done = client.run(boxed.client.line('sftp', '-o', f'ControlPath={login.control}', '-b', '-',
                                            'alice@host'), input=batch)
        numbers = "cd /proc && ls -d [0-9]* | grep -c ."
        assert int(boxed.ok('alice', numbers, '-S', login.control)) >= 4
    of_shell = parse(shell, '# ')
    of_sftp = parse(done.stdout, 'sftp> -ls -1a ')
    assert len(of_sftp) == len(of_shell) == len(folders)
    for path in folders:
        assert of_sftp[path] == of_shell[path], path
    assert 'one' in of_sftp['/tmp'], 'the control'


def parse(text, mark):
    found, names = {}, set()
    for line in text.splitlines():
        if line.startswith(mark):
            names = found.setdefault(line[len(mark):], set())
        elif line:
            names.add(line.rsplit('/', 1)[-1])
    return found


NAMESPACE = re.compile(r'(mnt|net|uts|ipc|pid|cgroup):\[\d+\]')
NUMBERS = re.compile(r'\[?\d+\]?')


def descriptors(pid):
    """What each descriptor of a process is, without what is particular to the process."""
    found = collections.Counter()
    for name in os.listdir(f'/proc/{pid}/fd'):
        link = os.readlink(f'/proc/{pid}/fd/{name}')
        found[link if NAMESPACE.fullmatch(link) else NUMBERS.sub('N', link)] += 1
    return found


def folders_held(pid):
    return [os.readlink(f'/proc/{pid}/fd/{name}') for name in os.listdir(f'/proc/{pid}/fd')
            if os.path.isdir(f'/proc/{pid}/fd/{name}')]


@pytest.mark.parametrize('boxed', [SELF, 'internal-two-self', 'external-one-root', ROOT],
                         indirect=True)
@pytest.mark.parametrize('pty', [False, True])
def test_descriptors_of_sshd(boxed, pty):
    """Invariant 5: sshd's child and monitor hold what they hold without nsbox, and namespace and
    pid descriptors besides; none that a path can be walked from.
    """
    with staying(boxed, pty=pty) as login, staying(boxed, 'carol', pty=pty) as plain:
        for role in ('child', 'monitor'):
            usual = descriptors(getattr(plain, role))
            more = descriptors(getattr(login, role)) - usual
            assert usual
            strange = [one for one in more if not NAMESPACE.fullmatch(one) and 'pidfd' not in one]
            assert not strange, (role, strange)
            assert sum(more.values()) <= 8, (role, more)
            assert folders_held(getattr(login, role)) == []
        assert os.readlink(f'/proc/{login.child}/exe') == os.readlink(f'/proc/{plain.child}/exe')
        assert procs.is_alive(login.init)
