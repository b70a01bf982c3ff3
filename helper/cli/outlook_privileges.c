// SPDX-License-Identifier: MIT
/*
 * Say what a login's processes may do, and get. Runs with any privilege; must never leave out what
 * they may do more than by default.
 */
#include "outlook.h"

#include <stdio.h>
#include <string.h>

#include "nstable.h"
#include "privileges.h"

static void tell_capabilities(const struct policy *policy, struct lines *parts)
{
	uint64_t kept = privileges_kept(policy);
	const char *word = NULL;
	char list[WORDS_MAX] = "";

	if (!kept || kept == UINT64_MAX)
		return;
	while ((word = words_next(&policy->capabilities, word))) {
		size_t used = strlen(list);

		snprintf(list + used, sizeof(list) - used, " %s", word);
	}
	lines_add(parts, "capabilities over the container:%s", list);
}

void outlook_privileges(const struct policy *policy, struct lines *parts)
{
	bool mapped = policy->namespaces & ns_flag_of("user", strlen("user"));

	tell_capabilities(policy, parts);
	if (!policy->no_new_privileges)
		lines_add(parts, "setuid programs and file capabilities: work on what root inside "
			  "mounts, over the container alone");
	if (!mapped || policy->nested_user_namespaces)
		lines_add(parts, "further user namespaces: as the host allows them");
	if (strcmp(policy->umask, "keep") != 0)
		lines_add(parts, "umask: %s for shells and commands", policy->umask);
	if (policy->core_dumps)
		lines_add(parts, "core dumps: as the limits of the login have it");
}
