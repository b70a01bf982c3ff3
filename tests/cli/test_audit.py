# SPDX-License-Identifier: MIT
"""`nsbox check` as root: nothing on a good host, and on a bad one just what is bad about it."""

import os
import re

import pytest

import accounts
import client
import goodhost
import host as host_module
import pamfiles

PAM = '/etc/pam.d'
BUILDER = '/usr/libexec/nsbox/nsbox-build'
SUBIDS = '/usr/libexec/nsbox/nsbox-subids'


def pam_with(service, first='', last='', form='one'):
    """A service's file with session lines before all others or after them."""
    text = pamfiles.service_text(service, form).replace('required pam_nsbox.so close',
                                                        'requisite pam_nsbox.so close')
    head, line, tail = text.partition('\nsession ')
    goodhost.write(f'{PAM}/{service}', f'{head}\n{first}session {tail}{last}' if line else text)


def sshd_with(line):
    goodhost.write(goodhost.SSHD_CONFIG, line + '\n' + goodhost.GOOD_SSHD)


def sshd_without_pam():
    goodhost.write(goodhost.SSHD_CONFIG, 'UsePAM no\n')


def shell_of_alice(path, mode=0o755, folder=0o755, listed=True):
    """A shell of alice's own on the host, unless there is no mode for it."""
    goodhost.write('/opt/shells/sh', '#!/bin/sh\n', mode or 0o755)
    os.chmod('/opt/shells', folder)
    if mode is None:
        os.unlink('/opt/shells/sh')
    accounts.write('/etc', 'passwd', goodhost.read('/etc/passwd').replace(
        ':/home/alice:/bin/bash', f':/home/alice:{path}'))
    if listed:
        accounts.append('/etc', 'shells', path)


def systemd_is_here():
    os.makedirs('/run/systemd/system')
    pam_with('login', 'session optional pam_systemd.so\n', form=None)
    text = goodhost.read(f'{PAM}/login')
    goodhost.write(f'{PAM}/login', f'session requisite pam_nsbox.so close\n{text}'
                                   'session required pam_nsbox.so open\n')


def nsbox_policy(text):
    goodhost.write(host_module.POLICY, '[user carol]\ncontainer = no\n[default]\n' + text)


def subids(lines, policy='mode = enforce\n[user alice]\nuser-map = subids\n'):
    nsbox_policy(policy)
    accounts.write('/etc', 'subuid', lines + '\n')


# name: (what makes the host bad, the code, a part of what is said, how often)
BAD = {
    'no line': (lambda: pam_with('su', form=None), 'pam-missing', 'service su has no'),
    'optional': (lambda: goodhost.write(f'{PAM}/su', 'session optional pam_nsbox.so\n'),
                 'pam-fail-open', f'{PAM}/su:1: pam_nsbox is optional'),
    'ignored': (lambda: goodhost.write(
        f'{PAM}/su', 'session [success=ok default=ignore] pam_nsbox.so\n'),
        'pam-fail-open', '[success=ok default=ignore]'),
    'sufficient before': (lambda: pam_with('su', 'session sufficient pam_permit.so\n'),
                          'pam-skipped', 'sufficient pam_permit.so can pass over'),
    'jump': (lambda: goodhost.write(
        f'{PAM}/su', 'session [success=1 default=ignore] pam_unix.so\n'
                     'session required pam_nsbox.so\n'), 'pam-skipped', '[success=1'),
    'unknown word': (lambda: goodhost.write(f'{PAM}/su', 'session required pam_nsbox.so opne\n'),
                     'pam-words', '"opne"'),
    'half a pair': (lambda: goodhost.write(f'{PAM}/su', 'session required pam_nsbox.so open\n'),
                    'pam-pair', 'service su has 1 line'),
    'two plain': (lambda: goodhost.write(f'{PAM}/su', 'session required pam_nsbox.so\n' * 2),
                  'pam-pair', 'service su has 2 lines'),
    'wrong way round': (lambda: goodhost.write(
        f'{PAM}/su', 'session required pam_nsbox.so open\nsession requisite pam_nsbox.so close\n'),
        'pam-pair', 'service su'),
    'first line required': (lambda: goodhost.write(
        f'{PAM}/su', 'session required pam_nsbox.so \\\n close\n'
                     'session [default=bad success=ok] pam_nsbox.so open\n'),
        'pam-requisite', f'{PAM}/su:1: `pam_nsbox.so close` is required'),
    'different groups': (lambda: goodhost.write(
        f'{PAM}/su', 'session requisite pam_nsbox.so close\n'
                     'session required pam_nsbox.so open exempt-group=wardens\n'),
        'pam-pair', 'exempt different groups'),
    'not last': (lambda: pam_with('su', last='session required pam_limits.so\n'),
                 'pam-not-last', 'pam_limits.so'),
    'an include after it': (lambda: pam_with('su', last='@include common-session\n'),
                            'pam-not-last', 'pam_nologin.so'),
    'not first': (lambda: pam_with('su', 'session required pam_loginuid.so\n', form='two'),
                  'pam-not-first', 'pam_loginuid.so'),
    'pam_systemd': (lambda: pam_with('su', '-session optional pam_systemd.so\n'),
                    'pam-two-lines', 'pam_systemd.so is in the stack of su'),
    'pam_mount by substack': (lambda: pam_with('su', 'session substack mounts\n'),
                              'pam-two-lines', 'pam_mount.so'),
    'unsafe PAM file': (lambda: os.chmod(f'{PAM}/su', 0o666), 'pam-file', f'{PAM}/su'),
    'UsePAM': (sshd_without_pam, 'sshd-use-pam', 'UsePAM no'),
    'PermitUserEnvironment': (lambda: sshd_with('PermitUserEnvironment yes'),
                              'sshd-user-environment', 'PermitUserEnvironment yes'),
    'AcceptEnv *': (lambda: sshd_with('acceptenv = *'), 'sshd-accept-env', 'AcceptEnv *'),
    'AcceptEnv LD_': (lambda: sshd_with('AcceptEnv FOO LD_*'), 'sshd-accept-env', 'LD_*'),
    'ChrootDirectory': (lambda: goodhost.write(
        goodhost.SSHD_CONFIG, goodhost.GOOD_SSHD + 'Match User alice\n ChrootDirectory %h\n'),
        'sshd-chroot', 'in a Match block'),
    'PermitTunnel': (lambda: sshd_with('PermitTunnel point-to-point'), 'sshd-tunnel',
                     'PermitTunnel point-to-point'),
    'readable folder': (lambda: os.chmod('/usr/libexec/nsbox', 0o755), 'file-mode',
                        'has mode 0755 and not 0700'),
    'no s-bit': (lambda: os.chmod('/usr/libexec/nsbox/nsbox-enter', 0o755), 'file-mode',
                 'has mode 0755 and not 4755'),
    'not root': (lambda: os.chown(BUILDER, 2001, 0), 'file-mode', 'nsbox-build, or a folder'),
    'unknown user': (lambda: nsbox_policy('mode = enforce\n[user alcie]\ncontainer = no\n'),
                     'name-unknown', f'{host_module.POLICY}:5: there is no user alcie'),
    'unknown group': (lambda: nsbox_policy('mode = enforce\n[group none]\ncontainer = no\n'),
                      'name-unknown', 'there is no group none'),
    'conflict': (lambda: nsbox_policy('user-map = root\nnamespaces = pid mount net\n'),
                 'user-policy', 'user-map = root needs the user namespace'),
    'no subids': (lambda: subids('bob:100000:65536'), 'subids-missing', '/etc/subuid has none'),
    'few subids': (lambda: subids('alice:100000:65534'), 'subids-missing', '65535 are needed'),
    'overlap': (lambda: subids('alice:100000:65536\nbob:165535:65536'), 'subids-overlap',
                '/etc/subuid:2 gives 165535-231070 to bob'),
    'taken': (lambda: subids('alice:2002:1\nalice:100000:65536'), 'subids-overlap', 'is bob'),
    'bad line': (lambda: subids('alice:1x:65536', 'user-map = subids\n'), 'subids-bad',
                 '/etc/subuid:1: "1x" is not a number'),
    'nsbox-subids': (lambda: (subids('alice:100000:65536'), os.chmod(SUBIDS, 0o755)), 'file-mode',
                     'nsbox-subids has mode 0755 and not 0700'),
    'no shell': (lambda: shell_of_alice('/opt/shells/sh', None), 'shell-missing',
                 '/opt/shells/sh'),
    'no program': (lambda: shell_of_alice('/opt/shells/sh', 0o644), 'shell-missing',
                   'is not a program'),
    'writable shell': (lambda: shell_of_alice('/opt/shells/sh', 0o777), 'shell-writable',
                       'others than root can write the shell /opt/shells/sh'),
    'unlisted shell': (lambda: shell_of_alice('/opt/shells/sh', listed=False), 'shell-unlisted',
                       '/opt/shells/sh is not in /etc/shells'),
    'shell by policy': (lambda: nsbox_policy('shell = /bin/none\n'), 'shell-missing', '/bin/none'),
    'slave': (lambda: nsbox_policy('slave = /srv\n'), 'slave-not-shared', '/srv is on a mount'),
    'user manager': (systemd_is_here, 'user-manager', 'service login'),
    'linger': (lambda: goodhost.write('/var/lib/systemd/linger/alice', ''), 'linger', 'alice'),
    'cron': (lambda: goodhost.write('/etc/cron.allow', 'root\nalice\nalic\n'), 'cron-access',
             '1 boxed user may use cron (alice'),
    'cron by default': (lambda: os.unlink('/etc/cron.allow'), 'cron-access', '4 boxed users'),
    'cron.deny': (lambda: (os.unlink('/etc/cron.allow'),
                           goodhost.write('/etc/cron.deny', 'alice\nbob\ndan\n')),
                  'cron-access', '1 boxed user may use cron (wanda'),
    'disks': (lambda: nsbox_policy('devices = /dev/fuse /dev/sd*\n'), 'device-dangerous',
              'devices = /dev/sd* matches /dev/sda'),
    'names': (lambda: (nsbox_policy('network = nat\n'),
                       goodhost.write('/etc/resolv.conf', 'nameserver 127.0.0.53\n')),
              'names-unreachable', 'alice finds no name'),
    'at': (lambda: goodhost.write('/etc/at.allow', 'bob\n'), 'at-access', 'at (bob'),
}


@pytest.fixture(autouse=True)
def programs(good):
    """What the host may lack of what is looked at."""
    for name in ('crontab', 'at'):
        if not os.path.exists(f'/usr/bin/{name}'):
            goodhost.write(f'/usr/bin/{name}', '', 0o755)
    goodhost.write(f'{PAM}/common-session', 'session required pam_nologin.so\n')
    goodhost.write(f'{PAM}/mounts', 'session optional pam_mount.so\n')


def test_good_host():
    """Nothing to be said of a host as it should be."""
    assert goodhost.findings() == {}
    assert goodhost.nsbox('check').stdout == ''


def test_good_host_with_one_line(good):
    """The one-line form is as good where no module minds."""
    for service in goodhost.SERVICES:
        good.pam(service, 'one', 'exempt-group=wardens [exempt-group=domain users]')
    assert goodhost.findings() == {}


DEBIAN = {
    'common-session': 'session\t[default=1]\t\t\tpam_permit.so\n'
                      'session\trequisite\t\t\tpam_deny.so\n'
                      'session\trequired\t\t\tpam_permit.so\n'
                      'session\trequired\tpam_unix.so \nsession\toptional\tpam_systemd.so \n',
    'sshd': '# comment\n@include common-auth\naccount required pam_nologin.so\n'
            'session requisite pam_nsbox.so close\n'
            'session [success=ok ignore=ignore module_unknown=ignore default=bad] \\\n'
            '  pam_selinux.so close\n@include common-session\n'
            'session    optional     pam_mail.so standard noenv # [1]\n'
            'session [success=ok ignore=ignore default=bad] pam_selinux.so open\n'
            'session [success=ok ignore=ignore default=die] pam_nsbox.so open\n'
            '@include common-password\n',
    'common-auth': 'auth sufficient pam_unix.so\n',
    'common-password': 'password requisite pam_unix.so\n',
}


def test_debian_stack():
    """Debian's own sshd file with two lines of nsbox: brackets, jumps, a joined line, comments."""
    for name, text in DEBIAN.items():
        goodhost.write(f'{PAM}/{name}', text)
    assert goodhost.findings() == {}


@pytest.mark.parametrize('name', BAD)
def test_bad_host(name):
    """One thing is wrong with the host: it is found, by its code, and nothing else is."""
    make_bad, code, text = BAD[name]
    if 'subids' in code + text and not os.path.exists(SUBIDS):
        pytest.skip('nsbox was built without libsubid')
    make_bad()
    found = goodhost.findings()
    assert list(found) == [code], found
    assert len(found[code]) == 1 and text in found[code][0]


def test_shell_in_a_folder_of_others():
    """The shell can be replaced, and no door can be put there."""
    shell_of_alice('/opt/shells/sh', folder=0o777)
    found = goodhost.findings()
    assert set(found) == {'shell-door', 'shell-writable'}, found


def test_link_of_a_tenant_is_not_followed():
    """A shell that is a link in the tenant's own home: refused, and not looked at any further."""
    host_module.write_as('alice', '/home/alice/own', '#!/bin/sh\ntouch /tmp/executed\n', 0o755)
    os.symlink('/home/alice/own', '/home/alice/shell')
    shell_of_alice('/home/alice/shell')
    found = goodhost.findings()
    host_module.clean_home('alice')
    assert set(found) == {'shell-door', 'shell-writable'}, found
    assert not os.path.exists('/tmp/executed')


def test_nothing_installed(good):
    """Every file that is missing is named."""
    os.rename('/usr/libexec/nsbox', '/usr/libexec/nsbox.away')
    found = goodhost.findings()
    os.rename('/usr/libexec/nsbox.away', '/usr/libexec/nsbox')
    assert set(found) == {'file-missing'}
    assert any('nsbox-enter' in what for what in found['file-missing'])


def test_sshd_is_asked():
    """With a host key, sshd itself tells what it has read; Match blocks come from the files."""
    client.run(['ssh-keygen', '-A'])
    sshd_with('PermitTunnel yes\nInclude /etc/ssh/more.conf')
    goodhost.write('/etc/ssh/more.conf', 'Match Group team\nAcceptEnv LD_PRELOAD\n')
    found = goodhost.findings()
    for name in os.listdir('/etc/ssh'):
        if 'ssh_host' in name:
            os.unlink(f'/etc/ssh/{name}')
    assert found.pop('sshd-accept-env') == ['sshd has AcceptEnv LD_PRELOAD '
                                            '(/etc/ssh/more.conf:2, in a Match block)']
    (tunnel,) = found.pop('sshd-tunnel')
    assert tunnel.startswith('sshd has PermitTunnel yes (sshd -T:') and not found


def test_masked_manager():
    """A masked user@.service starts no manager."""
    systemd_is_here()
    os.makedirs('/etc/systemd/system')
    os.symlink('/dev/null', '/etc/systemd/system/user@.service')
    assert goodhost.findings() == {}


def test_no_namespaces_left():
    """user.max_*_namespaces of a user namespace of its own, in which root is not the host's."""
    line = ['unshare', '-Ur', 'sh', '-c',
            'echo 0 >/proc/sys/user/max_net_namespaces; exec nsbox check --json']
    done = client.run(line)
    assert '"sysctl-max"' in done.stdout and 'user.max_net_namespaces = 0' in done.stdout, done
    assert '"kernel-namespaces"' in done.stdout


def test_userns_switch():
    """Distributions' switches against user namespaces matter only where root is not the host's."""
    text = ('mount -t tmpfs none /proc/sys/kernel; cd /proc/sys/kernel; '
            'echo 0 >unprivileged_userns_clone; echo 1 >apparmor_restrict_unprivileged_userns; ')
    host = client.run(['unshare', '-m', 'sh', '-c', text + 'nsbox check --json'])
    assert '"sysctl-userns"' not in host.stdout, host
    inner = client.run(['unshare', '-Urm', 'sh', '-c', text + 'nsbox check --json'])
    assert inner.stdout.count('"sysctl-userns"') == 2, inner


def test_needs_root(good):
    """Who is not root is told of the policy, and nothing of the host."""
    os.chmod('/usr/libexec/nsbox', 0o755)
    done = host_module.run_as('alice', [goodhost.NSBOX, 'check'])
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')


def test_every_code_is_in_the_manual():
    """nsbox(1) lists each code, and no other."""
    source = goodhost.read('/mnt/source/helper/cli/audit.c')
    codes = re.findall(r' = {\n\t\t"([a-z-]+)",\n', source)
    manual = goodhost.read('/mnt/source/helper/cli/nsbox.1')
    assert len(codes) > 25
    assert re.findall(r'^\.It Li ([a-z-]+)$', manual, re.MULTILINE) == codes
