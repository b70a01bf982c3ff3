// SPDX-License-Identifier: MIT
/*
 * Ask NSS who would log in. Runs with any privilege; must never be called in a landing, where no
 * module of NSS can be loaded.
 */
#include "login.h"

#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void drop(const char *text)
{
	free((void *)(uintptr_t)text);
}

void login_release(struct login *login)
{
	struct wire_request *req = &login->req;

	for (size_t i = 0; req->names && i < req->groups; i++)
		drop(req->names[i]);
	free(req->names);
	free((void *)(uintptr_t)req->gids);
	drop(req->user);
	drop(req->home);
	drop(req->shell);
	memset(login, 0, sizeof(*login));
}

/* As the module does, and with its limit. */
static int list_gids(struct wire_request *req)
{
	int n = 64;

	for (;;) {
		gid_t *gids = calloc((size_t)n, sizeof(*gids));
		int had = n;

		if (!gids)
			return -ENOMEM;
		if (getgrouplist(req->user, req->gid, gids, &n) >= 0) {
			req->gids = gids;
			req->groups = (uint32_t)n;
			return 0;
		}
		free(gids);
		if (n <= had || n > WIRE_GROUPS_MAX)
			return -E2BIG;
	}
}

static int name_groups(struct wire_request *req)
{
	req->names = calloc(req->groups + 1, sizeof(*req->names));
	if (!req->names)
		return -ENOMEM;
	for (size_t i = 0; i < req->groups; i++) {
		struct group *gr = getgrgid(req->gids[i]);

		req->names[i] = strdup(gr ? gr->gr_name : "");
		if (!req->names[i])
			return -ENOMEM;
	}
	return 0;
}

int login_of(const struct passwd *pw, struct login *ret, struct nsbox_error *err)
{
	struct wire_request *req = &ret->req;
	int r = -ENOMEM;

	memset(ret, 0, sizeof(*ret));
	req->uid = pw->pw_uid;
	req->gid = pw->pw_gid;
	req->user = strdup(pw->pw_name);
	req->home = strdup(pw->pw_dir ? pw->pw_dir : "");
	/* as login(1) does */
	req->shell = strdup(pw->pw_shell && *pw->pw_shell ? pw->pw_shell : "/bin/sh");
	req->service = "sshd";
	req->tty = "ssh";
	req->rhost = "";
	req->id = "";
	if (req->user && req->home && req->shell)
		r = list_gids(req);
	if (r == 0)
		r = name_groups(req);
	if (r == 0)
		return 0;
	error_errno(err, r, "cannot list the groups of %s", req->user ? req->user : "a user");
	login_release(ret);
	return r;
}

int login_find(const char *user, struct login *ret, struct nsbox_error *err)
{
	struct passwd *pw;

	memset(ret, 0, sizeof(*ret));
	errno = 0;
	pw = getpwnam(user);
	if (pw)
		return login_of(pw, ret, err);
	/* Also what NSS says when it has asked and there is none, getpwnam(3). */
	if (errno == 0 || errno == ENOENT || errno == ESRCH || errno == EBADF || errno == EPERM)
		return error_plain(err, ENOENT, "cannot find the user %s", user);
	return error_errno(err, errno, "cannot find the user %s", user);
}

struct match_subject login_subject(const struct login *login)
{
	const struct wire_request *req = &login->req;

	return (struct match_subject){
		.user = req->user,
		.uid = req->uid,
		.groups = (const char *const *)req->names,
		.n_groups = req->groups,
		.rhost = req->rhost,
		.service = req->service,
		.tty = req->tty,
	};
}
