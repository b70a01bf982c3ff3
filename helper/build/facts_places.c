// SPDX-License-Identifier: MIT
/*
 * Look at what the policy names in the host's tree. Runs as root before anything is mounted; must
 * never follow a link that a tenant can have made.
 *
 * A place is looked for where the tenant will see it: below what a bind shows it is what the source
 * has there, and below what is empty from the start there is nothing.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts_parts.h"
#include "nss.h"
#include "places.h"
#include "root.h"
#include "tenant.h"

static int by_length(const void *a, const void *b)
{
	size_t left = strlen(((const struct mount_place *)a)->target);
	size_t right = strlen(((const struct mount_place *)b)->target);

	return left < right ? -1 : left > right;
}

static const char *doing(const struct mount_place *place)
{
	switch (place->kind) {
	case PLACE_HIDDEN:
		return "hide";
	case PLACE_BIND:
		return "bind something on";
	default:
		return "put an empty folder on";
	}
}

/* The innermost of the first @n places that @path lies below. */
static const struct mount_place *outer(const struct finder *f, size_t n, const char *path)
{
	const struct mount_place *found = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct mount_place *place = &f->ret->places[i];

		if (place_is_within(path, place->target) && strcmp(path, place->target) != 0 &&
		    (!found || strlen(place->target) >= strlen(found->target)))
			found = place;
	}
	return found;
}

/* Is @path below something that the plan makes anew in each session? */
static bool is_fresh(const struct finder *f, const struct mount_place *around, const char *path)
{
	if (around)
		return around->kind != PLACE_BIND;
	if (facts_is_in_homes(f->ret, path))
		return true;
	return place_is_within(path, "/run") ||
	       (f->policy->private_tmp && (place_is_within(path, "/tmp") ||
					   place_is_within(path, "/var/tmp")));
}

static int replace(struct finder *f, char **text, const char *with)
{
	char *copy = strdup(with);

	if (!copy)
		return error_errno(f->err, ENOMEM, "cannot take %s", with);
	free(*text);
	*text = copy;
	return 0;
}

/* What the host has at @place, seen through @around; its path becomes the one without links. */
static int look(struct finder *f, struct mount_place *place, const struct mount_place *around)
{
	const char *from = around ? around->source : "", *to = around ? around->target : "";
	char path[PATH_MAX];
	struct fs_place found;
	int r;

	if ((size_t)snprintf(path, sizeof(path), "%s%s", from, place->target + strlen(to)) >=
	    sizeof(path))
		return error_errno(f->err, ENAMETOOLONG, "cannot find %s", place->target);
	r = fs_walk(path, &found, f->err);
	if (r < 0)
		return r;
	close(found.fd);
	place->folder = S_ISDIR(found.st.st_mode);
	if (!place_is_within(found.path, from))
		return error_plain(f->err, EPERM, "cannot %s %s: a link leads out of %s",
				   doing(place), place->target, from);
	if (!strcmp(path, found.path))
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s%s", to, found.path + strlen(from)) >=
	    sizeof(path))
		return error_errno(f->err, ENAMETOOLONG, "cannot find %s", place->target);
	return replace(f, &place->target, path);
}

static int find_source(struct finder *f, struct mount_place *place)
{
	struct fs_place found;
	int r = tenant_walk(f->req, place->source, &found, f->err);

	if (r < 0)
		return r;
	close(found.fd);
	if (!place_may_show(found.path))
		return error_plain(f->err, EPERM, "cannot bind %s: what is there is not for a "
				   "container", found.path);
	if (S_ISCHR(found.st.st_mode) || S_ISBLK(found.st.st_mode))
		return error_plain(f->err, EPERM, "cannot bind %s: it is a device", found.path);
	if (place->slave && (!found.trusted || !S_ISDIR(found.st.st_mode)))
		return error_plain(f->err, EPERM, "cannot take slave = %s: not a folder that only "
				   "root can write, below such folders", found.path);
	place->folder = S_ISDIR(found.st.st_mode);
	place->trusted = found.trusted;
	return replace(f, &place->source, found.path);
}

/* Place @i, whose outer ones come before it. Gives -ENOENT for what need not be there. */
static int find_one(struct finder *f, size_t i)
{
	struct mount_place *place = &f->ret->places[i];
	bool folder = place->folder;
	const struct mount_place *around = outer(f, i, place->target);
	int r;

	if (place->kind == PLACE_BIND) {
		r = find_source(f, place);
		if (r < 0)
			return r;
		folder = place->folder;
	}
	place->aside = around && around->aside;
	if (!is_fresh(f, around, place->target)) {
		r = look(f, place, around);
		/* What a root of its own has to hide is looked for there. */
		if ((r == -ENOENT || r == -ENOTDIR) && !around && place->kind != PLACE_HIDDEN &&
		    root_is_wanted(f->policy)) {
			place->aside = true;
			place->folder = folder;
			return 0;
		}
		if (r < 0)
			return r;
		around = outer(f, i, place->target);
	}
	place->made = is_fresh(f, around, place->target);
	if (place->kind == PLACE_HIDDEN)
		return place->made ? -ENOENT : 0;
	if (around && around->kind == PLACE_TMPFS)
		return error_plain(f->err, EPERM, "cannot %s %s: %s is a new file system",
				   doing(place), place->target, around->target);
	if (!place->made && place->folder != folder)
		return error_plain(f->err, ENOTDIR, "cannot %s %s: a folder and a file cannot lie "
				   "over one another", doing(place), place->target);
	place->folder = folder;
	return 0;
}

/*
 * sshd, as root, loads what it needs from the system's folders, and believes who is in which group
 * by what it finds where NSS looks: no tenant may get into these.
 */
static bool may_be_system(const struct mount_place *place)
{
	bool run = place_is_within(place->target, "/run");

	if ((!place_is_system(place->target) || run) && !nss_lies_near(place->target))
		return true;
	if (place->kind == PLACE_HIDDEN || place->kind == PLACE_BARE)
		return true;
	return place->kind == PLACE_BIND && (!strcmp(place->source, place->target) ||
					     (place->read_only && place->trusted));
}

static int check_one(struct finder *f, size_t i)
{
	const struct mount_place *place = &f->ret->places[i];

	if (!place_may_cover(place->target))
		return error_plain(f->err, EPERM, "cannot %s %s: the container needs what is there",
				   doing(place), place->target);
	if (!may_be_system(place))
		return error_plain(f->err, EPERM, "cannot %s %s: a folder of the system takes only "
				   "read-only binds of what nobody but root can write",
				   doing(place), place->target);
	if (!strcmp(place->target, f->ret->home))
		return error_plain(f->err, EEXIST, "cannot %s %s: it is the home", doing(place),
				   place->target);
	for (size_t j = 0; j < i; j++)
		if (!strcmp(f->ret->places[j].target, place->target))
			return error_plain(f->err, EEXIST, "cannot %s %s: the policy has something "
					   "else for the same place", doing(place), place->target);
	return 0;
}

static void drop(struct mount_facts *facts, size_t i)
{
	free(facts->places[i].source);
	free(facts->places[i].target);
	facts->n_places--;
	memmove(&facts->places[i], &facts->places[i + 1],
		(facts->n_places - i) * sizeof(facts->places[0]));
}

int facts_places(const struct policy *policy, const struct wire_request *req,
		 struct mount_facts *ret, struct nsbox_error *err)
{
	struct finder f = { .policy = policy, .req = req, .ret = ret, .err = err };
	int r;

	f.who = facts_who(req);
	r = facts_take(&f);
	if (r < 0 || !ret->n_places)
		return r;
	qsort(ret->places, ret->n_places, sizeof(ret->places[0]), by_length);
	for (size_t i = 0; i < ret->n_places && r == 0; ) {
		r = find_one(&f, i);
		if (r == 0)
			r = check_one(&f, i++);
		else if ((r == -ENOENT || r == -ENOTDIR) &&
			 ret->places[i].kind == PLACE_HIDDEN) {
			drop(ret, i);
			r = 0;
		}
	}
	return r;
}

int facts_check_doors(const struct mount_facts *facts, const struct door_plan *doors,
		      struct nsbox_error *err)
{
	char folder[PATH_MAX];

	for (size_t i = 0; i < doors->n; i++) {
		memcpy(folder, doors->doors[i].path, doors->doors[i].folder);
		folder[doors->doors[i].folder] = '\0';
		for (size_t j = 0; j < facts->n_places; j++)
			if (place_is_within(folder, facts->places[j].target))
				return error_plain(err, EPERM, "cannot %s %s: %s is in it",
						   doing(&facts->places[j]),
						   facts->places[j].target, doors->doors[i].path);
	}
	return 0;
}
