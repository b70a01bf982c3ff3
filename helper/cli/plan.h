/* SPDX-License-Identifier: MIT */
/*
 * The plans of a container, as text: what the builder would make, by the builder's own code.
 */
#ifndef NSBOX_PLAN_H
#define NSBOX_PLAN_H

#include "keys.h"
#include "lines.h"
#include "login.h"
#include "net_plan.h"
#include "policy.h"

/**
 * struct plan - the plans of one login; begins all zero
 * @mounts: scratch entries and mounts, as mounts_print() has them
 * @uid_map: lines of uid_map
 * @gid_map: lines of gid_map
 * @doors: paths in the landing, the login shell's first
 * @network: where its wire leads, and what watches it; empty when it has none
 * @unknown: what the caller could not see, or what would fail; the plan is made without it
 */
struct plan {
	struct lines mounts;
	struct lines uid_map;
	struct lines gid_map;
	struct lines doors;
	struct lines network;
	struct lines unknown;
};

/**
 * plan_find() - make the plans of a login that has not happened
 * @login: whose
 * @values: its effective policy
 * @ret: plan_free() in any case
 *
 * Looks at the host with the caller's privilege, and changes nothing.
 */
void plan_find(const struct login *login, const struct conf_values *values,
	       struct plan *ret);

/* The part of it that is about networks. */
void plan_network(const struct policy *policy, const struct site *site,
		  const struct net_resolvers *servers, struct plan *ret);

/* Free what it owns; it is all zero then. */
void plan_free(struct plan *plan);

#endif
