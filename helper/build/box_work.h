/* SPDX-License-Identifier: MIT */
/*
 * A container under construction, for box.c, which knows the order, and box_root.c, which does what
 * only a root of the container's own wants done.
 */
#ifndef NSBOX_BOX_WORK_H
#define NSBOX_BOX_WORK_H

#include "birth.h"
#include "doors.h"
#include "facts.h"
#include "idmap.h"
#include "landing.h"
#include "mountns.h"
#include "mounts.h"
#include "net.h"
#include "root.h"
#include "session.h"
#include "store.h"

/**
 * struct work - a container under construction
 * @namespaces: its clone flags
 * @ids: plan of its id maps
 * @facts: what the plans were made from
 * @mounts: plan of its tree
 * @root: what is known of its own root, if it has one
 * @store: where the user's overlay is kept, if it is
 * @doors: plan of its doors
 * @birth: what init must know
 * @record: what the door must know
 * @tree: sources taken for the mounts
 * @host: what the landing takes from the host
 * @net: its wire to the host, if it has one
 * @proc: the host's /proc; the tree gets another one
 * @pid: of init
 * @init: pidfd of init
 * @control: the builder's end of init's control socket
 * @mapped: init has its namespaces, and its ids are mapped
 */
struct work {
	int namespaces;
	struct idmap ids;
	struct mount_facts facts;
	struct mount_plan mounts;
	struct root_facts root;
	struct store store;
	struct door_plan doors;
	struct birth birth;
	struct session_record record;
	struct mountns tree;
	struct landing_host host;
	struct net net;
	int proc;
	pid_t pid;
	int init;
	int control;
	bool mapped;
};

/* Find the image, what is in it, and where its changes are kept; plan the root. */
int box_look_at_root(struct work *w, const struct policy *policy, const struct wire_request *req,
		     struct nsbox_error *err);

/* The container gets a root of its own, and the landing, @ret_landing, stays where it is. */
int box_leave_root(struct work *w, int *ret_landing, struct nsbox_error *err);

#endif
