// SPDX-License-Identifier: MIT
/*
 * Start nsbox-subids and hear its answer. Runs as root of the host in the builder; must never wait
 * without a limit, or leave the program behind.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "paths.h"
#include "subids.h"
#include "wire.h"

#define DEADLINE_MS 5000	/* sources of subordinate ids may be on a network */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* Ours are close-on-exec but for the module's socket. */
static int spawn(const struct wire_request *req, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	char *const envp[] = { NULL };
	char uid[16], user[256];
	char *const argv[] = { (char[]){ "nsbox-subids" }, user, uid, NULL };
	int r;

	snprintf(uid, sizeof(uid), "%u", req->uid);
	if (snprintf(user, sizeof(user), "%s", req->user) >= (int)sizeof(user))
		return ENAMETOOLONG;
	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return r;
	r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addclose(&actions, WIRE_FD);
	if (r == 0)
		r = posix_spawn(ret_pid, NSBOX_SUBIDS, &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* Read to the end. Return how many bytes, at most @size, or -errno. */
static ssize_t hear(int fd, void *buf, size_t size)
{
	long until = now_ms() + DEADLINE_MS;
	size_t used = 0;

	while (used < size) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		long left = until - now_ms();
		ssize_t n;
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r <= 0)
			return r < 0 ? -errno : -ETIMEDOUT;
		n = read(fd, (char *)buf + used, size - used);
		if (n <= 0)
			return n < 0 ? -errno : (ssize_t)used;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static int understand(const struct subids_answer *answer, ssize_t n, struct subids *ret,
		      struct nsbox_error *err)
{
	char text[NSBOX_ERROR_MAX];

	if (n < 0)
		return error_errno(err, (int)n, "cannot have an answer of nsbox-subids");
	if (n == 0)
		return error_plain(err, EPIPE, "cannot have an answer: nsbox-subids died");
	if ((size_t)n != sizeof(*answer) || answer->magic != SUBIDS_MAGIC)
		return error_plain(err, EPROTO, "cannot understand nsbox-subids: it is of another "
				   "version of nsbox");
	if (answer->error.code) {
		snprintf(text, sizeof(text), "%.*s", NSBOX_ERROR_MAX - 1, answer->error.text);
		return error_plain(err, answer->error.code, "%s", text);
	}
	*ret = answer->ids;
	return 0;
}

int subids_ask(const struct wire_request *req, struct subids *ret, struct nsbox_error *err)
{
	/* One byte more than there should be: a longer answer is none. */
	struct {
		struct subids_answer answer;
		char more;
	} heard = { .more = '\0' };
	_cleanup_close_ int ours = -1, theirs = -1;
	int fds[2], r;
	pid_t pid;
	ssize_t n;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot make a pipe for nsbox-subids");
	ours = fds[0];
	theirs = fds[1];
	r = spawn(req, theirs, &pid);
	if (r == ENOENT)
		return error_plain(err, ENOSYS, "cannot find subordinate ids: there is no %s: "
				   "nsbox was built without libsubid", NSBOX_SUBIDS);
	if (r)
		return error_errno(err, r, "cannot start %s", NSBOX_SUBIDS);
	close(take_fd(&theirs));
	n = hear(ours, &heard, sizeof(heard.answer) + 1);
	kill(pid, SIGKILL);	/* it has said it, or never will */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return understand(&heard.answer, n, ret, err);
}
