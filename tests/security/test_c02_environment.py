# SPDX-License-Identifier: MIT
"""C2: the tenant's environment, by every way that sshd takes it, and code that it would load.

Invariants 2 and 7. A library and shell scripts of the tenant's note where they ran: never with
euid 0, never in the host's user namespace. The control is carol, for whom they run on the host.
"""

import os
import shutil
import subprocess

import pytest

import client
import host as host_module
import procs
from logins import ROOT, SELF

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'witness.c')
NOTES = 'notes'


@pytest.fixture(scope='module')
def library(tmp_path_factory):
    """The tenant's library, for each user's own file."""
    if not shutil.which('cc'):
        pytest.skip('no C compiler')
    folder = tmp_path_factory.mktemp('library')
    made = {}
    for user in ('alice', 'carol'):
        made[user] = str(folder / f'{user}.so')
        subprocess.run(['cc', '-shared', '-fPIC', f'-DWITNESS="/home/{user}/{NOTES}"', '-o',
                        made[user],
                        SOURCE], check=True)
    return made


def evil(user, library):
    """Fill the user's home with code and return the environment that points everything at it."""
    home = f'/home/{user}'
    uid = host_module.USERS[user]
    for name in ('evil.so', 'libnss_evil.so.2', 'UTF-16.so', 'libpam.so.0', 'libgcc_s.so.1'):
        shutil.copy(library[user], f'{home}/{name}')
        os.chown(f'{home}/{name}', uid, uid)
    note = f'echo "$(id -ru) $(id -u) $(readlink /proc/self/ns/user) script" >>{home}/{NOTES}\n'
    host_module.write_as(user, f'{home}/evil.sh', note)
    for name in ('id2', 'sh', 'bash', 'xauth', 'env'):
        host_module.write_as(user, f'{home}/{name}',
                             f'#!/bin/sh\n{note}exec /usr/bin/{name} "$@"\n', 0o755)
    host_module.write_as(user, f'{home}/gconv-modules', 'module UTF-8// INTERNAL evil 1\n'
                                                        'module INTERNAL UTF-8// evil 1\n')
    host_module.write_as(user, f'{home}/nsswitch.conf', 'passwd: evil\ngroup: evil\n')
    return {'LD_PRELOAD': f'{home}/evil.so', 'LD_AUDIT': f'{home}/evil.so', 'LD_LIBRARY_PATH': home,
            'GLIBC_TUNABLES': 'glibc.malloc.mxfast=glibc.malloc.mxfast=A', 'GCONV_PATH': home,
            'LOCPATH': home, 'NLSPATH': f'{home}/%N', 'BASH_ENV': f'{home}/evil.sh', 'ENV':
            f'{home}/evil.sh',
            'IFS': '/', 'TMPDIR': home, 'TZ': f':{home}/evil.so', 'RESOLV_HOST_CONF': '/etc/shadow',
            'HOSTALIASES': f'{home}/nsswitch.conf', 'MALLOC_TRACE': f'{home}/trace',
            'LD_PROFILE_OUTPUT': home, 'LD_DEBUG_OUTPUT': f'{home}/debug', 'SHELLOPTS': 'xtrace',
            'PS4': f'$(sh {home}/evil.sh)', 'NSBOX_CONF': f'{home}/nsswitch.conf', 'NSBOX_ID': 'x',
            'NSBOX_SESSION': f'{home}/evil.sh', 'SHELL': f'{home}/bash'}


def by_send_env(user, environment):
    names = ['-o', 'SendEnv=' + ' '.join(environment)]
    return names, os.environ | environment


def by_file(user, environment):
    text = ''.join(f'{name}={value}\n' for name, value in environment.items())
    host_module.write_as(user, f'/home/{user}/.ssh/environment', text, 0o600)
    return [], os.environ


def by_key(user, environment):
    path = f'/home/{user}/.ssh/authorized_keys'
    with open(path, encoding='utf-8') as file:
        key = file.read().splitlines()[-1]
    quoted = ','.join('environment="' + f'{name}={value}'.replace('"', '\\"') + '"'
                      for name, value in environment.items())
    with open(path, 'w', encoding='utf-8') as file:
        file.write(f'{quoted} {key[key.index("ssh-ed25519"):]}\n')
    return [], os.environ


WAYS = {'SendEnv': by_send_env, '~/.ssh/environment': by_file, 'a key option': by_key}


def log_in(site, user, way, library):
    """A login with rc file, X11 and the whole environment; the notes that the code left."""
    home = f'/home/{user}'
    kept = host_module.client.make_key()
    environment = evil(user, library)
    host_module.write_as(user, f'{home}/.ssh/rc',
                         'read -r proto cookie\necho rc >> ~/rc-ran\n. ~/evil.sh\n')
    if os.path.exists(f'{home}/{NOTES}'):
        os.unlink(f'{home}/{NOTES}')
    try:
        options, process_environment = WAYS[way](user, environment)
        line = site.client.ssh_line(user, procs.SHOW_NAMESPACES, *options, '-Y')
        clean = {name: value for name, value in process_environment.items() if name not in LOADED}
        # env(1) sets them for ssh alone: ssh would load them, and drop nothing of what it sends.
        sent = [f'{name}={value}' for name, value in environment.items()] if options else []
        done = client.run([*shim(sent), *line], env=clean | {'DISPLAY': ':7'})
    finally:
        host_module.allow_key(home, host_module.USERS[user], kept)
    with open(f'{home}/{NOTES}', encoding='utf-8') as file:
        return done, [line.split() for line in file]


LOADED = ('LD_PRELOAD', 'LD_AUDIT', 'LD_LIBRARY_PATH', 'GCONV_PATH', 'LOCPATH', 'GLIBC_TUNABLES',
          'HOME',
          'IFS', 'SHELLOPTS', 'PS4', 'BASH_ENV', 'ENV', 'MALLOC_TRACE', 'TZ')


def shim(words):
    """The client must send variables that would harm it: a loader that takes no notice runs it.

    ssh executed by ld.so with an argument of its own ignores LD_PRELOAD only if it is empty, so the
    library is made to be absent for the client: a mount namespace in which the home is empty.
    """
    if not words:
        return []
    return ['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
            'mount -t tmpfs none /home && exec env "$@"', 'sh', *words]


@BOTH
@pytest.mark.parametrize('way', WAYS)
def test_environment(boxed, library, way):
    """C2 (CVE-2023-4911, CVE-2016-10122): whatever the environment has loaded runs in the
    container.
    """
    done, notes = log_in(boxed, 'alice', way, library)
    assert notes, ('the control: the shell inside gets the environment', done)
    uid = host_module.USERS['alice']
    inside = str(uid if boxed.user_map == 'self' else 0)
    for real, effective, userns, what in notes:
        assert userns.startswith('user:'), what
        assert userns != boxed.host.ids['user'], (what, 'on the host')
        assert real == effective == inside, what
        assert 'nsbox' not in what and 'sshd' not in what, what
    ids = procs.parse_shown(done.stdout)
    assert ids and not set(ids.values()) & set(boxed.host.ids.values()), done
    assert os.path.exists('/home/alice/rc-ran'), 'the control: ~/.ssh/rc did run'
    shared = [name for name in os.listdir('/home/alice') if name.startswith(('trace', 'debug'))]
    assert all(os.stat(f'/home/alice/{name}').st_uid == uid for name in shared)


def test_environment_has_a_control(boxed, library):
    """The control of C2: for carol, who is not boxed, the same code runs on the host."""
    _, notes = log_in(boxed, 'carol', '~/.ssh/environment', library)
    assert {userns for _, _, userns, _ in notes} == {boxed.host.ids['user']}


@BOTH
def test_environment_arrives_whole(boxed):
    """C2's other side: what a libc takes out of a set-user-id program's environment reaches the
    shell.
    """
    values = {'LD_LIBRARY_PATH': '/opt/modules/lib', 'TMPDIR': '/tmp', 'GETCONF_DIR': 'x',
              'LOCALDOMAIN': 'y'}
    by_file('alice', values)
    shown = boxed.ok('alice', 'env').splitlines()
    assert {f'{name}={value}' for name, value in values.items()} <= set(shown)
    assert not [line for line in shown if line.startswith('NSBOX')]


def test_words_of_ours_mean_nothing(boxed):
    """C2: NSBOX_* and the like choose nothing: not the record, the policy, the log, the shell."""
    values = {'NSBOX_CONF': '/home/alice/x', 'NSBOX_RECORD': '/home/alice/x', 'NSBOX_SHELL':
              '/bin/false',
              'SHELL': '/bin/false', 'USER': 'root', 'LOGNAME': 'root', 'UID': '0', 'SUDO_UID': '0'}
    by_file('alice', values)
    shown = boxed.ok('alice', f'id -u; {procs.SHOW_NAMESPACES}')
    assert shown.splitlines()[0] == str(host_module.USERS['alice'])
    assert not set(procs.parse_shown(shown).values()) & set(boxed.host.ids.values())
