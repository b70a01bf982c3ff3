// SPDX-License-Identifier: MIT
/*
 * The namespace table. Pure data; runs with any privilege.
 */
#include "nstable.h"

#include <sched.h>
#include <string.h>

/*
 * The monitor stays in the initial user namespace (it must allocate ptys, close the session and
 * go back), and in its own cgroup namespace (the door joins that one).
 */
const struct ns_info ns_table[NS_KINDS] = {
	{ "pid", "pid", CLONE_NEWPID, true, true },
	{ "mount", "mnt", CLONE_NEWNS, true, false },
	{ "uts", "uts", CLONE_NEWUTS, false, true },
	{ "ipc", "ipc", CLONE_NEWIPC, false, true },
	{ "net", "net", CLONE_NEWNET, false, true },
	{ "user", "user", CLONE_NEWUSER, false, false },
	{ "cgroup", "cgroup", CLONE_NEWCGROUP, false, false },
};

int ns_all(void)
{
	int flags = 0;

	for (size_t i = 0; i < NS_KINDS; i++)
		flags |= ns_table[i].flag;
	return flags;
}

int ns_flag_of(const char *key, size_t len)
{
	for (size_t i = 0; i < NS_KINDS; i++)
		if (strlen(ns_table[i].key) == len && !memcmp(ns_table[i].key, key, len))
			return ns_table[i].flag;
	return 0;
}

int ns_monitor(int flags)
{
	int monitor = 0;

	for (size_t i = 0; i < NS_KINDS; i++)
		if (ns_table[i].monitor)
			monitor |= ns_table[i].flag;
	return flags & monitor;
}
