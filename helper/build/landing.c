// SPDX-License-Identifier: MIT
/*
 * Make the landing. Runs as root of the host, alone in the mount namespace that becomes it; must
 * never leave anything executable but doors.
 */
#include "landing.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "mountns.h"
#include "paths.h"
#include "store.h"
#include "sys.h"

#define RO_DATA (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

static int take_log_socket(int *ret_tree, struct nsbox_error *err)
{
	struct fs_place place;
	int tree;

	if (fs_walk("/dev/log", &place, NULL) < 0)
		return 0;
	_cleanup_close_ int fd = place.fd;

	if (!S_ISSOCK(place.st.st_mode))
		return 0;
	tree = sys_clone_tree(fd, "", AT_EMPTY_PATH);
	if (tree < 0)
		return error_errno(err, tree, "cannot take the log socket %s", place.path);
	*ret_tree = tree;
	return 0;
}

int landing_take(uid_t uid, struct landing_host *ret, struct nsbox_error *err)
{
	_cleanup_close_ int fd = open("/var/log/lastlog", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	off_t at = (off_t)uid * (off_t)sizeof(ret->lastlog);

	ret->log = -1;
	ret->keeps_wtmp = access("/var/log/wtmp", F_OK) == 0;
	ret->keeps_lastlog = access("/var/log/lastlog", F_OK) == 0;
	ret->has_lastlog = fd >= 0 && pread(fd, ret->lastlog, sizeof(ret->lastlog), at) ==
					      (ssize_t)sizeof(ret->lastlog);
	return take_log_socket(&ret->log, err);
}

static int new_file(int dirfd, const char *name, mode_t mode)
{
	int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

	return fd < 0 ? -errno : fd;
}

static int store_record(int dirfd, const struct session_record *record, struct nsbox_error *err)
{
	_cleanup_close_ int fd = new_file(dirfd, "session", 0600);
	int r = fd < 0 ? fd : session_write(fd, record);

	return r < 0 ? error_errno(err, r, "cannot store the session record") : 0;
}

/* Cover the folder of door @i with one that holds the doors of that folder, and nothing else. */
static int cover_folder(int dirfd, const struct door_plan *doors, size_t i, struct nsbox_error *err)
{
	_cleanup_close_ int folder = -1, tree = -1;
	size_t len = doors->doors[i].folder;
	char name[16], target[PATH_MAX];

	snprintf(name, sizeof(name), "doors%zu", i);
	if (mkdirat(dirfd, name, 0755) < 0)
		return error_errno(err, errno, "cannot make the folder of a door");
	folder = openat(dirfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (folder < 0)
		return error_errno(err, errno, "cannot open the folder of a door");
	for (size_t j = i; j < doors->n; j++) {
		_cleanup_close_ int fd = -1;

		if (doors->doors[j].folder != len ||
		    memcmp(doors->doors[j].path, doors->doors[i].path, len))
			continue;
		fd = new_file(folder, doors->doors[j].path + len + 1, 0755);
		if (fd < 0)
			return error_errno(err, fd, "cannot make %s", doors->doors[j].path);
	}
	memcpy(target, doors->doors[i].path, len);
	target[len] = '\0';
	tree = sys_clone_tree(dirfd, name, 0);
	if (tree < 0)
		return error_errno(err, tree, "cannot take the folder of a door");
	return mount_attach(tree, RO_DATA, 0, target, err);
}

static int hang_door(const struct door *door, struct nsbox_error *err)
{
	/* Always from the path: before Linux 6.15 a detached mount cannot be cloned again. */
	_cleanup_close_ int tree = sys_clone_tree(AT_FDCWD, NSBOX_DOOR, 0);

	if (tree < 0)
		return error_errno(err, tree, "cannot take %s", NSBOX_DOOR);
	return mount_attach(tree, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV,
			    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, door->path, err);
}

static int hang_doors(int dirfd, const struct door_plan *doors, struct nsbox_error *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < doors->n; i++)
		if (doors_folder_is_new(doors, i))
			r = cover_folder(dirfd, doors, i, err);
	for (size_t i = 0; r == 0 && i < doors->n; i++)
		r = hang_door(&doors->doors[i], err);
	return r;
}

/* The door and sshd's child say what happens to the same log as ever. */
static int place_log_socket(int dirfd, int log, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;

	if (log < 0)
		return 0;
	fd = new_file(dirfd, "log", 0666);
	if (fd < 0)
		return error_errno(err, fd, "cannot make a place for the log socket");
	return mount_attach(log, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0,
			    LANDING_DIR "/log", err);
}

/* Out of everybody's reach but root's: see store.h. */
static int place_overlay(int dirfd, int overlay, struct nsbox_error *err)
{
	if (overlay < 0)
		return 0;
	if (mkdirat(dirfd, "overlay", 0700) < 0)
		return error_errno(err, errno, "cannot make a place for the overlay");
	return mount_attach(overlay, RO_DATA, 0, STORE_OVERLAY, err);
}

/* The session's own wtmp and lastlog: in the landing, sshd writes them. */
static int open_login_logs(const struct landing_host *host, struct nsbox_error *err)
{
	int r = 0;

	if (host->keeps_wtmp)
		r = sys_mount_setattr(AT_FDCWD, "/var/log/wtmp", 0, 0, MOUNT_ATTR_RDONLY, 0);
	if (r == 0 && host->keeps_lastlog)
		r = sys_mount_setattr(AT_FDCWD, "/var/log/lastlog", 0, 0, MOUNT_ATTR_RDONLY, 0);
	return r < 0 ? error_errno(err, r, "cannot make the landing's login logs writable") : 0;
}

/* sshd says "Last login" from the tree's lastlog, which is the session's own and empty. */
static int fill_lastlog(uid_t uid, const struct landing_host *host, struct nsbox_error *err)
{
	off_t at = (off_t)uid * (off_t)sizeof(host->lastlog);
	_cleanup_close_ int fd = -1;

	if (!host->has_lastlog)
		return 0;
	fd = open("/var/log/lastlog", O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || pwrite(fd, host->lastlog, sizeof(host->lastlog), at) < 0)
		return error_errno(err, errno, "cannot fill the session's lastlog");
	return 0;
}

int landing_make(const struct door_plan *doors, const struct session_record *record,
		 const struct landing_host *host, struct nsbox_error *err)
{
	_cleanup_close_ int dir = -1;
	int r;

	r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, 0,
			      0);
	if (r < 0)
		return error_errno(err, r, "cannot forbid execution in the landing");
	/* The record has 8 KiB; the rest of it are empty files. */
	r = mount_new_fs("tmpfs", "mode=0755,size=1m", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
			 MOUNT_ATTR_NOEXEC, LANDING_DIR, &dir, err);
	if (r == 0)
		r = store_record(dir, record, err);
	if (r == 0)
		r = place_log_socket(dir, host->log, err);
	if (r == 0)
		r = place_overlay(dir, host->overlay, err);
	if (r == 0)
		r = open_login_logs(host, err);
	if (r == 0)
		r = fill_lastlog(record->uid, host, err);
	if (r == 0)
		r = hang_doors(dir, doors, err);
	return r;
}
