/* SPDX-License-Identifier: MIT */
/*
 * Give up capabilities, and prove that just those are left that shall be. Used by the door and by
 * what becomes init. See capabilities(7), credentials(7).
 */
#ifndef NSBOX_CAPS_H
#define NSBOX_CAPS_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"

/* Flags of struct caps. */
#define CAPS_AMBIENT 1U	/* they come through every exec: the process is not uid 0 */
#define CAPS_LOCKED 2U	/* to be or to become uid 0 gives none, for good */
#define CAPS_GAIN 4U	/* no no_new_privs: a program file may give what the bounding set allows */

#define CAPS_ALL UINT64_MAX	/* that the kernel knows */

/**
 * struct caps - what a process keeps, and may get
 * @kept: bits 1 << CAP_*, over its user namespace: bounding, permitted and effective set
 * @flags: CAPS_*
 * @zero: must be: it is stored as it is
 */
struct caps {
	uint64_t kept;
	uint32_t flags;
	uint32_t zero;
};

/**
 * caps_become() - change every id, and keep these capabilities and no other
 * @uid: id in the current user namespace
 * @gid: likewise
 * @caps: kept ones must be of a user namespace that is not the host's: there is none to drop to
 * @err: filled on failure
 *
 * no_new_privs is set but with CAPS_GAIN: every mount is nosuid, but a file with capabilities on a
 * mount that root inside made must not give back what was dropped. Supplementary groups are left.
 * The inheritable set is empty, or with CAPS_AMBIENT as the ambient one. See securebits in
 * capabilities(7).
 *
 * Return: 0 or -errno. After a failure the process must not go on.
 */
int caps_become(uid_t uid, gid_t gid, const struct caps *caps, struct nsbox_error *err);

/**
 * caps_lend() - have another real and effective uid, with the capabilities of root
 * @uid: on the host
 * @err: filled on failure
 *
 * For root only; the saved uid stays root's, so that the permitted set does.
 *
 * Return: 0 or -errno.
 */
int caps_lend(uid_t uid, struct nsbox_error *err);

/**
 * caps_lend_files() - have another file system uid and gid, with the capabilities of root
 * @uid: on the host; 0 to undo it
 * @gid: likewise
 * @err: filled on failure
 *
 * For root only. See setfsuid(2).
 *
 * Return: 0 or -errno.
 */
int caps_lend_files(uid_t uid, gid_t gid, struct nsbox_error *err);

/**
 * caps_prove() - see that all is as caps_become() promises
 * @uid: what real, effective, saved and file system id must be
 * @gid: likewise
 * @caps: as in caps_become(): each set, the secure bits and no_new_privs are read back
 * @err: filled on failure
 *
 * Return: 0 or -EPERM.
 */
int caps_prove(uid_t uid, gid_t gid, const struct caps *caps, struct nsbox_error *err);

#endif
