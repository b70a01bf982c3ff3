/* SPDX-License-Identifier: MIT */
/*
 * The plan of who is who inside: the texts for /proc/PID/uid_map and gid_map. Pure.
 * See user_namespaces(7).
 */
#ifndef NSBOX_IDMAP_H
#define NSBOX_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "policy.h"
#include "subids.h"
#include "wire.h"

#define IDMAP_LINES_MAX 340	/* the kernel's UID_GID_MAP_MAX_EXTENTS */
#define IDMAP_TEXT_MAX 4096	/* the kernel takes less than a page, in one write */

/**
 * struct idmap - an id map, ready to be written
 * @uid: text for uid_map
 * @gid: text for gid_map
 * @inside_uid: the tenant's id inside
 * @inside_gid: the primary group's id inside
 * @owner: whom the user namespace belongs to, on the host
 * @may_set_groups: setgroups(2) stays allowed
 */
struct idmap {
	char uid[IDMAP_TEXT_MAX];
	char gid[IDMAP_TEXT_MAX];
	uint32_t inside_uid;
	uint32_t inside_gid;
	uint32_t owner;
	bool may_set_groups;
};

/* The id that nobody has and that user namespaces of the user @uid belong to: see idmap_plan(). */
uint32_t idmap_owner(uint32_t uid);

/**
 * idmap_plan() - map the tenant and the groups the tenant is in, and nobody else
 * @word: the policy's user-map
 * @req: whose login it is
 * @subids: what the user has, judged here once more; with other words not looked at
 * @ret: the map; untouched on failure
 * @err: filled on failure
 *
 * self: every id keeps its number. root: the tenant and the primary group are 0 inside, the other
 * groups keep their numbers (group 0 of the host, if the tenant is in it, stays unmapped then:
 * its number is taken). Neighbouring ids share a line, the primary group comes first; where the
 * kernel's room ends, the groups left out still count for access and show as nogroup.
 * subids: as root; and the user's subordinate ids are 1 to SUBIDS_NEEDED inside. Groups whose
 * number is taken by that stay unmapped. Package managers drop their groups, so that setgroups(2)
 * must be allowed: the one map in which groups of the user's can be left.
 *
 * The owner is an id that nobody has. The kernel charges what a container uses (inotify instances,
 * queued signals, message queues, processes, namespaces) to the owner of its user namespace, too:
 * were that root, one tenant could use up root's share and every other tenant's. The tenant's own
 * uid will not do: all of the user's processes on the host would have every capability inside.
 * An uid below 2^31 gets one of its own above; the few above share one.
 *
 * Return: 0; -EPERM for uid 0, -EINVAL for an id that is none (4294967295), or as subids_judge().
 */
int idmap_plan(enum user_map_word word, const struct wire_request *req, const struct subids *subids,
	       struct idmap *ret, struct nsbox_error *err);

/**
 * idmap_is_shown() - is this the map that was meant?
 * @planned: text of a plan
 * @shown: text of uid_map or gid_map, as a process of the host reads it
 *
 * The kernel pads its numbers, and sorts the lines of a long map.
 */
bool idmap_is_shown(const char *planned, const char *shown);

#endif
