// SPDX-License-Identifier: MIT
/*
 * Walk and open what root relies on; see fs.h for the MUSTs. Runs as root in the builder and with
 * no privilege in the CLI; must never follow a link that somebody else than root can have made.
 */
#include "fs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define LINKS_MAX 40	/* the kernel's own limit, path_resolution(7) */

/**
 * struct walk - a walk under way
 * @at: what has been reached
 * @rest: what is still to be walked
 * @links: symbolic links followed so far
 */
struct walk {
	struct fs_place at;
	char rest[PATH_MAX];
	unsigned int links;
};

static bool only_root_writes(const struct stat *st)
{
	return st->st_uid == 0 && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static int walk_to_root(struct walk *w)
{
	int fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (w->at.fd >= 0)
		close(w->at.fd);
	w->at.fd = fd;
	strcpy(w->at.path, "/");
	if (fstat(fd, &w->at.st) < 0)
		return -errno;
	w->at.trusted = only_root_writes(&w->at.st);
	return 0;
}

/* Take the next component off @w->rest. Return its length, 0 at the end, -ENAMETOOLONG. */
static int next_component(struct walk *w, char name[NAME_MAX + 1])
{
	size_t skip = strspn(w->rest, "/");
	size_t len = strcspn(w->rest + skip, "/");

	if (len > NAME_MAX)
		return -ENAMETOOLONG;
	memcpy(name, w->rest + skip, len);
	name[len] = '\0';
	memmove(w->rest, w->rest + skip + len, strlen(w->rest + skip + len) + 1);
	return (int)len;
}

/* @fd is a link in the folder reached: what it points at comes before the rest of the walk. */
static int follow_link(struct walk *w, int fd)
{
	char target[PATH_MAX], joined[2 * PATH_MAX];
	ssize_t n;

	if (!w->at.trusted || ++w->links > LINKS_MAX)
		return -ELOOP;
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	snprintf(joined, sizeof(joined), "%s/%s", target, w->rest);
	if (strlen(joined) >= sizeof(w->rest))
		return -ENAMETOOLONG;
	strcpy(w->rest, joined);
	return target[0] == '/' ? walk_to_root(w) : 0;
}

/* Up one level: by path, from the root, so that trust is judged anew on the way. */
static int walk_up(struct walk *w)
{
	char joined[2 * PATH_MAX];
	char *slash = strrchr(w->at.path, '/');

	*slash = '\0';
	snprintf(joined, sizeof(joined), "%s/%s", w->at.path, w->rest);
	if (strlen(joined) >= sizeof(w->rest))
		return -ENAMETOOLONG;
	strcpy(w->rest, joined);
	return walk_to_root(w);
}

/*
 * As a folder first: only a look-up that wants a folder makes autofs mount what belongs there. Then
 * as what else it is.
 */
static int look_up(int folder, const char *name)
{
	int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
		fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return fd;
}

static int walk_into(struct walk *w, const char *name)
{
	_cleanup_close_ int fd = -1;
	size_t len = strlen(w->at.path);
	struct stat st;

	if (!S_ISDIR(w->at.st.st_mode))
		return -ENOTDIR;	/* also for "file/." */
	if (!strcmp(name, "."))
		return 0;
	if (!strcmp(name, ".."))
		return walk_up(w);
	fd = look_up(w->at.fd, name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (S_ISLNK(st.st_mode))
		return follow_link(w, fd);
	if (len + strlen(name) + 2 > sizeof(w->at.path))
		return -ENAMETOOLONG;
	snprintf(w->at.path + len, sizeof(w->at.path) - len, "%s%s", len > 1 ? "/" : "", name);
	close(w->at.fd);
	w->at.fd = take_fd(&fd);
	w->at.st = st;
	w->at.trusted = w->at.trusted && only_root_writes(&st);
	return 0;
}

static int walk(struct walk *w, const char *path)
{
	char name[NAME_MAX + 1];
	int r;

	if (path[0] != '/')
		return -EINVAL;
	if (strlen(path) >= sizeof(w->rest))
		return -ENAMETOOLONG;
	strcpy(w->rest, path);
	r = walk_to_root(w);
	while (r == 0) {
		r = next_component(w, name);
		if (r <= 0)
			return r;
		r = walk_into(w, name);
	}
	return r;
}

int fs_walk(const char *path, struct fs_place *ret, struct nsbox_error *err)
{
	struct walk w = { .at.fd = -1 };
	int r = walk(&w, path);

	if (r < 0) {
		if (w.at.fd >= 0)
			close(w.at.fd);
		if (r == -ELOOP)
			error_plain(err, ELOOP, "cannot follow a link on the way to %s: only those "
				    "are followed that lie where nobody but root can write", path);
		else
			error_errno(err, r, "cannot find %s", path);
		return r;
	}
	*ret = w.at;
	return 0;
}

static int judge(const struct stat *st, bool trusted, const char *path, struct nsbox_error *err)
{
	if (!S_ISREG(st->st_mode))
		return error_plain(err, EPERM, "cannot trust %s: it is not a regular file", path);
	if (!trusted)
		return error_plain(err, EPERM, "cannot trust %s: it, or a folder on the way, "
				   "is not root's or can be written by others", path);
	return 0;
}

/* @found is O_PATH, judged by @st and @trusted: open that very file, whatever has its name now. */
static int open_judged(int found, const struct stat *st, bool trusted, const char *path,
		       int *ret_fd, struct nsbox_error *err)
{
	char self[32];
	int fd, r = judge(st, trusted, path, err);

	if (r < 0)
		return r;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", found);
	fd = open(self, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return error_errno(err, errno, "cannot open %s", path);
	*ret_fd = fd;
	return 0;
}

int fs_open_trusted(const char *path, int *ret_fd, struct nsbox_error *err)
{
	struct fs_place place;
	int r = fs_walk(path, &place, err);

	if (r < 0)
		return r;
	_cleanup_close_ int found = place.fd;

	return open_judged(found, &place.st, place.trusted, path, ret_fd, err);
}

/*
 * A link has to be walked; whatever else there is lies in the folder itself. There may be hundreds:
 * so they are opened by name, which takes half as long as by /proc. That name has been looked at
 * before, since to open a device can be to use it; what is believed is what the descriptor says.
 */
int fs_open_trusted_in(const struct fs_place *folder, const char *name, int *ret_fd,
		       struct nsbox_error *err)
{
	char path[PATH_MAX + NAME_MAX + 2];
	_cleanup_close_ int fd = -1;
	struct stat st;
	int r;

	snprintf(path, sizeof(path), "%s/%s", folder->path, name);
	if (fstatat(folder->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return error_errno(err, errno, "cannot find %s", path);
	if (S_ISLNK(st.st_mode))
		return fs_open_trusted(path, ret_fd, err);
	r = judge(&st, folder->trusted && only_root_writes(&st), path, err);
	if (r < 0)
		return r;
	fd = openat(folder->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 && errno == ELOOP)
		return fs_open_trusted(path, ret_fd, err);
	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot open %s", path);
	r = judge(&st, only_root_writes(&st), path, err);
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

int fs_read_all(int fd, size_t max, char **ret_text, size_t *ret_len)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0, room;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if ((unsigned long long)st.st_size > max)
		return -EFBIG;
	room = (size_t)st.st_size + 2;	/* one byte to see that it grew, one for the NUL */
	text = malloc(room);
	if (!text)
		return -ENOMEM;
	while (len < room - 1) {
		ssize_t n = read(fd, text + len, room - 1 - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (len == room - 1)
		return -EAGAIN;	/* it is being written to: what we hold may be half of it */
	text[len] = '\0';
	*ret_text = text;
	*ret_len = len;
	text = NULL;
	return 0;
}
