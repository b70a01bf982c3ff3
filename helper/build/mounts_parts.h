/* SPDX-License-Identifier: MIT */
/*
 * The parts of a mount plan that have a file of their own. For mounts.c, which knows their order.
 */
#ifndef NSBOX_MOUNTS_PARTS_H
#define NSBOX_MOUNTS_PARTS_H

#include "mounts.h"

/* The nodes that every program may expect, a devpts and a shm of its own, and su's terminal. */
void mounts_plan_dev(struct mount_plan *p, const struct mount_facts *facts);

/* What of /proc and /sys is the whole machine's; after both are there. */
void mounts_plan_masks(struct mount_plan *p, const struct policy *policy);

/*
 * The home, the login logs and all places of the policy, the outer ones first: what lies below
 * another place lies over it.
 */
void mounts_plan_places(struct mount_plan *p, const struct wire_request *req,
			const struct mount_facts *facts);

/* What covers the homes of other users; before all that may lie below. */
void mounts_plan_homes(struct mount_plan *p, const struct user_facts *users);

/*
 * An /etc without other users, or with name servers where the host has none; before /run, which
 * hides the scratch that it is made of.
 */
void mounts_plan_etc(struct mount_plan *p, const struct mount_facts *facts);

/* Is there such an /etc? */
bool mounts_cover_etc(const struct mount_facts *facts);

#endif
