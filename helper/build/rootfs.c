// SPDX-License-Identifier: MIT
/*
 * Make a root of the container's own. Runs as root of the host in a mount namespace of its own;
 * must never walk a path of the image but below it, and without links.
 */
#include "rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <sched.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "mountns.h"
#include "sys.h"

#define LOWER_PLACE SCRATCH_PLACE "/lower"
#define STORE_PLACE SCRATCH_PLACE "/writable"
#define LAYER (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)

void rootfs_init(struct rootfs *rootfs)
{
	*rootfs = (struct rootfs){ .lower = -1, .store = -1, .shared = -1,
				    .userns = -1, .root = -1 };
}

void rootfs_release(struct rootfs *rootfs)
{
	cleanup_close(&rootfs->lower);
	cleanup_close(&rootfs->store);
	cleanup_close(&rootfs->shared);
	cleanup_close(&rootfs->userns);
	cleanup_close(&rootfs->root);
	rootfs_init(rootfs);
}

static int attach_layer(int tree, uint64_t attr, const char *place, struct nsbox_error *err)
{
	return tree < 0 ? 0 : mount_attach(tree, attr, 0, place, err);
}

/* An overlay has private copies of its layers: where they were is of no use, and no harm. */
static int detach_layer(int *tree, const char *place, struct nsbox_error *err)
{
	int r = *tree < 0 ? 0 : sys_detach(place);

	cleanup_close(tree);
	*tree = -1;
	return r < 0 ? error_errno(err, r, "cannot take %s off", place) : 0;
}

static int share(const struct mount_op *op, struct rootfs *rootfs, struct nsbox_error *err)
{
	/* Where it was taken from, it was for nobody's use. */
	int r = mount_attach(rootfs->shared, op->attr, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOEXEC,
			     op->target, err);

	if (r == 0)
		rootfs->root = take_fd(&rootfs->shared);
	return r;
}

/*
 * All that anybody writes through an overlay is written with the rights of who made it. File
 * systems keep the last of their space for uid 0: a layer that is kept may not have it.
 */
static int make_overlay(const struct mount_op *op, const struct wire_request *req,
			struct rootfs *rootfs, struct nsbox_error *err)
{
	int r = rootfs->store < 0 ? 0 : caps_lend_files(req->uid, req->gid, err);

	if (r == 0)
		r = mount_new_fs(op->source, op->options, op->attr, op->target, &rootfs->root,
				 err);
	if (r == 0 && rootfs->store >= 0)
		r = caps_lend_files(0, 0, err);
	return r;
}

int rootfs_make(const struct mount_op *op, const struct wire_request *req, struct rootfs *rootfs,
		struct nsbox_error *err)
{
	int r = 0;

	if (rootfs->shared >= 0)
		return share(op, rootfs, err);
	if (rootfs->userns >= 0)
		r = sys_mount_idmap(rootfs->lower, rootfs->userns);
	if (r == -EINVAL)
		return error_plain(err, EINVAL, "cannot map the ids of the root: its file system "
				   "cannot be id-mapped in this kernel");
	if (r < 0)
		return error_errno(err, r, "cannot map the ids of the root's file system");
	r = attach_layer(rootfs->lower, LAYER | MOUNT_ATTR_RDONLY, LOWER_PLACE, err);
	if (r == 0)
		r = attach_layer(rootfs->store, LAYER, STORE_PLACE, err);
	if (r == 0)
		r = make_overlay(op, req, rootfs, err);
	if (r == 0)
		r = detach_layer(&rootfs->store, STORE_PLACE, err);
	return r < 0 ? r : detach_layer(&rootfs->lower, LOWER_PLACE, err);
}

static int take(const struct mount_op *op, int scratch, struct nsbox_error *err)
{
	_cleanup_close_ int from = -1;
	int tree;

	if (!op->aside)
		from = mount_open_place(op->source, err);
	if (!op->aside && from < 0)
		return from;
	tree = op->aside ? sys_clone_tree(scratch, op->aside, AT_RECURSIVE) :
			   sys_clone_tree(from, "", AT_EMPTY_PATH | AT_RECURSIVE);
	return tree < 0 ? error_errno(err, tree, "cannot take %s", op->source) : tree;
}

int rootfs_carry(const struct mount_op *op, int scratch, const struct rootfs *rootfs,
		 struct nsbox_error *err)
{
	_cleanup_close_ int tree = take(op, scratch, err);
	_cleanup_close_ int place = -1;
	int r;

	if (tree < 0)
		return tree;
	place = sys_openat2(rootfs->root, op->target + 1, O_PATH,
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (place < 0)
		return error_errno(err, place, "cannot find %s in the root", op->target);
	r = op->attr ? sys_mount_setattr(tree, "", AT_EMPTY_PATH, op->attr, 0, 0) : 0;
	if (r == 0)
		r = sys_attach(tree, place, "");
	return r < 0 ? error_errno(err, r, "cannot mount on %s of the root", op->target) : 0;
}

static int open_own(int proc, int *ret_fd, struct nsbox_error *err)
{
	int fd = openat(proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return error_errno(err, errno, "cannot open the mount namespace");
	*ret_fd = fd;
	return 0;
}

/* A namespace for the landing: a copy of this one, but for the root that is now the cwd. */
static int leave_root(struct nsbox_error *err)
{
	int r = sys_unshare(CLONE_NEWNS);

	if (r == 0)
		r = sys_detach(".");
	return r < 0 ? error_errno(err, r, "cannot part the landing from the root") : 0;
}

/* Every process of the namespace whose root directory was the old root has the new one then. */
static int change_root(const struct rootfs *rootfs, struct nsbox_error *err)
{
	int r = fchdir(rootfs->root) < 0 ? -errno : sys_pivot_here();

	if (r == 0)
		r = sys_detach(".");
	return r < 0 ? error_errno(err, r, "cannot change the container's root") : 0;
}

int rootfs_part(const struct rootfs *rootfs, int proc, int *ret_landing, struct nsbox_error *err)
{
	_cleanup_close_ int theirs = -1, ours = -1;
	int r = open_own(proc, &theirs, err);

	if (r == 0 && fchdir(rootfs->root) < 0)
		r = error_errno(err, errno, "cannot go to the root");
	if (r == 0)
		r = leave_root(err);
	if (r == 0)
		r = open_own(proc, &ours, err);
	if (r == 0 && (r = sys_setns(theirs, CLONE_NEWNS)) < 0)
		r = error_errno(err, r, "cannot go back to the container's mount namespace");
	if (r == 0)
		r = change_root(rootfs, err);
	if (r == 0 && (r = sys_setns(ours, CLONE_NEWNS)) < 0)
		r = error_errno(err, r, "cannot go to the landing");
	if (r == 0)
		*ret_landing = take_fd(&ours);
	return r;
}
