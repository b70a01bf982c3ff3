/* SPDX-License-Identifier: MIT */
/*
 * The host's login records: utmp, wtmp, lastlog.
 *
 * In the landing every session's terminal is pts/0, and its utmp is its own: what sshd writes there
 * cannot erase another tenant's entry, and does not reach the host. So that `who` and `last` on the
 * host stay true, the module writes the host's records itself, under a line and an id that no other
 * live session has. See utmp(5), pututxline(3).
 */
#ifndef NSBOX_RECORDS_H
#define NSBOX_RECORDS_H

#include <stdbool.h>

#include "wire.h"

/**
 * struct records - what was written, for the entry that ends it
 * @written: there is an entry to end
 * @line: terminal or, for ssh, "ns:" and the session's id
 */
struct records {
	bool written;
	char line[32];
};

/**
 * records_open() - say on the host that a session begins
 * @req: whose; nothing is written for a service that is no login, as su
 * @ret: for records_close()
 *
 * Call it in the namespaces of the host. A record that cannot be written is left out, as login(1)
 * and sshd(8) do.
 */
void records_open(const struct wire_request *req, struct records *ret);

/**
 * records_close() - say on the host that it has ended
 * @rec: from records_open(); a second call does nothing
 */
void records_close(struct records *rec);

#endif
