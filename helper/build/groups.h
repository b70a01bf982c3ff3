/* SPDX-License-Identifier: MIT */
/*
 * Where a user's groups come from. Pure, but for groups_are_files().
 */
#ifndef NSBOX_GROUPS_H
#define NSBOX_GROUPS_H

#include <stdbool.h>

#include "wire.h"

/**
 * groups_files_first() - does NSS ask the files first for groups
 * @nsswitch: text of nsswitch.conf(5)
 *
 * Return: false also where it cannot be said simply: with an initgroups line, or with an action in
 * brackets.
 */
bool groups_files_first(const char *nsswitch);

/* Is the user listed, in this text of group(5), in every supplementary group of the request? */
bool groups_are_listed(const char *group, const struct wire_request *req);

/**
 * groups_are_files() - are all groups of a user in the host's files
 * @req: whose
 *
 * The landing has the host's nsswitch.conf, and its group or one that has the tenant's groups as
 * well: then sshd's child can lose none there that only a source out of reach knows.
 *
 * Return: false when in doubt.
 */
bool groups_are_files(const struct wire_request *req);

#endif
