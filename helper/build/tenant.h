/* SPDX-License-Identifier: MIT */
/*
 * Find what root may not: a home on a server that trusts no root, or on a file system that is the
 * tenant's own.
 */
#ifndef NSBOX_TENANT_H
#define NSBOX_TENANT_H

#include "fs.h"
#include "wire.h"

/**
 * tenant_walk() - fs_walk(), and where root has no access, as the tenant
 * @req: whose login it is
 * @path: absolute path
 * @ret: as of fs_walk()
 * @err: filled on failure
 *
 * The walk as the tenant is a short-lived child's, which has the tenant's ids and groups, shares
 * the table of descriptors and nothing else. It cannot be looked at or traced by the tenant.
 *
 * Return: as fs_walk().
 */
int tenant_walk(const struct wire_request *req, const char *path, struct fs_place *ret,
		struct nsbox_error *err);

#endif
