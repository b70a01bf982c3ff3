# SPDX-License-Identifier: MIT
"""Users and groups that no file in /etc has: libnss-extrausers as a second source of NSS.

Its files are in the host's tree, which landing and container show: nothing need be said of them in
the policy. Invariant 1, C10; nss-sockets in nsbox.conf(5).
"""

import json

import pytest

import accounts
import client
import extrausers
import logbook
import procs

USERS = {'elsa': 2101, 'emil': 2102, 'erik': 2103, 'edda': 2104}
GROUPS = {
    'guild': (3201, ('elsa', 'emil', 'erik')),
    'patrons': (3202, ('emil',)),
    'outcasts': (3203, ('erik',)),
}
POLICY = ('[default]\ncontainer = no\n\n[group guild]\ncontainer = yes\n\n'
          '[group patrons]\ncontainer = no\n\n[group outcasts]\ncontainer = deny\n')
EVERYONE = '[default]\ncontainer = yes\nuser-map = {}\n'
BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'internal-two-root'], indirect=True)


@pytest.fixture
def people(boxed):
    """The site with this source, and people in it."""
    if not extrausers.is_installed():
        pytest.skip('libnss-extrausers is not installed')
    before, with_it = extrausers.switch()
    extrausers.add(USERS, GROUPS)
    accounts.write('/etc', 'nsswitch.conf', with_it)
    yield boxed
    boxed.quiet(tuple(USERS))
    accounts.write('/etc', 'nsswitch.conf', before)
    extrausers.remove(USERS)


def is_boxed(site, user):
    return procs.parse_shown(site.ok(user, procs.SHOW_NAMESPACES))['user'] != site.host.ids['user']


def outlook(user):
    done = client.run(['nsbox', 'show', '--json', user])
    assert done.returncode == 0, done
    return json.loads(done.stdout)['outlook']


def check_refused(site, user, cause):
    logged = len(site.host.log.lines)
    done = site.ssh(user, 'echo a shell ran')
    assert done.returncode == 254 and 'a shell ran' not in done.stdout, done
    reference = logbook.reference_in(done.stdout + done.stderr)
    site.host.log.wait_for(f'{reference}: {cause}', logged)


@BOTH
def test_groups_decide(people):
    """Boxed, exempt, refused or left alone by groups of this source; `nsbox show` says the same."""
    people.host.write_policy(POLICY)
    assert client.run(['grep', '-E', '^(elsa|guild):', '/etc/passwd', '/etc/group']).returncode == 1
    assert is_boxed(people, 'elsa') and outlook('elsa') == 'boxed'
    assert not is_boxed(people, 'emil') and outlook('emil') == 'exempt'
    assert not is_boxed(people, 'edda') and outlook('edda') == 'exempt'
    check_refused(people, 'erik', 'the policy says container = deny')
    assert outlook('erik') == 'denied'


def test_exempt_group(people):
    """exempt-group= finds a group of this source, before the policy is read."""
    people.host.write_policy('[default]\ncontainer = deny\n')
    people.host.pam('sshd', 'one', 'exempt-group=patrons')
    assert not is_boxed(people, 'emil')
    check_refused(people, 'elsa', 'the policy says container = deny')


def test_source_taken_away(people):
    """The control: the user is found nowhere else."""
    accounts.write('/etc', 'nsswitch.conf', extrausers.switch()[0].replace(' extrausers', ''))
    assert people.ssh('elsa', 'true').returncode == 255
    assert client.run(['nsbox', 'show', 'elsa']).returncode == 2


def test_names_inside(people):
    """user-map self: ids, groups and names inside are those on the host. C10."""
    people.host.write_policy(EVERYONE.format('self'))
    assert people.ok('elsa', 'id') == client.run(['id', 'elsa']).stdout
    assert people.ok('elsa', 'getent passwd elsa; getent group guild') == (
        'elsa:x:2101:2101::/home/elsa:/bin/bash\nguild:*:3201:elsa,emil,erik\n')


def test_names_inside_as_root(people):
    """user-map root: the user is root inside, and keeps a group of this source. C10, C11."""
    people.host.write_policy(EVERYONE.format('root'))
    assert people.ok('elsa', 'id -un').strip() == 'root'
    assert 'guild' in people.ok('elsa', 'id -Gn').split()


@BOTH
def test_names_in_the_landing(people):
    """sshd's child goes on finding them, where no module of NSS can be loaded any more."""
    people.host.write_policy(EVERYONE.format(people.user_map))
    extrausers.put_shown('elsa', USERS['emil'], GROUPS['guild'][0])
    assert extrausers.listed(people, 'elsa') == ['emil', 'guild']
    with people.popen('elsa', 'echo ready; exec cat') as login:
        client.lines_before(login, 'ready')
        groups = procs.status(people.session('elsa').child)['Groups'].split()
        login.stdin.close()
    assert set(groups) == {'2101', '3201'}
