// SPDX-License-Identifier: MIT
/*
 * Look at the host's accounts and homes, for users = self. Runs as root before anything is mounted;
 * must never follow a link that a tenant can have made, nor ask NSS.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "cleanup.h"
#include "facts_parts.h"
#include "fs.h"
#include "homes.h"
#include "mountinfo.h"
#include "places.h"
#include "tenant.h"

#define FILE_MAX (64 * 1024 * 1024)	/* a million accounts */
#define TRIES_MAX 3			/* of a file that is being written to */

/* A file of /etc, or an empty text for none. */
static int read_file(const char *path, char **ret, struct nsbox_error *err)
{
	int r = -EAGAIN;
	size_t len;

	for (int i = 0; r == -EAGAIN && i < TRIES_MAX; i++) {
		_cleanup_close_ int fd = -1;

		r = fs_open_trusted(path, &fd, err);
		if (r == -ENOENT) {
			*ret = strdup("");
			return *ret ? 0 : error_errno(err, ENOMEM, "cannot read %s", path);
		}
		if (r < 0)
			return r;
		r = fs_read_all(fd, FILE_MAX, ret, &len);
	}
	return r < 0 ? error_errno(err, r, "cannot read %s", path) : 0;
}

/* One more path for a list that ends with an empty one. */
static int add_path(char **list, const char *path, struct nsbox_error *err)
{
	size_t used = 0, len = strlen(path);
	char *grown;

	if (*list)
		while ((*list)[used])
			used += strlen(*list + used) + 1;
	grown = realloc(*list, used + len + 2);
	if (!grown)
		return error_errno(err, ENOMEM, "cannot take %s", path);
	memcpy(grown + used, path, len + 1);
	grown[used + len + 1] = '\0';
	*list = grown;
	return 0;
}

static bool is_within_one_of(const char *path, const char *list)
{
	for (const char *one = list; one && *one; one += strlen(one) + 1)
		if (place_is_within(path, one))
			return true;
	return false;
}

/*
 * The path of a folder without links. The folder itself is not asked: its server may trust no root,
 * as a FUSE of that user's does, or not answer, and all other logins come by here.
 */
static int find_folder(const char *path, char ret[PATH_MAX], struct nsbox_error *err)
{
	const char *name = strrchr(path, '/') + 1;
	char parent[PATH_MAX];
	struct fs_place place;
	int fd, r;

	snprintf(parent, sizeof(parent), "%.*s", (int)(name - path), path);
	r = fs_walk(parent, &place, err);
	if (r < 0)
		return r;
	fd = openat(place.fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	close(place.fd);
	if (fd >= 0 && *name && strcmp(name, ".") != 0 && strcmp(name, "..") != 0) {
		close(fd);
		r = snprintf(ret, PATH_MAX, "%s%s%s", place.path, place.path[1] ? "/" : "", name);
		return r < PATH_MAX ? 0 : error_errno(err, ENAMETOOLONG, "cannot find %s", path);
	}
	cleanup_close(&fd);
	r = fs_walk(path, &place, err);
	if (r < 0)
		return r;
	close(place.fd);
	strcpy(ret, place.path);
	return S_ISDIR(place.st.st_mode) ? 0 : -ENOTDIR;
}

/*
 * Where it really is. One that is not there hides nothing; one that a link of a user's leads to is
 * that user's affair. Two may lead to one place.
 */
static int hide(const char *path, const char *own, struct user_facts *users,
		struct nsbox_error *err)
{
	char found[PATH_MAX];
	int r = find_folder(path, found, err);

	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return 0;
	if (r < 0)
		return r;
	if ((own && place_is_within(found, own)) || is_within_one_of(found, users->hidden))
		return 0;
	if (homes_is_needed(found))
		return error_plain(err, EPERM, "cannot hide the homes in %s: they are in %s, which "
				   "the container needs", path, found);
	return add_path(&users->hidden, found, err);
}

static int hide_homes(const char *passwd, const struct wire_request *req,
		      const struct accounts_range *range, bool keeps_home,
		      struct mount_facts *facts, struct nsbox_error *err)
{
	_cleanup_free_ char *list = NULL;
	struct fs_place own = { .fd = -1 };
	bool has_home = tenant_walk(req, req->home, &own, NULL) == 0 && own.path[1];
	struct user_facts *users = &facts->users;
	int r;

	cleanup_close(&own.fd);
	r = homes_hidden(passwd, req, range, &list, err);
	for (const char *one = list; r == 0 && *one; one += strlen(one) + 1)
		r = hide(one, has_home ? own.path : NULL, users, err);
	/* The host's home that is not the tenant's own is seen as it was. */
	if (r < 0 || !keeps_home || facts->home[0] || !has_home || !S_ISDIR(own.st.st_mode) ||
	    !is_within_one_of(own.path, users->hidden))
		return r;
	return add_path(&users->shown, own.path, err);
}

bool facts_is_in_homes(const struct mount_facts *facts, const char *path)
{
	const struct user_facts *users = &facts->users;

	if ((facts->home[0] && place_is_within(path, facts->home)) ||
	    is_within_one_of(path, users->shown))
		return false;
	for (const char *one = users->hidden; one && *one; one += strlen(one) + 1)
		if (place_is_within(path, one) && strcmp(path, one) != 0)
			return true;
	return false;
}

static int take_mount(const char *target, void *arg, struct nsbox_error *err)
{
	struct user_facts *users = arg;

	/* What lies below one comes along with it. */
	if (is_within_one_of(target, users->etc_mounts))
		return 0;
	return add_path(&users->etc_mounts, target, err);
}

int facts_etc_mounts(struct user_facts *users, struct nsbox_error *err)
{
	return mountinfo_each("/etc", take_mount, users, err);
}

int facts_users(const struct policy *policy, const struct wire_request *req,
		struct mount_facts *ret, struct nsbox_error *err)
{
	_cleanup_free_ char *passwd = NULL, *group = NULL, *defs = NULL;
	struct user_facts *users = &ret->users;
	struct accounts_range range;
	int r = read_file("/etc/passwd", &passwd, err);

	if (r == 0)
		r = read_file("/etc/group", &group, err);
	if (r == 0)
		r = read_file("/etc/login.defs", &defs, err);
	if (r < 0)
		return r;
	range = accounts_range(defs);
	r = accounts_passwd(passwd, req, &range, &users->passwd, err);
	if (r == 0)
		r = accounts_group(group, users->passwd, req, &range, &users->group, err);
	if (r == 0)
		r = hide_homes(passwd, req, &range, !strcmp(policy->home, "host"), ret, err);
	return r < 0 ? r : facts_etc_mounts(users, err);
}

void facts_release_users(struct user_facts *users)
{
	free(users->passwd);
	free(users->group);
	free(users->hidden);
	free(users->shown);
	free(users->etc_mounts);
	memset(users, 0, sizeof(*users));
}
