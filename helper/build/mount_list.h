/* SPDX-License-Identifier: MIT */
/*
 * What a mount plan is put together with. Pure. For the files that plan (mounts*.c) alone; a plan
 * without room is marked as full and goes on, so that only mounts_plan() has to look.
 */
#ifndef NSBOX_MOUNT_LIST_H
#define NSBOX_MOUNT_LIST_H

#include <linux/mount.h>

#include "mounts.h"

#define RO MOUNT_ATTR_RDONLY
#define NOSUID MOUNT_ATTR_NOSUID	/* no file may add privilege, whoever made it */
#define NODEV MOUNT_ATTR_NODEV		/* no device but those in our /dev */
#define NOEXEC MOUNT_ATTR_NOEXEC

/* One more entry of the scratch, unless its path is there already. */
void list_scratch(struct mount_plan *p, const struct scratch_entry *entry);

/* Short forms of it, for what belongs to root. */
void list_dir(struct mount_plan *p, const char *path, mode_t mode);
void list_file(struct mount_plan *p, const char *path, mode_t mode, const char *text);
void list_link(struct mount_plan *p, const char *path, const char *target);

/* One more mount. */
void list_op(struct mount_plan *p, const struct mount_op *op);

/**
 * list_bind() - what the host has at @source, on @target
 * @p: the plan
 * @source: absolute path
 * @owner: whom it must belong to, or MOUNT_OWNER_ANY
 * @target: absolute path
 * @attr: MOUNT_ATTR_*
 */
void list_bind(struct mount_plan *p, const char *source, uid_t owner, const char *target,
	       uint64_t attr);

/**
 * list_cover() - a folder or file of the scratch over a place of the tree
 * @p: the plan
 * @folder: of the scratch; the caller lists it before
 * @target: absolute path
 * @attr: MOUNT_ATTR_*
 *
 * Later mounts below @target find their place by list_place().
 */
void list_cover(struct mount_plan *p, const char *folder, const char *target, uint64_t attr);

/* A new file system of @type on @target; @options as in struct mount_op. */
void list_new(struct mount_plan *p, enum mount_stage stage, const char *type, const char *target,
	      const char *options, uint64_t attr);

/**
 * list_place() - see that there is something to mount on
 * @p: the plan
 * @target: absolute path
 * @kind: SCRATCH_DIR or SCRATCH_FILE
 * @text: of a file; NULL for none
 *
 * Where a cover hides what the host has at @target, the scratch gets an entry and its parents.
 * Elsewhere the tree has it, or the mount fails and says so.
 */
void list_place(struct mount_plan *p, const char *target, enum scratch_kind kind,
		const char *text);

/* @len bytes of @text, as long as the plan lives. */
const char *list_keep(struct mount_plan *p, const char *text, size_t len);

/* A formatted text, likewise. */
const char *list_text(struct mount_plan *p, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
