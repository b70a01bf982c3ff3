# SPDX-License-Identifier: MIT
"""People who are not in /etc/passwd: the files of libnss-extrausers, and asking for them.

Works only on a hermetic host: it writes to /var/lib and /home.
"""

import glob
import os
import re
import shutil

import accounts
import client
import host as host_module

FOLDER = '/var/lib/extrausers'
SWITCH = '/etc/nsswitch.conf'
LIBRARIES = ('/usr/lib/libnss_extrausers.so.2', '/usr/lib/*/libnss_extrausers.so.2')


def is_installed():
    return any(map(glob.glob, LIBRARIES))


def add(users, groups, password='x'):
    """users: {name: uid}, each with a group of the same name and a home that the test's key opens;
    groups: {name: (gid, members)}. x: the password is in the shadow, which pam_unix then asks for.
    """
    os.makedirs(FOLDER)
    write('passwd', (f'{name}:{password}:{uid}:{uid}::{home(name)}:/bin/bash'
                     for name, uid in users.items()))
    write('shadow', (f'{name}:*:19000:0:99999:7:::' for name in users), 0o640)
    write('group', [f'{name}:*:{gid}:{",".join(members)}' for name, (gid, members) in
                    ({name: (uid, ()) for name, uid in users.items()} | groups).items()])
    for name, uid in users.items():
        os.makedirs(home(name))
        os.chmod(home(name), 0o750)
        os.chown(home(name), uid, uid)
        host_module.allow_key(home(name), uid, client.make_key())


def home(name):
    return f'/home/{name}'


def write(name, lines, mode=0o644):
    accounts.write(FOLDER, name, ''.join(f'{line}\n' for line in lines), mode)


def remove(users):
    shutil.rmtree(FOLDER)
    for name in users:
        shutil.rmtree(home(name))


def switch():
    """The host's nsswitch.conf, and what it would be with this source after the files."""
    with open(SWITCH, encoding='utf-8') as file:
        text = file.read()
    return text, re.sub('(?m)^(passwd|group|shadow):.*', r'\1: files extrausers', text)


def listed(site, user, *options):
    """How sshd's own child names the owner and the group of the user's file `shown`: by the sftp
    server that it is, which never comes into the container."""
    line = site.client.line('sftp', *options, '-b', '-', f'{user}@host')
    done = client.run(line, input='ls -l shown\n')
    assert done.returncode == 0, done
    words = done.stdout.splitlines()[-1].split()
    assert words[-1] == 'shown', done
    return words[2:4]


def put_shown(user, uid, gid):
    """The file for listed()."""
    path = f'{home(user)}/shown'
    with open(path, 'w', encoding='utf-8'):
        pass
    os.chown(path, uid, gid)
