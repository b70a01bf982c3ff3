/* SPDX-License-Identifier: MIT */
/*
 * What the tests of helper/ and pam_module/ share.
 */
#ifndef UNIT_HELPER_H
#define UNIT_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SKIPPED 77	/* what meson takes for "not run" */
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* For main(): leave with it what needs root, where there is none. */
static inline int lacks_root(const char *what)
{
	if (geteuid() == 0)
		return 0;
	fprintf(stderr, "skipped: root is needed to %s\n", what);
	return 1;
}

/* How many descriptors below 256 are open: asked of the kernel, /proc may be another's by then. */
static inline int open_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

/* A tmpfs that only root can write, seen by this process and its children alone. */
static inline int private_tmpfs(const char *where)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount("tmpfs", where, "tmpfs", 0, "mode=0755");
}

static inline void put_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	if (!file)
		fail_msg("cannot make %s", path);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

/* Run @body in a child; what it returns is the child's exit status, and comes back. */
static inline int in_child(int (*body)(const void *), const void *data)
{
	int status;
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		int r = body(data);

		fflush(NULL);
		_exit(r);
	}
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

#endif
