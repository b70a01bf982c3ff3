// SPDX-License-Identifier: MIT
/*
 * See state.h.
 */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/keyctl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int proc = -1;

int state_begin(void)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* Out of the way of the low numbers, which the tests play with. */
	proc = fcntl(fd, F_DUPFD_CLOEXEC, 900);
	if (proc < 0)
		proc = fcntl(fd, F_DUPFD_CLOEXEC, 100);
	if (fd >= 0)
		close(fd);
	return proc < 0 ? -1 : 0;
}

static DIR *open_list(const char *path)
{
	int fd = openat(proc, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strverscmp((*a)->d_name, (*b)->d_name);
}

/* Every link of a folder of /proc/self; @skip is the number of the folder's own descriptor. */
static int print_links(const char *path, const char *word, const char *prefix, FILE *out)
{
	struct dirent **names = NULL;
	DIR *dir = open_list(path);
	char own[16] = "";
	int n;

	if (!dir)
		return -1;
	if (!strcmp(word, "fd"))
		snprintf(own, sizeof(own), "%d", dirfd(dir));
	n = scandirat(proc, path, &names, NULL, compare_names);
	for (int i = 0; i < n; i++) {
		char target[PATH_MAX];
		ssize_t len = readlinkat(dirfd(dir), names[i]->d_name, target, sizeof(target) - 1);

		/* scandirat(3)'s own descriptor is closed by now, ours is not the program's */
		if (len >= 0 && strcmp(names[i]->d_name, own)) {
			target[len] = '\0';
			fprintf(out, "%s%s %s %s\n", prefix, word, names[i]->d_name, target);
		}
		free(names[i]);
	}
	free(names);
	closedir(dir);
	return n < 0 ? -1 : 0;
}

static void print_signals(const char *prefix, FILE *out)
{
	struct sigaction action;
	sigset_t mask;

	sigprocmask(SIG_BLOCK, NULL, &mask);
	for (int sig = 1; sig <= 64; sig++) {
		int blocked = sigismember(&mask, sig);

		if (sigaction(sig, NULL, &action) < 0)
			continue;
		if (blocked || action.sa_handler != SIG_DFL)
			fprintf(out, "%ssignal %d %s flags %#x blocked %d\n", prefix, sig,
				action.sa_handler == SIG_IGN ? "ignored" :
				action.sa_handler == SIG_DFL ? "default" : "handled",
				(unsigned int)action.sa_flags, blocked);
	}
}

static void print_status(const char *prefix, FILE *out)
{
	static const char *const keys[] = { "Uid:", "Gid:", "Groups:", "Cap", "NoNewPrivs:",
					    "Seccomp:", "Umask:", "Threads:" };
	int fd = openat(proc, "self/status", O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				fprintf(out, "%s%s", prefix, line);
	if (file)
		fclose(file);
}

static void print_rest(const char *prefix, FILE *out)
{
	char cwd[PATH_MAX];
	int value;

	print_signals(prefix, out);
	print_status(prefix, out);
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit((__rlimit_resource_t)i, &limit) == 0)
			fprintf(out, "%slimit %d %llx %llx\n", prefix, i,
				(unsigned long long)limit.rlim_cur,
				(unsigned long long)limit.rlim_max);
	}
	for (char **e = environ; *e; e++)
		fprintf(out, "%senvironment %s\n", prefix, *e);
	fprintf(out, "%scwd %s\n", prefix, getcwd(cwd, sizeof(cwd)) ? cwd : "none");
	fprintf(out, "%slocale %s\n", prefix, setlocale(LC_ALL, NULL));
	fprintf(out, "%sdumpable %d\n", prefix, prctl(PR_GET_DUMPABLE, 0, 0, 0, 0));
	if (prctl(PR_GET_CHILD_SUBREAPER, &value, 0, 0, 0) == 0)
		fprintf(out, "%ssubreaper %d\n", prefix, value);
	fprintf(out, "%ssession %d group %d\n", prefix, getsid(0), getpgrp());
	fprintf(out, "%skeyring %ld\n", prefix,
		syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
	/* a child that is not waited for, dead or alive, but do not wait for it: it may be ours */
	value = waitid(P_ALL, 0, NULL, WEXITED | WNOHANG | WNOWAIT) < 0;
	fprintf(out, "%schildren %s\n", prefix, value ? "none" : "some");
}

int state_print(int parts, const char *prefix, FILE *out)
{
	int r = 0;

	if (parts & STATE_NAMESPACES)
		r |= print_links("self/ns", "ns", prefix, out);
	if (parts & STATE_FDS)
		r |= print_links("self/fd", "fd", prefix, out);
	if (parts & STATE_REST)
		print_rest(prefix, out);
	return r;
}

char *state_text(int parts)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	if (state_print(parts, "", out) < 0)
		fprintf(out, "unreadable: %s\n", strerror(errno));
	fclose(out);
	return text;
}
