/* SPDX-License-Identifier: MIT */
/*
 * passwd(5) and group(5) as one tenant is to see them. Pure: text in, text out.
 *
 * Kept are the accounts of the system, with the members of its groups that are such accounts
 * themselves, and nobody; added are the tenant and the tenant's groups, as the request has them,
 * wherever they come from. A line that is none is dropped.
 */
#ifndef NSBOX_ACCOUNTS_H
#define NSBOX_ACCOUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "wire.h"

#define ACCOUNTS_NOBODY 65534

/**
 * struct accounts_range - where people's ids begin: those below are the system's
 * @uid: UID_MIN of login.defs(5)
 * @gid: GID_MIN
 */
struct accounts_range {
	uint32_t uid;
	uint32_t gid;
};

/**
 * accounts_range() - what login.defs(5) says
 * @defs: its text; NULL for none: then 1000
 */
struct accounts_range accounts_range(const char *defs);

/**
 * struct accounts_entry - a line of passwd(5)
 * @name: not NUL-terminated
 * @name_len: its bytes
 * @uid: as a number
 * @home: not NUL-terminated
 * @home_len: its bytes
 */
struct accounts_entry {
	const char *name;
	size_t name_len;
	uint32_t uid;
	const char *home;
	size_t home_len;
};

/**
 * accounts_next() - walk the accounts of passwd(5)
 * @at: where to go on, moved behind the line; lines that are none are skipped
 * @ret: the account
 *
 * Return: false at the end.
 */
bool accounts_next(const char **at, struct accounts_entry *ret);

/* Is this an account of a person, and not the tenant's own? */
bool accounts_is_other(const struct accounts_entry *entry, const struct wire_request *req,
		       const struct accounts_range *range);

/**
 * accounts_passwd() - the passwd(5) of one tenant
 * @base: text of the host's, or of an image's
 * @req: who
 * @range: which accounts are the system's
 * @ret: malloc'ed; untouched on failure
 * @err: filled on failure
 *
 * Return: 0, -ENOMEM, or -EINVAL when the tenant's entry cannot be written as a line.
 */
int accounts_passwd(const char *base, const struct wire_request *req,
		    const struct accounts_range *range, char **ret, struct nsbox_error *err);

/**
 * accounts_group() - the group(5) of one tenant
 * @base: text of the host's, or of an image's
 * @passwd: from accounts_passwd(): who may stand there as a member
 * @req: who
 * @range: which groups are the system's
 * @ret: malloc'ed; untouched on failure
 * @err: filled on failure
 *
 * A group of the tenant's whose name cannot be written as a line is left out; its id stays.
 *
 * Return: 0 or -ENOMEM.
 */
int accounts_group(const char *base, const char *passwd, const struct wire_request *req,
		   const struct accounts_range *range, char **ret, struct nsbox_error *err);

#endif
