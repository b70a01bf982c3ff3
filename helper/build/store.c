// SPDX-License-Identifier: MIT
/*
 * The folder in which a user's overlay is kept. Runs as root of the host; must never let anybody
 * else into it, nor put two overlays on one layer.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "holders.h"
#include "paths.h"
#include "sys.h"

void store_init(struct store *store)
{
	*store = (struct store){ .dir = -1, .lock = -1, .shared = -1 };
}

void store_release(struct store *store)
{
	cleanup_close(&store->dir);
	cleanup_close(&store->lock);
	cleanup_close(&store->shared);
	store_init(store);
}

/* A folder of root's in @dirfd, made if it is not there. */
static int own_folder(int dirfd, const char *name, mode_t mode)
{
	struct stat st;
	int fd;

	if (mkdirat(dirfd, name, mode) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_uid != 0 || (st.st_mode & (S_IWGRP | S_IWOTH))) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/* The root's path as one name: "/" is "-", "-" and "%" are "%2d" and "%25". */
static int name_of(const char *path, char ret[NAME_MAX + 1])
{
	size_t n = 0;

	for (; *path && n + 4 < NAME_MAX; path++) {
		if (*path == '-' || *path == '%')
			n += (size_t)sprintf(ret + n, "%%%02x", (unsigned int)*path);
		else
			ret[n++] = (char)(*path == '/' ? '-' : *path);
	}
	ret[n] = '\0';
	return *path ? -ENAMETOOLONG : 0;
}

static int open_state(int *ret_fd, struct nsbox_error *err)
{
	struct fs_place parent;
	const char *slash = strrchr(NSBOX_STATE, '/');
	char path[PATH_MAX];
	int r, fd;

	snprintf(path, sizeof(path), "%.*s", (int)(slash - NSBOX_STATE), NSBOX_STATE);
	r = fs_walk(path, &parent, err);
	if (r < 0)
		return r;
	_cleanup_close_ int up = parent.fd;

	fd = parent.trusted ? own_folder(up, slash + 1, 0755) : -EPERM;
	if (fd < 0)
		return error_errno(err, fd, "cannot open %s", NSBOX_STATE);
	*ret_fd = fd;
	return 0;
}

static int open_folder(const char *root, uid_t uid, int *ret_fd, struct nsbox_error *err)
{
	char names[2][NAME_MAX + 1];
	_cleanup_close_ int fd = -1;
	int r = name_of(root, names[1]);

	if (r < 0)
		return error_errno(err, r, "cannot keep an overlay of %s", root);
	snprintf(names[0], sizeof(names[0]), "%u", uid);
	r = open_state(&fd, err);
	if (r < 0)
		return r;
	for (int i = 0; i < 3; i++) {
		int next = own_folder(fd, i ? names[i - 1] : "overlay", 0700);

		if (next < 0)
			return error_errno(err, next, "cannot open %s/overlay/%s/%s", NSBOX_STATE,
					   names[0], names[1]);
		close(fd);
		fd = next;
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

static int lock(int dir, int *ret_fd, struct nsbox_error *err)
{
	/* A file that is open for writing would keep its mount from being made read-only. */
	_cleanup_close_ int fd = openat(dir, "lock", O_RDONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
					0600);
	int r;

	if (fd < 0)
		return error_errno(err, errno, "cannot open the lock of the overlay");
	do {
		r = flock(fd, LOCK_EX);
	} while (r < 0 && errno == EINTR);
	if (r < 0)
		return error_errno(err, errno, "cannot lock the overlay");
	*ret_fd = take_fd(&fd);
	return 0;
}

/* The kernel empties the work folder by itself. */
static int make_layers(int dir, uid_t uid, gid_t gid, struct nsbox_error *err)
{
	if ((mkdirat(dir, "upper", 0755) < 0 && errno != EEXIST) ||
	    (mkdirat(dir, "work", 0700) < 0 && errno != EEXIST) ||
	    fchownat(dir, "upper", uid, gid, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, errno, "cannot make the layers of the overlay");
	return 0;
}

int store_open(const struct policy *policy, const struct wire_request *req, int proc,
	       uid_t root_uid, gid_t root_gid, struct store *ret, struct nsbox_error *err)
{
	_cleanup_close_ int folder = -1;
	int r = open_folder(policy->root, req->uid, &folder, err);

	if (r == 0)
		r = lock(folder, &ret->lock, err);
	if (r < 0)
		return r;
	ret->dir = sys_clone_tree(folder, "", AT_EMPTY_PATH);
	if (ret->dir < 0)
		return error_errno(err, ret->dir, "cannot take the folder of the overlay");
	r = holders_find(ret->dir, proc, req->uid, policy->user_map, &ret->shared, err);
	if (r == 0 && ret->shared < 0)
		r = make_layers(ret->dir, root_uid, root_gid, err);
	return r;
}

int store_publish(const struct store *store, const struct policy *policy, int proc, pid_t init,
		  const struct session_record *record, struct nsbox_error *err)
{
	return holders_add(store->dir, proc, policy->user_map, init, record, err);
}
