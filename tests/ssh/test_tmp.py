# SPDX-License-Identifier: MIT
"""tmp-size and tmp-files: a cap on all session files together, for shell and both kinds of sftp."""

import pytest

import policies

BOTH = pytest.mark.parametrize('boxed', ['internal-one-self', 'external-two-root',
                                         'external-two-subids'], indirect=True)
PLACES = ('/tmp', '/var/tmp', '/dev/shm', '/run/user/2001')
FILL = 'dd if=/dev/zero of={path} bs=64K count={count} 2>&1; stat -c %s {path}'


def fill(path, kib):
    return FILL.format(path=path, count=kib // 64)


@BOTH
@pytest.mark.parametrize('place', PLACES)
def test_size(boxed, place):
    """Filling any of the places ends at the size; what fits, fits."""
    policies.policy(boxed, 'tmp-size = 1M')
    done = boxed.ssh('alice', fill(f'{place}/big', 4096))
    size = int(done.stdout.split()[-1])
    assert 'No space left' in done.stdout and 800 * 1024 < size <= 1024 * 1024, done
    assert boxed.ok('alice', fill(f'{place}/fits', 512)).split()[-1] == str(512 * 1024)
    policies.policy(boxed, 'tmp-size = 8M')
    assert boxed.ok('alice', fill(f'{place}/big', 4096)).split()[-1] == str(4096 * 1024)


@BOTH
def test_places_share_the_size(boxed):
    """What is in one place is not left for the others; the next session begins empty."""
    policies.policy(boxed, 'tmp-size = 1M')
    for _ in range(2):
        done = boxed.ok('alice', fill('/dev/shm/a', 768) + '; ' + fill('/tmp/b', 512) + '; true')
        assert done.count('No space left') == 1, done


@BOTH
def test_files(boxed):
    """Empty files are counted, and folders; files of all places together."""
    policies.policy(boxed, 'tmp-size = 64M', 'tmp-files = 1024')
    count = ('cd {place}; for i in $(seq 600); do mkdir d$i || break; done 2>&1 | tail -n 1; '
             'ls | wc -l; ')
    done = boxed.ok('alice', count.format(place='/tmp') + count.format(place='/dev/shm'))
    first, message, second = done.strip().split('\n')
    assert first == '600' and 'No space left' in message
    assert 300 < int(second) < 424
    policies.policy(boxed, 'tmp-size = 64M')
    assert boxed.ok('alice', count.format(place='/tmp') + count.format(place='/dev/shm')
                    ) == '600\n600\n', 'the control'


@BOTH
def test_sftp_is_under_the_cap(boxed, tmp_path):
    """sftp writes below the same cap."""
    path = tmp_path / 'big'
    path.write_bytes(bytes(2 * 1024 * 1024))
    policies.policy(boxed, 'tmp-size = 1M')
    assert policies.sftp(boxed, f'put {path} /tmp/big').returncode != 0
    policies.policy(boxed, 'tmp-size = 4M')
    assert policies.sftp(boxed, f'put {path} /tmp/big').returncode == 0, 'the control'


@BOTH
def test_share_of_the_memory(boxed):
    """Per cent of the memory, as df shows it."""
    policies.policy(boxed, 'tmp-size = 1%')
    with open('/proc/meminfo', encoding='ascii') as file:
        total = int(file.readline().split()[1])
    shown = int(boxed.ok('alice', 'df -k --output=size /tmp | tail -n 1'))
    assert abs(shown - total / 100) < total / 1000
