# SPDX-License-Identifier: MIT
"""The command line of nsbox(1): help, version, usage errors, completion, manual."""

import re

import pytest

import client
import goodhost

VERBS = ('check', 'repair', 'show', 'try')
COMPLETION = '/usr/share/bash-completion/completions/nsbox'


def test_help():
    """The program's help names each verb."""
    done = goodhost.nsbox('--help')
    assert done.returncode == 0 and done.stderr == '' and done.stdout.startswith('usage: nsbox ')
    assert tuple(re.findall(r'^  ([a-z]+) ', done.stdout, re.MULTILINE)) == VERBS


@pytest.mark.parametrize('verb', VERBS)
@pytest.mark.parametrize('option', ['--help', '-h'])
def test_help_of_a_verb(verb, option):
    """Every verb has its own, with its options and its exit status, whatever else is there."""
    done = goodhost.nsbox(verb, option)
    assert done.returncode == 0 and done.stderr == ''
    assert done.stdout.startswith(f'usage: nsbox {verb} ')
    assert '  --help' in done.stdout and 'Exit status: ' in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def options_of(verb):
    return set(re.findall(r'^  (--[a-z]+)', goodhost.nsbox(verb, '--help').stdout, re.MULTILINE))


def test_version():
    done = goodhost.nsbox('--version')
    assert done.returncode == 0 and re.fullmatch(r'nsbox \d+\.\d+\.\d+\n', done.stdout)


@pytest.mark.parametrize('words', [
    [], ['--nonsense'], ['-x'], ['paint'], ['check', '--nonsense'], ['check', '-x'],
    ['check', 'a', 'b'], ['repair', 'a'], ['repair', '--json'],
    ['check', '--json=1'], ['show'], ['show', 'a', 'b'], ['show', '--from'],
    ['show', '--nonsense', 'a'], ['try'], ['try', '--nonsense', 'a'], ['\x1b[31m'],
    ['check', '--\x1b[31m']])
def test_misused(words):
    """Exit status 2, nothing on standard output, a word on where help is."""
    done = goodhost.nsbox(*words)
    assert (done.returncode, done.stdout) == (2, '')
    assert '--help' in done.stderr and '\x1b' not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def complete(*words):
    """What bash would offer for the last word."""
    script = (f'source {COMPLETION}\nCOMP_WORDS=("$@")\nCOMP_CWORD=$(($# - 1))\nCOMPREPLY=()\n'
              '_nsbox "$1" "${@: -1}" "${@:$#-1:1}"\nprintf "%s\\n" "${COMPREPLY[@]}"')
    done = client.run(['bash', '--norc', '-c', script, 'bash', *words])
    assert done.returncode == 0 and done.stderr == '', done
    return set(done.stdout.split())


def test_complete_verbs():
    assert complete('nsbox', '') == {*VERBS, '--help', '--version'}
    assert complete('nsbox', 'c') == {'check'}
    assert complete('nsbox', '--v') == {'--version'}


@pytest.mark.parametrize('verb', VERBS)
def test_complete_options(verb):
    """All options of the verb's help, and no others."""
    assert complete('nsbox', verb, '--') == options_of(verb)


@pytest.mark.parametrize('verb', ['show', 'try'])
def test_complete_users(host, verb):
    assert complete('nsbox', verb, 'ali') == {'alice'}
    assert complete('nsbox', verb, '--service', 'login', 'ali') == {'alice'}
    assert complete('nsbox', verb, 'alice', '') == set()


def test_complete_values(host):
    assert 'sshd' in complete('nsbox', 'show', '--service', '')
    assert complete('nsbox', 'show', '--from', '') == set()
    assert '/etc/passwd' in complete('nsbox', 'check', '/etc/pass')


def test_complete_command(host):
    """After --, what `try` is to run."""
    assert 'readlink' in complete('nsbox', 'try', 'alice', '--', 'readl')


def test_manual():
    """Every verb and every option stands in nsbox(1)."""
    manual = goodhost.read('/mnt/source/helper/cli/nsbox.1')
    for verb in VERBS:
        assert f'.Cm {verb}' in manual
        for option in options_of(verb):
            assert f'Fl -{option[2:]}' in manual, option
    for title in ('EXIT STATUS', 'EXAMPLES', 'FILES', 'SEE ALSO'):
        assert f'.Sh {title}' in manual
