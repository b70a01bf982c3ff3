# SPDX-License-Identifier: MIT
"""A hermetic host as an admin should have it, and the CLI on it."""

import json
import os
import shutil

import accounts
import client
import host as host_module

NSBOX = '/usr/bin/nsbox'
SERVICES = ('sshd', 'login', 'su', 'su-l')
SSHD_CONFIG = '/etc/ssh/sshd_config'
GOOD_SSHD = 'UsePAM yes\nAcceptEnv LANG LC_*\nSubsystem sftp internal-sftp\n'
FOLDERS = ('/var/lib/systemd', '/etc/systemd/system', '/run/systemd', '/opt/shells',
           f'{host_module.POLICY}.d')
LISTS = ('cron.allow', 'cron.deny', 'at.allow', 'at.deny')
MODES = {'/usr/libexec/nsbox': 0o700, '/usr/libexec/nsbox/nsbox-build': 0o700,
         '/usr/libexec/nsbox/nsbox-enter': 0o4755, '/usr/libexec/nsbox/nsbox-init': 0o711,
         '/usr/libexec/nsbox/nsbox-subids': 0o700, '/usr/libexec/nsbox/nsbox-net': 0o700}
PEOPLE = host_module.USERS.values()
_first = {}


def make(host, people=True):
    """Put everything back that a test may have changed; without people: system users only."""
    for name in ('passwd', 'group', 'shells'):
        _first.setdefault(name, read(f'/etc/{name}'))
        accounts.write('/etc', name, _first[name])
    accounts.write('/etc', 'passwd', without_shells(_first['passwd']))
    if not people:
        accounts.keep_system_entries('/etc', 'passwd')
        accounts.keep_system_entries('/etc', 'group')
    for folder in FOLDERS:
        shutil.rmtree(folder, ignore_errors=True)
    for service in SERVICES:
        pam(host, service, 'two')
    host.default_policy()
    host.give_subids()
    accounts.write('/etc', 'ssh/sshd_config', GOOD_SSHD)
    for name in LISTS:
        if os.path.exists(f'/etc/{name}'):
            os.unlink(f'/etc/{name}')
    accounts.write('/etc', 'cron.allow', 'carol\n')
    accounts.write('/etc', 'at.allow', '')
    accounts.write('/etc', 'resolv.conf', 'nameserver 192.0.2.53\n')
    for path, mode in MODES.items():
        if not os.path.exists(path):
            continue  # built without its library
        os.chown(path, 0, 0)
        os.chmod(path, mode)


def pam(host, service, form, arguments=''):
    """A service's file as pam_nsbox(8) has it: of two lines the first is requisite."""
    host.pam(service, form, arguments)
    text = read(f'/etc/pam.d/{service}')
    write(f'/etc/pam.d/{service}', text.replace('required pam_nsbox.so close',
                                                'requisite pam_nsbox.so close'))


def without_shells(passwd):
    """Whatever runs on the real machine may have a system user with a shell."""
    entries = [line.split(':') for line in passwd.splitlines()]
    return ''.join(':'.join(entry if entry[2] == '0' or int(entry[2]) in PEOPLE else
                            [*entry[:6], '/usr/sbin/nologin']) + '\n' for entry in entries)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)


def nsbox(*words, **more):
    return client.run([NSBOX, *words], **more)


def findings():
    """{code: [what, ...]} of `check` as root; its two forms tell the same."""
    done = nsbox('check', '--json')
    told = json.loads(done.stdout)
    assert done.stderr == '' and told['faults'] == [], done
    assert done.returncode == (1 if told['findings'] else 0)
    lines = [f'host: {one["what"]}; {one["why"]}; {one["remedy"]} [{one["code"]}]'
             for one in told['findings']]
    assert nsbox('check').stdout.splitlines() == lines
    found = {}
    for one in told['findings']:
        found.setdefault(one['code'], []).append(one['what'])
    return found
