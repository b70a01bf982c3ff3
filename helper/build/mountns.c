// SPDX-License-Identifier: MIT
/*
 * Walk a mount plan. Runs as root of the host in a mount namespace of its own; must never read
 * policy, nor name a path twice where a tenant could change it in between.
 */
#include "mountns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "lend.h"
#include "sys.h"
#include "tenant.h"

static int take_bind(const struct mount_op *op, const struct wire_request *req, int *ret_tree,
		     struct nsbox_error *err)
{
	struct fs_place place;
	int r, tree;

	r = tenant_walk(req, op->source, &place, err);
	if (r < 0)
		return r;
	_cleanup_close_ int fd = place.fd;

	if (op->owner != MOUNT_OWNER_ANY && place.st.st_uid != op->owner)
		return error_plain(err, EPERM, "cannot bind %s: it belongs to uid %u, not to %u",
				   op->source, place.st.st_uid, op->owner);
	tree = sys_clone_tree(fd, "", AT_EMPTY_PATH | AT_RECURSIVE);
	if (tree < 0)
		return error_errno(err, tree, "cannot take %s", op->source);
	*ret_tree = tree;
	return op->idmap ? lend_mount(op->source, &place.st, req, tree, err) : 0;
}

void mountns_begin(struct mountns *ret)
{
	for (size_t i = 0; i < MOUNT_OPS_MAX; i++)
		ret->taken[i] = -1;
	ret->scratch = -1;
	rootfs_init(&ret->root);
}

int mountns_take(const struct mount_plan *plan, const struct wire_request *req,
		 struct mountns *ret, struct nsbox_error *err)
{
	int r = 0;

	ret->req = req;
	for (size_t i = 0; r == 0 && i < plan->n_ops; i++)
		if (plan->ops[i].kind == MOUNT_BIND)
			r = take_bind(&plan->ops[i], req, &ret->taken[i], err);
	return r;
}

void mountns_release(struct mountns *ns)
{
	for (size_t i = 0; i < MOUNT_OPS_MAX; i++)
		cleanup_close(&ns->taken[i]);
	cleanup_close(&ns->scratch);
	rootfs_release(&ns->root);
	mountns_begin(ns);
}

int mountns_seal(bool read_only, struct nsbox_error *err)
{
	int r = sys_mount_setattr(AT_FDCWD, "/", AT_RECURSIVE, MOUNT_ATTR_NOSUID |
				  MOUNT_ATTR_NODEV | (read_only ? MOUNT_ATTR_RDONLY : 0), 0,
				  MS_PRIVATE);

	if (r < 0)
		return error_errno(err, r, "cannot seal the tree");
	return 0;
}

/* Trust in folders does not matter here: a walk is only needed where there are links. */
int mount_open_place(const char *target, struct nsbox_error *err)
{
	struct fs_place place;
	int fd, r;

	fd = sys_openat2(AT_FDCWD, target, O_PATH, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd >= 0)
		return fd;
	if (fd != -ELOOP)
		return error_errno(err, fd, "cannot find %s", target);
	r = fs_walk(target, &place, err);
	return r < 0 ? r : place.fd;
}

static int attach(int tree, const char *target, struct nsbox_error *err)
{
	_cleanup_close_ int fd = mount_open_place(target, err);
	int r;

	if (fd < 0)
		return fd;
	r = sys_attach(tree, fd, "");
	return r < 0 ? error_errno(err, r, "cannot mount on %s", target) : 0;
}

int mount_attach(int tree, uint64_t set, uint64_t clear, const char *target,
		 struct nsbox_error *err)
{
	int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, set, clear, MS_PRIVATE);

	if (r < 0)
		return error_errno(err, r, "cannot set the flags of the mount for %s", target);
	return attach(tree, target, err);
}

static int configure(int fs, const char *options)
{
	char word[SCRATCH_OPTIONS_MAX];
	int r = 0;

	while (r == 0 && options && *options) {
		size_t len = strcspn(options, ",");
		char *value;

		if (len >= sizeof(word))
			return -E2BIG;
		memcpy(word, options, len);
		word[len] = '\0';
		options += len + (options[len] == ',');
		value = strchr(word, '=');
		if (value)
			*value++ = '\0';
		r = value ? sys_fsconfig_string(fs, word, value) : sys_fsconfig_flag(fs, word);
	}
	return r;
}

int mount_make_fs(const char *type, const char *options, uint64_t attr, int *ret_tree,
		  struct nsbox_error *err)
{
	_cleanup_close_ int fs = sys_fsopen(type);
	int r, tree;

	r = fs < 0 ? fs : configure(fs, options);
	if (r == 0)
		r = sys_fsconfig_string(fs, "source", type);	/* df(1) would say "none" */
	tree = r < 0 ? r : sys_fsmount(fs, (unsigned int)attr);
	if (tree < 0)
		return error_errno(err, tree, "cannot make a %s", type);
	*ret_tree = tree;
	return 0;
}

int mount_new_fs(const char *type, const char *options, uint64_t attr, const char *target,
		 int *ret_fd, struct nsbox_error *err)
{
	_cleanup_close_ int tree = -1;
	int r = mount_make_fs(type, options, attr, &tree, err);

	if (r == 0)
		r = attach(tree, target, err);
	if (r == 0 && ret_fd)
		*ret_fd = take_fd(&tree);
	return r;
}

static int write_text(int dirfd, const struct scratch_entry *e)
{
	_cleanup_close_ int fd = openat(dirfd, e->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
					O_CLOEXEC, e->mode);
	size_t len = e->text ? strlen(e->text) : 0;
	ssize_t n;

	if (fd < 0)
		return -errno;
	n = len ? write(fd, e->text, len) : 0;
	if (n < 0)
		return -errno;
	return (size_t)n == len ? 0 : -ENOSPC;
}

static int make_entry(int dirfd, const struct scratch_entry *e)
{
	int r = 0;

	switch (e->kind) {
	case SCRATCH_DIR:
		r = mkdirat(dirfd, e->path, e->mode);
		break;
	case SCRATCH_FILE:
		r = write_text(dirfd, e);
		if (r < 0)
			return r;
		break;
	case SCRATCH_NODE:
		r = mknodat(dirfd, e->path, S_IFCHR | e->mode, e->dev);
		break;
	case SCRATCH_BLOCK:
		r = mknodat(dirfd, e->path, S_IFBLK | e->mode, e->dev);
		break;
	case SCRATCH_LINK:
		r = symlinkat(e->text, dirfd, e->path);
		break;
	}
	if (r == 0 && (e->uid || e->gid))
		r = fchownat(dirfd, e->path, e->uid, e->gid, AT_SYMLINK_NOFOLLOW);
	return r < 0 ? -errno : 0;
}

static int make_scratch(const struct mount_plan *plan, int *ret_fd, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;
	int r;

	r = mount_new_fs("tmpfs", plan->scratch_options, MOUNT_ATTR_NOSUID, SCRATCH_PLACE, &fd,
			 err);
	for (size_t i = 0; r == 0 && i < plan->n_scratch; i++) {
		r = make_entry(fd, &plan->scratch[i]);
		if (r < 0)
			return error_errno(err, r, "cannot make %s in the session's tmpfs",
					   plan->scratch[i].path);
	}
	if (r == 0)
		*ret_fd = take_fd(&fd);
	return r;
}

/* The place where @op puts its mount: a descriptor or -errno. */
static int open_place(const struct mount_op *op, int scratch, struct nsbox_error *err)
{
	int fd;

	if (!op->aside)
		return mount_open_place(op->target, err);
	fd = sys_openat2(scratch, op->aside, O_PATH, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	return fd < 0 ? error_errno(err, fd, "cannot put %s aside", op->target) : fd;
}

/*
 * A slave is still of the host's peer group, for it was taken before the tree was sealed: what the
 * host mounts comes along. What is there now gets its flags; what comes later has the host's.
 */
static int put(const struct mount_op *op, int tree, int place, struct nsbox_error *err)
{
	int r = sys_mount_setattr(tree, "", AT_EMPTY_PATH | AT_RECURSIVE, op->attr, 0,
				  op->slave ? MS_SLAVE : MS_PRIVATE);

	if (r < 0)
		return error_errno(err, r, "cannot set the flags of the mount for %s", op->target);
	r = sys_attach(tree, place, "");
	return r < 0 ? error_errno(err, r, "cannot mount on %s", op->target) : 0;
}

/*
 * The place comes first: kernels differ in what /proc has, and to let go of a copy that was not
 * attached takes the kernel longer than ten mounts.
 */
static int apply_copy(const struct mount_op *op, int scratch, struct nsbox_error *err)
{
	_cleanup_close_ int place = open_place(op, scratch, err);
	_cleanup_close_ int tree = -1;

	if (place < 0)
		return place == -ENOENT && op->optional ? 0 : place;
	tree = op->kind == MOUNT_SCRATCH ? sys_clone_tree(scratch, op->source, 0) :
					   sys_clone_tree(place, "", AT_EMPTY_PATH);
	if (tree < 0)
		return error_errno(err, tree, "cannot take what goes on %s", op->target);
	return put(op, tree, place, err);
}

static int apply_new(const struct mount_op *op, int scratch, struct nsbox_error *err)
{
	_cleanup_close_ int place = open_place(op, scratch, err), tree = -1;
	int r = place < 0 ? place : mount_make_fs(op->source, op->options, op->attr, &tree, err);

	return r < 0 ? r : put(op, tree, place, err);
}

/* Read-only, for it has no upper folder. Both are named by path, as Linux 6.1 wants it. */
static int apply_overlay(const struct mount_op *op, struct nsbox_error *err)
{
	char options[SCRATCH_OPTIONS_MAX];

	if ((size_t)snprintf(options, sizeof(options), "lowerdir=" SCRATCH_PLACE "/%s:%s",
			     op->source, op->target) >= sizeof(options))
		return error_errno(err, ENAMETOOLONG, "cannot mount on %s", op->target);
	return mount_new_fs("overlay", options, op->attr, op->target, NULL, err);
}

int mountns_settle(const struct mount_plan *plan, struct nsbox_error *err)
{
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct mount_op *op = &plan->ops[i];
		int r = op->slave ? sys_mount_setattr(AT_FDCWD, op->target, AT_RECURSIVE, 0, 0,
						      MS_PRIVATE) : 0;

		if (r < 0)
			return error_errno(err, r, "cannot part %s from the host's", op->target);
	}
	return 0;
}

/* Where root may not go, to a home on a server that trusts no root, the tenant may. */
static int apply_bind(const struct mount_op *op, const struct mountns *ns, int *taken,
		      struct nsbox_error *err)
{
	_cleanup_close_ int place = open_place(op, ns->scratch, err);
	struct fs_place found;
	int r = place;

	if (place == -EACCES) {
		r = tenant_walk(ns->req, op->target, &found, err);
		place = r < 0 ? r : found.fd;
	}
	if (place >= 0)
		r = put(op, *taken, place, err);
	cleanup_close(taken);
	*taken = -1;
	return r;
}

static int apply_op(const struct mount_op *op, struct mountns *ns, int *taken,
		    struct nsbox_error *err)
{
	switch (op->kind) {
	case MOUNT_BIND:
		return apply_bind(op, ns, taken, err);
	case MOUNT_SCRATCH:
	case MOUNT_AGAIN:
		return apply_copy(op, ns->scratch, err);
	case MOUNT_NEW:
		return apply_new(op, ns->scratch, err);
	case MOUNT_OVERLAY:
		return apply_overlay(op, err);
	case MOUNT_ROOT:
		return rootfs_make(op, ns->req, &ns->root, err);
	case MOUNT_CARRY:
		return rootfs_carry(op, ns->scratch, &ns->root, err);
	}
	return error_plain(err, EINVAL, "cannot do a mount of kind %d", (int)op->kind);
}

int mountns_apply(const struct mount_plan *plan, enum mount_stage stage, struct mountns *ns,
		  struct nsbox_error *err)
{
	int r = 0;

	if (stage == MOUNT_STAGING)
		r = make_scratch(plan, &ns->scratch, err);
	for (size_t i = 0; r == 0 && i < plan->n_ops; i++)
		if (plan->ops[i].stage == stage)
			r = apply_op(&plan->ops[i], ns, &ns->taken[i], err);
	/* Its root is covered by now; the one folder of it with devices is a mount of its own. */
	if (r == 0 && stage == MOUNT_STAGING) {
		r = sys_mount_setattr(ns->scratch, "", AT_EMPTY_PATH, MOUNT_ATTR_NODEV, 0, 0);
		if (r < 0)
			return error_errno(err, r, "cannot set the flags of the session's tmpfs");
	}
	return r;
}
