// SPDX-License-Identifier: MIT
/*
 * Audit: the subordinate ids of the users for whom the policy wants them. Runs as root; reads the
 * files and asks libsubid as a login would.
 */
#include <errno.h>

#include "audit.h"
#include "lines.h"
#include "subids.h"

static enum finding_code code_of(int r)
{
	if (r == -ENOENT || r == -ERANGE || r == -ENOSYS)
		return SUBIDS_MISSING;
	return r == -EEXIST ? SUBIDS_OVERLAP : SUBIDS_BAD;
}

void audit_subids(struct audit *audit)
{
	struct lines told = { .n = 0 };	/* a fault of a file is everybody's */

	for (size_t i = 0; i < audit->n_tenants; i++) {
		const struct wire_request *req = &audit->tenants[i].login.req;
		struct nsbox_error err;
		struct subids ids;
		int r;

		if (audit->tenants[i].policy.user_map != USER_MAP_SUBIDS)
			continue;
		r = subids_find(req->user, req->uid, &ids, &err);
		if (r == 0)
			r = subids_judge(&ids, req, &err);
		if (r < 0 && !lines_have(&told, err.text)) {
			audit_add(audit, code_of(r), "%s", err.text);
			lines_add(&told, "%s", err.text);
		}
	}
	lines_free(&told);
}
