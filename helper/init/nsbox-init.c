// SPDX-License-Identifier: MIT
/*
 * PID 1 of a container. Runs with the tenant's id, no capability, not dumpable (its file cannot be
 * read by whoever it has become), so that nothing inside can trace it or take its descriptors.
 *
 * It reaps children, and ends when the monitor ends; when it ends, the kernel kills all that is
 * left in its pid namespace. Until the module has said that the login stands, it ends with the
 * control socket too. It must never execute anything, open anything, or act on what a tenant says.
 *
 * See pid_namespaces(7): signals from inside that PID 1 has no handler for are dropped, SIGKILL and
 * SIGSTOP among them.
 */
#include "init.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"
#include "wire.h"

enum { MONITOR, CHILDREN, CONTROL, WATCHED };

static void reap(int signals)
{
	struct signalfd_siginfo info;

	/* One signal may stand for many children: its content says nothing that we need. */
	while (read(signals, &info, sizeof(info)) == (ssize_t)sizeof(info))
		;
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* Return 1 when the login stands, 0 to go on waiting, -1 when it never will. */
static int committed(int control)
{
	char word = 0;
	ssize_t n = recv(control, &word, 1, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n == 1 && word == WIRE_COMMIT ? 1 : -1;
}

static int watch(int signals)
{
	struct pollfd fds[WATCHED] = {
		[MONITOR] = { .fd = INIT_MONITOR_FD, .events = POLLIN },
		[CHILDREN] = { .fd = signals, .events = POLLIN },
		[CONTROL] = { .fd = INIT_CONTROL_FD, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, WATCHED, -1) < 0 && errno != EINTR)
			return 1;
		if (fds[MONITOR].revents)
			return 0;
		if (fds[CHILDREN].revents)
			reap(signals);
		if (fds[CONTROL].revents) {
			int r = committed(INIT_CONTROL_FD);

			if (r < 0)
				return 1;
			if (r > 0) {
				close(INIT_CONTROL_FD);
				fds[CONTROL].fd = -1;	/* poll(2) passes it over */
				fds[CONTROL].revents = 0;
			}
		}
	}
}

int main(void)
{
	char ready = INIT_READY;
	sigset_t all;
	int signals;

	/* Nothing may interrupt us: what must be known comes through descriptors. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	sigemptyset(&all);
	sigaddset(&all, SIGCHLD);
	signals = signalfd(-1, &all, SFD_NONBLOCK | SFD_CLOEXEC);
	/* Our file cannot be read, so we are not; but with fs.suid_dumpable = 1 we would be. */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (signals < 0 || getpid() != 1 || prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
		return 1;
	if (send(INIT_CONTROL_FD, &ready, 1, MSG_NOSIGNAL) != 1)
		return 1;
	/* From here on only the monitor's end, or a login that never came about, ends us. */
	return watch(signals);
}
