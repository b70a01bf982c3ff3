# SPDX-License-Identifier: MIT
"""`nsbox check`: every fault of every bad policy, as tests/golden/policy has them; silence for good
ones; its exit status; JSON with the same facts."""

import glob
import json
import os
import shutil

import pytest

import goodhost
import host as host_module

GOLDEN = '/mnt/source/tests/golden/policy'
BAD = sorted(path[len(GOLDEN) + 5:-5] for path in glob.glob(f'{GOLDEN}/bad/*.conf'))
GOOD = sorted(path[len(GOLDEN) + 6:-5] for path in glob.glob(f'{GOLDEN}/good/*.conf'))


def expected_faults(name):
    """All faults of a bad policy: what follows the empty line, or the only one."""
    first, _, rest = goodhost.read(f'{GOLDEN}/bad/{name}.expect').partition('\n\n')
    return (rest or first).splitlines()


def install(kind, name):
    """Make it the system's policy."""
    shutil.copy(f'{GOLDEN}/{kind}/{name}.conf', host_module.POLICY)
    os.chmod(host_module.POLICY, 0o644)
    if os.path.isdir(f'{GOLDEN}/{kind}/{name}.conf.d'):
        shutil.copytree(f'{GOLDEN}/{kind}/{name}.conf.d', f'{host_module.POLICY}.d')


def as_nobody(*words, **more):
    return host_module.run_as('nobody', [goodhost.NSBOX, *words], **more)


def short(text, name):
    """The system's names of the files, as the golden files have them."""
    return text.replace(f'{host_module.POLICY}.d/', '').replace(host_module.POLICY, f'{name}.conf')


@pytest.mark.parametrize('name', BAD)
def test_bad(good, name):
    """All faults, in the order of the files, and exit status 2."""
    install('bad', name)
    done = as_nobody('check')
    assert done.returncode == 2 and done.stderr == ''
    assert short(done.stdout, name).splitlines() == expected_faults(name)
    if not os.path.isdir(f'{GOLDEN}/bad/{name}.conf.d'):
        alone = as_nobody('check', f'{name}.conf', cwd=f'{GOLDEN}/bad')
        assert (alone.returncode, alone.stdout) == (2, short(done.stdout, name))


@pytest.mark.parametrize('name', BAD)
def test_bad_json(good, name):
    """The same faults, part by part."""
    install('bad', name)
    done = as_nobody('check', '--json')
    told = json.loads(done.stdout)
    assert done.returncode == 2 and told['findings'] == [] and not told['cut']
    lines = []
    for fault in told['faults']:
        place = [fault['file'], str(fault['line']), str(fault['column'])]
        place = place[:3 if fault['column'] else 2 if fault['line'] else 0]
        hint = (', ' if fault['expected'] else ': ') + f'did you mean `{fault["hint"]}`?'
        lines.append(''.join([*(f'{part}:' for part in place), ' ' if place else '', fault['what'],
                              ': expected ' if fault['expected'] else '', fault['expected'],
                              hint if fault['hint'] else '']))
    assert short('\n'.join(lines), name).splitlines() == expected_faults(name)


@pytest.mark.parametrize('name', GOOD)
def test_good(good, name):
    """Nothing is said of a good one."""
    install('good', name)
    done = as_nobody('check')
    assert (done.returncode, done.stdout, done.stderr) == (0, '', '')
    alone = as_nobody('check', f'{GOLDEN}/good/{name}.conf')
    assert (alone.returncode, alone.stdout, alone.stderr) == (0, '', '') or name == 'drop-ins'
    told = json.loads(as_nobody('check', '--json').stdout)
    assert told == {'faults': [], 'cut': False, 'findings': []}


def test_faults_and_findings(good):
    """Root is told of both; the fault decides the exit status."""
    goodhost.write(host_module.POLICY, '[default]\ncontainer = maybe\n')
    os.chmod('/usr/libexec/nsbox', 0o755)
    done = goodhost.nsbox('check')
    assert done.returncode == 2
    first, second = done.stdout.splitlines()
    assert first.startswith(f'{host_module.POLICY}:2:13: ') and second.startswith('host: ')


def test_unsafe_policy(good):
    """The system's policy is judged by who can write it; a FILE is not."""
    os.chmod(host_module.POLICY, 0o666)
    done = as_nobody('check')
    assert done.returncode == 2 and 'cannot trust' in done.stdout
    assert as_nobody('check', host_module.POLICY).returncode == 0


@pytest.mark.parametrize('path, reason', [
    ('/nowhere', 'No such file'), ('/etc', 'not a regular file'), ('/dev/null', 'not a regular'),
    ('/etc/shadow', 'Permission denied')])
def test_no_file(good, path, reason):
    """What cannot be read is no policy."""
    done = as_nobody('check', path)
    assert done.returncode == 2 and done.stdout == ''
    assert done.stderr.startswith('nsbox: cannot ') and reason in done.stderr


def test_fifo_is_not_waited_for(good):
    os.mkfifo('/tmp/fifo')
    done = goodhost.nsbox('check', '/tmp/fifo', timeout=5)
    os.unlink('/tmp/fifo')
    assert done.returncode == 2 and 'not a regular file' in done.stderr


def test_no_control_characters(good):
    """What is in a file's name or in a file cannot do harm on a terminal."""
    goodhost.write('/tmp/\x1b[31m.conf', '[default]\n\x1b]0;title\x07 = 1\n')
    done = as_nobody('check', '/tmp/\x1b[31m.conf')
    assert done.returncode == 2 and '\x1b' not in done.stdout + done.stderr
    done = as_nobody('check', '/tmp/\x1b[32m.conf')
    assert done.returncode == 2 and '\x1b' not in done.stdout + done.stderr


def test_full_disk(good):
    """Output that cannot be written is a failure."""
    done = good_shell(f'{goodhost.NSBOX} check --json >/dev/full')
    assert done.returncode == 2 and 'cannot write' in done.stderr


def good_shell(text):
    return host_module.run_as('nobody', ['sh', '-c', text])
