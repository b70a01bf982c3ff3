# SPDX-License-Identifier: MIT
"""The set-ups that tests and the demo log in to, and how each is made.

A set-up's name says its Subsystem, PAM form and user-map. `plain` is the control: the same sshd
without nsbox. Every dimension's values are met by every route, in two set-ups rather than eight.
"""

import os
from dataclasses import dataclass

import host as host_module
import sshd


@dataclass(frozen=True)
class Setup:
    subsystem: str
    form: str | None
    user_map: str = 'self'


PLAIN = 'plain'
SETUPS = {
    PLAIN: Setup(sshd.INTERNAL_SFTP, None),
    'internal-one-self': Setup(sshd.INTERNAL_SFTP, 'one', 'self'),
    'external-two-root': Setup(sshd.EXTERNAL_SFTP, 'two', 'root'),
    'external-one-root': Setup(sshd.EXTERNAL_SFTP, 'one', 'root'),
    'internal-two-self': Setup(sshd.INTERNAL_SFTP, 'two', 'self'),
    'internal-two-root': Setup(sshd.INTERNAL_SFTP, 'two', 'root'),
    'external-one-self': Setup(sshd.EXTERNAL_SFTP, 'one', 'self'),
    'internal-one-subids': Setup(sshd.INTERNAL_SFTP, 'one', 'subids'),
    'external-two-subids': Setup(sshd.EXTERNAL_SFTP, 'two', 'subids'),
}
ROUTE_SETUPS = [PLAIN, 'internal-one-self', 'external-two-root']
CROSS_SETUPS = [name for name in SETUPS if name not in ROUTE_SETUPS]
SU_SERVICES = ('su', 'su-l', 'login')


def nsbox_is_installed():
    return os.path.isdir(host_module.HELPERS)


def is_possible(name):
    """Was nsbox built with what the set-up needs?"""
    return SETUPS[name].user_map != 'subids' or can_ask_subids()


def can_ask_subids():
    return os.path.exists(f'{host_module.HELPERS}/nsbox-subids')


def make_site(host, name):
    """Write the host's PAM files and policy for the set-up, start its server; see host.Site."""
    setup = SETUPS[name]
    for service in ('sshd', *SU_SERVICES):
        host.pam(service, setup.form)
    host.default_policy(setup.user_map)
    server = host.start_sshd(setup.subsystem)
    return host_module.Site(host, server, boxed=bool(setup.form), user_map=setup.user_map)
