// SPDX-License-Identifier: MIT
/*
 * Plan what lies at places that the policy or the host names. Pure; must never call the kernel.
 */
#include <string.h>
#include <sys/stat.h>

#include "mount_list.h"
#include "mounts_parts.h"
#include "places.h"

#define WTMP "/var/log/wtmp"
#define LASTLOG "/var/log/lastlog"
#define SEALED (RO | NOSUID | NODEV | NOEXEC)

/**
 * struct shelf - what is to be planned, before it is in order
 * @p: the plan
 * @req: whose login it is
 * @facts: what else there is
 * @items: places of the facts, @home and @resolv
 * @n: how many
 * @home: the home folder that is bound
 * @resolv: a resolv.conf of the session's own, over a file of the host's
 */
struct shelf {
	struct mount_plan *p;
	const struct wire_request *req;
	const struct mount_facts *facts;
	const struct mount_place *items[MOUNT_PLACES_MAX + 2];
	size_t n;
	struct mount_place home;
	struct mount_place resolv;
};

/* Is a later mount to be found below @place? */
static bool has_inner(const struct shelf *s, const struct mount_place *place)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->items[i] != place && place_is_within(s->items[i]->target, place->target))
			return true;
	for (size_t i = 0; i < s->facts->n_nss; i++)
		if (place_is_within(s->facts->nss[i].path, place->target))
			return true;
	return (s->facts->has_wtmp && place_is_within(WTMP, place->target)) ||
	       (s->facts->has_lastlog && place_is_within(LASTLOG, place->target));
}

/*
 * One empty folder and one empty file do for all, but where something lies below: that folder has
 * to be walked through.
 */
static void plan_hidden(struct shelf *s, size_t i)
{
	const struct mount_place *place = s->items[i];
	const char *name = place->folder ? "hidden" : "hidden-file";

	if (has_inner(s, place)) {
		name = list_text(s->p, "hidden%zu", i);
		list_dir(s->p, name, 0711);
	} else if (place->folder) {
		list_dir(s->p, name, 0);
	} else {
		list_file(s->p, name, 0, NULL);
	}
	list_cover(s->p, name, place->target, SEALED);
	/* A root of its own may have nothing there; what a bind shows in it, it has. */
	if (!s->p->full)
		s->p->ops[s->p->n_ops - 1].optional = !place->aside;
}

static void plan_own(struct shelf *s, size_t i)
{
	const char *name = list_text(s->p, "own%zu", i);

	list_scratch(s->p, &(struct scratch_entry){ .kind = SCRATCH_DIR,
						    .path = name,
						    .mode = s->items[i]->mode,
						    .uid = s->req->uid,
						    .gid = s->req->gid });
	list_cover(s->p, name, s->items[i]->target, NOSUID | NODEV);
}

static void plan_tmpfs(struct shelf *s, const struct mount_place *place)
{
	const char *options;
	char size[24];

	value_print_amount(&place->size, size, sizeof(size));
	options = list_text(s->p, "mode=%04o,uid=%u,gid=%u,size=%s,nr_inodes=%lu", place->mode,
			    s->req->uid, s->req->gid, size, place->inodes);
	list_new(s->p, MOUNT_STAGING, "tmpfs", place->target, options, NOSUID | NODEV);
}

/* The landing has no place for the last mount: the container takes it from where it is now. */
static void put_aside(struct shelf *s, size_t i)
{
	const char *path = list_text(s->p, "aside/%zu", i);

	list_dir(s->p, "aside", 0700);
	if (s->items[i]->folder)
		list_dir(s->p, path, 0700);
	else
		list_file(s->p, path, 0600, NULL);
	if (!s->p->full)
		s->p->ops[s->p->n_ops - 1].aside = path;
}

static void plan_one(struct shelf *s, size_t i)
{
	const struct mount_place *place = s->items[i];
	const char *name;

	list_place(s->p, place->target, place->folder ? SCRATCH_DIR : SCRATCH_FILE, NULL);
	switch (place->kind) {
	case PLACE_HIDDEN:
		plan_hidden(s, i);
		break;
	case PLACE_BIND:
		list_op(s->p, &(struct mount_op){
				      .kind = MOUNT_BIND,
				      .stage = MOUNT_STAGING,
				      .source = place->source,
				      .owner = place->owner,
				      .target = place->target,
				      .idmap = place->idmap,
				      .slave = place->slave,
				      .attr = NOSUID | NODEV | (place->read_only ? RO : 0) });
		break;
	case PLACE_BARE:
		name = list_text(s->p, "bare%zu", i);
		list_dir(s->p, name, 0755);
		list_cover(s->p, name, place->target, SEALED);
		break;
	case PLACE_TEXT:
		list_file(s->p, "resolv.conf", 0644, s->facts->resolv_text);
		list_cover(s->p, "resolv.conf", place->target, SEALED);
		if (!s->p->full)
			s->p->ops[s->p->n_ops - 1].of_host = true;
		break;
	case PLACE_OWN:
		plan_own(s, i);
		break;
	case PLACE_TMPFS:
		plan_tmpfs(s, place);
		break;
	}
	if (place->aside)
		put_aside(s, i);
}

/* Shorter ones first: no path lies below a longer one. */
static void put(struct shelf *s, const struct mount_place *place)
{
	size_t i = s->n++;

	for (; i > 0 && strlen(s->items[i - 1]->target) > strlen(place->target); i--)
		s->items[i] = s->items[i - 1];
	s->items[i] = place;
}

/* What the policy has there by itself, stays. */
static void put_resolv(struct shelf *s)
{
	const struct mount_facts *facts = s->facts;

	if (!facts->own_resolv || !strncmp(facts->resolv, "/run/", 5) ||
	    (mounts_cover_etc(facts) && !strcmp(facts->resolv, "/etc/resolv.conf")))
		return;
	for (size_t i = 0; i < s->n; i++)
		if (!strcmp(s->items[i]->target, facts->resolv))
			return;
	s->resolv = (struct mount_place){ .kind = PLACE_TEXT,
					  .target = (char *)(uintptr_t)facts->resolv };
	put(s, &s->resolv);
}

static void plan_log(struct mount_plan *p, const char *file, const char *target)
{
	list_place(p, target, SCRATCH_FILE, NULL);
	list_file(p, file, 0644, NULL);
	list_cover(p, file, target, SEALED);
}

void mounts_plan_places(struct mount_plan *p, const struct wire_request *req,
			const struct mount_facts *facts)
{
	struct shelf s = { .p = p, .req = req, .facts = facts };

	if (facts->n_places > MOUNT_PLACES_MAX) {
		p->full = true;
		return;
	}
	s.home = (struct mount_place){ .kind = PLACE_BIND,
				       .source = (char *)facts->home,
				       .target = (char *)facts->home,
				       .folder = true,
				       .made = true,
				       .owner = facts->home_owner };
	if (facts->home[0])
		put(&s, &s.home);
	for (size_t i = 0; i < facts->n_places; i++)
		put(&s, &facts->places[i]);
	put_resolv(&s);
	for (size_t i = 0; i < s.n; i++)
		plan_one(&s, i);
	/*
	 * sshd, as root, writes these: in the host's it would mix up ptys that are all called
	 * pts/0. And whoever may read the host's can lock them, which delays others' logins, and
	 * see who logs in.
	 */
	if (facts->has_wtmp)
		plan_log(p, "wtmp", WTMP);
	if (facts->has_lastlog)
		plan_log(p, "lastlog", LASTLOG);
}
