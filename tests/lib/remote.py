# SPDX-License-Identifier: MIT
"""Small programs that tests run on the far side, as command lines for `ssh host COMMAND`."""

import shlex

PYTHON = '/usr/bin/python3'

OPEN = '''
import socket, sys, os
def open_socket(address):
    if isinstance(address, int):
        return socket.socket(socket.AF_INET), ('127.0.0.1', address)
    name = chr(0) + address[1:] if address.startswith('@') else address
    return socket.socket(socket.AF_UNIX), name
'''

SERVE = OPEN + '''
server, name = open_socket({address!r})
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(name)
server.listen(16)
print('ready', flush=True)
while True:
    caller, _ = server.accept()
    caller.settimeout(15)
    try:
        caller.sendall({token!r}.encode())
        caller.shutdown(socket.SHUT_WR)
        while caller.recv(4096):
            pass
    except OSError:
        pass
    caller.close()
'''

ASK = OPEN + '''
connection, name = open_socket({address!r})
connection.settimeout(15)
try:
    connection.connect(name)
    connection.sendall(b'hi')
    connection.shutdown(socket.SHUT_WR)
    print('heard', b''.join(iter(lambda: connection.recv(4096), b'')).decode())
except OSError as error:
    print('failed', error.strerror or error)
'''

X11_HELLO = '''
import os, socket, struct, subprocess
number = int(os.environ['DISPLAY'].rpartition(':')[2].partition('.')[0])
listed = subprocess.check_output(['xauth', 'list', os.environ['DISPLAY']])
cookie = bytes.fromhex(listed.split()[2].decode())
name = b'MIT-MAGIC-COOKIE-1'
pad = lambda text: text + bytes(-len(text) % 4)
connection = socket.create_connection(('127.0.0.1', 6000 + number), 15)
header = struct.pack('<cxHHHHxx', b'l', 11, 0, len(name), len(cookie))
connection.sendall(header + pad(name) + pad(cookie))
print('heard', connection.recv(4096).decode())
'''

WINDOW = '''
import os, signal
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGWINCH])
print('waiting at', *os.get_terminal_size(0)[::-1], flush=True)
signal.sigwait([signal.SIGWINCH])
print('woken at', *os.get_terminal_size(0)[::-1])
'''


def python(code):
    return f'{PYTHON} -c {shlex.quote(code)}'


def serve(address, token='hello from inside'):
    """Listen at a port or socket path and say the token; prints `ready` first. Ends by a signal."""
    return python(SERVE.format(address=address, token=token))


def ask(address):
    """Prints `heard TOKEN` or `failed REASON`."""
    return python(ASK.format(address=address))


def await_window_change():
    """Prints `waiting at ROWS COLUMNS`, and after a SIGWINCH `woken at ROWS COLUMNS`."""
    return python(WINDOW)


def x11_hello():
    """Speak to DISPLAY as an X client does, with the cookie that xauth has; prints `heard ...`."""
    return python(X11_HELLO)
