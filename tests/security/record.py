# SPDX-License-Identifier: MIT
"""The session record as bytes, for forgers. The layout is helper/common/session.h's."""

import struct

PATH = '/run/nsbox/session'
HEAD = '=6Ii3IQ2IQQ'   # as in NAMES

NAMES = ('magic', 'size', 'uid', 'gid', 'inside_uid', 'inside_gid', 'namespaces', 'core_dumps',
         'umask', 'zero', 'kept', 'caps_flags', 'caps_zero', 'pidns_dev', 'pidns_ino')


def of(login):
    """The record of a live login, as root of the host can read it."""
    with open(f'/proc/{login.monitor}/root{PATH}', 'rb') as file:
        return file.read()


def forged(record, **fields):
    """The record with other numbers in it: uid, gid, inside_uid, ..., pidns_ino."""
    size = struct.calcsize(HEAD)
    values = dict(zip(NAMES, struct.unpack(HEAD, record[:size])))
    assert values['size'] == len(record), 'session.h and this file differ'
    return struct.pack(HEAD, *(values | fields).values()) + record[size:]
