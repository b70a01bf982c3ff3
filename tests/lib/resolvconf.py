# SPDX-License-Identifier: MIT
"""The host's resolv.conf, of each kind that hosts have, and looking names up inside."""

import contextlib
import os
import shutil

NAME = 'www.example.test'
RESOLV = '/etc/resolv.conf'
# Every answer that there is, as the libc of a program gives it.
LOOK_UP = f'''
import socket, sys
for family in socket.AF_INET, socket.AF_INET6:
    try:
        print(socket.getaddrinfo("{NAME}", 80, family, socket.SOCK_STREAM)[0][4][0])
    except socket.gaierror as error:
        print("none")
'''


@contextlib.contextmanager
def resolv_conf(text=None, link=None):
    """The host's: a file, a link to one, or none; and names are looked up by DNS at all."""
    with open('/etc/nsswitch.conf', encoding='ascii') as file:
        switch = file.read()
    old = None
    if os.path.exists(RESOLV):
        with open(RESOLV, encoding='utf-8') as file:
            old = file.read()
    try:
        with open('/etc/nsswitch.conf', 'w', encoding='ascii') as file:
            file.write(switch.replace('hosts: files', 'hosts: files dns'))
        put(text, link)
        yield
    finally:
        put(old)
        with open('/etc/nsswitch.conf', 'w', encoding='ascii') as file:
            file.write(switch)


def put(text, link=None):
    if os.path.lexists(RESOLV):
        os.unlink(RESOLV)
    if link:
        os.symlink(link, RESOLV)
    target = os.path.join('/etc', link or RESOLV)
    if text is not None:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, 'w', encoding='utf-8') as file:
            file.write(text)


@contextlib.contextmanager
def systemd_resolved(text):
    """What it leaves in /run, with a stub that nobody outside its host reaches."""
    folder = '/run/systemd/resolve'
    os.makedirs(folder)
    os.chown(folder, 104, 104)      # it is not root's
    with open(f'{folder}/resolv.conf', 'w', encoding='ascii') as file:
        file.write(text)
    try:
        with resolv_conf('nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch example.test\n',
                         f'..{folder}/stub-resolv.conf'):
            yield
    finally:
        shutil.rmtree('/run/systemd')


def look_up(site):
    """By the libc of a program in the shell."""
    return site.ok('alice', f"/usr/bin/python3 -c '{LOOK_UP}'").split()


def servers(shown):
    return [line.split()[1] for line in shown.splitlines() if line.startswith('nameserver ')]
