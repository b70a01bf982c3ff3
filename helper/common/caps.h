/* SPDX-License-Identifier: MIT */
/*
 * Give up capabilities, and prove that they are gone. Used by the door and by what becomes init.
 * See capabilities(7), credentials(7).
 */
#ifndef NSBOX_CAPS_H
#define NSBOX_CAPS_H

#include <sys/types.h>

#include "error.h"

/**
 * caps_become() - change every id, with or without the capabilities of the user namespace
 * @uid: id in the current user namespace
 * @gid: likewise
 * @keep: keep the capabilities that the caller has in its user namespace; otherwise bounding,
 *        ambient, inheritable, permitted and effective sets end empty
 * @err: filled on failure
 *
 * Sets no_new_privs in any case: every mount is nosuid, but a file with capabilities on a mount
 * that root inside made must not give back what was dropped. Supplementary groups are left.
 *
 * Return: 0 or -errno. After a failure the process must not go on.
 */
int caps_become(uid_t uid, gid_t gid, int keep, struct nsbox_error *err);

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
 * caps_prove() - see that nothing but what caps_become() promises is left
 * @uid: what real, effective, saved and file system id must be
 * @gid: likewise
 * @keep: as in caps_become(); when 0, every capability set must be empty
 * @err: filled on failure
 *
 * Return: 0 or -EPERM.
 */
int caps_prove(uid_t uid, gid_t gid, int keep, struct nsbox_error *err);

#endif
