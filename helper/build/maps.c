// SPDX-License-Identifier: MIT
/*
 * Write id maps and read them back. Runs as root of the host in the builder; must never leave a
 * container with a map that was not intended.
 */
#include "maps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"

#define SHOWN_MAX (IDMAP_LINES_MAX * sizeof("4294967295 4294967295 4294967295\n"))
/* The kernel fills about a page while there are lines: less was the last. */
#define SHOWN_PART 2048

static int open_file(int proc, pid_t pid, const char *name, int flags)
{
	char path[32];

	snprintf(path, sizeof(path), "%d/%s", pid, name);
	return openat(proc, path, flags | O_CLOEXEC);
}

/* The kernel takes a map, or a word, in one write or not at all. */
static int write_whole(int fd, const char *text)
{
	ssize_t n = write(fd, text, strlen(text));

	if (n < 0)
		return -errno;
	return (size_t)n == strlen(text) ? 0 : -EIO;
}

static int read_whole(int fd, char *buf, size_t size)
{
	size_t used = 0;
	ssize_t n;

	do {
		n = pread(fd, buf + used, size - 1 - used, (off_t)used);
		if (n < 0)
			return -errno;
		used += (size_t)n;
	} while (n >= SHOWN_PART);
	buf[used] = '\0';
	return 0;
}

static int write_map(int proc, pid_t pid, const char *name, const char *text,
		     struct nsbox_error *err)
{
	_cleanup_close_ int fd = open_file(proc, pid, name, O_RDWR);
	char shown[SHOWN_MAX];
	int r = fd < 0 ? -errno : write_whole(fd, text);

	if (r < 0)
		return error_errno(err, r, "cannot write %s of the container", name);
	r = read_whole(fd, shown, sizeof(shown));
	if (r < 0)
		return error_errno(err, r, "cannot read %s of the container back", name);
	if (!idmap_is_shown(text, shown))
		return error_plain(err, EBADE, "cannot trust %s of the container: it is not what "
				   "was written", name);
	return 0;
}

static int deny_setgroups(int proc, pid_t pid, struct nsbox_error *err)
{
	_cleanup_close_ int fd = open_file(proc, pid, "setgroups", O_WRONLY);
	int r = fd < 0 ? -errno : write_whole(fd, "deny");

	return r < 0 ? error_errno(err, r, "cannot write setgroups of the container") : 0;
}

int maps_write(int proc, pid_t pid, const struct idmap *map, struct nsbox_error *err)
{
	int r = 0;

	/* First: root inside could else leave a group that a file's mode excludes. */
	if (!map->may_set_groups)
		r = deny_setgroups(proc, pid, err);
	if (r == 0)
		r = write_map(proc, pid, "uid_map", map->uid, err);
	return r < 0 ? r : write_map(proc, pid, "gid_map", map->gid, err);
}

int maps_open(int proc, pid_t pid, int *ret_fd, struct nsbox_error *err)
{
	int fd = open_file(proc, pid, "ns/user", O_RDONLY);

	if (fd < 0)
		return error_errno(err, errno, "cannot open the container's user namespace");
	*ret_fd = fd;
	return 0;
}
