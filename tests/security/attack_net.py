# SPDX-License-Identifier: MIT
"""Run inside, as root of the container: sends frames that must not leave, by its eth0.

Its argument is JSON: {'names': {...}, 'own': [IPv4, IPv6]}. Prints JSON: {'sent': [names],
'refused': {name: why}}. frames.py comes before it in the same program.
"""

import json
import sys


def main():
    words = json.loads(sys.argv[1])
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)  # noqa: F821
    link.bind(('eth0', 0))
    mac = link.getsockname()[4]
    sent, refused = [], {}
    for name, frame in all_frames(mac, *words['own'], words['names']).items():  # noqa: F821
        try:
            link.send(frame)
            sent.append(name)
        except OSError as error:
            refused[name] = error.strerror
    json.dump({'sent': sent, 'refused': refused}, sys.stdout)


main()
