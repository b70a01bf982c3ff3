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

#include "expand.h"
#include "facts.h"
#include "fs.h"
#include "idmap.h"
#include "image.h"
#include "mountinfo.h"
#include "mounts.h"
#include "root.h"

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

/**
 * struct parts - what the plans of one login are made of
 * @req: whose login it is, as far as it can be seen
 * @policy: its effective policy
 * @facts: of the host
 * @doors: where the landing has doors
 * @map: the id maps
 * @mounts: the tree
 * @root: a root of the container's own, if it has one
 */
struct parts {
	struct wire_request req;
	const struct policy *policy;
	struct mount_facts facts;
	struct door_plan doors;
	struct idmap map;
	struct mount_plan mounts;
	struct root_facts root;
};

static bool plan_ids(struct parts *parts, struct plan *ret)
{
	const struct policy *policy = parts->policy;
	struct nsbox_error err;
	struct subids subids = { .uids.n = 0 };
	int r = 0;

	if (policy->user_map == USER_MAP_SUBIDS)
		r = subids_find(parts->req.user, parts->req.uid, &subids, &err);
	if (r == 0)
		r = idmap_plan(policy->user_map, &parts->req, &subids, &parts->map, &err);
	if (r < 0) {
		lines_add(&ret->unknown, "the id maps: %s", err.text);
		return false;
	}
	if (policy->namespaces & CLONE_NEWUSER) {
		add_text(&ret->uid_map, parts->map.uid);
		add_text(&ret->gid_map, parts->map.gid);
	}
	return true;
}

static bool plan_doors(struct parts *parts, struct plan *ret)
{
	struct nsbox_error err;

	if (facts_doors(&parts->req, parts->facts.home, &parts->doors, &err) < 0 ||
	    facts_check_doors(&parts->facts, &parts->doors, &err) < 0) {
		lines_add(&ret->unknown, "the doors: %s: the login would be refused", err.text);
		return false;
	}
	for (size_t i = 0; i < parts->doors.n; i++)
		lines_add(&ret->doors, "%s", parts->doors.doors[i].path);
	return true;
}

/* What is mounted in an image's folder is seen from here, and is not in the container. */
static int tell_mount(const char *target, void *arg, struct nsbox_error *err)
{
	struct plan *ret = arg;

	(void)err;
	lines_add(&ret->unknown, "the root: what the container has at %s: here another file system "
		  "is mounted there", target);
	return 0;
}

/* Plans it, or says why not. The builder looks through a mount of its own, which needs root. */
static int plan_root(struct parts *parts, const char *path, struct plan *ret,
		     struct nsbox_error *err)
{
	char hostname[EXPAND_HOSTNAME_MAX + 1];
	struct root_facts *root = &parts->root;
	int r;

	if (strcmp(path, "/"))
		root->where = path;
	/* It stands in a file's text alone, which no plan shows. */
	r = expand_hostname(parts->policy->hostname, parts->req.user, "", "", hostname);
	if (r == 0)
		r = root_find(parts->policy, &parts->req, hostname, &parts->doors, root, err);
	if (r == 0 && !root->host)
		r = mountinfo_each(path, tell_mount, ret, err);
	if (r == 0)
		r = root_find_places(&parts->mounts, parts->policy, &parts->req, root, err);
	if (r < 0)
		return r;
	r = mounts_plan_root(parts->policy, &parts->map, &parts->req, root, &parts->mounts);
	return r < 0 ? error_errno(err, r, "cannot plan the root") : 0;
}

static void look_at_root(struct parts *parts, struct plan *ret)
{
	static struct mount_plan without;
	const char *named = parts->policy->root;
	struct nsbox_error err;
	struct fs_place place;

	if (image_find(named, &place, &err) < 0) {
		lines_add(&ret->unknown, "the root: %s%s", err.text, is_out_of_sight(named) ?
			  ": what is in it cannot be seen from here" :
			  ": the login would be refused");
		return;
	}
	parts->root.tree = place.fd;
	if (S_ISREG(place.st.st_mode)) {
		lines_add(&ret->unknown, "the root: what is in %s: an image file is not mounted to "
			  "look into it", named);
		return;
	}
	without = parts->mounts;
	if (plan_root(parts, place.path, ret, &err) < 0) {
		lines_add(&ret->unknown, "the root: %s: %s", err.text, geteuid() ?
			  "so it seems to a caller that is not root" :
			  "the login would be refused");
		parts->mounts = without;
	}
	parts->root.where = NULL;	/* the path ends here */
}

static bool plan_mounts(struct parts *parts, struct plan *ret)
{
	if (mounts_plan(parts->policy, &parts->req, &parts->facts, &parts->mounts) == 0)
		return true;
	lines_add(&ret->unknown, "the mounts: cannot plan them");
	return false;
}

static void add_mounts(const struct mount_plan *mounts, struct plan *ret)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out) {
		lines_add(&ret->unknown, "the mounts: no memory to print them");
		return;
	}
	mounts_print(mounts, out);
	fclose(out);
	add_text(&ret->mounts, text);
	free(text);
}

static void look_at_names(struct parts *parts, struct net_resolvers *servers, struct plan *ret)
{
	struct nsbox_error err;

	if (net_is_wired(parts->policy) &&
	    facts_names(parts->policy, &parts->facts, servers, &err) < 0)
		lines_add(&ret->unknown, "the name servers: %s: the login would be refused",
			  err.text);
}

void plan_find(const struct login *login, const struct conf_values *values, struct plan *ret)
{
	const struct policy *policy = &values->policy;
	static struct parts parts;
	struct net_resolvers servers = { .n = 0 };
	struct nsbox_error err;
	bool mounts, ids, doors;

	memset(ret, 0, sizeof(*ret));
	parts = (struct parts){ .req = login->req, .policy = policy, .root.tree = -1 };
	if (is_out_of_sight(parts.req.home)) {
		lines_add(&ret->unknown, "whether the home %s is the user's own: it cannot be seen "
			  "from here; the plan has it read-only", parts.req.home);
		parts.req.home = "/";	/* nobody's own */
	}
	look_at_names(&parts, &servers, ret);
	if (facts_find(policy, &parts.req, &parts.facts, &err) < 0)
		lines_add(&ret->unknown, "the mounts: %s: the login would be refused", err.text);
	mounts = plan_mounts(&parts, ret);
	ids = plan_ids(&parts, ret);
	doors = plan_doors(&parts, ret);
	if (mounts && ids && doors && root_is_wanted(policy))
		look_at_root(&parts, ret);
	if (mounts)
		add_mounts(&parts.mounts, ret);
	plan_network(policy, &values->site, &servers, ret);
	facts_release(&parts.facts);
	root_release(&parts.root);
}

void plan_free(struct plan *plan)
{
	lines_free(&plan->mounts);
	lines_free(&plan->uid_map);
	lines_free(&plan->gid_map);
	lines_free(&plan->doors);
	lines_free(&plan->network);
	lines_free(&plan->unknown);
}
