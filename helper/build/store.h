/* SPDX-License-Identifier: MIT */
/*
 * What a user has written over a root, kept between logins (overlay = user).
 *
 * NSBOX_STATE/overlay/UID/ROOT holds the layer, a lock, and a file for each session that has the
 * overlay. The kernel does not allow two overlays on one upper layer: a later login of the user
 * shares the overlay of a session that is open. It finds it in that session's landing, and the
 * landing by a descriptor that the session's init holds: both are there as long as init lives.
 */
#ifndef NSBOX_STORE_H
#define NSBOX_STORE_H

#include "error.h"
#include "policy.h"
#include "session.h"
#include "wire.h"

#define STORE_OVERLAY LANDING_DIR "/overlay"	/* where a landing has the overlay */

/**
 * struct store - one user's folder for one root
 * @dir: detached mount of the folder, which stays as the host has it when the tree is sealed
 * @lock: held until the process ends: one login after the other
 * @shared: detached mount of an overlay that another session has, or -1
 */
struct store {
	int dir;
	int lock;
	int shared;
};

/* All -1. */
void store_init(struct store *store);

/* Close what is open. */
void store_release(struct store *store);

/**
 * store_open() - find the user's folder, or make it, and the overlay that is in use
 * @policy: names the root and the map of ids
 * @req: whose login it is
 * @proc: the host's /proc
 * @root_uid: whom the layer's top folder must belong to: root inside, or root
 * @root_gid: its group
 * @ret: from store_init()
 * @err: filled on failure
 *
 * The caller is alone in its mount namespace, and is in it again afterwards. Waits for other logins
 * of the same user; the module's deadline ends that.
 *
 * Return: 0 or -errno: -EBUSY when a session has it with another user-map.
 */
int store_open(const struct policy *policy, const struct wire_request *req, int proc,
	       uid_t root_uid, gid_t root_gid, struct store *ret, struct nsbox_error *err);

/**
 * store_publish() - let later logins share this session's overlay
 * @store: from store_open()
 * @policy: as in store_open()
 * @proc: the host's /proc
 * @init: pid of the session's init, whose INIT_LANDING_FD is the landing
 * @record: the session's
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int store_publish(const struct store *store, const struct policy *policy, int proc, pid_t init,
		  const struct session_record *record, struct nsbox_error *err);

#endif
