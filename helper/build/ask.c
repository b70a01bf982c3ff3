// SPDX-License-Identifier: MIT
/*
 * Start a program of nsbox's own and hear its answer. Runs as root of the host in the builder; must
 * never wait without a limit, or leave the program behind.
 */
#include "ask.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "wire.h"

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* Ours are close-on-exec but for the module's socket. */
static int spawn(const struct ask *ask, int out, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	char *const envp[] = { NULL };
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	if (r == 0)
		r = posix_spawn_file_actions_addclose(&actions, WIRE_FD);
	if (r == 0)
		r = posix_spawn(ret_pid, ask->path, &actions, NULL, ask->argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

static int stranger(const char *name, struct nsbox_error *err)
{
	return error_plain(err, EPROTO, "cannot understand %s: it is of another version of nsbox",
			   name);
}

int ask_judge(const char *name, bool known, const struct nsbox_error *said,
	      struct nsbox_error *err)
{
	char text[NSBOX_ERROR_MAX];

	if (!known)
		return stranger(name, err);
	if (!said->code)
		return 0;
	snprintf(text, sizeof(text), "%.*s", NSBOX_ERROR_MAX - 1, said->text);
	return error_plain(err, said->code, "%s", text);
}

/* Read to the end. Return how many bytes, at most @size, or -errno. */
static ssize_t hear(int fd, void *buf, size_t size, int deadline_ms)
{
	long until = now_ms() + deadline_ms;
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

/* One byte more than there should be: a longer answer is none. */
static int hear_all(int fd, const struct ask *ask, void *answer, size_t size,
		    struct nsbox_error *err)
{
	const char *name = ask->argv[0];
	ssize_t n = hear(fd, answer, size, ask->deadline_ms);
	char more;

	if (n == (ssize_t)size) {
		n = hear(fd, &more, 1, ask->deadline_ms);
		n = n < 0 ? n : (ssize_t)size + n;
	}
	if (n < 0)
		return error_errno(err, (int)n, "cannot have an answer of %s", name);
	if (n == 0)
		return error_plain(err, EPIPE, "cannot have an answer: %s died", name);
	return n == (ssize_t)size ? 0 : stranger(name, err);
}

int ask_program(const struct ask *ask, void *answer, size_t size, struct nsbox_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int fds[2], r;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return error_errno(err, errno, "cannot make a pipe for %s", ask->argv[0]);
	ours = fds[0];
	theirs = fds[1];
	r = spawn(ask, theirs, &pid);
	if (r == ENOENT)
		return error_plain(err, ENOSYS, "cannot %s: there is no %s: nsbox was built "
				   "without %s", ask->task, ask->path, ask->lacks);
	if (r)
		return error_errno(err, r, "cannot start %s", ask->path);
	close(take_fd(&theirs));
	r = hear_all(ours, ask, answer, size, err);
	kill(pid, SIGKILL);	/* it has said it, or never will */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return r;
}
