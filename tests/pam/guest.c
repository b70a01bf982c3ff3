// SPDX-License-Identifier: MIT
/*
 * The guest's manners: after a session, opened and closed in however odd a process, all of that
 * process is what it was. Runs on a hermetic host with nsbox installed (see boxed).
 *
 * Invariant 8. And invariant 5: what is kept in between are namespaces and one pidfd.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "conv.h"
#include "state.h"

#define SERVICE "guest"
#define USER "ann"
#define HOME "/home/ann"
#define KEPT 100	/* a copy of standard error, for those without one */

static char dir[] = "/tmp/nsbox-guest-XXXXXX";

static void nothing(int sig)
{
	(void)sig;
}

static int set_signal(int sig, void (*handler)(int), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	return sigaction(sig, &action, NULL);
}

static int ignore_children(void)
{
	return set_signal(SIGCHLD, SIG_IGN, 0);
}

static int forget_children(void)
{
	return set_signal(SIGCHLD, nothing, SA_NOCLDWAIT | SA_RESTART);
}

static int block_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	return sigprocmask(SIG_SETMASK, &all, NULL);
}

/* A signal every millisecond, and no call is restarted. */
static int interrupt(void)
{
	struct itimerval often = { { 0, 1000 }, { 0, 1000 } };

	return set_signal(SIGALRM, nothing, 0) || setitimer(ITIMER_REAL, &often, NULL);
}

static int close_standard(void)
{
	return close(0) | close(1) | close(2);
}

static int close_input(void)
{
	return close(0);
}

/* The number that the builder's socket will have is somebody else's here. */
static int use_low_numbers(void)
{
	for (int fd = 3; fd < 10; fd++)
		if (dup2(open("/etc/passwd", O_RDONLY), fd) < 0)
			return -1;
	return 0;
}

static int open_many(void)
{
	for (int fd = 200; fd < 700; fd++)
		if (dup2(KEPT, fd) < 0)
			return -1;
	return 0;
}

static int mask_all(void)
{
	umask(0777);
	return 0;
}

static int mask_nothing(void)
{
	umask(0);
	return 0;
}

static int go_home(void)
{
	return chdir(HOME);
}

static int set_limit(int which, rlim_t soft)
{
	struct rlimit limit;

	if (getrlimit((__rlimit_resource_t)which, &limit) < 0)
		return -1;
	limit.rlim_cur = soft;
	return setrlimit((__rlimit_resource_t)which, &limit);
}

static int no_files_to_write(void)
{
	return set_limit(RLIMIT_FSIZE, 0);
}

static int no_processes(void)
{
	return set_limit(RLIMIT_NPROC, 0);
}

static int no_locked_memory(void)
{
	return set_limit(RLIMIT_MEMLOCK, 0);
}

static int little_stack(void)
{
	return set_limit(RLIMIT_STACK, 128 * 1024);
}

static int no_descriptor(void)
{
	return set_limit(RLIMIT_NOFILE, 3);
}

static int few_descriptors(void)
{
	return set_limit(RLIMIT_NOFILE, 7);
}

static int odd_environment(void)
{
	return setenv("LD_PRELOAD", "/nonexistent.so", 1) || setenv("TMPDIR", "/nonexistent", 1) ||
	       setenv("PATH", "", 1) || unsetenv("HOME");
}

static int not_dumpable(void)
{
	return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

enum outcome {
	OPENS,
	MAY_FAIL,	/* cleanly */
};

struct oddity {
	const char *name;
	int (*prepare)(void);
	enum outcome outcome;
};

static const struct oddity oddities[] = {
	{ "none", NULL, OPENS },
	{ "SIGCHLD ignored", ignore_children, OPENS },
	{ "SIGCHLD with SA_NOCLDWAIT", forget_children, OPENS },
	{ "all signals blocked", block_signals, OPENS },
	{ "a signal every millisecond", interrupt, OPENS },
	{ "no standard descriptors", close_standard, OPENS },
	{ "no standard input", close_input, OPENS },
	{ "low numbers in use", use_low_numbers, OPENS },
	{ "500 descriptors", open_many, OPENS },
	{ "umask 777", mask_all, OPENS },
	{ "umask 0", mask_nothing, OPENS },
	{ "in the home", go_home, OPENS },
	{ "odd environment", odd_environment, OPENS },
	{ "not dumpable", not_dumpable, OPENS },
	{ "RLIMIT_FSIZE 0", no_files_to_write, OPENS },
	{ "RLIMIT_NPROC 0", no_processes, MAY_FAIL },	/* it holds for the container's init */
	{ "RLIMIT_MEMLOCK 0", no_locked_memory, OPENS },
	{ "RLIMIT_STACK 128k", little_stack, MAY_FAIL },
	{ "RLIMIT_NOFILE 3", no_descriptor, MAY_FAIL },
	{ "RLIMIT_NOFILE 7", few_descriptors, MAY_FAIL },
};

static int differs(const char *what, const char *before, const char *after)
{
	if (before && after && !strcmp(before, after))
		return 0;
	dprintf(KEPT, "%s changed\nbefore:\n%s\nafter:\n%s", what, before, after);
	return 1;
}

/* Every line of @now that is not in @before: a descriptor that can be walked from is too much. */
static int kept_too_much(const char *before, char *now)
{
	char *state;

	for (char *line = strtok_r(now, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		/* "net:[4026531840]", "pidfd:[77]", and what older kernels call a pidfd */
		if (strstr(before, line) || strstr(line, ":[") ||
		    strstr(line, "anon_inode:[pidfd]"))
			continue;
		dprintf(KEPT, "kept in the session: %s\n", line);
		return 1;
	}
	return 0;
}

static int look_inside(const char *ns, const char *fds, const char *rest)
{
	char *ns_now = state_text(STATE_NAMESPACES), *fds_now = state_text(STATE_FDS);
	char *rest_now = state_text(STATE_REST);
	int r = differs("in the session the rest", rest, rest_now) || kept_too_much(fds, fds_now);

	if (!strcmp(ns, ns_now)) {
		dprintf(KEPT, "not in a container\n");
		r = 1;
	}
	free(ns_now);
	free(fds_now);
	free(rest_now);
	return r;
}

static int one_session(const struct oddity *odd)
{
	char *ns, *fds, *rest, *now;
	pam_handle_t *pamh = NULL;
	int opened, r = 0;

	told[0] = '\0';
	ns = state_text(STATE_NAMESPACES);
	fds = state_text(STATE_FDS);
	rest = state_text(STATE_REST);
	if (pam_start_confdir(SERVICE, USER, &conversation, dir, &pamh) != PAM_SUCCESS)
		return odd->outcome == MAY_FAIL ? 0 : 2;
	opened = pam_open_session(pamh, 0);
	if (opened == PAM_SUCCESS)
		r |= look_inside(ns, fds, rest);
	else if (odd->outcome != MAY_FAIL)
		r |= (dprintf(KEPT, "not opened: %s\n", told), 1);
	r |= pam_close_session(pamh, 0) != PAM_SUCCESS && opened == PAM_SUCCESS;
	r |= differs("namespaces", ns, now = state_text(STATE_NAMESPACES));
	free(now);
	pam_end(pamh, PAM_SUCCESS);
	r |= differs("descriptors", fds, now = state_text(STATE_FDS));
	free(now);
	r |= differs("the rest", rest, now = state_text(STATE_REST));
	free(now);
	free(ns);
	free(fds);
	free(rest);
	return r;
}

/* In a process of its own: the oddity ends with it. */
static int in_child(int (*body)(const struct oddity *), const struct oddity *odd)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(body(odd));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int odd_sessions(const struct oddity *odd)
{
	int r = 0;

	/* the library loads what it loads once: not to be counted as left over */
	one_session(odd);
	if (odd->prepare && odd->prepare() != 0)
		return 3;
	for (int i = 0; r == 0 && i < 3; i++)
		r = one_session(odd);
	return r;
}

static void test_oddities(void **state)
{
	int failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(oddities) / sizeof(oddities[0]); i++) {
		int r = in_child(odd_sessions, &oddities[i]);

		if (r)
			print_error("%s: %d\n", oddities[i].name, r);
		failed += r != 0;
	}
	assert_int_equal(failed, 0);
}

/* A fork that ends its copy of the handle, as sshd's child does, ends nothing of ours. */
static int fork_and_end(const struct oddity *odd)
{
	pam_handle_t *pamh = NULL;
	int r, status;
	pid_t pid;

	(void)odd;
	if (pam_start_confdir(SERVICE, USER, &conversation, dir, &pamh) != PAM_SUCCESS ||
	    pam_open_session(pamh, 0) != PAM_SUCCESS)
		return 2;
	for (int i = 0; i < 2; i++) {
		pid = fork();
		if (pid == 0) {
			pam_end(pamh, PAM_SUCCESS | PAM_DATA_SILENT);
			_exit(0);
		}
		/* no process can be made where init is gone */
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0)
			return 3;
		usleep(20000);
	}
	r = pam_close_session(pamh, 0);
	pam_end(pamh, r);
	return r;
}

static void test_fork(void **state)
{
	(void)state;
	assert_int_equal(in_child(fork_and_end, NULL), 0);
}

/* A session that is never closed ends with its handle. */
static int end_only(const struct oddity *odd)
{
	char *before = state_text(STATE_ALL), *after;
	pam_handle_t *pamh = NULL;
	int r;

	(void)odd;
	if (pam_start_confdir(SERVICE, USER, &conversation, dir, &pamh) != PAM_SUCCESS ||
	    pam_open_session(pamh, 0) != PAM_SUCCESS)
		return 2;
	pam_end(pamh, PAM_SUCCESS);
	after = state_text(STATE_ALL);
	r = differs("the process", before, after);
	free(before);
	free(after);
	return r;
}

static void test_end_only(void **state)
{
	(void)state;
	assert_int_equal(in_child(end_only, NULL), 0);
}

/* A second session on a handle that is in one would hide the way back: refused, and no harm. */
static int open_twice(const struct oddity *odd)
{
	char *before = state_text(STATE_NAMESPACES), *after;
	pam_handle_t *pamh = NULL;
	int r = 0;

	(void)odd;
	if (pam_start_confdir(SERVICE, USER, &conversation, dir, &pamh) != PAM_SUCCESS ||
	    pam_open_session(pamh, 0) != PAM_SUCCESS)
		return 2;
	if (pam_open_session(pamh, 0) != PAM_SESSION_ERR)
		r = 3;
	/* the library hands on the refusal, not what the module says to the close */
	pam_close_session(pamh, 0);
	after = state_text(STATE_NAMESPACES);
	if (r == 0)
		r = differs("namespaces", before, after);
	free(before);
	free(after);
	/* closed, it can be opened again */
	if (r == 0 && (pam_open_session(pamh, 0) != PAM_SUCCESS ||
		       pam_close_session(pamh, 0) != PAM_SUCCESS))
		r = 4;
	pam_end(pamh, PAM_SUCCESS);
	return r;
}

static void test_open_twice(void **state)
{
	(void)state;
	assert_int_equal(in_child(open_twice, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_oddities),
		cmocka_unit_test(test_fork),
		cmocka_unit_test(test_end_only),
		cmocka_unit_test(test_open_twice),
	};

	if (!mkdtemp(dir) || dup2(2, KEPT) < 0 || state_begin() < 0 ||
	    write_service(dir, SERVICE, "session required pam_nsbox.so\n") < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
