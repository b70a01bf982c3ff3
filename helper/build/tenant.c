// SPDX-License-Identifier: MIT
/*
 * Walk as the tenant. Runs as root; the child that walks gives up everything first, for good.
 */
#include "tenant.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "sys.h"

/**
 * struct found - what the child tells
 * @r: what fs_walk() gave
 * @place: where it ended; its descriptor is in the table of both
 * @err: why it did not
 */
struct found {
	int r;
	struct fs_place place;
	struct nsbox_error err;
};

_Static_assert(sizeof(struct found) < 65536, "it fits a pipe: nobody waits");

static _Noreturn void walk(const struct wire_request *req, const char *path, int to)
{
	struct found found = { .r = -EPERM };

	/* The change of ids makes it undumpable: the tenant can end it, and no more. */
	if (setgroups(req->groups, req->gids) == 0 &&
	    setresgid(req->gid, req->gid, req->gid) == 0 &&
	    setresuid(req->uid, req->uid, req->uid) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		found.r = fs_walk(path, &found.place, &found.err);
	else
		error_errno(&found.err, errno, "cannot look for %s as its owner", path);
	if (write(to, &found, sizeof(found)) != sizeof(found))
		_exit(1);
	_exit(0);
}

static int hear(int from, const char *path, struct fs_place *ret, struct nsbox_error *err)
{
	struct found found;
	size_t got = 0;
	ssize_t n;

	do {
		n = read(from, (char *)&found + got, sizeof(found) - got);
		if (n > 0)
			got += (size_t)n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (got != sizeof(found))
		return error_plain(err, EIO, "cannot look for %s as its owner", path);
	if (found.r == 0)
		*ret = found.place;
	else if (err)
		*err = found.err;
	return found.r;
}

static int walk_as(const struct wire_request *req, const char *path, struct fs_place *ret,
		   struct nsbox_error *err)
{
	_cleanup_close_ int from = -1, to = -1, pidfd = -1;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot look for %s", path);
	from = ends[0];
	to = ends[1];
	pid = sys_clone(CLONE_FILES, &pidfd);
	if (pid < 0)
		return error_errno(err, pid, "cannot look for %s", path);
	if (pid == 0)
		walk(req, path, to);
	/* It writes all before it ends. */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	cleanup_close(&to);
	to = -1;
	r = hear(from, path, ret, err);
	return r;
}

int tenant_walk(const struct wire_request *req, const char *path, struct fs_place *ret,
		struct nsbox_error *err)
{
	int r = fs_walk(path, ret, err);

	return r == -EACCES && req->uid != 0 && geteuid() == 0 ? walk_as(req, path, ret, err) : r;
}
