/* SPDX-License-Identifier: MIT */
/*
 * Will sshd's child, which asks NSS for its groups in the landing, have all that the user has?
 *
 * A source of NSS that cannot be reached from there leaves groups out without a word. A group may
 * forbid as well as allow: who is root:deny 0705 to must not lose the group `deny`.
 * Where the builder has found all groups in files (groups.h) there is no need to ask.
 */
#ifndef NSBOX_REGROUP_H
#define NSBOX_REGROUP_H

#include "error.h"
#include "wire.h"

/**
 * regroup_check() - ask in this process' landing for the groups that it had on the host
 * @req: the user and the groups
 * @err: filled on failure
 *
 * Does not ask where no group can be lost: of a user who has the primary group alone, or by a
 * program that has taken the groups before, as su does. Within WIRE_DEADLINE_MS. SIGCHLD must have
 * its default action.
 *
 * Return: 0, or -errno: also when one is missing.
 */
int regroup_check(const struct wire_request *req, struct nsbox_error *err);

#endif
