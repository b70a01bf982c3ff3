// SPDX-License-Identifier: MIT
/*
 * Start nsbox-build and talk to it. Runs in sshd as root; must never wait without a limit, run
 * anything else, or leave a trace in the process that we are a guest of.
 */
#include "builder.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "paths.h"
#include "sys.h"

#define REAP_MS 1000	/* for a builder that was killed or has answered */

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* Wait for @fd until the clock shows @until. Return 1 when it is ready, 0 when time is up. */
static int wait_for(int fd, long until)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	for (;;) {
		long left = until - now_ms();
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r >= 0)
			return r;
		if (errno != EINTR)
			return -errno;
	}
}

static int prepare(posix_spawn_file_actions_t *actions, posix_spawnattr_t *attr, int sock)
{
	sigset_t none, all;
	int r;

	sigemptyset(&none);
	sigfillset(&all);
	/* First: in a process without standard descriptors the socket may be one of them. */
	r = posix_spawn_file_actions_adddup2(actions, sock, WIRE_FD);
	for (int fd = 0; r == 0 && fd < WIRE_FD; fd++)
		r = posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawn_file_actions_addclosefrom_np(actions, WIRE_FD + 1);
	/* A session of its own: the terminal's signals are for the login, not for the builder. */
	if (r == 0)
		r = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
							   POSIX_SPAWN_SETSID);
	if (r == 0)
		r = posix_spawnattr_setsigdefault(attr, &all);
	if (r == 0)
		r = posix_spawnattr_setsigmask(attr, &none);
	return r;
}

/*
 * posix_spawn is a vfork in glibc: forking a large sshd would cost more than the container.
 * Return 0 or, as it does, a positive errno.
 */
static int spawn(int sock, pid_t *ret_pid)
{
	char *const argv[] = { (char[]){ "nsbox-build" }, NULL };
	char *const envp[] = { NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int r;

	r = posix_spawn_file_actions_init(&actions);
	if (r)
		return r;
	r = posix_spawnattr_init(&attr);
	if (r == 0) {
		r = prepare(&actions, &attr, sock);
		if (r == 0)
			r = posix_spawn(ret_pid, NSBOX_BUILD, &actions, &attr, argv, envp);
		posix_spawnattr_destroy(&attr);
	}
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

/* Take the zombie away when @pid ends. Return false when that takes too long. */
static bool ends_in_time(pid_t pid)
{
	_cleanup_close_ int pidfd = sys_pidfd_open(pid);
	long until = now_ms() + REAP_MS;
	pid_t r;

	if (pidfd >= 0)
		return wait_for(pidfd, until) == 1 && waitpid(pid, NULL, 0) == pid;
	/* The application has no descriptor left for us: ask again and again. */
	while ((r = waitpid(pid, NULL, WNOHANG)) == 0 && now_ms() < until)
		poll(NULL, 0, 1);
	return r == pid;
}

/* End the builder if it has not ended. */
static void reap(pid_t pid)
{
	if (ends_in_time(pid))
		return;
	kill(pid, SIGKILL);	/* ours and not waited for: the number is still its own */
	ends_in_time(pid);
}

static int ask(int sock, const struct wire_request *req, struct nsbox_error *err)
{
	_cleanup_free_ char *buf = malloc(WIRE_REQUEST_MAX);
	_cleanup_close_ int self = sys_pidfd_open(getpid());
	long len;
	int r;

	if (!buf || self < 0)
		return error_errno(err, buf ? self : ENOMEM, "cannot ask nsbox-build");
	len = wire_encode(req, buf, WIRE_REQUEST_MAX);
	if (len < 0)
		return error_errno(err, (int)len, "cannot ask nsbox-build about %s", req->user);
	r = wire_send(sock, buf, (size_t)len, &self, 1);
	return r < 0 ? error_errno(err, r, "cannot ask nsbox-build") : 0;
}

static int hear_one(int sock, long until, struct wire_reply *ret, int ret_fds[WIRE_FDS],
		    struct nsbox_error *err)
{
	int r = wait_for(sock, until);
	long n;

	if (r == 0)
		return error_plain(err, ETIMEDOUT, "cannot wait longer for nsbox-build: the "
				   "deadline has passed");
	if (r < 0)
		return error_errno(err, r, "cannot wait for nsbox-build");
	n = wire_recv(sock, ret, sizeof(*ret), ret_fds);
	if (n == 0)
		return error_plain(err, EPIPE, "cannot have an answer: nsbox-build died");
	if (n < 0)
		return error_errno(err, (int)n, "cannot have an answer of nsbox-build");
	if ((size_t)n != sizeof(*ret) || ret->magic != WIRE_MAGIC)
		return error_plain(err, EPROTO, "cannot understand nsbox-build: it is of another "
				   "version of nsbox");
	ret->error.text[NSBOX_ERROR_MAX - 1] = '\0';
	ret->message[WIRE_MESSAGE_MAX - 1] = '\0';
	ret->ports[WIRE_PORTS_MAX - 1] = '\0';
	return 0;
}

static int hear(int sock, long start, struct wire_reply *ret, int ret_fds[WIRE_FDS],
		struct nsbox_error *err)
{
	struct wire_reply reply = { .verdict = WIRE_WAIT };
	int r = hear_one(sock, start + WIRE_DEADLINE_MS, &reply, ret_fds, err);

	if (r == 0 && reply.verdict == WIRE_WAIT) {
		/* None comes with it from a builder of ours. */
		for (size_t i = 0; i < WIRE_FDS; i++) {
			cleanup_close(&ret_fds[i]);
			ret_fds[i] = -1;
		}
		if (reply.deadline_ms > BUILDER_DEADLINE_MAX_MS)
			return error_plain(err, EPROTO, "cannot wait %u ms for nsbox-build",
					   reply.deadline_ms);
		r = hear_one(sock, start + (long)reply.deadline_ms, &reply, ret_fds, err);
	}
	if (r < 0)
		return r;
	/* It says once how long, and then what. */
	if (reply.verdict >= WIRE_WAIT)
		return error_plain(err, EPROTO, "cannot understand the answer %u of nsbox-build",
				   reply.verdict);
	*ret = reply;
	return 0;
}

static int talk(struct builder *b, const struct wire_request *req, struct wire_reply *ret,
		int ret_fds[WIRE_FDS], struct nsbox_error *err)
{
	long start = now_ms();
	_cleanup_close_ int ours = -1, theirs = -1;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, errno, "cannot make a socket for nsbox-build");
	ours = pair[0];
	theirs = pair[1];
	r = spawn(theirs, &b->pid);
	if (r) {
		b->pid = 0;
		return error_errno(err, r, "cannot start %s", NSBOX_BUILD);
	}
	close(take_fd(&theirs));	/* or its death would not be seen as the end of the talk */
	r = ask(ours, req, err);
	if (r == 0)
		r = hear(ours, start, ret, ret_fds, err);
	if (r < 0)
		kill(b->pid, SIGKILL);
	return r;
}

int builder_ask(struct builder *b, const struct wire_request *req, struct wire_reply *ret,
		int ret_fds[WIRE_FDS], struct nsbox_error *err)
{
	struct sigaction plain = { .sa_handler = SIG_DFL };

	b->pid = 0;
	for (size_t i = 0; i < WIRE_FDS; i++)
		ret_fds[i] = -1;
	/* An application that ignores SIGCHLD would reap our child under us. */
	if (sigaction(SIGCHLD, &plain, &b->sigchld) < 0)
		return error_errno(err, errno, "cannot wait for a child");
	b->guarded = true;
	return talk(b, req, ret, ret_fds, err);
}

void builder_end(struct builder *b)
{
	if (b->pid > 0)
		reap(b->pid);
	if (b->guarded)
		sigaction(SIGCHLD, &b->sigchld, NULL);
	b->pid = 0;
	b->guarded = false;
}
