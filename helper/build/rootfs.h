/* SPDX-License-Identifier: MIT */
/*
 * Make a root of the container's own. It reads no policy: the plan says what it is made of.
 *
 * The mount namespace that the builder shares with init so far has two trees then: the landing's,
 * which is the host's, and this one. rootfs_part() gives each a namespace.
 */
#ifndef NSBOX_ROOTFS_H
#define NSBOX_ROOTFS_H

#include "error.h"
#include "mounts.h"
#include "wire.h"

/**
 * struct rootfs - descriptors, -1 for none
 * @lower: detached mount: an image, or the host's root
 * @store: detached mount: the folder with the user's own upper layer
 * @shared: detached mount: the overlay of another session, in place of a new one
 * @userns: whose ids the image's files are to have inside
 * @root: the root when it is made
 */
struct rootfs {
	int lower;
	int store;
	int shared;
	int userns;
	int root;
};

/* All -1. */
void rootfs_init(struct rootfs *rootfs);

/* Close what is open; all are -1 then. */
void rootfs_release(struct rootfs *rootfs);

/**
 * rootfs_make() - put the layers on one another
 * @op: of kind MOUNT_ROOT
 * @req: whose login it is
 * @rootfs: @lower is set; @lower, @store and @shared are given up, @root is set
 * @err: filled on failure
 *
 * With @userns, an id that the image has on disk is that id inside: the mount is id-mapped, which
 * not every file system can. See mount_setattr(2), "ID-mapped mounts".
 *
 * Return: 0 or -errno.
 */
int rootfs_make(const struct mount_op *op, const struct wire_request *req, struct rootfs *rootfs,
		struct nsbox_error *err);

/**
 * rootfs_carry() - take a mount of the tree into the root
 * @op: of kind MOUNT_CARRY; with @aside, its source is that place of the scratch
 * @scratch: the session's tmpfs
 * @rootfs: with @root
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int rootfs_carry(const struct mount_op *op, int scratch, const struct rootfs *rootfs,
		 struct nsbox_error *err);

/**
 * rootfs_part() - leave the root to init
 * @rootfs: with @root
 * @proc: the host's /proc
 * @ret_landing: the caller's new mount namespace; the caller closes it; untouched on failure
 * @err: filled on failure
 *
 * The mount namespace that init is in has this root and nothing else. The caller is in another one,
 * with the tree as it was and without this root.
 *
 * Return: 0 or -errno. See pivot_root(2).
 */
int rootfs_part(const struct rootfs *rootfs, int proc, int *ret_landing, struct nsbox_error *err);

#endif
