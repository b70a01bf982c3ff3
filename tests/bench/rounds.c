// SPDX-License-Identifier: MIT
/*
 * rounds: time one thing, again and again, whenever it is asked to.
 *
 *   rounds session SERVICE USER              open and close a PAM session in this process
 *   rounds spawn PROGRAM [ARG...]            run a program to its end
 *   rounds told PROGRAM [ARG...]             the same, with what the program itself has to tell
 *   rounds inside SERVICE USER PROGRAM...    the same as the user, in one session of the user's,
 *                                            in a child: as sshd's post-auth child would
 *
 * For every line on standard input: one round, and one line of microseconds on standard output. So
 * bench.py has any number of these take turns, and is itself in none of the times. The line of
 * `session` has three numbers: pam_open_session(3), pam_close_session(3), pam_end(3). That of
 * `told` begins with what the program prints, which is numbers with a blank behind each.
 *
 * Run as root.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* PAM's messages go to standard error: there are none unless something is wrong. */
static int converse(int n, const struct pam_message **msg, struct pam_response **resp, void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		warnx("%s", msg[i]->msg);
	*resp = calloc((size_t)n, sizeof(**resp));
	return *resp ? PAM_SUCCESS : PAM_BUF_ERR;
}

static void must(pam_handle_t *pamh, int result, const char *what)
{
	if (result != PAM_SUCCESS)
		errx(1, "%s: %s", what, pam_strerror(pamh, result));
}

/* What a service has done before it opens a session: the modules are loaded by then. */
static pam_handle_t *begin(const char *service, const char *user)
{
	static const struct pam_conv conv = { .conv = converse };
	pam_handle_t *pamh;

	if (pam_start(service, user, &conv, &pamh) != PAM_SUCCESS)
		errx(1, "pam_start");
	must(pamh, pam_acct_mgmt(pamh, 0), "pam_acct_mgmt");
	return pamh;
}

static void time_session(char **argv)
{
	pam_handle_t *pamh = begin(argv[0], argv[1]);
	double start = now_us(), opened, closed;

	must(pamh, pam_open_session(pamh, 0), "pam_open_session");
	opened = now_us();
	must(pamh, pam_close_session(pamh, 0), "pam_close_session");
	closed = now_us();
	pam_end(pamh, PAM_SUCCESS);
	printf("%.1f %.1f %.1f\n", opened - start, closed - opened, now_us() - closed);
}

/* posix_spawn is a vfork: the size of this program does not count. */
static void time_program(char **argv, const posix_spawn_file_actions_t *actions)
{
	double start = now_us();
	int status, r;
	pid_t pid;

	r = posix_spawn(&pid, argv[0], actions, NULL, argv, environ);
	if (r) {
		errno = r;
		err(1, "%s", argv[0]);
	}
	if (waitpid(pid, &status, 0) < 0 || status)
		errx(1, "%s ended with the status %#x", argv[0], (unsigned int)status);
	printf("%.1f\n", now_us() - start);
}

static void time_spawn(char **argv)
{
	static posix_spawn_file_actions_t nothing_shown;
	static int made;

	if (!made++) {
		posix_spawn_file_actions_init(&nothing_shown);
		posix_spawn_file_actions_addopen(&nothing_shown, 0, "/dev/null", O_RDWR, 0);
		posix_spawn_file_actions_adddup2(&nothing_shown, 0, 1);
	}
	time_program(argv, &nothing_shown);
}

static void time_told(char **argv)
{
	time_program(argv, NULL);
}

static void serve(void (*time_one)(char **), char **argv)
{
	char *line = NULL;
	size_t room = 0;

	while (getline(&line, &room, stdin) > 0) {
		time_one(argv);
		fflush(stdout);
	}
	free(line);
}

static _Noreturn void be_tenant(const struct passwd *pw, char **argv)
{
	if (initgroups(pw->pw_name, pw->pw_gid) < 0 || setgid(pw->pw_gid) < 0 ||
	    setuid(pw->pw_uid) < 0)
		err(1, "cannot become %s", pw->pw_name);
	serve(time_spawn, argv);
	exit(0);
}

static int serve_inside(char **argv)
{
	const struct passwd *pw = getpwnam(argv[1]);
	pam_handle_t *pamh = begin(argv[0], argv[1]);
	int status;
	pid_t pid;

	if (!pw)
		errx(1, "no user %s", argv[1]);
	must(pamh, pam_open_session(pamh, 0), "pam_open_session");
	pid = fork();
	if (pid < 0)
		err(1, "fork");
	if (pid == 0)
		be_tenant(pw, argv + 2);
	waitpid(pid, &status, 0);
	must(pamh, pam_close_session(pamh, 0), "pam_close_session");
	pam_end(pamh, PAM_SUCCESS);
	return status != 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "session"))
		serve(time_session, argv + 2);
	else if (argc > 2 && !strcmp(argv[1], "spawn"))
		serve(time_spawn, argv + 2);
	else if (argc > 2 && !strcmp(argv[1], "told"))
		serve(time_told, argv + 2);
	else if (argc > 4 && !strcmp(argv[1], "inside"))
		return serve_inside(argv + 2);
	else
		errx(2, "usage: rounds session SERVICE USER | spawn PROGRAM... | "
			"told PROGRAM... | inside SERVICE USER PROGRAM...");
	return 0;
}
