// SPDX-License-Identifier: MIT
/*
 * Ask nsbox-subids. Runs as root of the host in the builder.
 */
#include <errno.h>
#include <stdio.h>

#include "ask.h"
#include "paths.h"
#include "subids.h"

#define DEADLINE_MS 5000	/* sources of subordinate ids may be on a network */

int subids_ask(const struct wire_request *req, struct subids *ret, struct nsbox_error *err)
{
	char uid[16], user[256];
	char *const argv[] = { (char[]){ "nsbox-subids" }, user, uid, NULL };
	const struct ask ask = {
		.path = NSBOX_SUBIDS,
		.argv = argv,
		.deadline_ms = DEADLINE_MS,
		.task = "find subordinate ids",
		.lacks = "libsubid",
	};
	struct subids_answer answer;
	int r;

	snprintf(uid, sizeof(uid), "%u", req->uid);
	if (snprintf(user, sizeof(user), "%s", req->user) >= (int)sizeof(user))
		return error_errno(err, ENAMETOOLONG, "cannot start %s", NSBOX_SUBIDS);
	r = ask_program(&ask, &answer, sizeof(answer), err);
	if (r == 0)
		r = ask_judge(argv[0], answer.magic == SUBIDS_MAGIC, &answer.error, err);
	if (r == 0)
		*ret = answer.ids;
	return r;
}
