# SPDX-License-Identifier: MIT
"""What the tests of the policy's tree share: policies of a few lines, and ways to look."""

import client
import logbook

BASE = '[default]\ncontainer = yes\nuser-map = {user_map}\n{lines}\n[user carol]\ncontainer = no\n'


def policy(site, *lines):
    """Box all but carol, with these lines for everybody."""
    site.host.write_policy(BASE.format(user_map=site.user_map, lines='\n'.join(lines)))


def refused(site, user='alice'):
    """A login that is refused, without a shell; the cause as the log has it."""
    logged = len(site.host.log.lines)
    done = site.ssh(user, 'echo a shell ran')
    assert done.returncode == 254 and 'a shell ran' not in done.stdout, done
    said = [line for line in (done.stdout + done.stderr).splitlines() if 'nsbox:' in line]
    assert len(said) == 1 and 'container cannot be made' in said[0], done
    return site.host.log.wait_for(f'{logbook.reference_in(said[0])}: ', logged)


def sftp(site, *lines, user='alice'):
    """A batch of sftp, whose lines may fail when they begin with '-'."""
    return client.run(site.client.line('sftp', '-b', '-', f'{user}@host'),
                      input='\n'.join(lines) + '\n')


def sftp_names(site, folder, user='alice'):
    """The names in a folder as sftp lists them, or None when it does not."""
    done = sftp(site, f'ls -1a {folder}', user=user)
    if done.returncode:
        return None
    lines = [line for line in done.stdout.splitlines() if not line.startswith('sftp>')]
    return sorted({line.rsplit('/', 1)[-1] for line in lines} - {'.', '..'})


def shell_names(site, folder, user='alice'):
    """The same by a shell."""
    done = site.ssh(user, f'ls -1A {folder}')
    return None if done.returncode else sorted(done.stdout.split())
