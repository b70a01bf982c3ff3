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

#endif
