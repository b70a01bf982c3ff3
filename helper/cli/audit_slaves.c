// SPDX-License-Identifier: MIT
/*
 * Audit: what the policy's `slave` names. Runs as root; mounts nothing, not even by autofs.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "cleanup.h"
#include "expand.h"
#include "fs.h"
#include "lines.h"

/* Is the mount that @fd is on of a peer group? See proc_pid_mountinfo(5), "shared:". */
static bool is_shared(int fd)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	_cleanup_free_ char *line = NULL;
	bool shared = false;
	struct statx st;
	size_t size = 0;

	if (!file)
		return true;	/* nothing is known against it */
	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &st) < 0)
		st.stx_mnt_id = 0;
	while (getline(&line, &size, file) > 0)
		if (strtoull(line, NULL, 10) == st.stx_mnt_id)
			shared = strstr(line, " shared:") != NULL;
	fclose(file);
	return shared;
}

static void look_at(struct audit *audit, struct lines *told, const struct tenant *tenant,
		    const char *word)
{
	const struct wire_request *req = &tenant->login.req;
	const struct expand_who who = { req->user, req->uid, req->groups ? req->names[0] : "",
					req->gid, req->home, "0" };
	struct nsbox_error err;
	struct fs_place place;
	char path[PATH_MAX];

	/* What cannot be found refuses the login, and that login tells why. */
	if (expand_path(word, &who, path) < 0 || fs_walk(path, &place, &err) < 0)
		return;
	if (!lines_have(told, path) && !is_shared(place.fd)) {
		audit_add(audit, SLAVE_NOT_SHARED, "%s is on a mount that is not shared (%s, for "
			  "one)", path, req->user);
		lines_add(told, "%s", path);
	}
	close(place.fd);
}

void audit_slaves(struct audit *audit)
{
	struct lines told = { .n = 0 };

	for (size_t i = 0; i < audit->n_tenants; i++) {
		const char *word = NULL;

		while ((word = words_next(&audit->tenants[i].policy.slave, word)))
			look_at(audit, &told, &audit->tenants[i], word);
	}
	lines_free(&told);
}
