/* SPDX-License-Identifier: MIT */
/*
 * Names that were seen before, found in constant time: a site may have a section for each user.
 */
#ifndef NSBOX_SEEN_H
#define NSBOX_SEEN_H

#include <stddef.h>

/**
 * struct seen_name - a name and where it was seen first
 * @at: its bytes, not NUL-terminated; NULL: a free place
 * @len: how many
 * @line: from 1
 */
struct seen_name {
	const char *at;
	size_t len;
	unsigned int line;
};

/**
 * struct seen - a set of names; begins all zero
 * @names: open addressing
 * @room: places in @names, a power of two, or 0
 * @n: taken places
 */
struct seen {
	struct seen_name *names;
	size_t room;
	size_t n;
};

/**
 * seen_add() - note a name, unless it was seen before
 * @seen: the set
 * @at: the name, which must outlive the set
 * @len: its bytes
 * @line: where it stands
 * @ret_first: the line where it was seen first, @line if that is now; untouched on failure
 *
 * Return: 0 or -ENOMEM.
 */
int seen_add(struct seen *seen, const char *at, size_t len, unsigned int line,
	     unsigned int *ret_first);

/* Let go of the set; it is all zero then. */
void seen_free(struct seen *seen);

#endif
