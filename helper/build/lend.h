/* SPDX-License-Identifier: MIT */
/*
 * Lend another user's files to the tenant, by an id-mapped mount.
 */
#ifndef NSBOX_LEND_H
#define NSBOX_LEND_H

#include <sys/stat.h>

#include "error.h"
#include "wire.h"

/**
 * lend_mount() - let the owner and the group of a mount be the tenant and the primary group
 * @source: what is mounted, for messages
 * @st: whose it is
 * @req: whose login it is
 * @tree: the mount, not attached yet
 * @err: filled on failure
 *
 * The map is that of a user namespace, which a short-lived child makes; it has one line, so that
 * nobody else's files change hands. It belongs to an id that nobody has: see idmap_plan().
 *
 * Return: 0 or -errno: -EPERM when it is root's, -EINVAL when the file system cannot.
 */
int lend_mount(const char *source, const struct stat *st, const struct wire_request *req, int tree,
	       struct nsbox_error *err);

#endif
