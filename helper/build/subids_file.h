/* SPDX-License-Identifier: MIT */
/*
 * The lines of /etc/subuid and /etc/subgid, subuid(5), by strict rules. Pure.
 *
 * libsubid takes "1x" and " 1" for 1, -1 for a large number, and passes over what it cannot read:
 * that would be another map than the one the admin has in mind.
 */
#ifndef NSBOX_SUBIDS_FILE_H
#define NSBOX_SUBIDS_FILE_H

#include <stdbool.h>

#include "error.h"
#include "subids.h"

/**
 * struct subids_line - a line that gives ids to somebody
 * @owner: name or number; ends with the ':' after it
 * @owner_len: its length
 * @number: of the line in the file, from 1
 * @run: the ids
 */
struct subids_line {
	const char *owner;
	size_t owner_len;
	unsigned int number;
	struct subid_run run;
};

/**
 * subids_next_line() - read the next line that gives ids
 * @file: name of the file, for errors
 * @text: where to read, NUL-terminated; moved on
 * @line: from the last call, or all zero; untouched at the end
 * @err: filled on failure
 *
 * Empty lines and those that begin with '#' are passed over. All others are OWNER:START:COUNT, in
 * decimal without a sign, blank or leading zero, and name ids from 1 to 4294967294.
 *
 * Return: 1, 0 at the end, or -EINVAL.
 */
int subids_next_line(const char *file, const char **text, struct subids_line *line,
		     struct nsbox_error *err);

/* Does @line give to the user with this name, or to the number? */
bool subids_line_is_of(const struct subids_line *line, const char *user, uint32_t uid);

#endif
