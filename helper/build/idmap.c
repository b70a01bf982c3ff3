// SPDX-License-Identifier: MIT
/*
 * Plan id maps. Pure; must never map uid 0 of the host, nor an id that is not the tenant's, nor two
 * of the host to one inside.
 */
#include "idmap.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"

#define NO_ID UINT32_MAX	/* (uid_t)-1 means "no change" to every id call */
#define OWNER_BIT 0x80000000U	/* uids from here on are left to nobody by every distribution */
#define OWNER_SHARED 0xfffffff0U

/* A run of ids: @count ids from @inside on are those from @outside on. */
struct extent {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

static int compare_ids(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Add a line while there is room for one more of any length. */
static void add_line(char *text, unsigned int *lines, const struct extent *e)
{
	size_t used = strlen(text);

	if (*lines >= IDMAP_LINES_MAX || used + sizeof("4294967295 4294967295 4294967295\n") >
						 IDMAP_TEXT_MAX)
		return;
	snprintf(text + used, IDMAP_TEXT_MAX - used, "%u %u %u\n", e->inside, e->outside, e->count);
	++*lines;
}

/*
 * Identity lines for the sorted @ids, without those in the run @first, which has its line, and
 * those below @taken: these numbers are others' inside.
 */
static void add_identity(char *text, unsigned int *lines, const uint32_t *ids, size_t n,
			 const struct extent *first, uint32_t taken)
{
	struct extent e = { 0 };

	for (size_t i = 0; i < n; i++) {
		uint32_t id = ids[i];

		if (id - first->outside < first->count || id < taken || id == NO_ID)
			continue;
		if (e.count && id - e.outside < e.count)
			continue;	/* the same group twice */
		if (e.count && id == e.outside + e.count) {
			e.count++;
			continue;
		}
		if (e.count)
			add_line(text, lines, &e);
		e = (struct extent){ .inside = id, .outside = id, .count = 1 };
	}
	if (e.count)
		add_line(text, lines, &e);
}

/* The run of neighbouring ids among the sorted @ids that @id is part of. */
static struct extent run_around(const uint32_t *ids, size_t n, uint32_t id)
{
	struct extent e = { .inside = id, .outside = id, .count = 1 };

	for (size_t i = n; i-- > 0;)
		if (ids[i] != NO_ID && ids[i] + 1 == e.outside) {
			e.outside--;
			e.count++;
		}
	for (size_t i = 0; i < n; i++)
		if (ids[i] != NO_ID && ids[i] == e.outside + e.count)
			e.count++;
	e.inside = e.outside;
	return e;
}

/* Subordinate ids are 1, 2, 3 inside, and so on. */
static void add_subids(char *text, unsigned int *lines, const struct subid_list *list)
{
	struct extent e = { .inside = 1 };

	for (size_t i = 0; i < list->n && e.inside <= SUBIDS_NEEDED; i++) {
		uint32_t left = SUBIDS_NEEDED + 1 - e.inside;

		e.outside = list->runs[i].start;
		e.count = list->runs[i].count < left ? list->runs[i].count : left;
		add_line(text, lines, &e);
		e.inside += e.count;
	}
}

static int plan_groups(enum user_map_word word, const struct wire_request *req,
		       const struct subids *subids, struct idmap *map)
{
	static const uint32_t taken[] = {
		[USER_MAP_SELF] = 0,
		[USER_MAP_ROOT] = 1,
		[USER_MAP_SUBIDS] = SUBIDS_NEEDED + 1,
	};
	_cleanup_free_ uint32_t *ids = calloc(req->groups + 1, sizeof(*ids));
	struct extent first = { .inside = 0, .outside = req->gid, .count = 1 };
	unsigned int lines = 0;

	if (!ids)
		return -ENOMEM;
	if (req->groups)
		memcpy(ids, req->gids, req->groups * sizeof(*ids));
	qsort(ids, req->groups, sizeof(*ids), compare_ids);
	if (word == USER_MAP_SELF)
		first = run_around(ids, req->groups, req->gid);
	add_line(map->gid, &lines, &first);
	if (word == USER_MAP_SUBIDS)
		add_subids(map->gid, &lines, &subids->gids);
	add_identity(map->gid, &lines, ids, req->groups, &first, taken[word]);
	map->inside_gid = word == USER_MAP_SELF ? req->gid : 0;
	return 0;
}

static void plan_uids(enum user_map_word word, const struct wire_request *req,
		      const struct subids *subids, struct idmap *map)
{
	struct extent own = { .outside = req->uid, .count = 1 };
	unsigned int lines = 0;

	map->inside_uid = word == USER_MAP_SELF ? req->uid : 0;
	own.inside = map->inside_uid;
	add_line(map->uid, &lines, &own);
	if (word == USER_MAP_SUBIDS)
		add_subids(map->uid, &lines, &subids->uids);
}

uint32_t idmap_owner(uint32_t uid)
{
	return uid < OWNER_BIT ? uid | OWNER_BIT : OWNER_SHARED;
}

int idmap_plan(enum user_map_word word, const struct wire_request *req, const struct subids *subids,
	       struct idmap *ret, struct nsbox_error *err)
{
	struct idmap map = { .may_set_groups = word == USER_MAP_SUBIDS };
	int r = 0;

	if (req->uid == 0)
		return error_plain(err, EPERM, "cannot map uid 0 of the host into a container");
	if (req->uid == NO_ID || req->gid == NO_ID)
		return error_plain(err, EINVAL, "cannot map the id 4294967295: it means no id");
	map.owner = idmap_owner(req->uid);
	if (word == USER_MAP_SUBIDS)
		r = subids_judge(subids, req, err);
	if (r < 0)
		return r;
	plan_uids(word, req, subids, &map);
	r = plan_groups(word, req, subids, &map);
	if (r < 0)
		return error_errno(err, r, "cannot plan the groups of %s", req->user);
	*ret = map;
	return 0;
}

static bool next_number(const char **text, char end, uint32_t *ret)
{
	unsigned long value;
	char *stop;

	errno = 0;
	value = strtoul(*text, &stop, 10);
	if (errno || stop == *text || *stop != end || value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	*text = stop + 1;
	return true;
}

/* Take the line at *@text. Return false at the end, and for a line that is none. */
static bool next_line(const char **text, struct extent *ret)
{
	const char *at = *text;

	if (!next_number(&at, ' ', &ret->inside) || !next_number(&at, ' ', &ret->outside) ||
	    !next_number(&at, '\n', &ret->count))
		return false;
	*text = at;
	return true;
}

static bool has_line(const char *text, const struct extent *wanted)
{
	struct extent e;

	while (next_line(&text, &e))
		if (!memcmp(&e, wanted, sizeof(e)))
			return true;
	return false;
}

bool idmap_is_shown(const char *planned, const char *shown)
{
	const char *rest = shown;
	size_t wanted = 0, found = 0;
	struct extent e;

	while (next_line(&planned, &e)) {
		if (!has_line(shown, &e))
			return false;
		wanted++;
	}
	while (next_line(&rest, &e))
		found++;
	return wanted == found && !*planned && !*rest;
}
