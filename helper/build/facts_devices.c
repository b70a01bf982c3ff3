// SPDX-License-Identifier: MIT
/*
 * Find the host's devices that the policy names. Runs as root before anything is mounted; must
 * never follow a link, nor open a device.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "devices.h"
#include "facts_parts.h"

/**
 * struct search - for the devices of one pattern
 * @ret: where to
 * @err: of the login
 * @path: of the folder under way, below /dev, "" or with a '/' at its end
 */
struct search {
	struct mount_facts *ret;
	struct nsbox_error *err;
	char path[MOUNT_DEVICE_PATH];
};

static int search_folder(struct search *s, int fd, const char *pattern);

static bool is_there(const struct mount_facts *facts, const char *path)
{
	for (size_t i = 0; i < facts->n_devices; i++)
		if (!strcmp(facts->devices[i].path, path))
			return true;
	return false;
}

static int add(struct search *s, const char *path, const struct stat *st)
{
	struct mount_facts *facts = s->ret;
	struct mount_device *device;

	if (is_there(facts, path))
		return 0;
	if (!facts->devices)
		facts->devices = calloc(MOUNT_DEVICES_MAX, sizeof(*facts->devices));
	if (!facts->devices)
		return error_errno(s->err, ENOMEM, "cannot take /dev/%s", path);
	if (facts->n_devices == MOUNT_DEVICES_MAX)
		return error_plain(s->err, E2BIG, "cannot take /dev/%s: the policy's devices are "
				   "more than %d", path, MOUNT_DEVICES_MAX);
	device = &facts->devices[facts->n_devices++];
	strcpy(device->path, path);
	device->mode = st->st_mode;
	device->uid = st->st_uid;
	device->gid = st->st_gid;
	device->dev = st->st_rdev;
	return 0;
}

/* What there is by the name of @name; @rest of the pattern is for what lies below it. */
/* NOLINTNEXTLINE(misc-no-recursion): as deep as the pattern has folders, which is short */
static int look_at(struct search *s, int dirfd, const char *name, const char *rest)
{
	size_t len = strlen(s->path);
	struct stat st;
	int fd, r = 0;

	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : error_errno(s->err, errno, "cannot look at /dev/%s%s",
							 s->path, name);
	if (len + strlen(name) + 2 > sizeof(s->path))
		return error_errno(s->err, ENAMETOOLONG, "cannot take /dev/%s%s", s->path, name);
	strcpy(s->path + len, name);
	if (devices_are_own(s->path)) {
		s->path[len] = '\0';
		return 0;
	}
	if (!*rest && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode))) {
		r = add(s, s->path, &st);
	} else if (*rest && S_ISDIR(st.st_mode)) {
		fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		strcat(s->path, "/");
		if (fd >= 0)
			r = search_folder(s, fd, rest);
		else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
			r = error_errno(s->err, errno, "cannot open /dev/%s", s->path);
	}
	s->path[len] = '\0';
	return r;
}

/* Closes @fd. */
/* NOLINTNEXTLINE(misc-no-recursion): as look_at() */
static int search_folder(struct search *s, int fd, const char *pattern)
{
	DIR *dir = fdopendir(fd);
	struct dirent *entry;
	const char *rest;
	int r = 0;

	if (!dir) {
		close(fd);
		return error_errno(s->err, errno, "cannot read /dev/%s", s->path);
	}
	while (r == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
		    devices_match(pattern, entry->d_name, &rest))
			r = look_at(s, dirfd(dir), entry->d_name, rest);
	closedir(dir);
	return r;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct mount_device *)a)->path,
		      ((const struct mount_device *)b)->path);
}

int facts_devices(const struct policy *policy, struct mount_facts *ret, struct nsbox_error *err)
{
	struct search s = { .ret = ret, .err = err };
	const char *word = NULL;
	int r = 0;

	while (r == 0 && (word = words_next(&policy->devices, word))) {
		int fd = open("/dev", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

		r = fd < 0 ? error_errno(err, errno, "cannot open /dev") :
			     search_folder(&s, fd, word + strlen("/dev/"));
	}
	if (r == 0 && ret->n_devices)
		qsort(ret->devices, ret->n_devices, sizeof(*ret->devices), by_path);
	return r;
}
