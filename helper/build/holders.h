/* SPDX-License-Identifier: MIT */
/*
 * The sessions that have a user's overlay: a file each, in the folder that store.c has locked.
 *
 * A file is worth as much as the init that it names: it counts only while the process of that
 * number, started at that time in this boot, is in that pid namespace. What does not count is
 * removed on the way.
 */
#ifndef NSBOX_HOLDERS_H
#define NSBOX_HOLDERS_H

#include "error.h"
#include "policy.h"
#include "session.h"

/**
 * holders_find() - an overlay that is in use
 * @dir: the locked folder
 * @proc: the host's /proc
 * @uid: the tenant
 * @map: the policy's user-map
 * @ret_tree: detached mount of the overlay; the caller closes it; untouched if there is none
 * @err: filled on failure
 *
 * Return: 0, or -errno: -EBUSY when a session has it with another user-map.
 */
int holders_find(int dir, int proc, uid_t uid, enum user_map_word map, int *ret_tree,
		 struct nsbox_error *err);

/**
 * holders_add() - one more
 * @dir: the locked folder
 * @proc: the host's /proc
 * @map: the policy's user-map
 * @init: pid of the session's init
 * @record: the session's
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int holders_add(int dir, int proc, enum user_map_word map, pid_t init,
		const struct session_record *record, struct nsbox_error *err);

#endif
