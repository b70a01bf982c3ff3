// SPDX-License-Identifier: MIT
/*
 * Ask NSS for the groups once more, in the landing. Runs in sshd as root; must never ask in sshd's
 * own process, where a source may still hold a connection to the host that its child will not use,
 * nor wait without a limit.
 */
#include "regroup.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "sys.h"

#define REAP_MS 1000	/* for a process that was killed */
#define ALL_FOUND 0
#define ONE_MISSING 1

static bool has(const gid_t *gids, int n, gid_t gid)
{
	for (int i = 0; i < n; i++)
		if (gids[i] == gid)
			return true;
	return false;
}

/* The primary one is the password entry's, which sshd has. */
static bool has_all(const gid_t *gids, int n, const struct wire_request *req)
{
	for (size_t i = 0; i < req->groups; i++)
		if (req->gids[i] != req->gid && !has(gids, n, req->gids[i]))
			return false;
	return true;
}

static bool can_lose(const struct wire_request *req, gid_t *room)
{
	int n;

	if (has_all(NULL, 0, req))
		return false;
	if (!strcmp(req->tty, "ssh"))
		return true;	/* whatever sshd was started with, its child asks anew */
	n = getgroups(WIRE_GROUPS_MAX, room);
	return !has_all(room, n, req);
}

static int ask(const struct wire_request *req, gid_t *room)
{
	int n = WIRE_GROUPS_MAX;

	if (getgrouplist(req->user, req->gid, room, &n) < 0)
		return ONE_MISSING;
	return has_all(room, n, req) ? ALL_FOUND : ONE_MISSING;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* Take the zombie away when @pid ends. Return false when that takes longer than @ms. */
static bool ends_in_time(pid_t pid, int pidfd, long ms, int *ret_status)
{
	struct pollfd p = { .fd = pidfd, .events = POLLIN };
	long until = now_ms() + ms;
	int r;

	do {
		long left = until - now_ms();

		r = poll(&p, 1, left > 0 ? (int)left : 0);
	} while (r < 0 && errno == EINTR);
	return r == 1 && waitpid(pid, ret_status, 0) == pid;
}

/* The answer of the process, -errno when there is none. */
static int hear(pid_t pid, struct nsbox_error *err)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(pid);
	int status = 0;

	if (pidfd >= 0 && ends_in_time(pid, pidfd, WIRE_DEADLINE_MS, &status)) {
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		return error_plain(err, ECHILD, "cannot ask NSS in the landing: the process died");
	}
	kill(pid, SIGKILL);	/* ours and not waited for: the number is still its own */
	if (pidfd < 0) {
		waitpid(pid, NULL, 0);
		return error_errno(err, pidfd, "cannot wait for NSS in the landing");
	}
	ends_in_time(pid, pidfd, REAP_MS, &status);
	return error_plain(err, ETIMEDOUT, "cannot wait longer for NSS in the landing");
}

int regroup_check(const struct wire_request *req, struct nsbox_error *err)
{
	_cleanup_free_ gid_t *room = calloc(WIRE_GROUPS_MAX, sizeof(*room));
	pid_t pid;
	int r;

	if (!room)
		return error_errno(err, ENOMEM, "cannot ask NSS in the landing");
	if (!can_lose(req, room))
		return 0;
	pid = fork();
	if (pid == 0)
		_exit(ask(req, room));
	if (pid < 0)
		return error_errno(err, errno, "cannot ask NSS in the landing");
	r = hear(pid, err);
	if (r == ONE_MISSING)
		return error_plain(err, ENOENT, "cannot keep the groups of %s: a source of NSS "
				   "is out of reach in the landing, see nss-sockets in "
				   "nsbox.conf(5)", req->user);
	return r;
}
