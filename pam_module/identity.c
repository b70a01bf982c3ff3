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

#include "cleanup.h"


#define NAME_ROOM_MAX (64 << 20)	/* a group entry lists its members: some have very many */

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

	memset(ret, 0, sizeof(*ret));
	if (pam_get_user(pamh, &user, NULL) != PAM_SUCCESS || !user || !*user)
		return error_plain(err, ENOENT, "cannot tell who logs in: PAM has no user name");
	pw = pam_modutil_getpwnam(pamh, user);
	if (!pw)
		return error_plain(err, ENOENT, "cannot find the user %s", user);
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

/*
 * The name of a group, "" for a group that has none. An NSS source that is out of order is no such
 * group: a [group] section of the policy would not be heard.
 */
static int name_of(gid_t gid, char **ret)
{
	size_t room = 1024;
	struct group gr, *found;
	int r;

	for (;;) {
		_cleanup_free_ char *buf = malloc(room);

		if (!buf)
			return -ENOMEM;
		r = getgrgid_r(gid, &gr, buf, room, &found);
		if (r == 0) {
			*ret = strdup(found ? gr.gr_name : "");
			return *ret ? 0 : -ENOMEM;
		}
		if (r == EINTR)
			continue;
		if (r != ERANGE || room >= NAME_ROOM_MAX)
			return -r;
		room *= 4;
	}
}

int identity_groups(struct identity *id, struct nsbox_error *err)
{
	int r = list_gids(id);

	if (r < 0)
		return error_errno(err, r, "cannot list the groups of %s", id->req.user);
	id->names = calloc(id->req.groups + 1, sizeof(*id->names));
	if (!id->names)
		return error_errno(err, ENOMEM, "cannot list the groups of %s", id->req.user);
	id->req.names = id->names;
	for (size_t i = 0; i < id->req.groups; i++) {
		char *name = NULL;

		r = name_of(id->gids[i], &name);
		if (r < 0)
			return error_errno(err, r, "cannot name the group %u of %s", id->gids[i],
					   id->req.user);
		id->names[i] = name;
	}
	return 0;
}

bool identity_in_group(pam_handle_t *pamh, const struct identity *id, const char *name)
{
	struct group *gr = pam_modutil_getgrnam(pamh, name);

	for (size_t i = 0; gr && i < id->req.groups; i++)
		if (id->gids[i] == gr->gr_gid)
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
