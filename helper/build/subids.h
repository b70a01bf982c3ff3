/* SPDX-License-Identifier: MIT */
/*
 * Subordinate ids: what a user may have beside the own uid, see subuid(5).
 *
 * libsubid knows them, and has no static library: nsbox-subids asks it, a program of its own, and
 * answers nsbox-build, which believes no more of the answer than subids_judge() finds good.
 * nsbox(1) asks libsubid itself.
 */
#ifndef NSBOX_SUBIDS_H
#define NSBOX_SUBIDS_H

#include <stdint.h>

#include "error.h"
#include "wire.h"

#define SUBIDS_NEEDED 65535	/* inside, the ids from 1 to 65535 */
#define SUBIDS_RUNS_MAX 64	/* of the 340 lines of a map */
#define SUBIDS_MAGIC 0x6e737331U	/* another one when struct subids_answer changes */
#define SUBIDS_ID_END 0x80000000U	/* from here on are the owners of containers, see idmap.h */

/**
 * struct subid_run - neighbouring ids
 * @start: the first
 * @count: how many
 */
struct subid_run {
	uint32_t start;
	uint32_t count;
};

/**
 * struct subid_list - SUBIDS_NEEDED ids
 * @n: number of runs
 * @runs: in the order in which they are mapped
 */
struct subid_list {
	uint32_t n;
	struct subid_run runs[SUBIDS_RUNS_MAX];
};

/* What a user has for a container. */
struct subids {
	struct subid_list uids;
	struct subid_list gids;
};

/**
 * struct subids_answer - what nsbox-subids says, once
 * @magic: SUBIDS_MAGIC
 * @error: its code is 0 when @ids is good
 * @ids: the user's
 */
struct subids_answer {
	uint32_t magic;
	struct nsbox_error error;
	struct subids ids;
};

/**
 * subids_judge() - may these be mapped for this login?
 * @ids: whoever says so
 * @req: whose login it is
 * @err: filled on failure
 *
 * Pure. None of them is 0, from SUBIDS_ID_END on, twice there, or the user's own uid or group; and
 * there are as many as are needed.
 *
 * Return: 0; -ERANGE when there are too few, else -EINVAL.
 */
int subids_judge(const struct subids *ids, const struct wire_request *req, struct nsbox_error *err);

/**
 * subids_ask() - start nsbox-subids and hear it
 * @req: whose login it is
 * @ret: what it says, not judged; untouched on failure
 * @err: filled on failure
 *
 * Waits a few seconds at most; the program has ended when it returns.
 *
 * Return: 0 or -errno.
 */
int subids_ask(const struct wire_request *req, struct subids *ret, struct nsbox_error *err);

/**
 * subids_find() - ask libsubid, and look whether anybody else has the ids
 * @user: name
 * @uid: of the user
 * @ret: the first SUBIDS_NEEDED of the user's; untouched on failure
 * @err: filled on failure; names the file and line where there is one
 *
 * Reads /etc/subuid and /etc/subgid by stricter rules than libsubid, also when that has asked
 * somebody else, and /etc/passwd and /etc/group.
 *
 * Return: 0, or -errno: -ENOENT when the user has none, -ERANGE when they are too few, -EEXIST when
 * an id is somebody else's, -EINVAL for a file with a fault, -ENOSYS when nsbox was built without
 * libsubid.
 */
int subids_find(const char *user, uint32_t uid, struct subids *ret, struct nsbox_error *err);

#endif
