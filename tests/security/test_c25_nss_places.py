# SPDX-License-Identifier: MIT
"""C25, C10: where NSS looks for users and groups, the policy puts nothing of a tenant's: sshd's
child would have the groups that the tenant writes there.
"""

import os

import pytest

import host as host_module
import policies
from logins import ROOT, SELF

BOTH = pytest.mark.parametrize('boxed', [SELF, ROOT], indirect=True)
PLACES = ('/var/lib/extrausers', '/var/lib', '/run/nscd', '/run/systemd/userdb', '/run/systemd',
          '/var/lib/sss/pipes', '/run/samba')


@pytest.fixture(name='folders', autouse=True)
def fixture_folders():
    for path in (*PLACES, '/srv/trusted', '/srv/other'):
        os.makedirs(path, exist_ok=True)


@BOTH
@pytest.mark.parametrize('place', PLACES)
def test_refused(boxed, place):
    """A folder of the tenant's there refuses the login."""
    host_module.run_as('alice', ['mkdir', '-p', '/home/alice/mine'])
    for line in (f'bind = /home/alice/mine:{place}', f'bind-ro = /home/alice/mine:{place}',
                 f'tmpfs = {place}'):
        policies.policy(boxed, line)
        assert 'a folder of the system takes only read-only binds' in policies.refused(boxed), line
    for line in (f'bind-ro = /srv/trusted:{place}', f'hide = {place}', 'tmpfs = /srv/other',
                 'tmpfs = /run/other', 'bind = /home/alice/mine:/srv/other'):
        policies.policy(boxed, line)
        assert boxed.ok('alice', 'echo in') == 'in\n', f'the control: {line}'
