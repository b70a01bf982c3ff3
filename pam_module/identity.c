// SPDX-License-Identifier: MIT
/*
 * Ask NSS and PAM who logs in. Runs in sshd as root; must never be called after the module has
 * joined a namespace, nor keep anything beyond the call.
 */
#include "identity.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_ext.h>
#include <security/pam_modutil.h>
#include <stdlib.h>
#include <string.h>

#include "id.h"

static const char *item(pam_handle_t *pamh, int which)
{
	const void *value = NULL;

	if (pam_get_item(pamh, which, &value) != PAM_SUCCESS || !value)
		return "";
	return value;
}

int identity_user(pam_handle_t *pamh, struct identity *ret, struct nsbox_error *err)
{
	const char *user = NULL;
	struct passwd *pw;
	int r;

	memset(ret, 0, sizeof(*ret));
	r = id_draw(ret->id);
	if (r < 0)
		return error_errno(err, r, "cannot draw a session id");
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || !user || !*user)
		return error_plain(err, ENOENT, "cannot tell who logs in: PAM has no user name");
	pw = pam_modutil_getpwnam(pamh, user);
	if (!pw)
		return error_plain(err, ENOENT, "cannot find the user %s", user);
	ret->req.id = ret->id;
	ret->req.uid = pw->pw_uid;
	ret->req.gid = pw->pw_gid;
	ret->req.user = pw->pw_name;
	ret->req.home = pw->pw_dir;
	/* as login(1) does */
	ret->req.shell = pw->pw_shell && *pw->pw_shell ? pw->pw_shell : "/bin/sh";
	ret->req.service = item(pamh, PAM_SERVICE);
	ret->req.rhost = item(pamh, PAM_RHOST);
	ret->req.tty = item(pamh, PAM_TTY);
	return 0;
}

static int list_gids(struct identity *id)
{
	int n = 64;

	for (;;) {
		gid_t *gids = calloc((size_t)n, sizeof(*gids));
		int had = n;

		if (!gids)
			return -ENOMEM;
		if (getgrouplist(id->req.user, id->req.gid, gids, &n) >= 0) {
			id->gids = gids;
			id->req.gids = gids;
			id->req.groups = (uint32_t)n;
			return 0;
		}
		free(gids);
		if (n <= had || n > WIRE_GROUPS_MAX)
			return -E2BIG;
	}
}

int identity_groups(pam_handle_t *pamh, struct identity *id, struct nsbox_error *err)
{
	int r = list_gids(id);

	if (r < 0)
		return error_errno(err, r, "cannot list the groups of %s", id->req.user);
	id->names = calloc(id->req.groups + 1, sizeof(*id->names));
	if (!id->names)
		return error_errno(err, ENOMEM, "cannot list the groups of %s", id->req.user);
	id->req.names = id->names;
	for (size_t i = 0; i < id->req.groups; i++) {
		struct group *gr = pam_modutil_getgrgid(pamh, id->gids[i]);

		id->names[i] = strdup(gr ? gr->gr_name : "");
		if (!id->names[i])
			return error_errno(err, ENOMEM, "cannot name the groups of %s",
					   id->req.user);
	}
	return 0;
}

bool identity_in_group(const struct identity *id, const char *name)
{
	for (size_t i = 0; *name && i < id->req.groups; i++)
		if (!strcmp(id->names[i], name))
			return true;
	return false;
}

void identity_release(struct identity *id)
{
	for (size_t i = 0; id->names && i < id->req.groups; i++)
		free((void *)(uintptr_t)id->names[i]);
	free(id->names);
	free(id->gids);
	id->names = NULL;
	id->gids = NULL;
}
