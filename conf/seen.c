// SPDX-License-Identifier: MIT
/*
 * A hash set of names.
 *
 * Pure: runs with any privilege. The names come from root's own files: nobody gains by names that
 * collide, and nothing but time is lost.
 */
#include "seen.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST 64

/* FNV-1a. */
static uint32_t hash(const char *at, size_t len)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)at[i]) * 16777619;
	return h;
}

/* The place of the name, or the free one where it belongs: there always is a free one. */
static struct seen_name *place_of(const struct seen *seen, const char *at, size_t len)
{
	size_t i = hash(at, len) & (seen->room - 1);

	while (seen->names[i].at &&
	       (seen->names[i].len != len || memcmp(seen->names[i].at, at, len)))
		i = (i + 1) & (seen->room - 1);
	return &seen->names[i];
}

/* Keep at least half of the places free. */
static int make_room(struct seen *seen)
{
	struct seen larger = { .room = seen->room ? 2 * seen->room : ROOM_FIRST, .n = seen->n };

	if (2 * (seen->n + 1) <= seen->room)
		return 0;
	larger.names = calloc(larger.room, sizeof(*larger.names));
	if (!larger.names)
		return -ENOMEM;
	for (size_t i = 0; i < seen->room; i++)
		if (seen->names[i].at)
			*place_of(&larger, seen->names[i].at, seen->names[i].len) = seen->names[i];
	free(seen->names);
	*seen = larger;
	return 0;
}

int seen_add(struct seen *seen, const char *at, size_t len, unsigned int line,
	     unsigned int *ret_first)
{
	struct seen_name *name;
	int r = make_room(seen);

	if (r < 0)
		return r;
	name = place_of(seen, at, len);
	if (!name->at) {
		*name = (struct seen_name){ .at = at, .len = len, .line = line };
		seen->n++;
	}
	*ret_first = name->line;
	return 0;
}

void seen_free(struct seen *seen)
{
	free(seen->names);
	memset(seen, 0, sizeof(*seen));
}
