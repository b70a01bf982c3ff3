/* SPDX-License-Identifier: MIT */
/*
 * Sections that were seen before, found in constant time: a site may have one for each user.
 */
#ifndef NSBOX_SEEN_H
#define NSBOX_SEEN_H

#include <stddef.h>
#include <stdint.h>

struct scan_section;

/**
 * struct seen - a hash set of sections; begins all zero
 * @slots: index of a section plus one; 0: free
 * @room: slots, a power of two, or 0
 * @n: taken slots
 */
struct seen {
	uint32_t *slots;
	size_t room;
	size_t n;
};

/**
 * seen_add() - note a section, unless one of its name was noted before
 * @seen: the set
 * @sections: all sections; those that were noted are still where they were
 * @i: index of the new one
 * @ret_first: index of the one of that name that was noted first, @i if that is this one; untouched
 *             on failure
 *
 * Return: 0 or -ENOMEM.
 */
int seen_add(struct seen *seen, const struct scan_section *sections, size_t i, size_t *ret_first);

/* Forget all sections, but keep their room. */
void seen_clear(struct seen *seen);

/* Let go of the set; it is all zero then. */
void seen_free(struct seen *seen);

#endif
