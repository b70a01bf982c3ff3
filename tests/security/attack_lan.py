# SPDX-License-Identifier: MIT
"""Run inside, as root of the container on a bridge: the frames of frames.py, each to every machine.

Its argument is JSON: {'names': {...}, 'own': [IPv4, IPv6], 'macs': [hardware addresses]}. Prints
JSON: how many were sent. frames.py comes before it in the same program.
"""

import json
import sys


def main():
    words = json.loads(sys.argv[1])
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)  # noqa: F821
    link.bind(('eth0', 0))
    mac, sent = link.getsockname()[4], 0
    for frame in all_frames(mac, *words['own'], words['names']).values():  # noqa: F821
        macs = [bytes.fromhex(one.replace(':', '')) for one in words['macs']]
        for to in macs if frame[:6] == mac else [frame[:6]]:
            try:
                sent += link.send(to + frame[6:]) > 0
            except OSError:
                pass
    json.dump(sent, sys.stdout)


main()
