# SPDX-License-Identifier: MIT
"""`nsbox try`: a container as a login would have it, without ssh."""

import os
import re
import signal
import time

import pexpect
import pytest

import accounts
import client
import goodhost
import host as host_module
import logbook
import procs
import terminal
import wait


def attempt(user, *command, **more):
    return goodhost.nsbox('try', user, *(['--', *command] if command else []), **more)


def test_namespaces(good):
    """All seven differ from the host's, and nothing is left."""
    before = good.snapshot()
    done = attempt('alice', 'sh', '-c', procs.SHOW_NAMESPACES)
    assert done.returncode == 0 and done.stderr == '', done
    ids = procs.parse_shown(done.stdout)
    for kind in procs.NAMESPACES:
        assert ids[kind] != good.ids[kind], kind
    good.nothing_left_since(before)
    assert good.log.matching('container opened for user alice by nsbox try')


@pytest.mark.parametrize('status', [0, 1, 2, 77, 255])
def test_exit_status(good, status):
    """That of the command."""
    assert attempt('alice', 'sh', '-c', f'exit {status}').returncode == status


def test_exit_by_signal(good):
    assert attempt('alice', 'sh', '-c', 'kill -TERM $$').returncode == 128 + signal.SIGTERM


def test_who(good):
    """The tenant's ids and groups, a clean environment, at home; no capability."""
    done = attempt('alice', 'sh', '-c', 'id -un; id -Gn; pwd; env; grep CapEff /proc/self/status',
                   env={'SECRET': 'root', 'LD_LIBRARY_PATH': '/x', 'PATH': os.environ['PATH'],
                        'TERM': 'vt100'})
    lines = done.stdout.splitlines()
    assert lines[0] == 'alice' and set(lines[1].split()) == {'alice', 'team', 'deny'}
    assert lines[2] == '/home/alice' and lines[-1].split()[1] == '0' * 16
    for entry in ('HOME=/home/alice', 'USER=alice', 'LOGNAME=alice', 'SHELL=/bin/bash',
                  'TERM=vt100'):
        assert entry in lines
    assert 'SECRET' not in done.stdout and 'LD_LIBRARY_PATH' not in done.stdout


def test_words_arrive_as_they_are(good):
    """Whatever is in them, for the shell quotes nothing away."""
    words = ['a b', '', "it's", '$HOME', '*', '\\', '"', '-n', 'x=1', '~', 'new\nline', '!']
    done = attempt('alice', '/usr/bin/python3', '-c', 'import sys; print(sys.argv[1:])', *words)
    assert done.stdout == f'{words}\n'


def test_login_shell(good):
    """Without a command it is the login shell, as such; its input is ours."""
    done = attempt('alice', input='echo $0; shopt -q login_shell && echo login; exit 3\n')
    assert (done.returncode, done.stdout) == (3, '-bash\nlogin\n'), done


@pytest.mark.skipif(not os.path.exists(f'{host_module.HELPERS}/nsbox-net'),
                    reason='nsbox was built without libnftables')
def test_addresses(good):
    """With a wire, the session's addresses are said beside the command's own output."""
    good.write_policy('[default]\ncontainer = yes\nnetwork = nat\n')
    done = attempt('alice', 'ip', '-o', 'address', 'show', 'dev', 'eth0', 'scope', 'global')
    assert done.returncode == 0, done
    inside = re.findall(r'inet6? ([0-9a-f.:]+)/', done.stdout)
    said = re.findall("^nsbox: the session's address is (.*)$", done.stderr, re.MULTILINE)
    assert len(inside) == 2 and said == inside and len(done.stderr.splitlines()) == 2, done


@pytest.mark.skipif(not os.path.exists(f'{host_module.HELPERS}/nsbox-net'),
                    reason='nsbox was built without libnftables')
def test_ports(good):
    """Published ports are said, and stand in the environment, as after a login."""
    good.write_policy('[default]\ncontainer = yes\nnetwork = nat\npublish = tcp 2\n')
    done = attempt('alice', 'printenv', 'NSBOX_PORTS')
    assert re.fullmatch('2[0-9]{4}-2[0-9]{4}\n', done.stdout), done
    assert f"nsbox: the session's ports are {done.stdout}" in done.stderr


def test_no_home(good):
    """A login without its home begins at /."""
    accounts.append('/etc', 'passwd', 'eve:x:2006:2006::/home/none:/bin/bash')
    done = attempt('eve', 'pwd')
    assert done.stdout == '/\n' and 'cannot go to the home' in done.stderr


def test_descriptors(good):
    """No descriptor but the standard ones comes along."""
    read, write = os.pipe()
    done = attempt('alice', 'sh', '-c', 'ls /proc/self/fd | wc -l', pass_fds=(read, write))
    os.close(read)
    os.close(write)
    assert done.stdout.strip() == '4'  # and the folder that ls reads


def test_container_ends_with_the_command(good):
    """What still runs in it is killed."""
    before = good.snapshot()
    done = attempt('alice', 'sh', '-c', 'sleep 999 >/dev/null 2>&1 & echo started')
    assert done.stdout == 'started\n'
    good.nothing_left_since(before)


@pytest.mark.parametrize('number', [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGINT])
def test_killed(good, number):
    """The container ends with nsbox, however that ends."""
    before = good.snapshot()
    process = client.start([goodhost.NSBOX, 'try', 'alice', '--', 'sh', '-c',
                            'echo ready; exec sleep 999'])
    client.lines_before(process, 'ready')
    process.send_signal(number)
    process.communicate(timeout=10)
    expected = -number if number == signal.SIGKILL else 128 + number
    assert process.returncode == expected
    good.nothing_left_since(before)


def opened(user='alice'):
    terminal.prepare(user)
    return terminal.Terminal([goodhost.NSBOX, 'try', user])


def test_terminal(good):
    """The caller's terminal is at /dev/console, and is the controlling one; job control works."""
    with opened() as term:
        assert term.run('tty') == ['/dev/console']
        assert term.run('echo through >/dev/tty') == ['through']
        assert term.run('[[ $- == *m* ]] && echo monitor') == ['monitor']
        term.type('cat')
        term.type('cat is here')
        term.see('cat is here')
        term.press('z')
        term.see('Stopped')
        term.prompt()
        term.type('fg')
        term.type('cat is back')
        term.see('cat is back')
        term.press('c')
        term.prompt()
        assert term.run('echo $?') == ['130']
        assert term.leave(5) == 5
    host_module.clean_home('alice')


def test_interrupt_of_a_command(good):
    """^C reaches the command; nsbox tells how it ended, and ends the container."""
    before = good.snapshot()
    process = pexpect.spawn(goodhost.NSBOX, ['try', 'alice', '--', 'sh', '-c',
                                             'echo ready; exec sleep 999'], encoding='utf-8')
    process.expect_exact('ready')
    process.sendcontrol('c')
    process.expect(pexpect.EOF, timeout=10)
    process.close()
    assert process.exitstatus == 130 or process.signalstatus == signal.SIGINT
    good.nothing_left_since(before)


def test_interrupt_that_is_caught(good):
    """A command that handles ^C goes on."""
    process = pexpect.spawn(goodhost.NSBOX, ['try', 'alice', '--', 'sh', '-c', 'trap "echo caught"'
                                             ' INT; echo ready; sleep 1; echo still here; exit 4'],
                            encoding='utf-8')
    process.expect_exact('ready')
    time.sleep(0.1)
    process.sendcontrol('c')
    process.expect_exact('still here', timeout=10)
    process.expect(pexpect.EOF)
    process.close()
    assert process.exitstatus == 4


def test_stop_and_go_on(good):
    """^Z stops nsbox with its command; fg goes on with both."""
    terminal.prepare('alice')
    with terminal.Terminal(['bash', '--rcfile', '/home/alice/.bashrc', '-i']) as shell:
        shell.type(f'{goodhost.NSBOX} try alice -- cat')
        shell.type('one')
        shell.see('one')
        shell.press('z')
        shell.see('Stopped')
        shell.prompt()
        shell.type('fg')
        shell.type('two')
        shell.see('two')
        shell.press('d')
        shell.prompt()
        assert shell.run('echo $?') == ['0']
    host_module.clean_home('alice')


def test_no_terminal_to_push_into(good):
    """A command without a terminal has no controlling one, though nsbox has."""
    line = f'{goodhost.NSBOX} try alice -- sh -c "echo push 2>&1 >/dev/tty || echo none" ' \
           '</dev/null 2>&1 | cat'
    text = pexpect.spawn('sh', ['-c', line], encoding='utf-8').read()
    assert 'push' not in text and 'none' in text


def test_user_map_root(good):
    good.default_policy('root')
    assert attempt('alice', 'id', '-u').stdout == '0\n'


def check_refused(done, good, since, reason, cause):
    assert done.returncode == 254 and done.stdout == ''
    told, why = done.stderr.splitlines()
    reference = logbook.reference_in(told)
    assert reason in told and why.startswith(f'nsbox: {reference}: ') and cause in why
    good.log.wait_for(f'{reference}: .*{cause}', since)


def test_refused(good):
    """As the module says it, with a reference id, and the cause beside it."""
    since = len(good.log.lines)
    good.write_policy('[default]\ncontainer = deny\n')
    check_refused(attempt('alice', 'id'), good, since, 'policy of this host', 'container = deny')
    good.write_policy('[default]\ncontainer = maybe\n')
    check_refused(attempt('alice', 'id'), good, since, 'cannot be made', 'nsbox.conf:2')
    good.default_policy()
    accounts.append('/etc', 'passwd', 'eve:x:2006:2006::/home/eve:/tmp/sh')
    check_refused(attempt('eve', 'id'), good, since, 'cannot be made', 'cannot put a door')


def test_by_match(good):
    """--from and --service are what the policy is asked with."""
    good.write_policy('[default]\ncontainer = no\n[match far]\nwhen-from = 192.0.2.0/24\n'
                      'when-service = login\ncontainer = yes\n')
    far = goodhost.nsbox('try', '--from', '192.0.2.9', '--service', 'login', 'alice', '--', 'true')
    assert far.returncode == 0
    assert attempt('alice', 'true').returncode == 254


def test_message(good):
    """What a login shows is shown."""
    good.write_policy('[default]\nmessage = hello %u\n')
    done = attempt('alice', 'echo', 'x')
    assert (done.returncode, done.stdout, done.stderr) == (0, 'x\n', 'hello alice\n')


@pytest.mark.parametrize('container, text', [('yes', 'would be boxed'),
                                             ('deny', 'would be refused')])
def test_audit_mode(good, container, text):
    """Nothing is entered; what would have been is told."""
    good.write_policy(f'[default]\nmode = audit\ncontainer = {container}\n')
    done = attempt('alice', 'id')
    assert done.returncode == 254 and done.stdout == '' and text in done.stderr


@pytest.mark.parametrize('service, site, boxed', [
    ('sshd', '', True), ('su-l', '', True), ('ftp', '', False),
    ('ftp', '[nsbox]\nservices = ftp\n', True), ('sshd', '[nsbox]\nservices = ftp\n', False)])
def test_services(good, service, site, boxed):
    """Four services are boxed where no file names any; one that is not named is left alone."""
    goodhost.write(host_module.POLICY, site + '[default]\ncontainer = yes\n')
    done = goodhost.nsbox('try', '--service', service, 'alice', '--', 'id')
    if boxed:
        assert done.returncode == 0 and 'uid=' in done.stdout, done.stderr
    else:
        assert done.returncode == 254 and 'none of `services`' in done.stderr


@pytest.mark.parametrize('word', ['hidepid', 'pid-only'])
def test_proc(good, word):
    """With a /proc that shows less, as well."""
    goodhost.write(host_module.POLICY, f'[default]\ncontainer = yes\nproc = {word}\n')
    done = attempt('alice', 'sh', '-c', 'id -un; ls /proc')
    assert done.returncode == 0 and done.stderr == '', done
    names = done.stdout.split()
    assert names[0] == 'alice' and 'self' in names
    assert ('1' in names, 'cpuinfo' in names) == ((word != 'hidepid'), (word != 'pid-only'))


@pytest.mark.parametrize('user', ['carol', 'root'])
def test_not_boxed(good, user):
    """Who is not boxed has no container to try."""
    done = attempt(user, 'id')
    assert done.returncode == 254 and done.stdout == '' and 'not boxed' in done.stderr


def test_needs_root(good):
    done = host_module.run_as('alice', [goodhost.NSBOX, 'try', 'alice', '--', 'id'])
    assert (done.returncode, done.stdout) == (2, '') and 'only root' in done.stderr


def test_unknown_user(good):
    done = attempt('nobody-at-all')
    assert done.returncode == 2 and done.stderr == 'nsbox: cannot find the user nobody-at-all\n'


def test_nothing_left_while_it_runs(good):
    """One process of nsbox's own, in the landing, and the tenant's; the builder has gone."""
    process = client.start([goodhost.NSBOX, 'try', 'alice', '--', 'sh', '-c', 'echo ready; cat'])
    client.lines_before(process, 'ready')
    wait.until(lambda: not procs.titled('nsbox-build'), 'the builder to end')
    process.communicate('', timeout=10)
    assert process.returncode == 0
