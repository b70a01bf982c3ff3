// SPDX-License-Identifier: MIT
/*
 * Audit: the kernel. Runs as root; what it tries, it tries in a child that ends, or with arguments
 * that every kernel refuses.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "cleanup.h"
#include "nstable.h"

#define KERNEL_MAJOR 6
#define KERNEL_MINOR 1
#define FEW_NAMESPACES 256	/* fewer logins than this at a time is worth a word */

/* With these arguments each is an error; only ENOSYS says that there is no such call. */
static const struct {
	const char *name;
	long number;
} calls[] = {
	{ "clone3", SYS_clone3 },
	{ "close_range", SYS_close_range },
	{ "fsconfig", SYS_fsconfig },
	{ "fsmount", SYS_fsmount },
	{ "fsopen", SYS_fsopen },
	{ "mount_setattr", SYS_mount_setattr },
	{ "move_mount", SYS_move_mount },
	{ "open_tree", SYS_open_tree },
	{ "openat2", SYS_openat2 },
	{ "pidfd_open", SYS_pidfd_open },
	{ "pidfd_send_signal", SYS_pidfd_send_signal },
	{ "setns", SYS_setns },
};

/* -1: the text there is no number. */
static long read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[32] = "", *end;
	long n;

	if (!file)
		return -1;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	n = strtol(line, &end, 10);
	return end == line ? -1 : n;
}

static void look_at_version(struct audit *audit)
{
	struct utsname host;
	unsigned long major, minor = 0;
	char *dot;

	if (uname(&host) < 0)
		return;
	major = strtoul(host.release, &dot, 10);
	if (*dot == '.')
		minor = strtoul(dot + 1, NULL, 10);
	if (major < KERNEL_MAJOR || (major == KERNEL_MAJOR && minor < KERNEL_MINOR))
		audit_add(audit, KERNEL_OLD, "this is Linux %s, before %d.%d", host.release,
			  KERNEL_MAJOR, KERNEL_MINOR);
}

static void look_at_calls(struct audit *audit)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (syscall(calls[i].number, -1L, -1L, -1L, -1L, -1L, -1L) < 0 && errno == ENOSYS)
			audit_add(audit, KERNEL_CALL, "the kernel has no %s(2)", calls[i].name);
}

/* Make one of each, as a login would; they end with the child. */
static void try_namespaces(struct audit *audit)
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(ns_all()) < 0 ? errno & 0xff : 0);
	if (pid < 0 || waitpid(pid, &status, 0) < 0) {
		audit->failed = true;
		return;
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		audit_add(audit, KERNEL_NAMESPACES, "cannot make a namespace of each kind: %s",
			  WIFEXITED(status) ? strerror(WEXITSTATUS(status)) : "killed");
}

static void look_at_limits(struct audit *audit)
{
	for (size_t i = 0; i < NS_KINDS; i++) {
		char name[40], path[64];
		long n;

		snprintf(name, sizeof(name), "max_%s_namespaces", ns_table[i].proc);
		snprintf(path, sizeof(path), "/proc/sys/user/%s", name);
		n = read_number(path);
		if (n >= 0 && n < FEW_NAMESPACES)
			audit_add(audit, SYSCTL_MAX, "user.%s = %ld", name, n);
	}
}

/* The whole of the kernel's ids, as they are: the initial user namespace. */
static bool is_initial_userns(void)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	char line[64] = "", *state = NULL;
	const char *word;
	bool same = true;

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	for (size_t i = 0; i < 3; i++) {
		static const char *const whole[] = { "0", "0", "4294967295" };

		word = strtok_r(i ? NULL : line, " \n", &state);
		same = same && word && !strcmp(word, whole[i]);
	}
	return same;
}

/*
 * Distributions' own switches against user namespaces. They do not hold for the root of the host,
 * who makes the containers: what matters is whose root this is.
 */
static void look_at_switches(struct audit *audit)
{
	static const struct {
		const char *name, *path;
		long bad;
	} switches[] = {
		{ "kernel.unprivileged_userns_clone",
		  "/proc/sys/kernel/unprivileged_userns_clone", 0 },
		{ "kernel.apparmor_restrict_unprivileged_userns",
		  "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1 },
	};

	if (is_initial_userns())
		return;
	for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
		if (read_number(switches[i].path) == switches[i].bad)
			audit_add(audit, SYSCTL_USERNS, "%s = %ld", switches[i].name,
				  switches[i].bad);
}

void audit_kernel(struct audit *audit)
{
	look_at_version(audit);
	look_at_calls(audit);
	try_namespaces(audit);
	look_at_limits(audit);
	look_at_switches(audit);
}
