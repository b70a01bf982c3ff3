// SPDX-License-Identifier: MIT
/*
 * A hash set of sections.
 *
 * Pure: runs with any privilege. The names come from root's own files: nobody gains by names that
 * collide, and nothing but time is lost.
 */
#include "seen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

#define ROOM_FIRST 256

/* FNV-1a. */
static uint32_t hash(struct scan_span name)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < name.len; i++)
		h = (h ^ (unsigned char)name.at[i]) * 16777619;
	return h;
}

static int is_same(struct scan_span a, struct scan_span b)
{
	return a.len == b.len && !memcmp(a.at, b.at, a.len);
}

/* The slot of a section of this name, or the free one where it belongs: there always is one. */
static uint32_t *slot_of(const struct seen *seen, const struct scan_section *sections, size_t i)
{
	size_t at = hash(sections[i].name) & (seen->room - 1);

	while (seen->slots[at] && !is_same(sections[seen->slots[at] - 1].name, sections[i].name))
		at = (at + 1) & (seen->room - 1);
	return &seen->slots[at];
}

/* Keep at least half of the slots free. */
static int make_room(struct seen *seen, const struct scan_section *sections)
{
	struct seen larger = { .room = seen->room ? 4 * seen->room : ROOM_FIRST, .n = seen->n };

	if (2 * (seen->n + 1) <= seen->room)
		return 0;
	larger.slots = calloc(larger.room, sizeof(*larger.slots));
	if (!larger.slots)
		return -ENOMEM;
	for (size_t at = 0; at < seen->room; at++)
		if (seen->slots[at])
			*slot_of(&larger, sections, seen->slots[at] - 1) = seen->slots[at];
	free(seen->slots);
	*seen = larger;
	return 0;
}

int seen_add(struct seen *seen, const struct scan_section *sections, size_t i, size_t *ret_first)
{
	uint32_t *slot;
	int r = make_room(seen, sections);

	if (r < 0)
		return r;
	slot = slot_of(seen, sections, i);
	if (!*slot) {
		*slot = (uint32_t)i + 1;
		seen->n++;
	}
	*ret_first = *slot - 1;
	return 0;
}

void seen_clear(struct seen *seen)
{
	if (seen->n)
		memset(seen->slots, 0, seen->room * sizeof(*seen->slots));
	seen->n = 0;
}

void seen_free(struct seen *seen)
{
	free(seen->slots);
	memset(seen, 0, sizeof(*seen));
}
