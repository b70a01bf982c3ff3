/* SPDX-License-Identifier: MIT */
/*
 * Where the homes of other people are, and what has to be covered so that none of them shows. Pure:
 * paths are compared as text; whether they are there is a question for the caller.
 */
#ifndef NSBOX_HOMES_H
#define NSBOX_HOMES_H

#include <stdbool.h>

#include "accounts.h"

#define HOMES_MAX 64	/* covers: a mount each */

/**
 * homes_hidden() - folders to be covered
 * @passwd: text of the host's passwd(5)
 * @req: whose home stays
 * @range: which accounts are people's
 * @ret: malloc'ed: absolute paths, each with its NUL, and an empty one at the end; none lies below
 *       another, nor at or below the tenant's home; untouched on failure
 * @err: filled on failure
 *
 * A folder that homes lie in is covered as a whole, so that a new one does not show either, and so
 * is the one that the tenant's own home lies in. Where the container needs other things of that
 * folder, as of /var or /srv, each home in it is covered. If there are too many folders, those that
 * lie in one folder are covered by it (/home/a, /home/b ... by /home).
 *
 * Return: 0, -ENOMEM, or -E2BIG when there are too many even so.
 */
int homes_hidden(const char *passwd, const struct wire_request *req,
		 const struct accounts_range *range, char **ret, struct nsbox_error *err);

/* Is @path, or something below it, what the container needs for other things than homes? */
bool homes_is_needed(const char *path);

#endif
