# SPDX-License-Identifier: MIT
"""The keys that change the host's tree: read-only, hide, bind, bind-ro, tmpfs. Each with what it
must do and what it must not, from a shell and from sftp, internal and external, for both id maps.
"""

import os
import shutil
import socket

import pytest

import client
import host as host_module
import policies
import procs

BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'external-two-root',
                                         'external-two-subids'], indirect=True)
ALICE = host_module.USERS['alice']
ROOM = '/srv/room'


@pytest.fixture
def room():
    """Folders and files to name in policies."""
    made = {f'{ROOM}/{name}': (owner, mode) for name, owner, mode in (
        ('open', 'root', 0o755), ('open/inner', 'root', 0o755), ('secret', 'root', 0o755),
        ('hers', 'alice', 0o755), ('hers/deep', 'alice', 0o755), ('ab', 'root', 0o777),
        ('a', 'root', 0o777))}
    for path, (owner, mode) in made.items():
        os.makedirs(path)
        os.chmod(path, mode)
        if owner == 'alice':
            os.chown(path, ALICE, ALICE)
        host_module.write_as(owner, f'{path}/file', f'{path}\n')
    yield ROOM
    shutil.rmtree(ROOM)


def same_names(site, folder):
    """What shell and sftp list there, which must agree."""
    names = policies.shell_names(site, folder)
    assert names == policies.sftp_names(site, folder), folder
    return names


@BOTH
def test_read_only(boxed, room):
    """yes: not even what is alice's own on the host can be written. no: what the host allows, and
    still nosuid and nodev, and nothing is executable in the landing but doors.
    """
    for value, able in (('yes', False), ('no', True)):
        policies.policy(boxed, f'read-only = {value}')
        done = boxed.ssh('alice', f'echo x >{room}/hers/new && rm {room}/hers/new')
        assert (done.returncode == 0) == able, done
        done = policies.sftp(boxed, f'mkdir {room}/hers/sub', f'rmdir {room}/hers/sub')
        assert (done.returncode == 0) == able, done
        assert boxed.ssh('alice', f'touch {room}/open/new /etc/new /usr/new').returncode != 0
        process = boxed.popen('alice', 'echo ready; exec cat')
        client.lines_before(process, 'ready')
        login = boxed.session('alice')
        for pid, wanted in ((login.init, {'nosuid'}), (login.child, {'nosuid', 'noexec'})):
            for line in procs.read(pid, 'mountinfo').splitlines():
                words = line.split()
                flags = set(words[5].split(','))
                assert wanted <= flags or words[3].endswith('/nsbox-enter'), line
                assert not words[6].startswith(('shared', 'master')), line
                if words[4] == '/':
                    assert ('ro' in flags) == (not able) and 'nodev' in flags
        process.communicate()


@BOTH
def test_hide(boxed, room):
    """A folder, a file, a socket, what is not there, by template; and compared by component."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f'{room}/open/sock')
    policies.policy(boxed, f'hide = {room}/secret {room}/open/file {room}/open/sock {room}/none',
                    f'hide = {room}/a /srv/%u/none /var/log')
    done = boxed.ssh('alice', f'ls {room}/secret')
    assert done.returncode != 0 and 'Permission denied' in done.stderr
    assert policies.sftp_names(boxed, f'{room}/secret') is None
    done = boxed.ssh('alice', f'cat {room}/open/file')
    assert done.returncode != 0 and 'Permission denied' in done.stderr
    assert policies.sftp(boxed, f'get {room}/open/file /dev/null').returncode != 0
    assert boxed.ok('alice', f'test -S {room}/open/sock || echo no socket') == 'no socket\n'
    assert boxed.ssh('alice', f'cat {room}/a/file').returncode != 0
    assert boxed.ok('alice', f'cat {room}/ab/file') == f'{room}/ab\n', 'compared by component'
    assert boxed.ok('carol', f'cat {room}/secret/file') == f'{room}/secret\n', 'the control'
    assert boxed.ssh('alice', 'ls /var/log').returncode != 0
    assert boxed.ok('alice', 'last -f /var/log/wtmp | tail -n 1').startswith('wtmp'), 'its own'
    listener.close()


@BOTH
def test_hidden_with_something_below(boxed, room):
    """What has its place below a hidden folder is reached by its name, and nothing else is."""
    policies.policy(boxed, 'hide = /home /srv', f'bind-ro = {room}/open', 'tmpfs = /srv/own/x')
    assert boxed.ok('alice', 'pwd; touch mine; ls') == '/home/alice\nmine\n'
    assert policies.sftp_names(boxed, '/home/alice/mine') == ['mine']
    for folder in ('/home', '/srv'):
        assert boxed.ssh('alice', f'ls {folder}').returncode != 0
        assert policies.sftp_names(boxed, folder) is None
    assert boxed.ssh('alice', 'ls /home/bob').returncode != 0
    assert same_names(boxed, f'{room}/open') == ['file', 'inner']
    assert same_names(boxed, room) == ['open']
    assert boxed.ok('alice', 'touch /srv/own/x/a; ls /srv/own/x') == 'a\n'
    assert os.path.exists('/home/alice/mine'), 'the real one'


@BOTH
def test_bind(boxed, room):
    """Writable where the host allows it, at its own place and elsewhere, whatever lies around."""
    policies.policy(boxed, f'bind = {room}/hers {room}/open:/run/shown/open {room}/hers:/tmp/hers',
                    f'bind = {room}/hers/deep:{room}/secret')
    boxed.ok('alice', f'echo new >{room}/hers/one; echo two >/tmp/hers/two; '
                      f'touch {room}/secret/three')
    assert os.path.exists(f'{room}/hers/deep/three')
    with open(f'{room}/hers/one', encoding='ascii') as file:
        assert file.read() == 'new\n'
    assert os.stat(f'{room}/hers/two').st_uid == ALICE
    assert same_names(boxed, '/tmp/hers') == ['deep', 'file', 'one', 'two']
    assert same_names(boxed, '/run/shown/open') == ['file', 'inner']
    assert boxed.ssh('alice', 'touch /run/shown/open/x').returncode != 0, 'not hers on the host'
    assert boxed.ssh('alice', f'touch {room}/ab/x').returncode != 0, 'not bound'
    assert boxed.ssh('alice', f'touch {room}/a/x').returncode != 0, 'not bound'


@BOTH
def test_bind_ro(boxed, room):
    """Read-only, submounts too, even with read-only = no; a file, and a socket that answers."""
    client.run(['mount', '-t', 'tmpfs', '-o', 'mode=1777', 'sub', f'{room}/hers/deep'])
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(f'{room}/open/sock')
    os.chmod(f'{room}/open/sock', 0o666)
    listener.listen()
    try:
        policies.policy(boxed, 'read-only = no', f'bind-ro = {room}/hers:/run/hers',
                        f'bind-ro = {room}/open/file:/etc/motd {room}/open/sock:/run/db/sock')
        host_module.write_as('root', '/etc/motd', '')
        for path in ('/run/hers', '/run/hers/deep'):
            done = boxed.ssh('alice', f'touch {path}/new')
            assert done.returncode != 0 and 'Read-only' in done.stderr
        boxed.ok('alice', f'touch {room}/hers/new {room}/hers/deep/new')
        assert boxed.ok('alice', 'cat /etc/motd') == f'{room}/open\n'
        code = ('import socket; s = socket.socket(socket.AF_UNIX); s.connect("/run/db/sock"); '
                'print("connected")')
        assert boxed.ok('alice', f"/usr/bin/python3 -c '{code}'") == 'connected\n'
    finally:
        listener.close()
        client.run(['umount', f'{room}/hers/deep'])
        os.unlink('/etc/motd')


@BOTH
def test_inner_of_a_bind(boxed, room):
    """What is hidden or bound below a bind is looked for in what the bind shows."""
    policies.policy(boxed, f'bind = {room}/hers:/run/hers', 'hide = /run/hers/deep',
                    f'bind-ro = {room}/open/file:/run/hers/file')
    assert boxed.ssh('alice', 'ls /run/hers/deep').returncode != 0
    assert boxed.ok('alice', 'cat /run/hers/file') == f'{room}/open\n'
    assert policies.sftp_names(boxed, '/run/hers/deep') is None
    assert boxed.ok('alice', f'cat {room}/hers/deep/file'), 'hidden there only'


@BOTH
def test_bind_idmap(boxed, room):
    """Another user's files are the tenant's inside, and stay that user's on the host; nobody else's
    change hands; root's are not lent, and what cannot be mapped refuses.
    """
    if tuple(map(int, os.uname().release.split('.')[:2])) < (6, 3):
        pytest.skip('this kernel has no id-mapped tmpfs')
    os.makedirs(f'{room}/web/of-root')
    for path, owner in ((f'{room}/web', 4001), (f'{room}/web/page', 4001),
                        (f'{room}/web/of-bob', 2002)):
        if not os.path.exists(path):
            host_module.write_as('root', path, 'text\n', 0o600)
        os.chown(path, owner, owner)
    policies.policy(boxed, f'bind-idmap = {room}/web:/run/web')
    mine = 'alice' if boxed.user_map == 'self' else 'root'
    shown = boxed.ok('alice', 'cd /run/web && stat -c "%U:%G" . page && cat page && echo new >new '
                              '&& mkdir sub && touch sub/x && stat -c "%U:%G" new sub')
    assert shown == f'{mine}:{mine}\n{mine}:{mine}\ntext\n{mine}:{mine}\n{mine}:{mine}\n'
    for name in ('new', 'sub', 'sub/x'):
        st = os.lstat(f'{room}/web/{name}')
        assert (st.st_uid, st.st_gid) == (4001, 4001), name
    assert policies.sftp(boxed, 'put /etc/hostname /run/web/put').returncode == 0
    assert os.stat(f'{room}/web/put').st_uid == 4001
    for command in ('cat of-bob', 'chown alice of-bob', 'touch of-root/x', 'chmod 666 of-root',
                    f'touch {room}/web/x'):
        assert boxed.ssh('alice', f'cd /run/web && {command}').returncode != 0, command
    assert sorted(os.listdir(f'{room}/web/of-root')) == []
    boxed.quiet()
    for owner in ((0, 4001), (4001, 0)):
        os.chown(f'{room}/web', *owner)
        assert 'root\'s files are not lent' in policies.refused(boxed)
    os.chown(f'{room}/web', 4001, 4001)
    client.run(['mount', '-t', 'ramfs', 'ram', f'{room}/web'])
    try:
        os.chown(f'{room}/web', 4001, 4001)
        assert 'cannot have id-mapped mounts' in policies.refused(boxed)
    finally:
        client.run(['umount', f'{room}/web'])
    assert boxed.ok('alice', 'cat /run/web/page') == 'text\n', 'the control'


@BOTH
def test_tmpfs(boxed, room):
    """Empty, the tenant's own, gone with the session; a size of its own, or that of all."""
    policies.policy(boxed, 'tmp-size = 1M', f'tmpfs = {room}/open {room}/secret:size=4M,mode=1777')
    mine = '2001 2001' if boxed.user_map == 'self' else '0 0'
    shown = boxed.ok('alice', f'stat -c "%a %u %g" {room}/open {room}/secret; '
                              f'ls -A {room}/open {room}/secret')
    assert shown.split('\n')[:2] == [f'700 {mine}', f'1777 {mine}']
    assert 'file' not in shown
    fill = 'dd if=/dev/zero of={}/big bs=64K count={} 2>&1 | grep -c "No space"; rm {}/big; true'
    for folder, count, full in ((f'{room}/open', 32, '1'), (f'{room}/open', 8, '0'),
                                (f'{room}/secret', 32, '0'), (f'{room}/secret', 80, '1')):
        assert boxed.ok('alice', fill.format(folder, count, folder)).strip() == full, folder
    many = f'cd {room}/secret; for i in $(seq 2000); do mkdir d$i 2>&1 || break; done | wc -l'
    assert boxed.ok('alice', many) == '1\n', 'inodes are counted, too'
    assert same_names(boxed, f'{room}/secret') == []
    assert policies.sftp(boxed, f'mkdir {room}/open/sub').returncode == 0
    assert os.listdir(f'{room}/secret') == ['file'], 'the host\'s'


LINK = 'cannot follow a link on the way to {room}/hers/link'
REFUSED = {
    'no source': ('bind = {room}/none', 'cannot find {room}/none'),
    'no target': ('bind = {room}/open:/srv/none', 'cannot find /srv/none'),
    'no tmpfs': ('tmpfs = /srv/none', 'cannot find /srv/none'),
    'folder on file': ('bind = {room}/open:{room}/ab/file', 'cannot lie over one another'),
    'file on folder': ('bind = {room}/open/file:{room}/ab', 'cannot lie over one another'),
    'twice': ('bind = {room}/a:{room}/open\ntmpfs = {room}/open', 'for the same place'),
    'the home': ('tmpfs = %h', 'it is the home'),
    'the door': ('hide = /opt/shells', 'is in it'),
    'a link to the system': ('hide = {room}/link-to-usr', 'needs what is there'),
    'a link of the tenant': ('hide = {room}/hers/link', LINK),
    'source by it': ('bind = {room}/hers/link:/run/x', LINK),
    'hers in the system': ('bind-ro = {room}/hers:/etc/security', 'nobody but root can write'),
    'writable in the system': ('bind = {room}/open:/etc/security', 'nobody but root can write'),
    'tmpfs in the system': ('tmpfs = /etc/security', 'nobody but root can write'),
    'a device': ('bind = {room}/null:/run/null', 'it is a device'),
    'procfs': ('bind = {room}/link-to-proc:/run/x', 'not for a container'),
    'below a new one': ('tmpfs = {room}/a:size=1M\nbind = {room}/open:{room}/a/x',
                        'is a new file system'),
    'out of a bind': ('bind = {room}/open:/run/x\nhide = /run/x/out', 'leads out of'),
}


@pytest.mark.parametrize('case', REFUSED)
def test_refused(boxed, room, case):
    """What cannot be had as the policy says refuses the login, and the log says why."""
    os.symlink('/usr', f'{room}/link-to-usr')
    os.symlink('/proc/self', f'{room}/link-to-proc')
    os.symlink('/etc', f'{room}/hers/link')
    os.symlink('/etc', f'{room}/open/out')
    os.lchown(f'{room}/hers/link', ALICE, ALICE)
    client.run(['mknod', f'{room}/null', 'c', '1', '3'])
    shell = None
    if case == 'the door':
        os.makedirs('/opt/shells', exist_ok=True)
        shutil.copy('/bin/bash', '/opt/shells/bash')
        shell = '/opt/shells/bash'
    lines, cause = REFUSED[case]
    policies.policy(boxed, lines.format(room=room))
    if shell:
        client.run(['usermod', '-s', shell, 'alice'])
    try:
        assert cause.format(room=room) in policies.refused(boxed)
    finally:
        if shell:
            client.run(['usermod', '-s', '/bin/bash', 'alice'])
    policies.policy(boxed)
    assert boxed.ok('alice', 'echo in') == 'in\n', 'the control'
