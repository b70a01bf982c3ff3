# SPDX-License-Identifier: MIT
"""The hermetic host as an object: users, policy, PAM, sshd, and what is to be seen from its root.

Works only below hermetic.py; refuses to run anywhere else, since it writes to /etc.
"""

import os
import pwd
import shutil

import accounts
import client
import leftovers
import logbook
import pamfiles
import procs
import session
import sshd
import tree

ETC = '/etc'
POLICY = f'{ETC}/nsbox.conf'
HELPERS = '/usr/libexec/nsbox'
MARK = f'{tree.SOURCE}/meson.build', f'{tree.SOURCE}/tests/lib/host.py'

# name, uid; everyone else about them is the groups below and the policy of the test.
USERS = {'alice': 2001, 'bob': 2002, 'carol': 2003, 'dan': 2004, 'wanda': 2005}
GROUPS = {
    'team': (3001, ('alice', 'bob')),
    'deny': (3002, ('alice',)),       # its members must not read what root:deny 0705 forbids them
    'barred': (3003, ('dan',)),
    'wardens': (3004, ('wanda',)),    # for exempt-group=
}

# Subordinate ids of each user, as useradd gives them out.
SUBIDS = {name: 100000 + 65536 * n for n, name in enumerate(USERS)}

DEFAULT_POLICY = ('[default]\ncontainer = yes\nuser-map = {user_map}\n\n'
                  '[user carol]\ncontainer = no\n')


class Host:
    """See the module's text. One for each process; make() prepares it once."""

    def __init__(self):
        if not os.path.exists(MARK[1]) or os.getpid() == 1 or procs.parent(1) != 0:
            raise RuntimeError('not on a hermetic host: run this below tests/lib/hermetic.py')
        self.log = logbook.Logbook()
        self.servers = {}
        self.ids = procs.ns_ids('self')

    def make(self):
        self.log.start()
        self.add_network_card()
        public_key = client.make_key()
        for name, uid in USERS.items():
            self.add_user(name, uid, public_key)
        for name, (gid, members) in GROUPS.items():
            accounts.add_group(ETC, name, gid, members)
        self.give_subids()
        allow_key('/root', 0, public_key)
        return self

    @staticmethod
    def add_network_card():
        """An eth0 besides lo, where this kernel has a kind of it that can be made up."""
        made = any(client.run(f'ip link add eth0 type {kind}'.split()).returncode == 0
                   for kind in ('dummy', 'veth peer name eth1'))
        if made:
            client.run('ip address add 192.0.2.1/24 dev eth0'.split())
            for name in ('eth0', 'eth1'):  # a veth is up only when its peer is, too
                client.run(f'ip link set {name} up'.split())

    @staticmethod
    def give_subids(uids=None, gids=None):
        """Write /etc/subuid and /etc/subgid; without a text as useradd would."""
        usual = ''.join(f'{name}:{start}:65536\n' for name, start in SUBIDS.items())
        accounts.write(ETC, 'subuid', usual if uids is None else uids)
        accounts.write(ETC, 'subgid', usual if gids is None else gids)

    def add_user(self, name, uid, public_key=None, shell='/bin/bash'):
        home = f'/home/{name}'
        accounts.add_user(ETC, name, uid, home, shell)
        os.makedirs(home)
        os.chmod(home, 0o750)
        os.chown(home, uid, uid)
        allow_key(home, uid, public_key or client.make_key())

    # What the admin does ---------------------------------------------------------------------

    def write_policy(self, text, mode=0o644):
        self.remove_policy()
        accounts.write(ETC, 'nsbox.conf', text, mode)

    def remove_policy(self):
        if os.path.isdir(POLICY) and not os.path.islink(POLICY):
            os.rmdir(POLICY)
        elif os.path.lexists(POLICY):
            os.unlink(POLICY)

    def default_policy(self, user_map='self'):
        self.write_policy(DEFAULT_POLICY.format(user_map=user_map))

    def pam(self, service, form, arguments=''):
        """Write a service file; form: 'one' line of nsbox, 'two', or None."""
        accounts.write(ETC, f'pam.d/{service}', pamfiles.service_text(service, form, arguments))

    def start_sshd(self, subsystem=sshd.INTERNAL_SFTP, **options):
        """A server with these options; the same one when it was asked for before."""
        key = (subsystem, *sorted(options.items()))
        if key not in self.servers:
            self.servers[key] = sshd.Sshd(2200 + len(self.servers), subsystem, **options).start()
        return self.servers[key]

    # What root sees --------------------------------------------------------------------------

    def snapshot(self):
        return leftovers.snapshot()

    def nothing_left_since(self, before, timeout=10.0):
        leftovers.wait_until_none(before, timeout)


class Site:
    """One set-up to log in to: a server, its client, and whether logins are boxed."""

    def __init__(self, host, server, boxed, user_map='self'):
        self.host = host
        self.server = server
        self.boxed = boxed
        self.user_map = user_map
        self.client = client.Client(server.port)
        self.ssh, self.popen, self.ok = self.client.ssh, self.client.popen, self.client.ok

    def session(self, user, known=()):
        return session.wait_for(user, self.server.pid, known)

    def sessions(self, user):
        return session.all_of(user, self.server.pid)

    def check(self, login, shell=None):
        """The namespaces of the login are what they must be at this site."""
        if self.boxed:
            session.check_boxed(login, self.host.ids, shell)
        else:
            session.check_plain(login, self.host.ids, shell)

    def quiet(self, users=tuple(USERS)):
        """Wait until no session of these users is left on this server."""
        for user in users:
            for login in self.sessions(user):
                leftovers.wait.until(lambda pid=login.monitor: not procs.is_alive(pid),
                                     f'the session {login} of {user} to end')


def allow_key(home, uid, public_key):
    folder = f'{home}/.ssh'
    os.makedirs(folder, 0o700, exist_ok=True)
    path = f'{folder}/authorized_keys'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(public_key)
    for name, mode in ((folder, 0o700), (path, 0o600)):
        os.chmod(name, mode)
        os.chown(name, uid, uid)


def write_as(user, path, text, mode=0o644):
    """A file of the user's, made by root."""
    entry = pwd.getpwnam(user)
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, mode)
    os.chown(path, entry.pw_uid, entry.pw_gid)


def run_as(user, line, **more):
    """Run a command line on the host as the user, in no login at all."""
    entry = pwd.getpwnam(user)
    return client.run(['setpriv', f'--reuid={entry.pw_uid}', f'--regid={entry.pw_gid}',
                       '--init-groups', *line], **more)


def clean_home(user):
    """Remove what a test left in a home, but for the key."""
    home = pwd.getpwnam(user).pw_dir
    for name in os.listdir(home):
        path = os.path.join(home, name)
        if name == '.ssh':
            for inner in set(os.listdir(path)) - {'authorized_keys'}:
                os.unlink(os.path.join(path, inner))
        elif os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path)
        else:
            os.unlink(path)
