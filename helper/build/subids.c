// SPDX-License-Identifier: MIT
/*
 * Judge subordinate ids. Pure; must never let one through that is not the tenant's alone.
 */
#include "subids.h"

#include <errno.h>
#include <stdbool.h>

/* The number wraps for what is below the start. */
static bool has(const struct subid_run *run, uint32_t id)
{
	return id - run->start < run->count;
}

static bool overlap(const struct subid_run *a, const struct subid_run *b)
{
	return has(a, b->start) || has(b, a->start);
}

static int judge_run(const struct subid_list *list, size_t i, const char *kind,
		     struct nsbox_error *err)
{
	const struct subid_run *run = &list->runs[i];

	if (!run->count || !run->start || run->start >= SUBIDS_ID_END ||
	    run->count > SUBIDS_ID_END - run->start)
		return error_plain(err, EINVAL, "cannot map %u subordinate %ss from %u on: those "
				   "from 1 to %u can be", run->count, kind, run->start,
				   SUBIDS_ID_END - 1);
	for (size_t j = 0; j < i; j++)
		if (overlap(run, &list->runs[j]))
			return error_plain(err, EINVAL, "cannot map the subordinate %s %u: it is "
					   "there twice", kind, run->start > list->runs[j].start ?
					   run->start : list->runs[j].start);
	return 0;
}

static int judge_list(const struct subid_list *list, const char *kind, struct nsbox_error *err)
{
	uint64_t sum = 0;
	int r = 0;

	if (list->n > SUBIDS_RUNS_MAX)
		return error_plain(err, EINVAL, "cannot map %u ranges of subordinate %ss: %d at "
				   "most", list->n, kind, SUBIDS_RUNS_MAX);
	for (size_t i = 0; i < list->n && r == 0; i++) {
		r = judge_run(list, i, kind, err);
		sum += list->runs[i].count;
	}
	if (r == 0 && sum < SUBIDS_NEEDED)
		r = error_plain(err, ERANGE, "cannot map %llu subordinate %ss: %d are needed",
				(unsigned long long)sum, kind, SUBIDS_NEEDED);
	return r;
}

static int judge_own(const struct subid_list *list, const char *kind, uint32_t id,
		     struct nsbox_error *err)
{
	for (size_t i = 0; i < list->n; i++)
		if (has(&list->runs[i], id))
			return error_plain(err, EINVAL, "cannot map the subordinate %s %u: it is "
					   "the user's own", kind, id);
	return 0;
}

int subids_judge(const struct subids *ids, const struct wire_request *req, struct nsbox_error *err)
{
	int r = judge_list(&ids->uids, "uid", err);

	if (r == 0)
		r = judge_list(&ids->gids, "gid", err);
	if (r == 0)
		r = judge_own(&ids->uids, "uid", req->uid, err);
	if (r == 0)
		r = judge_own(&ids->gids, "gid", req->gid, err);
	for (size_t i = 0; i < req->groups && r == 0; i++)
		r = judge_own(&ids->gids, "gid", req->gids[i], err);
	return r;
}
