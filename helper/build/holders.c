// SPDX-License-Identifier: MIT
/*
 * The sessions that have a user's overlay. Runs as root of the host; must never believe a number of
 * a process without seeing that it is still the same one.
 */
#include "holders.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "cleanup.h"
#include "init.h"
#include "store.h"
#include "sys.h"

#define FOLDER "sessions"
#define BOOT_ID_LEN 36

/* A holder's file, stored as it is. */
struct holder {
	uint32_t size;
	uint32_t map;
	int32_t init;
	char boot[BOOT_ID_LEN + 4];
	uint64_t started;
	uint64_t pidns_dev;
	uint64_t pidns_ino;
	char id[WIRE_ID_LEN + 4];
};

static int read_boot_id(int proc, char ret[BOOT_ID_LEN + 4])
{
	_cleanup_close_ int fd = openat(proc, "sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);

	memset(ret, 0, BOOT_ID_LEN + 4);
	return fd >= 0 && read(fd, ret, BOOT_ID_LEN) == BOOT_ID_LEN ? 0 : -EIO;
}

/* When the process was started, in clock ticks after boot: field 22 of proc_pid_stat(5). */
static int read_start(int proc, pid_t pid, uint64_t *ret)
{
	char path[32], text[1024];
	_cleanup_close_ int fd = -1;
	ssize_t n;
	char *at;

	snprintf(path, sizeof(path), "%d/stat", pid);
	fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -ESRCH;
	text[n] = '\0';
	at = strrchr(text, ')');	/* the name before it may hold anything */
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	if (!at)
		return -ESRCH;
	*ret = strtoull(at, NULL, 10);
	return 0;
}

static bool read_holder(int folder, const char *name, struct holder *ret)
{
	_cleanup_close_ int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	return fd >= 0 && read(fd, ret, sizeof(*ret)) == (ssize_t)sizeof(*ret) &&
	       ret->size == sizeof(*ret) && ret->id[WIRE_ID_LEN] == '\0';
}

static bool has_ended(int pidfd)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };

	return poll(&p, 1, 0) != 0;
}

/* The init of the holder, if it lives: looked at, then seen not to have ended meanwhile. */
static int find_init(int proc, const struct holder *h)
{
	char boot[BOOT_ID_LEN + 4], path[32];
	int pidfd = sys_pidfd_open(h->init);
	uint64_t started = 0;
	struct stat st;

	if (pidfd < 0)
		return pidfd;
	snprintf(path, sizeof(path), "%d/ns/pid", h->init);
	if (read_boot_id(proc, boot) == 0 && !strcmp(boot, h->boot) &&
	    read_start(proc, h->init, &started) == 0 && started == h->started &&
	    fstatat(proc, path, &st, 0) == 0 && st.st_dev == h->pidns_dev &&
	    st.st_ino == h->pidns_ino && !has_ended(pidfd))
		return pidfd;
	close(pidfd);
	return -ESRCH;
}

static int open_own(int proc)
{
	int fd = openat(proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* In the landing of another session of the same user: nothing but root's own is looked at there. */
static int take_there(uid_t uid, const char *id, int *ret_tree, struct nsbox_error *err)
{
	struct session_record record;
	int r = session_read(SESSION_RECORD, uid, &record, err), tree;

	if (r < 0)
		return r;
	if (strcmp(record.id, id))
		return error_plain(err, ESTALE, "cannot share the overlay: session %s has become "
				   "%s", id, record.id);
	tree = sys_clone_tree(AT_FDCWD, STORE_OVERLAY, 0);
	if (tree < 0)
		return error_errno(err, tree, "cannot take the overlay of session %s", id);
	*ret_tree = tree;
	return 0;
}

static int take_from(int proc, int pidfd, uid_t uid, const struct holder *h, int *ret_tree,
		     struct nsbox_error *err)
{
	_cleanup_close_ int landing = sys_pidfd_getfd(pidfd, INIT_LANDING_FD);
	_cleanup_close_ int own = open_own(proc);
	int r, back;

	if (landing < 0 || own < 0)
		return error_errno(err, landing < 0 ? landing : own,
				   "cannot find the overlay of session %s", h->id);
	r = sys_setns(landing, CLONE_NEWNS);
	if (r < 0)
		return error_errno(err, r, "cannot go to the landing of session %s", h->id);
	r = take_there(uid, h->id, ret_tree, err);
	back = sys_setns(own, CLONE_NEWNS);
	return back < 0 ? error_errno(err, back, "cannot come back from a landing") : r;
}

/* Take the overlay from a holder that lives, if there is none yet; remove what is dead. */
static int try_holder(int folder, int proc, const char *name, uid_t uid, enum user_map_word map,
		      int *ret_tree, struct nsbox_error *err)
{
	_cleanup_close_ int init = -1;
	struct holder h;
	int r;

	if (read_holder(folder, name, &h))
		init = find_init(proc, &h);
	if (init < 0) {
		unlinkat(folder, name, 0);
		return 0;
	}
	if (*ret_tree >= 0)
		return 0;	/* the rest is only swept */
	if (h.map != map)
		return error_plain(err, EBUSY, "cannot share the overlay of session %s: it has "
				   "another user-map", h.id);
	r = take_from(proc, init, uid, &h, ret_tree, err);
	if (r < 0 && has_ended(init))
		return 0;	/* on the way out: what it had goes with it */
	return r;
}

static int open_sessions(int dir)
{
	int fd;

	if (mkdirat(dir, FOLDER, 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dir, FOLDER, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int holders_find(int dir, int proc, uid_t uid, enum user_map_word map, int *ret_tree,
		 struct nsbox_error *err)
{
	int fd = open_sessions(dir), r = 0;
	DIR *folder = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!folder) {
		r = error_errno(err, fd < 0 ? fd : errno, "cannot look for sessions with the "
				"overlay");
		cleanup_close(&fd);
		return r;
	}
	while (r == 0 && (entry = readdir(folder)))
		if (entry->d_name[0] != '.')
			r = try_holder(dirfd(folder), proc, entry->d_name, uid, map, ret_tree, err);
	closedir(folder);
	return r;
}

int holders_add(int dir, int proc, enum user_map_word map, pid_t init,
		const struct session_record *record, struct nsbox_error *err)
{
	_cleanup_close_ int folder = open_sessions(dir), fd = -1;
	struct holder h;
	int r;

	memset(&h, 0, sizeof(h));	/* the file gets the padding as well */
	h.size = sizeof(h);
	h.map = map;
	h.init = init;
	h.pidns_dev = record->pidns_dev;
	h.pidns_ino = record->pidns_ino;
	memcpy(h.id, record->id, sizeof(h.id));
	r = folder < 0 ? folder : read_boot_id(proc, h.boot);
	if (r == 0)
		r = read_start(proc, init, &h.started);
	if (r < 0)
		return error_errno(err, r, "cannot tell others of the overlay");
	fd = openat(folder, record->id, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, &h, sizeof(h)) != (ssize_t)sizeof(h))
		return error_errno(err, errno, "cannot tell others of the overlay");
	return 0;
}
