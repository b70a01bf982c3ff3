// SPDX-License-Identifier: MIT
/*
 * Find the policy of one login. Runs as root in the builder; must never take a file that others
 * than root can have written, and never fall back to the default because a file is bad.
 */
#include "verdict.h"

#include <errno.h>

#include "cleanup.h"
#include "fs.h"
#include "load.h"
#include "match.h"

static void cleanup_doc(struct conf_doc **doc)
{
	conf_free(*doc);
}

static int load(const char *file, struct conf_doc **ret, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	r = fs_open_trusted(file, &fd, err);
	if (r == -ENOENT)
		return conf_load_builtin(ret, err);
	if (r < 0)
		return r;
	r = fs_read_all(fd, CONF_MAX_BYTES, &text, &len);
	if (r < 0)
		return error_errno(err, r, "cannot read %s", file);
	return conf_load(file, text, len, ret, err);
}

int verdict_find(const char *file, const struct wire_request *req, struct policy *ret,
		 struct nsbox_error *err)
{
	__attribute__((cleanup(cleanup_doc))) struct conf_doc *doc = NULL;
	struct match_subject who = {
		.user = req->user,
		.groups = (const char *const *)req->names,
		.n_groups = req->groups,
	};
	int r = load(file, &doc, err);

	return r < 0 ? r : match_policy(doc, &who, ret, NULL, err);
}
