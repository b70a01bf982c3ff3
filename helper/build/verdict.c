// SPDX-License-Identifier: MIT
/*
 * Find the policy of one login. Runs as root in the builder; must never fall back to the default
 * because a file is bad.
 */
#include "verdict.h"

#include "files.h"
#include "match.h"

static void cleanup_doc(struct conf_doc **doc)
{
	conf_free(*doc);
}

int verdict_find(const char *file, const struct wire_request *req, struct policy *ret,
		 struct site *ret_site, struct nsbox_error *err)
{
	__attribute__((cleanup(cleanup_doc))) struct conf_doc *doc = NULL;
	struct match_subject who = {
		.user = req->user,
		.uid = req->uid,
		.groups = (const char *const *)req->names,
		.n_groups = req->groups,
		.rhost = req->rhost,
		.service = req->service,
		.tty = req->tty,
	};
	int r = conf_files_load(file, NULL, &doc, err);

	if (r == 0)
		r = match_site(doc, ret_site, NULL, err);
	return r < 0 ? r : match_policy(doc, &who, ret, NULL, err);
}
