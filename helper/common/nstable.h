/* SPDX-License-Identifier: MIT */
/*
 * One table for all namespaces: a row each, loops instead of copies.
 *
 * A set of namespaces is an OR of clone flags, see namespaces(7).
 */
#ifndef NSBOX_NSTABLE_H
#define NSBOX_NSTABLE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct ns_info - what is known of one kind of namespace
 * @key: its word in the policy's `namespaces`
 * @proc: its name below /proc/PID/ns
 * @flag: its clone flag
 * @frame: a container is not one without it: the policy cannot leave it out
 * @monitor: the monitor joins it (by its flag; the mount namespace it joins is the landing)
 */
struct ns_info {
	const char *key;
	const char *proc;
	int flag;
	bool frame;
	bool monitor;
};

#define NS_KINDS 7

extern const struct ns_info ns_table[NS_KINDS];

/* Every namespace that there is a row for. */
int ns_all(void);

/* The flag of the policy word @key of @len bytes, 0 if there is none. */
int ns_flag_of(const char *key, size_t len);

/* Of the set @flags, those that the monitor joins by flag. */
int ns_monitor(int flags);

#endif
