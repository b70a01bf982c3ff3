// SPDX-License-Identifier: MIT
/*
 * Lend another user's files. Runs as root of the host, while its /proc is the host's; must never
 * lend root's.
 */
#include "lend.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "idmap.h"
#include "maps.h"
#include "sys.h"

/* The child: a user namespace that is there until @wait is closed. */
static _Noreturn void hold(uid_t owner, int tell, int wait)
{
	char byte = 0;

	/* Undone by _exit() in any case: what it could not do, the other side notices. */
	if (caps_lend(owner, NULL) == 0 && sys_unshare(CLONE_NEWUSER) == 0 &&
	    write(tell, &byte, 1) == 1)
		while (read(wait, &byte, 1) < 0 && errno == EINTR)
			;
	_exit(0);
}

static int open_map(int proc, pid_t pid, int hear, const struct idmap *map, int *ret_fd,
		    struct nsbox_error *err)
{
	char byte;
	int r;

	if (read(hear, &byte, 1) != 1)
		return error_plain(err, EPERM, "cannot make a user namespace for a mount");
	r = maps_write(proc, pid, map, err);
	return r < 0 ? r : maps_open(proc, pid, ret_fd, err);
}

/* A user namespace with this map. Nobody is in it once its descriptor is there. */
static int make_map(const struct idmap *map, int *ret_fd, struct nsbox_error *err)
{
	_cleanup_close_ int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int hear = -1, tell = -1, wait = -1, release = -1, pidfd = -1;
	int told[2], held[2], r;
	pid_t pid;

	if (proc < 0 || pipe2(told, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot map ids for a mount");
	hear = told[0];
	tell = told[1];
	if (pipe2(held, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot map ids for a mount");
	wait = held[0];
	release = held[1];
	pid = sys_clone(0, &pidfd);
	if (pid < 0)
		return error_errno(err, pid, "cannot map ids for a mount");
	if (pid == 0) {
		close(release);	/* or it would wait for itself */
		hold(map->owner, tell, wait);
	}
	cleanup_close(&tell);
	tell = -1;
	r = open_map(proc, pid, hear, map, ret_fd, err);
	cleanup_close(&release);
	release = -1;
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}

int lend_mount(const char *source, const struct stat *st, const struct wire_request *req, int tree,
	       struct nsbox_error *err)
{
	struct idmap map = { .inside_uid = st->st_uid, .inside_gid = st->st_gid };
	_cleanup_close_ int userns = -1;
	int r;

	if (st->st_uid == 0 || st->st_gid == 0)
		return error_plain(err, EPERM, "cannot lend %s: it belongs to uid %u and gid %u, "
				   "and root's files are not lent", source, st->st_uid, st->st_gid);
	map.owner = idmap_owner(req->uid);
	snprintf(map.uid, sizeof(map.uid), "%u %u 1\n", st->st_uid, req->uid);
	snprintf(map.gid, sizeof(map.gid), "%u %u 1\n", st->st_gid, req->gid);
	r = make_map(&map, &userns, err);
	if (r < 0)
		return r;
	r = sys_mount_idmap(tree, userns);
	return r < 0 ? error_errno(err, r, "cannot lend %s: its file system may be one that cannot "
				   "have id-mapped mounts", source) : 0;
}
