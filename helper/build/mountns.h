/* SPDX-License-Identifier: MIT */
/*
 * The walker of a mount plan. It reads no policy: what is not in the plan is not mounted.
 */
#ifndef NSBOX_MOUNTNS_H
#define NSBOX_MOUNTNS_H

#include "error.h"
#include "mounts.h"
#include "rootfs.h"

/**
 * struct mountns - a tree under construction
 * @taken: by index of the plan's ops, the detached copy of a bind's source, or -1
 * @scratch: the session's tmpfs, once it is made, or -1
 * @root: what a root of the container's own is made of; all -1 without one
 * @req: whose login it is
 */
struct mountns {
	int taken[MOUNT_OPS_MAX];
	int scratch;
	struct rootfs root;
	const struct wire_request *req;
};

/* Nothing is taken yet: mountns_release() can be called from here on. */
void mountns_begin(struct mountns *ret);

/**
 * mountns_take() - copy the sources of all binds while the tree is still the host's
 * @plan: the plan
 * @req: whose login it is: what root cannot reach is looked for as the tenant
 * @ret: begun; the caller is alone in its mount namespace
 * @err: filled on failure
 *
 * The copies keep the flags that the host gave them: what is read-only there stays so here.
 *
 * Return: 0 or -errno.
 */
int mountns_take(const struct mount_plan *plan, const struct wire_request *req,
		 struct mountns *ret, struct nsbox_error *err);

/**
 * mountns_seal() - make the whole tree nosuid, nodev, and private
 * @read_only: and read-only
 * @err: filled on failure
 *
 * Return: 0 or -errno. See mount_setattr(2).
 */
int mountns_seal(bool read_only, struct nsbox_error *err);

/**
 * mountns_apply() - do the mounts of one stage
 * @plan: the plan that @ns was taken for
 * @stage: which
 * @ns: sources that are used are given up
 * @err: filled on failure
 *
 * Return: 0 or -errno. There is no undo: the mount namespace ends with its only process.
 */
int mountns_apply(const struct mount_plan *plan, enum mount_stage stage, struct mountns *ns,
		  struct nsbox_error *err);

/**
 * mountns_settle() - let nothing of the host's come into this tree any more
 * @plan: the plan that was applied
 * @err: filled on failure
 *
 * For the landing: a mount that comes later would have neither nosuid nor noexec.
 *
 * Return: 0 or -errno.
 */
int mountns_settle(const struct mount_plan *plan, struct nsbox_error *err);

/**
 * mountns_release() - close what was taken and not used, and the scratch
 * @ns: after it, all entries are -1
 */
void mountns_release(struct mountns *ns);

/**
 * mount_make_fs() - a new file system, not attached anywhere yet
 * @type: file system type
 * @options: "key=value,flag", or NULL
 * @attr: MOUNT_ATTR_*
 * @ret_tree: the mount; the caller closes it; untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -errno. See fsopen(2).
 */
int mount_make_fs(const char *type, const char *options, uint64_t attr, int *ret_tree,
		  struct nsbox_error *err);

/**
 * mount_new_fs() - a new file system on a folder of the tree
 * @type: file system type
 * @options: "key=value,flag", or NULL
 * @attr: MOUNT_ATTR_*
 * @target: absolute path
 * @ret_fd: the mount, as a folder to work in; untouched on failure; NULL if not wanted
 * @err: filled on failure
 *
 * Return: 0 or -errno. See fsopen(2).
 */
int mount_new_fs(const char *type, const char *options, uint64_t attr, const char *target,
		 int *ret_fd, struct nsbox_error *err);

/**
 * mount_open_place() - find a place of the tree, by no link that a tenant can have made
 * @target: absolute path
 * @err: filled on failure
 *
 * Return: O_PATH descriptor, which the caller closes, or -errno.
 */
int mount_open_place(const char *target, struct nsbox_error *err);

/**
 * mount_attach() - put a detached mount on an object of the tree
 * @tree: from sys_clone_tree() or sys_fsmount()
 * @set: MOUNT_ATTR_* to set, on the mounts below it too
 * @clear: MOUNT_ATTR_* to clear, likewise
 * @target: absolute path
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int mount_attach(int tree, uint64_t set, uint64_t clear, const char *target,
		 struct nsbox_error *err);

#endif
