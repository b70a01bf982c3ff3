// SPDX-License-Identifier: MIT
/*
 * A PAM client without a network: opens sessions, and shows what came of this process. Also what
 * the bench and the sanitizers run.
 *
 * Exit status: 0; 1 when a session could not be opened; 3 when something of this process was
 * changed and not changed back; otherwise that of COMMAND.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conv.h"
#include "state.h"

#define GROUPS 256

/**
 * struct plan - what the command line asks for
 * @confdir: folder of the service file; NULL for the system's
 * @service: PAM service
 * @user: whose session
 * @tty: PAM_TTY, or NULL
 * @cycles: how many sessions, one after the other
 * @quiet: print nothing but errors and times
 * @command: to run in each session as the user; NULL for none
 */
struct plan {
	const char *confdir;
	const char *service;
	const char *user;
	const char *tty;
	long cycles;
	int quiet;
	char **command;
};

/* Asked before the session is open: in there nothing may ask NSS (invariant 4). */
struct who {
	uid_t uid;
	gid_t gid;
	gid_t groups[GROUPS];
	int n;
};

static int find(const char *user, struct who *ret)
{
	struct passwd *pw = getpwnam(user);

	if (!pw)
		return -1;
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	ret->n = GROUPS;
	return getgrouplist(user, pw->pw_gid, ret->groups, &ret->n);
}

static int run(char **command, const struct who *who)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		if (setgroups((size_t)who->n, who->groups) == 0 &&
		    setresgid(who->gid, who->gid, who->gid) == 0 &&
		    setresuid(who->uid, who->uid, who->uid) == 0)
			execv(command[0], command);
		fprintf(stderr, "session: %s: %s\n", command[0], strerror(errno));
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return 127;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void show(const struct plan *p, const char *when)
{
	if (!p->quiet)
		state_print(STATE_NAMESPACES | STATE_FDS, when, stdout);
}

static int one_session(const struct plan *p, const struct who *who)
{
	pam_handle_t *pamh = NULL;
	int r, status = 0;

	r = p->confdir ? pam_start_confdir(p->service, p->user, &conversation, p->confdir, &pamh) :
			 pam_start(p->service, p->user, &conversation, &pamh);
	if (r != PAM_SUCCESS)
		return 1;
	if (p->tty)
		pam_set_item(pamh, PAM_TTY, p->tty);
	r = pam_open_session(pamh, 0);
	if (r == PAM_SUCCESS) {
		show(p, "inside ");
		if (p->command)
			status = run(p->command, who);
		r = pam_close_session(pamh, 0);
	} else {
		fprintf(stderr, "session: %s: %s\n", pam_strerror(pamh, r), told);
	}
	pam_end(pamh, r);
	return r == PAM_SUCCESS ? status : 1;
}

static int cycle(const struct plan *p, const struct who *who)
{
	struct timespec from, to;
	int r = 0;

	clock_gettime(CLOCK_MONOTONIC, &from);
	for (long i = 0; r == 0 && i < p->cycles; i++)
		r = one_session(p, who);
	clock_gettime(CLOCK_MONOTONIC, &to);
	if (p->cycles > 1)
		printf("%ld sessions, %.3f ms each\n", p->cycles,
		       ((double)(to.tv_sec - from.tv_sec) * 1e3 +
			(double)(to.tv_nsec - from.tv_nsec) / 1e6) / (double)p->cycles);
	return r;
}

static int usage(void)
{
	fputs("usage: session [-q] [-c CONFDIR] [-n CYCLES] [-t TTY] SERVICE USER [COMMAND...]\n",
	      stderr);
	return 2;
}

static int read_words(int argc, char **argv, struct plan *p)
{
	int c;

	while ((c = getopt(argc, argv, "+qc:n:t:")) != -1) {
		if (c == 'q')
			p->quiet = 1;
		else if (c == 'c')
			p->confdir = optarg;
		else if (c == 'n')
			p->cycles = strtol(optarg, NULL, 10);
		else if (c == 't')
			p->tty = optarg;
		else
			return -1;
	}
	if (argc - optind < 2 || p->cycles < 1)
		return -1;
	p->service = argv[optind];
	p->user = argv[optind + 1];
	p->command = argc - optind > 2 ? argv + optind + 2 : NULL;
	return 0;
}

int main(int argc, char **argv)
{
	struct plan p = { .cycles = 1 };
	char *before, *after;
	struct who who;
	int r;

	if (read_words(argc, argv, &p) < 0)
		return usage();
	if (state_begin() < 0 || find(p.user, &who) < 0) {
		fprintf(stderr, "session: no /proc, or no user %s\n", p.user);
		return 2;
	}
	show(&p, "before ");
	before = state_text(STATE_ALL);
	r = cycle(&p, &who);
	after = state_text(STATE_ALL);
	show(&p, "after ");
	if (!before || !after)
		r = 2;
	else if (strcmp(before, after)) {
		fprintf(stderr, "session: not what it was.\nbefore:\n%s\nafter:\n%s", before,
			after);
		r = 3;
	}
	free(before);
	free(after);
	return r;
}
