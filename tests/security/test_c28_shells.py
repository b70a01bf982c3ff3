# SPDX-License-Identifier: MIT
"""C28: odd login shells, and shells that change under a live session: contained, or refused.

Invariant 2. Whatever a command prints of its namespaces, none of them is the host's.
"""

import contextlib
import os
import shutil

import pytest

import client
import host as host_module
import procs
from logins import ROOT, SELF, second_channel, staying

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
PASSWD = '/etc/passwd'
NOT_IN_LANDING = '/home/alice/shell'


@contextlib.contextmanager
def login_shell(user, shell):
    """Change the user's shell in /etc/passwd for a while."""
    with open(PASSWD, encoding='utf-8') as file:
        before = file.read()
    lines = [line.rsplit(':', 1)[0] + f':{shell}' if line.startswith(f'{user}:') else line
             for line in before.splitlines()]
    write_passwd('\n'.join(lines) + '\n')
    try:
        yield
    finally:
        write_passwd(before)


def write_passwd(text):
    with open(f'{PASSWD}.new', 'w', encoding='utf-8') as file:
        file.write(text)
    os.rename(f'{PASSWD}.new', PASSWD)


def check_not_outside(site, text):
    """Of all namespaces that a command printed, none is the host's. Whether it ran at all."""
    ids = procs.parse_shown(text)
    for kind, name in ids.items():
        assert name != site.host.ids[kind], f'{kind}: a shell outside: {text}'
    assert not ids or set(ids) == set(procs.NAMESPACES)
    return bool(ids)


def place(path, source='/usr/bin/bash', owner=0, mode=0o755, text=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if text is None:
        shutil.copy(source, path)
    else:
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text)
    os.chown(path, owner, owner)
    os.chmod(path, mode)


@contextlib.contextmanager
def furnished():
    """The odd shells of the tests below."""
    alice = host_module.USERS['alice']
    place('/home/alice/shell', owner=alice)
    os.symlink('/usr/bin/bash', '/home/alice/link')
    os.makedirs('/srv/open', exist_ok=True)
    os.chmod('/srv/open', 0o1777)
    place('/srv/open/shell')
    place('/usr/local/bin/unlisted')
    place('/usr/local/bin/hers', owner=alice)
    place('/usr/local/bin/script', text='#!/bin/bash -p\nexec /bin/bash "$@"\n')
    place('/opt/tools/bin/tool', text='#!/opt/tools/bin/interpreter\n')
    place('/opt/tools/bin/interpreter')
    place('/rootshell')
    for name, target in (('linked', '/usr/bin/bash'), ('to-hers', '/home/alice/shell'),
                         ('twice', 'linked')):
        os.symlink(target, f'/usr/local/bin/{name}')
    os.symlink('/usr/local/bin', '/srv/bin')
    made = ['/usr/local/bin/unlisted', '/usr/local/bin/hers', '/usr/local/bin/script',
            '/usr/local/bin/linked', '/usr/local/bin/to-hers', '/usr/local/bin/twice', '/rootshell',
            '/srv/bin']
    try:
        yield
    finally:
        for path in made:
            os.unlink(path)
        for folder in ('/srv/open', '/opt/tools'):
            shutil.rmtree(folder)


# The shell, and whether a login must work, must be refused, or either.
WORKS, REFUSED = True, False
SHELLS = {
    '/home/alice/shell': REFUSED,               # the tenant's own file in the tenant's own folder
    '/home/alice/link': REFUSED,
    '/srv/open/shell': REFUSED,                 # a folder that everybody writes to
    '/usr/local/bin/unlisted': WORKS,           # not in /etc/shells: sshd does not ask
    '/usr/local/bin/hers': WORKS,               # the tenant's file in root's folder: contained
    '/usr/local/bin/linked': WORKS,
    '/usr/local/bin/twice': WORKS,
    '/usr/local/bin/to-hers': WORKS,            # what it leads to runs inside, as the tenant
    '/srv/bin/unlisted': WORKS,                 # a folder that is a link
    '/usr/local/bin/script': WORKS,
    '/usr/bin/../bin/bash': WORKS,
    '/usr//bin///bash': WORKS,
    '/bin/bash': WORKS,
    '': WORKS,                                  # empty: /bin/sh
    '/bin/rbash': None,                         # restricted: cannot run what the test asks it to
    '/usr/bin/dash': WORKS,
    '/usr/bin/python3': None,
    '/usr/sbin/nologin': None,
    '/bin/false': None,
    '/opt/tools/bin/tool': None,
    '/rootshell': REFUSED,                      # in / itself: no folder to cover
    '/usr': REFUSED,                            # no program
    '/nonexistent/shell': REFUSED,
    'bash': REFUSED,                            # not a path from the root
    '/usr/bin/': REFUSED,
    '/usr/bin/.': REFUSED,
    '/usr/bin/..': REFUSED,
    '/etc/shells': REFUSED,
    '/dev/null': REFUSED,
    '/proc/self/exe': REFUSED,
    '/usr/libexec/nsbox/nsbox-enter': None,
    '/' + 'a/' * 1000 + 'bash': REFUSED,
}


def test_login_shells(boxed):
    """C28: each odd login shell is contained or refused, as expected where only one is right."""
    wrong = {}
    with furnished():
        for shell, expected in SHELLS.items():
            with login_shell('alice', shell):
                done = boxed.ssh('alice', procs.SHOW_NAMESPACES)
                ran = check_not_outside(boxed, done.stdout)
                if expected is not None and ran != expected:
                    wrong[shell[:60]] = done
                boxed.quiet(['alice'])
    assert not wrong
    assert check_not_outside(boxed, boxed.ok('alice', procs.SHOW_NAMESPACES)), 'the control'


@BOTH
def test_sftp_with_odd_shells(boxed):
    """C28, invariant 2: sftp and forwards of a user with nologin, or without a shell that can get a
    door, are in the landing or refused; never on the host.
    """
    os.makedirs('/run/only-on-the-host', exist_ok=True)
    with furnished():
        for shell in ('/usr/sbin/nologin', '/home/alice/shell', '/bin/false', '/rootshell'):
            with login_shell('alice', shell):
                done = client.run(boxed.client.line('sftp', '-b', '-', 'alice@host'), input=
                                  'ls /run\n')
                assert 'only-on-the-host' not in done.stdout, shell
                boxed.quiet(['alice'])
    done = client.run(boxed.client.line('sftp', '-b', '-', 'carol@host'), input='ls /run\n')
    assert 'only-on-the-host' in done.stdout, 'the control'
    os.rmdir('/run/only-on-the-host')


@contextlib.contextmanager
def kept(path):
    """Put a file back as it was."""
    aside = f'{path}.kept'
    subject = ['cp', '-a', path, aside]
    client.run(subject)
    try:
        yield
    finally:
        os.rename(aside, path)


def upgrade(path):
    """What dpkg does: a new file with the same content, renamed over the old one."""
    client.run(['cp', '-a', '--remove-destination', path, f'{path}.dpkg-new'])
    os.rename(f'{path}.dpkg-new', path)


def remove(path):
    os.unlink(path)


def remove_and_make(path):
    client.run(['cp', '-a', path, f'{path}.dpkg-new'])
    os.unlink(path)
    os.rename(f'{path}.dpkg-new', path)


@BOTH
@pytest.mark.parametrize('change', [upgrade, remove, remove_and_make])
@pytest.mark.parametrize('path', ['/usr/bin/bash', '/usr/bin/dash', '/usr/bin/sh'])
def test_shell_replaced_under_a_session(boxed, change, path):
    """C28: the host replaces or removes the shell while a multiplexed session lives; the second
    channel, ~/.ssh/rc and sftp of that session are contained or refused.
    """
    rc = f'{procs.SHOW_NAMESPACES} > ~/rc-ran\n'
    host_module.write_as('alice', '/home/alice/.ssh/rc', rc)
    with staying(boxed) as login, kept(path):
        os.unlink('/home/alice/rc-ran')
        change(path)
        done = second_channel(boxed, login, procs.SHOW_NAMESPACES)
        ran = check_not_outside(boxed, done.stdout)
        if change is not remove:
            assert ran, done
        if os.path.exists('/home/alice/rc-ran'):
            with open('/home/alice/rc-ran', encoding='utf-8') as file:
                check_not_outside(boxed, file.read())
    assert check_not_outside(boxed, boxed.ok('alice', procs.SHOW_NAMESPACES)), 'the control'


@BOTH
def test_folder_of_the_shell_replaced(boxed):
    """C28: the host moves the whole folder of the shell away and puts a new one in its place, or
    removes it.
    """
    for put_back in (True, False):
        place('/opt/shells/bash')
        with login_shell('alice', '/opt/shells/bash'), staying(boxed) as login:
            assert check_not_outside(boxed,
                                     second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout)
            os.rename('/opt/shells', '/opt/shells.old')
            if put_back:
                place('/opt/shells/bash')
            else:
                shutil.rmtree('/opt/shells.old')
            done = second_channel(boxed, login, procs.SHOW_NAMESPACES)
            check_not_outside(boxed, done.stdout)
        for folder in ('/opt/shells', '/opt/shells.old'):
            shutil.rmtree(folder, ignore_errors=True)
    assert check_not_outside(boxed, boxed.ok('alice', procs.SHOW_NAMESPACES)), 'the control'


@BOTH
def test_nsbox_upgraded_under_a_session(boxed):
    """C28: nsbox itself is upgraded under a live session, which goes on: its further channels get
    shells, contained.
    """
    door = f'{host_module.HELPERS}/nsbox-enter'
    with staying(boxed) as login, kept(door):
        assert check_not_outside(boxed, second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout)
        upgrade(door)
        done = second_channel(boxed, login, procs.SHOW_NAMESPACES)
        assert check_not_outside(boxed, done.stdout), done
    assert os.stat(door).st_mode & 0o7777 == 0o4755
    assert check_not_outside(boxed, boxed.ok('alice', procs.SHOW_NAMESPACES)), 'the control'


@BOTH
def test_shell_changed_in_passwd_under_a_session(boxed):
    """C28: chsh during a session: sshd's child has the old entry or the new; no shell outside."""
    with staying(boxed) as login:
        with login_shell('alice', '/usr/bin/dash'):
            check_not_outside(boxed, second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout)
        assert check_not_outside(boxed, second_channel(boxed, login, procs.SHOW_NAMESPACES).stdout)
