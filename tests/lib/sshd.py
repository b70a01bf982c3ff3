# SPDX-License-Identifier: MIT
"""A private sshd: own port on 127.0.0.1, own host key, own configuration, own log."""

import os
import subprocess

import wait

BINARY = '/usr/sbin/sshd'
FOLDER = '/etc/ssh'
HOST_KEY = f'{FOLDER}/testhost_key'
INTERNAL_SFTP = 'internal-sftp'
EXTERNAL_SFTP = '/usr/lib/openssh/sftp-server'

OPTIONS = {
    'ListenAddress': '127.0.0.1',
    'HostKey': HOST_KEY,
    'UsePAM': 'yes',
    'LogLevel': 'DEBUG',
    'PermitRootLogin': 'yes',
    'PasswordAuthentication': 'no',
    'KbdInteractiveAuthentication': 'no',
    'PermitUserEnvironment': 'yes',
    'AcceptEnv': '*',
    'X11Forwarding': 'yes',
    'AllowTcpForwarding': 'yes',
    'AllowStreamLocalForwarding': 'yes',
    'MaxStartups': '200',
    'MaxSessions': '50',
    'PrintMotd': 'no',
}


class Sshd:
    """One running server; stop() ends it and its sessions."""

    def __init__(self, port, subsystem=INTERNAL_SFTP, **options):
        self.port = port
        self.subsystem = subsystem
        self.log = f'/var/log/sshd-{port}.log'
        self.config = f'{FOLDER}/sshd-{port}.conf'
        self._write_config({'Port': port, 'Subsystem': f'sftp {subsystem}',
                            'PidFile': f'/run/sshd-{port}.pid'} | OPTIONS | options)
        self._process = None

    def _write_config(self, options):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.writelines(f'{name} {value}\n' for name, value in options.items())

    def start(self):
        make_host_key()
        if os.path.exists(self.log):
            os.unlink(self.log)
        self._process = subprocess.Popen([BINARY, '-D', '-f', self.config, '-E', self.log],
                                         stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait.until(self._listens, lambda: f'sshd to listen; its log: {self.log_text()}')
        return self

    def _listens(self):
        assert self._process.poll() is None, f'sshd ended: {self.log_text()}'
        return 'Server listening on' in self.log_text()

    @property
    def pid(self):
        return self._process.pid

    def log_text(self):
        if not os.path.exists(self.log):
            return ''
        with open(self.log, encoding='utf-8', errors='replace') as file:
            return file.read()

    def stop(self):
        self._process.terminate()
        self._process.wait(timeout=10)


def make_host_key():
    if not os.path.exists(HOST_KEY):
        subprocess.run(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', HOST_KEY], check=True)
