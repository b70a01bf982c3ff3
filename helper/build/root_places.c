// SPDX-License-Identifier: MIT
/*
 * Find out where mounts go in a root of the container's own. Runs as root of the host before
 * anything is mounted; must never leave the root by a link of it.
 */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "expand.h"
#include "facts_parts.h"
#include "mountinfo.h"
#include "places.h"
#include "sys.h"

#define PLACES_MAX 512

/* In an image these are folders of ours, whatever the image has there: a link, a FIFO, nothing. */
static const char *const ours[] = { "/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp" };

static bool is_ours(const char *target)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (!strcmp(ours[i], target))
			return true;
	return false;
}

/* The path that an object of the root has in it. */
static int path_of(const struct root_facts *facts, int fd, char ret[PATH_MAX])
{
	size_t top = facts->where ? strlen(facts->where) : 0;
	char self[32];
	ssize_t n;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	n = readlink(self, ret, PATH_MAX - 1);
	if (n < 0)
		return -errno;
	if (n == 0 || ret[0] != '/' || n == PATH_MAX - 1)
		return -ENAMETOOLONG;
	ret[n == 1 ? 0 : n] = '\0';	/* the root itself is "" */
	if (!top)
		return 0;
	if (strncmp(ret, facts->where, top) || (ret[top] && ret[top] != '/'))
		return -EXDEV;
	memmove(ret, ret + top, strlen(ret + top) + 1);
	return 0;
}

/* In the host's own tree, which users can write, a link counts only where root alone made it. */
static int check_links(const char *prefix, const char *found)
{
	struct fs_place place;
	int r;

	if (!strcmp(prefix, found))
		return 0;
	r = fs_walk(prefix[0] ? prefix : "/", &place, NULL);
	if (r < 0)
		return r;
	close(place.fd);
	return strcmp(place.path, found[0] ? found : "/") ? -ELOOP : 0;
}

/* How much of @target there is: an object, where it is, and the rest of the path. */
static int find_prefix(const struct root_facts *facts, const char *target, char ret[PATH_MAX],
		       size_t *ret_len, struct stat *ret_st)
{
	size_t len = strlen(target);
	char prefix[PATH_MAX];

	for (;;) {
		_cleanup_close_ int fd = -1;

		memcpy(prefix, target, len);
		prefix[len] = '\0';
		fd = sys_openat2(facts->tree, len ? prefix + 1 : ".", O_PATH,
				 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS);
		if (fd >= 0) {
			int r = fstat(fd, ret_st) < 0 ? -errno : path_of(facts, fd, ret);

			*ret_len = len;
			return r == 0 && facts->host ? check_links(prefix, ret) : r;
		}
		if ((fd != -ENOENT && fd != -ENOTDIR) || !len)
			return fd;
		while (target[--len] != '/')
			;
	}
}

int root_look_up(const struct root_facts *facts, const char *path, char **ret_path,
		 struct stat *ret_st)
{
	char found[PATH_MAX];
	size_t len;
	int r = find_prefix(facts, path, found, &len, ret_st);

	if (r < 0)
		return r;
	if (path[len] && !S_ISDIR(ret_st->st_mode))
		return -ENOTDIR;
	if (asprintf(ret_path, "%s%s", found, path + len) < 0)
		return -ENOMEM;
	return !path[len];
}

static int look_up(const struct root_facts *facts, struct root_place *place)
{
	struct stat st;
	int r = root_look_up(facts, place->target, &place->path, &st);

	if (r < 0)
		return r;
	if (!place->path[0])	/* a link to the root: it would be lost below the mount */
		return -ELOOP;
	place->missing = r == 0;
	if (!place->missing && S_ISDIR(st.st_mode) != place->folder)
		return place->folder ? -ENOTDIR : -EISDIR;
	return 0;
}

/* A mount below another one comes along with that one. */
static bool comes_along(const struct root_facts *facts, const char *target)
{
	for (size_t i = 0; i < facts->n_places; i++)
		if (place_is_within(target, facts->places[i].target))
			return true;
	return false;
}

static void drop_below(struct root_facts *facts, const char *target)
{
	size_t kept = 0;

	for (size_t i = 0; i < facts->n_places; i++) {
		if (!facts->places[i].aside && place_is_within(facts->places[i].target, target)) {
			free(facts->places[i].target);
			free(facts->places[i].path);
		} else {
			facts->places[kept++] = facts->places[i];
		}
	}
	facts->n_places = kept;
}

static int find_place(struct root_facts *facts, struct root_place *place, struct nsbox_error *err)
{
	int r = 0;

	if (!facts->host && is_ours(place->target))
		place->path = strdup(place->target);
	else
		r = look_up(facts, place);
	if (r == 0 && !place->path)
		r = -ENOMEM;
	return r < 0 ? error_errno(err, r, "cannot find a place for %s in the root",
				   place->target) : 0;
}

static void drop_last(struct root_facts *facts)
{
	struct root_place *place = &facts->places[--facts->n_places];

	free(place->target);
	free(place->path);
}

/* @like: what the place is to be, with the target of the plan. */
static int add_place(struct root_facts *facts, const struct root_place *like, bool optional,
		     struct nsbox_error *err)
{
	struct root_place *place;
	int r;

	if (!like->aside) {
		if (comes_along(facts, like->target))
			return 0;
		drop_below(facts, like->target);
	}
	if (facts->n_places == PLACES_MAX)
		return error_errno(err, E2BIG, "cannot take %s into the root", like->target);
	place = &facts->places[facts->n_places];
	*place = *like;
	place->target = strdup(like->target);
	if (!place->target)
		return error_errno(err, ENOMEM, "cannot take %s into the root", like->target);
	facts->n_places++;
	r = find_place(facts, place, err);
	if (r == 0 && place->missing && optional)
		drop_last(facts);
	return r;
}

/* Whether the mount shows a folder: what is bound is still the host's, the rest is in the plan. */
static bool shows_folder(const struct mount_plan *plan, const struct mount_op *op)
{
	struct stat st;

	if (op->kind == MOUNT_BIND)
		return stat(op->source, &st) < 0 || S_ISDIR(st.st_mode);
	if (op->kind != MOUNT_SCRATCH)
		return true;
	for (size_t i = 0; i < plan->n_scratch; i++)
		if (!strcmp(plan->scratch[i].path, op->source))
			return plan->scratch[i].kind == SCRATCH_DIR;
	return true;
}

/* Only root can say what is at @target: no link is on the way, and nobody else can make one. */
static bool is_settled(const char *target)
{
	char folder[PATH_MAX];
	struct fs_place place;
	bool settled;
	char *slash;

	if (strlen(target) >= sizeof(folder))
		return false;
	strcpy(folder, target);
	slash = strrchr(folder, '/');
	slash[slash == folder] = '\0';
	if (fs_walk(folder, &place, NULL) < 0)
		return false;	/* covered by another one */
	settled = place.trusted && !strcmp(place.path, folder);
	close(place.fd);
	return settled;
}

/*
 * What the host's own tree has mounted in it does not come with a copy of its root alone. Below a
 * folder that a user can write it stays away: the user may put a link there before we come to it,
 * have a thousand mounts by FUSE, and let each of them stall.
 */
static int add_host_mount(const char *target, void *arg, struct nsbox_error *err)
{
	struct root_facts *facts = arg;
	struct stat st;

	if (!is_settled(target) || lstat(target, &st) < 0)
		return 0;
	return add_place(facts, &(struct root_place){ .target = (char *)(uintptr_t)target,
						      .folder = S_ISDIR(st.st_mode) }, false, err);
}

/*
 * What the policy hides is hidden in the root by the names that it has there, whatever they lead to
 * on the host. What lies in another mount came along with that, and its cover as well.
 */
static int hide(struct root_facts *facts, char *target, struct nsbox_error *err)
{
	struct root_place like = {
		.target = target,
		.attr = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			MOUNT_ATTR_NOEXEC,
	};
	_cleanup_free_ char *path = NULL;
	struct stat st;
	int r = root_look_up(facts, target, &path, &st);

	if (r <= 0)
		return r == 0 || r == -ENOTDIR ? 0 : error_errno(err, r, "cannot hide %s", target);
	for (size_t i = 0; i < facts->n_places; i++)
		if (place_is_within(path, facts->places[i].path))
			return 0;
	like.folder = S_ISDIR(st.st_mode);
	like.aside = like.folder ? "hidden" : "hidden-file";
	return add_place(facts, &like, true, err);
}

static int hide_all(const struct policy *policy, const struct wire_request *req,
		    struct root_facts *facts, struct nsbox_error *err)
{
	const struct expand_who who = facts_who(req);
	const char *word = NULL;
	char path[PATH_MAX];
	int r = 0;

	while (r == 0 && (word = words_next(&policy->hide, word))) {
		r = expand_path(word, &who, path);
		r = r < 0 ? error_errno(err, r, "cannot hide %s", word) : hide(facts, path, err);
	}
	return r;
}

static int take_op(const struct mount_plan *plan, const struct mount_op *op,
		   struct root_facts *ret, struct nsbox_error *err)
{
	struct root_place like = {
		.target = (char *)(uintptr_t)op->target,
		.aside = op->aside,
		.folder = shows_folder(plan, op),
	};

	/* An image has names of its own, and no login records; the host's has the landing's. */
	if (op->stage == MOUNT_LANDING || op->kind == MOUNT_ROOT ||
	    (!ret->host && (op->of_host || place_is_within(op->target, "/var/log"))))
		return 0;
	return add_place(ret, &like, op->optional, err);
}

int root_find_places(const struct mount_plan *plan, const struct policy *policy,
		     const struct wire_request *req, struct root_facts *ret,
		     struct nsbox_error *err)
{
	struct root_place proc = { .target = (char[]){ "/proc" }, .folder = true };
	int r;

	ret->places = calloc(PLACES_MAX, sizeof(*ret->places));
	if (!ret->places)
		return error_errno(err, ENOMEM, "cannot take mounts into the root");
	r = add_place(ret, &proc, false, err);
	if (r == 0 && ret->host)
		r = mountinfo_each("/", add_host_mount, ret, err);
	for (size_t i = 0; r == 0 && i < plan->n_ops; i++)
		r = take_op(plan, &plan->ops[i], ret, err);
	return r < 0 || ret->host ? r : hide_all(policy, req, ret, err);
}
