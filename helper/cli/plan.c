// SPDX-License-Identifier: MIT
/*
 * Make a login's plans and show them. Runs with any privilege; must never show a guess as a fact.
 */
#include "plan.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "facts.h"
#include "fs.h"
#include "idmap.h"
#include "mounts.h"

static void add_text(struct lines *lines, char *text)
{
	char *state = NULL;

	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state))
		lines_add(lines, "%s", line);
}

/* Would the builder, being root, see a home that this caller cannot? */
static bool is_out_of_sight(const char *home)
{
	struct fs_place place;
	int r = fs_walk(home, &place, NULL);

	if (r == 0)
		close(place.fd);
	return r == -EACCES && geteuid() != 0;
}

static void plan_mounts(const struct wire_request *req, const struct policy *policy,
			struct mount_facts *facts, struct plan *ret)
{
	struct mount_plan *plan = malloc(sizeof(*plan));
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!plan || !out || mounts_plan(policy, req, facts, plan) < 0) {
		lines_add(&ret->unknown, "the mounts: cannot plan them");
	} else {
		mounts_print(plan, out);
		fflush(out);
		add_text(&ret->mounts, text);
	}
	if (out)
		fclose(out);
	free(text);
	free(plan);
}

static void plan_ids(const struct wire_request *req, const struct policy *policy, struct plan *ret)
{
	struct nsbox_error err;
	struct subids subids = { .uids.n = 0 };
	struct idmap map;
	int r = 0;

	if (!(policy->namespaces & CLONE_NEWUSER))
		return;
	if (policy->user_map == USER_MAP_SUBIDS)
		r = subids_find(req->user, req->uid, &subids, &err);
	if (r == 0)
		r = idmap_plan(policy->user_map, req, &subids, &map, &err);
	if (r < 0) {
		lines_add(&ret->unknown, "the id maps: %s", err.text);
		return;
	}
	add_text(&ret->uid_map, map.uid);
	add_text(&ret->gid_map, map.gid);
}

static void plan_doors(const struct wire_request *req, const struct mount_facts *facts,
		       struct plan *ret)
{
	struct door_plan doors;
	struct nsbox_error err;

	if (facts_doors(req, facts->home, &doors, &err) < 0 ||
	    facts_check_doors(facts, &doors, &err) < 0) {
		lines_add(&ret->unknown, "the doors: %s: the login would be refused", err.text);
		return;
	}
	for (size_t i = 0; i < doors.n; i++)
		lines_add(&ret->doors, "%s", doors.doors[i].path);
}

void plan_find(const struct login *login, const struct policy *policy, struct plan *ret)
{
	struct wire_request req = login->req;
	struct mount_facts facts;
	struct nsbox_error err;

	memset(ret, 0, sizeof(*ret));
	if (is_out_of_sight(req.home)) {
		lines_add(&ret->unknown, "whether the home %s is the user's own: it cannot be seen "
			  "from here; the plan has it read-only", req.home);
		req.home = "/";	/* nobody's own */
	}
	if (facts_find(policy, &req, &facts, &err) < 0)
		lines_add(&ret->unknown, "the mounts: %s: the login would be refused", err.text);
	plan_mounts(&req, policy, &facts, ret);
	plan_ids(&req, policy, ret);
	plan_doors(&req, &facts, ret);
	facts_release(&facts);
}

void plan_free(struct plan *plan)
{
	lines_free(&plan->mounts);
	lines_free(&plan->uid_map);
	lines_free(&plan->gid_map);
	lines_free(&plan->doors);
	lines_free(&plan->unknown);
}
