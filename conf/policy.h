/* SPDX-License-Identifier: MIT */
/*
 * The effective policy of one login: what the loader and the matcher make of nsbox.conf, and all
 * that the builder's plans are made from.
 */
#ifndef NSBOX_POLICY_H
#define NSBOX_POLICY_H

#include <limits.h>
#include <stdbool.h>

enum container_word {
	CONTAINER_YES,
	CONTAINER_NO,
	CONTAINER_DENY,
};

enum user_map_word {
	USER_MAP_SELF,
	USER_MAP_ROOT,
};

#define POLICY_HOSTNAME_MAX 128	/* of the template; the expansion is cut at the kernel's 64 */

/**
 * struct policy - one login's effective policy
 * @container: whether the login is boxed, left alone, or refused
 * @namespaces: OR of CLONE_NEW* flags (see nstable.h)
 * @hostname: template; %u user, %h host, %i session id
 * @user_map: who the tenant is inside
 * @private_tmp: own /tmp and /var/tmp
 * @shell: the shell to run instead of the password entry's; empty: the password entry's
 */
struct policy {
	enum container_word container;
	int namespaces;
	char hostname[POLICY_HOSTNAME_MAX];
	enum user_map_word user_map;
	bool private_tmp;
	char shell[PATH_MAX];
};

#endif
