/* SPDX-License-Identifier: MIT */
/*
 * The plans of a container, as text: what the builder would make, by the builder's own code.
 */
#ifndef NSBOX_PLAN_H
#define NSBOX_PLAN_H

#include "lines.h"
#include "login.h"
#include "policy.h"

/**
 * struct plan - the plans of one login; begins all zero
 * @mounts: scratch entries and mounts, as mounts_print() has them
 * @uid_map: lines of uid_map
 * @gid_map: lines of gid_map
 * @doors: paths in the landing, the login shell's first
 * @unknown: what the caller could not see, or what would fail; the plan is made without it
 */
struct plan {
	struct lines mounts;
	struct lines uid_map;
	struct lines gid_map;
	struct lines doors;
	struct lines unknown;
};

/**
 * plan_find() - make the plans of a login that has not happened
 * @login: whose
 * @policy: its effective policy
 * @ret: plan_free() in any case
 *
 * Looks at the host with the caller's privilege, and changes nothing.
 */
void plan_find(const struct login *login, const struct policy *policy, struct plan *ret);

/* Free what it owns; it is all zero then. */
void plan_free(struct plan *plan);

#endif
