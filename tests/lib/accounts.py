# SPDX-License-Identifier: MIT
"""The hermetic host's /etc: a copy of the real one without what is personal to the machine."""

import glob
import os
import shutil

import pamfiles

# What the machine's admin may have changed in ways that a test must not depend on, or is secret.
DROPPED = ('nsbox.conf', 'nsbox', 'ssh/ssh_host_*', 'ssh/sshd_config*', 'ssh/ssh_config*',
           'ssl/private',
           'subuid*', 'subgid*', 'shadow*', 'gshadow*', 'passwd-', 'group-', 'security/limits.d',
           'security/limits.conf', 'sudoers*', 'krb5*', 'update-motd.d', 'motd', 'issue',
           'environment', 'mtab', 'profile.d', 'resolv.conf', 'nologin', 'pam.d',
           'bash.bashrc', 'default/locale')
FIRST_USER_ID = 1000
LAST_SYSTEM_ID = 65534


def make_impersonal(etc, hostname):
    drop(etc)
    keep_system_entries(etc, 'passwd')
    keep_system_entries(etc, 'group')
    lock_passwords(etc)
    write(etc, 'hostname', f'{hostname}\n')
    write(etc, 'hosts', f'127.0.0.1 localhost\n127.0.1.1 {hostname}\n::1 localhost\n')
    write(etc, 'resolv.conf', '')
    write(etc, 'environment', '')
    write(etc, 'bash.bashrc', '')
    write(etc, 'security/limits.conf', '')
    write(etc, 'nsswitch.conf', ''.join(f'{name}: files\n' for name in (
        'passwd', 'group', 'shadow', 'gshadow', 'services', 'protocols')) + 'hosts: files dns\n')
    os.symlink('../proc/self/mounts', os.path.join(etc, 'mtab'))
    os.makedirs(os.path.join(etc, 'ssh'), exist_ok=True)
    os.makedirs(os.path.join(etc, 'pam.d'))
    for service, text in pamfiles.plain_services().items():
        write(etc, f'pam.d/{service}', text)


def drop(etc):
    for pattern in DROPPED:
        for path in glob.glob(os.path.join(etc, pattern)):
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)


def write(etc, name, text, mode=0o644):
    path = os.path.join(etc, name)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)


def entries(etc, name):
    with open(os.path.join(etc, name), encoding='utf-8') as file:
        return [line.rstrip('\n').split(':') for line in file if line.count(':') >= 3]


def keep_system_entries(etc, name):
    """Drop people (and directory-service marks such as '+::'): the tests make their own users."""
    kept = [fields for fields in entries(etc, name) if fields[2].isdigit() and
            (int(fields[2]) < FIRST_USER_ID or int(fields[2]) == LAST_SYSTEM_ID)]
    if name == 'group':
        kept = [fields[:3] + [''] for fields in kept]
    write(etc, name, ''.join(':'.join(fields) + '\n' for fields in kept))


def lock_passwords(etc):
    write(etc, 'shadow', ''.join(f'{fields[0]}:*:19000:0:99999:7:::\n'
                                 for fields in entries(etc, 'passwd')), 0o640)
    write(etc, 'gshadow', ''.join(f'{fields[0]}:*::\n' for fields in entries(etc, 'group')), 0o640)


def group_id(etc, name):
    return next((int(fields[2]) for fields in entries(etc, 'group') if fields[0] == name), 0)


def add_group(etc, name, gid, members=()):
    append(etc, 'group', f'{name}:x:{gid}:{",".join(members)}')
    append(etc, 'gshadow', f'{name}:*::{",".join(members)}')


def add_user(etc, name, uid, home, shell='/bin/bash'):
    """A user with a group of the same name and number, who has no password."""
    add_group(etc, name, uid)
    append(etc, 'passwd', f'{name}:x:{uid}:{uid}:{name.capitalize()}:{home}:{shell}')
    append(etc, 'shadow', f'{name}:*:19000:0:99999:7:::')


def append(etc, name, line):
    with open(os.path.join(etc, name), 'a', encoding='utf-8') as file:
        file.write(line + '\n')
