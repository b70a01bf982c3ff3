# SPDX-License-Identifier: MIT
"""`nsbox show`: every login of every good policy, as tests/golden/cli has it; plan, notes, JSON.

With NSBOX_GOLDEN_UPDATE set, what is shown is written to BUILD/golden-cli: compare, then copy.
"""

import glob
import json
import os
import re
import subprocess

import pytest

import accounts
import goodhost
import host as host_module
import images
from test_check import GOLDEN, GOOD, as_nobody, install

EXPECT = '/mnt/source/tests/golden/cli'
OPTIONS = {'from': '--from', 'service': '--service', 'tty': '--tty'}
DEFAULT_UID = 1000
FIRST_GID = 5000


def subject(line):
    """Make the user of a line "USER GROUP... KEY=VALUE..."; its words for `nsbox show`."""
    user, *words = line.split()
    named = dict(word.split('=', 1) for word in words if '=' in word)
    groups = [word for word in words if '=' not in word]
    uid = named.pop('uid', DEFAULT_UID)
    accounts.write('/etc', 'passwd', goodhost.read('/etc/passwd') +
                   f'{user}:x:{uid}:{FIRST_GID}::/home/{user}:/bin/bash\n')
    for number, name in enumerate(groups):
        accounts.append('/etc', 'group', f'{name}:x:{FIRST_GID + number}:{user if number else ""}')
    return [user, *(word for key, value in named.items() for word in (OPTIONS[key], value))]


def all_subjects(host, name, *options):
    for line in goodhost.read(f'{GOLDEN}/good/{name}.subjects').splitlines():
        goodhost.make(host, people=False)
        install('good', name)
        yield line, as_nobody('show', *options, *subject(line))


@pytest.fixture
def nobody_else(good):
    """The users of the policies, and none of the host's that may have the same names."""
    goodhost.make(good, people=False)
    return good


@pytest.mark.parametrize('name', GOOD)
def test_golden(nobody_else, name):
    """Header, sections and why, order, values and places, and the plain words."""
    shown = ''
    for line, done in all_subjects(nobody_else, name):
        shown += f'$ {line}\n{done.stdout}{done.stderr}exit {done.returncode}\n\n'
    if os.environ.get('NSBOX_GOLDEN_UPDATE'):
        goodhost.write(f'/mnt/build/golden-cli/{name}.show.expect', shown)
    assert shown == goodhost.read(f'{EXPECT}/{name}.show.expect')


@pytest.mark.parametrize('name', GOOD)
def test_json(nobody_else, name):
    """The same facts: values with their places, sections, the words."""
    texts = [done for _, done in all_subjects(nobody_else, name)]
    told = [done for _, done in all_subjects(nobody_else, name, '--json')]
    assert [done.returncode for done in texts] == [done.returncode for done in told]
    for text, done in zip(texts, told):
        if done.returncode == 0:
            check_same(text.stdout, json.loads(done.stdout))


def check_same(text, told):
    for key, value in told['values'].items():
        assert f'{key} ={value_text(value["value"])}   # {places_text(value["at"])}\n' in text
    for section in told['sections']:
        name = f'{section["kind"]} {section["name"]}'.rstrip()
        assert f'[{name}]   # {section["file"]}:{section["line"]}, {section["why"]}\n' in text
    words = told['head'] + [f'  {part}' for part in told['parts']] + \
        [f'note: {note}' for note in told['notes']]
    assert text.endswith('\n'.join(words) + '\n')
    assert told['order'] in text.replace('\n# ', ' ')


def value_text(value):
    if isinstance(value, bool):
        return ' yes' if value else ' no'
    text = ' '.join(value) if isinstance(value, list) else value
    return f' {text}' if text else ''


def places_text(places):
    def one(place):
        text = f'{place["file"]}:{place["line"]}'
        via = place.get('profile')
        return f'{text} (profile = {via["name"]}, {via["file"]}:{via["line"]})' if via else text
    return ', '.join(map(one, places)) or 'built-in default'


def outlook(*words, user='alice'):
    done = host_module.run_as('bob', [goodhost.NSBOX, 'show', '--json', *words, user])
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def test_outlooks(good):
    """Boxed, audit, exempt, denied; uid 0; an exempt group; a service of no concern."""
    goodhost.write(host_module.POLICY, '[default]\ncontainer = yes\n[user bob]\nmode = audit\n'
                   '[user carol]\ncontainer = no\n[user dan]\ncontainer = deny\n'
                   '[user root]\ncontainer = deny\n')
    good.pam('login', 'two', '[exempt-group=domain users] exempt-group=wardens')
    assert outlook()['outlook'] == 'boxed'
    assert outlook(user='bob')['outlook'] == 'audit'
    assert outlook(user='carol')['outlook'] == 'exempt'
    assert outlook(user='dan')['outlook'] == 'denied'
    assert outlook(user='root')['head'] == [
        'root will not be boxed: uid 0 never is, whatever the policy says']
    told = outlook('--service', 'login', user='wanda')
    assert told['outlook'] == 'exempt' and 'exempt-group=wardens (/etc/pam.d/login:' in \
        told['head'][0]
    assert outlook(user='wanda')['outlook'] == 'boxed'
    accounts.append('/etc', 'group', 'domain users:x:3999:alice')
    assert 'exempt-group=domain users' in outlook('--service', 'login')['head'][0]
    assert outlook('--service', 'ftp')['head'] == [
        'alice will not be boxed: ftp is not one of `services`']
    goodhost.write(host_module.POLICY, '[nsbox]\nservices = ftp\n[default]\ncontainer = yes\n')
    assert outlook('--service', 'ftp')['outlook'] == 'boxed'


def test_audit_and_deny(good):
    """Audit mode refuses nobody."""
    goodhost.write(host_module.POLICY, '[default]\ncontainer = deny\nmode = audit\n')
    told = outlook('--plan')
    assert told['outlook'] == 'audit' and 'deny' in told['head'][0]
    assert told['parts'] == [] and 'plan' not in told


def test_notes(good):
    """A service that does not ask pam_nsbox, or has no file, is a note."""
    good.pam('su', None)
    assert 'no session line of pam_nsbox' in outlook('--service', 'su')['notes'][0]
    os.unlink('/etc/pam.d/su')
    assert 'no PAM file' in outlook('--service', 'su')['notes'][0]
    assert outlook()['notes'] == []


PARTS = {
    'user-map = root': 'who: uid 0 inside',
    'user-map = subids': 'ids: 1 to 65535 inside are the user\'s subordinate ids',
    'private-tmp = no': 'the host\'s, shared',
    'devices = /dev/fuse': 'devices: the host\'s /dev/fuse',
    'users = self': 'users: root, the system\'s accounts and alice',
    'proc = hidepid': 'that the reader may trace',
    'proc = pid-only': 'no file of the machine\'s',
    'namespaces = pid mount user': 'network: the host\'s',
    'namespaces = pid mount': 'the kernel does not lock',
    'shell = /bin/dash': 'shell: /bin/dash, in place of /bin/bash',
    'hostname = box-%i': 'host name: box-ID, where',
    'message = hello %u': 'message at login: hello alice',
    'nss-sockets = nscd': 'NSS: sshd asks',
    'network = host': 'network: the host\'s',
    'network = nat': 'network: its own, which leads out',
    'network = nat\negress = none': 'reach: nothing outside',
    'network = nat\negress = 10.0.0.0/8 192.0.2.1:80': 'reach: 10.0.0.0/8, 192.0.2.1:80, and noth',
    'network = nat\negress-deny = 10.0.0.0/8': 'reach: not 10.0.0.0/8',
    'network = nat\nreach-host = 25 80-90/tcp': 'own addresses the ports 25, 80-90/tcp',
    'network = nat\ndns = 192.0.2.53': 'names: resolved by 192.0.2.53',
    'network = nat\npublish = tcp,udp 8': 'ports: 8 of the host\'s TCP and UDP ports from 20000-3',
    'network = nat\nrate = 8mbit': 'rate: 8mbit',
    'network = nat\nuser-map = root': 'uid 0 inside: may not change interfaces',
    'network = bridge br0': 'network: its own, a port of the bridge br0',
    'network = bridge br0\naddress = 192.0.2.%n/24': 'address: 192.0.2.%n/24',
    'low-ports = no': 'ports below 1024: cannot be served',
}


@pytest.mark.parametrize('setting', PARTS)
def test_parts(good, setting):
    """What differs from the default is said."""
    before = outlook()['parts']
    goodhost.write(host_module.POLICY, f'[default]\n{setting}\n')
    told = [part for part in outlook()['parts'] if part not in before]
    assert any(PARTS[setting] in part for part in told), told


@pytest.mark.skipif(not os.path.exists(f'{host_module.HELPERS}/nsbox-subids'),
                    reason='nsbox was built without libsubid')
@pytest.mark.parametrize('user', ['root', 'bob'])
def test_plan_with_subids(good, user):
    """An ordinary user is shown the map, too; where there is none, why."""
    def plan():
        done = host_module.run_as(user, [goodhost.NSBOX, 'show', '--plan', '--json', 'alice'])
        return json.loads(done.stdout)['plan']

    goodhost.write(host_module.POLICY, '[default]\nuser-map = subids\n')
    first = host_module.SUBIDS['alice']
    assert plan()['uid_map'] == plan()['gid_map'] == ['0 2001 1', f'1 {first} 65535']
    accounts.write('/etc', 'subuid', 'bob:100000:65536\n')
    told = plan()
    assert told['uid_map'] == told['gid_map'] == []
    assert 'the id maps: cannot find subordinate uids of alice' in told['unknown'][0]


def test_plan(good):
    """Doors, id maps and mounts: the builder's own plans."""
    told = outlook('--plan')['plan']
    assert '/usr/bin/bash' in told['doors'] and '/usr/bin/sh' in told['doors']
    assert told['uid_map'] == ['2001 2001 1'] and told['unknown'] == []
    assert 'bind /home/alice on /home/alice nosuid,nodev' in told['mounts']
    text = host_module.run_as('bob', [goodhost.NSBOX, 'show', '--plan', 'alice']).stdout
    for lines in told.values():
        for line in lines:
            assert f'\n  {line}\n' in text
    assert 'plan' not in outlook('--plan', user='carol')


def test_plan_of_a_network(good):
    """What follows from the slot, and how long the program is."""
    assert outlook('--plan')['plan']['network'] == []
    goodhost.write(host_module.POLICY, '[nsbox]\naddress-pool = 10.9.0.0/24\npublish-ports = '
                   '20000-20099\npublish-block = 10\n[default]\nnetwork = nat\nrate = 8mbit\n')
    told = outlook('--plan')['plan']['network']
    assert told[0].endswith(' of 12 to 254') and 'name server: 192.0.2.53' in told
    assert told[1].endswith(' of 10.9.0.0/24: 10.9.0.12 is that of 12')
    assert told[-1] == 'rate: 8000000 bits a second each way'
    assert re.search(r'program: \d+ instructions .*everything', told[-2]), told
    goodhost.write(host_module.POLICY, goodhost.read(host_module.POLICY).replace(
        'network = nat', 'network = nat\npublish = tcp 2\negress = 192.0.2.0/24:80 ::/0'))
    told = outlook('--plan')['plan']['network']
    assert told[0].endswith(' of 2 to 11')
    assert 'ports: a block of 10, from 20000 + (N - 2) * 10' in told
    assert 'what egress names (destinations: 2)' in told[-2]
    goodhost.write(host_module.POLICY, '[default]\nnetwork = bridge br0\n')
    told = outlook('--plan')['plan']
    assert told['network'] == ['link: nsbN, a port of the bridge br0; eth0 inside']
    assert 'the network: address and program' in told['unknown'][0]


def root_policy(*lines):
    goodhost.write(host_module.POLICY, '\n'.join(('[default]', *lines, '')))


@pytest.mark.parametrize('user', ['root', 'bob'])
def test_plan_with_a_root(good, user):
    """A folder is looked at where it lies: the same plan for root and for who may see it."""
    def plan():
        done = host_module.run_as(user, [goodhost.NSBOX, 'show', '--plan', '--json', 'alice'])
        return json.loads(done.stdout)['plan']

    folder = images.busybox()
    os.makedirs(f'{folder}/usr/people')
    os.symlink('usr/people', f'{folder}/home')
    root_policy(f'root = {folder}', 'user-map = root', 'overlay = session')
    told = plan()
    assert told['unknown'] == [] and '/usr/bin/bash' in told['doors']
    assert 'carry /home/alice on /usr/people/alice ' in told['mounts'], 'links are resolved in it'
    assert 'dir root/usr/people/alice 0755 2001:2001' in told['mounts']
    assert any(line.startswith('root overlay on ') for line in told['mounts'])
    assert 'file root/bin/bash 0755 2001:2001' in told['mounts'], 'a stand-in'
    root_policy('overlay = session')
    told = plan()
    assert told['unknown'] == [] and 'carry /home/alice on /home/alice ' in told['mounts']


def test_plan_with_an_odd_root(good):
    """What cannot be seen is said, and why; what the login would be refused for is, too."""
    folder = images.busybox()
    root_policy(f'root = {images.pack(folder, "squashfs")}')
    told = outlook('--plan')['plan']
    assert told['unknown'] == [f'the root: what is in {folder}.squashfs: an image file is not '
                               'mounted to look into it']
    assert 'bind /home/alice on /home/alice nosuid,nodev' in told['mounts'], 'the rest is shown'
    root_policy(f'root = {folder}/none')
    assert outlook('--plan')['plan']['unknown'][0].endswith('the login would be refused')
    root_policy(f'root = {folder}', 'shell = /bin/none')
    assert 'no /bin/none: so it seems' in outlook('--plan')['plan']['unknown'][0]
    as_root = json.loads(goodhost.nsbox('show', '--plan', '--json', 'alice').stdout)['plan']
    assert 'no /bin/none: the login would be refused' in as_root['unknown'][0]
    os.chmod(images.FOLDER, 0o700)
    told = outlook('--plan')['plan']
    os.chmod(images.FOLDER, 0o755)
    assert 'cannot be seen from here' in told['unknown'][0]
    root_policy(f'root = {folder}')
    subprocess.run(['mount', '-t', 'tmpfs', 'other', f'{folder}/lib'], check=True)
    told = outlook('--plan')['plan']
    subprocess.run(['umount', f'{folder}/lib'], check=True)
    assert len(told['unknown']) == 1 and f'{folder}/lib: here another' in told['unknown'][0]
    os.chmod(folder, 0o777)
    assert 'can be written by others' in outlook('--plan')['plan']['unknown'][0]


def test_plan_of_the_landing(good):
    """What the landing alone has is told apart."""
    for inside in ('no', 'yes'):
        text = f'[default]\nnss-sockets = nscd\nnss-inside = {inside}\n'
        goodhost.write(host_module.POLICY, text)
        os.makedirs('/run/nscd', exist_ok=True)
        told = [line for line in outlook('--plan')['plan']['mounts'] if '/run/nscd on' in line]
        assert len(told) == 1 and ('landing alone' in told[0]) == (inside == 'no'), told
    os.rmdir('/run/nscd')


def test_plan_tells_what_it_cannot_see(good):
    """Whose home it is cannot be seen by everyone; root can."""
    os.makedirs('/home/deep', 0o700, exist_ok=True)
    os.chmod('/home/deep', 0o700)
    os.makedirs('/home/deep/eve', exist_ok=True)
    accounts.append('/etc', 'passwd', 'eve:x:2006:2006::/home/deep/eve:/bin/bash')
    os.chown('/home/deep/eve', 2006, 2006)
    told = outlook('--plan', user='eve')['plan']
    assert 'cannot be seen' in told['unknown'][0]
    assert all('/home/deep/eve' in line for line in told['unknown'])
    seen = json.loads(goodhost.nsbox('show', '--plan', '--json', 'eve').stdout)['plan']
    assert seen['unknown'] == [] and any('/home/deep/eve' in line for line in seen['mounts'])


def test_plan_of_a_shell_without_door(good):
    """That the login would be refused is said."""
    accounts.append('/etc', 'passwd', 'eve:x:2006:2006::/home/eve:/tmp/sh')
    assert 'would be refused' in outlook('--plan', user='eve')['plan']['unknown'][0]


def test_unknown_user(good):
    done = goodhost.nsbox('show', 'no\x1bone')
    assert (done.returncode, done.stdout) == (2, '')
    assert done.stderr == 'nsbox: cannot find the user no?one\n'


def test_bad_policy(good):
    """All faults, and what they mean for this user."""
    goodhost.write(host_module.POLICY, '[default]\ncontainer = maybe\nfoo = 1\n')
    done = as_nobody('show', 'alice')
    assert done.returncode == 2 and done.stdout == '' and len(done.stderr.splitlines()) == 3
    assert 'alice will be refused' in done.stderr
    assert 'log in' in as_nobody('show', 'root').stderr


def test_every_policy_has_a_golden_file():
    names = {os.path.basename(path).partition('.')[0] for path in glob.glob(f'{EXPECT}/*.expect')}
    assert names == set(GOOD)
