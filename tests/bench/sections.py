# SPDX-License-Identifier: MIT
"""Large policies, for the bench: FOLDER/NAME.conf and its folder of drop-ins."""

import os

SECTIONS, USERS, FILES = 500, 5000, 100
USER = f'u{USERS - 1}'      # the last one: whatever is looked through, all of it is


def write(folder, name, sections):
    """The sections, dealt out evenly: the order of the sections is that of the files."""
    path = os.path.join(folder, f'{name}.conf')
    os.makedirs(f'{path}.d' if sections else folder)
    with open(path, 'w', encoding='utf-8') as file:
        file.write('[default]\ncontainer = yes\n' if sections else '')
    each = len(sections) // FILES
    for i in range(FILES if sections else 0):
        with open(f'{path}.d/{i:03}.conf', 'w', encoding='utf-8') as file:
            file.write('# What the site says of some of its people.\n\n')
            file.write('\n'.join(sections[i * each:(i + 1) * each]))
    return path


def group(i):
    return f'[group g{i:04}]\nprivate-tmp = yes\nhostname = %u-{i}\n'


def match(i, condition):
    return f'[match m{i:04}]\n{condition}\nuser-map = self\nshell = /usr/local/bin/shell-{i}\n'


def user(i):
    return f'[user u{i}]\ncontainer = yes\n'


def people_in_lists():
    """Groups and conditions by turns, and every user in the list of one condition."""
    each = 2 * USERS // SECTIONS
    return [group(i) if i % 2 == 0 else
            match(i, 'when-user = ' + ' '.join(f'u{i // 2 * each + j}' for j in range(each)))
            for i in range(SECTIONS)]


def people_in_sections():
    """Groups and conditions by turns, and behind every one of them sections of users."""
    each = USERS // SECTIONS
    sections = []
    for i in range(SECTIONS):
        sections.append(group(i) if i % 2 == 0 else
                        match(i, f'when-group = g{i:04}\nwhen-from = 198.51.100.{i // 2}'))
        sections += [user(i * each + j) for j in range(each)]
    return sections
