# SPDX-License-Identifier: MIT
"""PAM service files of the hermetic host: Debian's own, less what a test host has not, plus nsbox.

Form 'one' is the single line after the other session modules; form 'two' is the pair, `close` as
the first session line and `open` as the last; form None is the service without nsbox.
"""

MODULE = 'pam_nsbox.so'

COMMON_TOP = '''\
auth     required   pam_unix.so
account  required   pam_unix.so
password required   pam_unix.so
'''

SESSIONS = {
    'sshd': '''\
session  required   pam_loginuid.so
session  optional   pam_keyinit.so force revoke
session  required   pam_unix.so
session  optional   pam_motd.so noupdate
session  optional   pam_mail.so standard noenv
session  required   pam_limits.so
session  required   pam_env.so
''',
    'login': '''\
session  required   pam_loginuid.so
session  required   pam_env.so
session  required   pam_limits.so
session  optional   pam_lastlog.so
session  optional   pam_keyinit.so force revoke
session  required   pam_unix.so
''',
    'su': '''\
session  required   pam_env.so
session  optional   pam_mail.so nopen
session  required   pam_limits.so
session  required   pam_unix.so
''',
    'su-l': '''\
session  optional   pam_keyinit.so force revoke
session  required   pam_env.so
session  optional   pam_mail.so nopen
session  required   pam_limits.so
session  required   pam_unix.so
''',
}

TOPS = {
    'sshd': COMMON_TOP.replace('account', 'account  required   pam_nologin.so\naccount', 1),
    'login': COMMON_TOP,
    'su': 'auth     sufficient pam_rootok.so\n' + COMMON_TOP,
    'su-l': 'auth     sufficient pam_rootok.so\n' + COMMON_TOP,
}

OTHER = ''.join(f'{kind} required pam_deny.so\n'
                for kind in ('auth', 'account', 'password', 'session'))


def service_text(service, form=None, arguments=''):
    """The whole text of a service file."""
    if form not in (None, 'one', 'two'):
        raise ValueError(f'unknown PAM form {form!r}')
    first = session_line('close', arguments) if form == 'two' else ''
    last = {None: '', 'one': session_line('', arguments), 'two': session_line('open', arguments)}
    return TOPS[service] + first + SESSIONS[service] + last[form]


def session_line(word, arguments):
    return ' '.join(f'session  required   {MODULE} {word} {arguments}'.split()) + '\n'


def plain_services():
    """Every service file of a host that has never heard of nsbox."""
    return {service: service_text(service) for service in SESSIONS} | {'other': OTHER}
