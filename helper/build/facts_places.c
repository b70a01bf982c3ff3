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

#include "expand.h"
#include "facts.h"
#include "fs.h"
#include "places.h"

/**
 * struct finder - places under way
 * @policy: what is to be found
 * @who: whose login it is
 * @ret: where to
 * @err: of the login
 */
struct finder {
	const struct policy *policy;
	struct expand_who who;
	struct mount_facts *ret;
	struct nsbox_error *err;
};

static int expand(struct finder *f, const char *key, const char *template, char ret[PATH_MAX])
{
	int r = expand_path(template, &f->who, ret);

	if (r < 0)
		return error_plain(f->err, -r, "cannot make a path of %s = %s for this login", key,
				   template);
	return 0;
}

/* One more place, with @target and maybe @source as they were expanded. */
static int add(struct finder *f, const struct mount_place *place, const char *target,
	       const char *source)
{
	struct mount_facts *facts = f->ret;
	struct mount_place *grown = facts->places, *new;

	if (facts->n_places == MOUNT_PLACES_MAX)
		return error_errno(f->err, E2BIG, "cannot take %s", target);
	/* Room doubles whenever the number is a power of two. */
	if (!(facts->n_places & (facts->n_places - 1)))
		grown = reallocarray(grown, facts->n_places ? 2 * facts->n_places : 1,
				     sizeof(*grown));
	if (!grown)
		return error_errno(f->err, ENOMEM, "cannot take %s", target);
	facts->places = grown;
	new = &grown[facts->n_places++];
	*new = *place;
	new->target = strdup(target);
	new->source = source ? strdup(source) : NULL;
	if (!new->target || (source && !new->source))
		return error_errno(f->err, ENOMEM, "cannot take %s", target);
	return 0;
}

static int take_hidden(struct finder *f, const char *word)
{
	const struct mount_place place = { .kind = PLACE_HIDDEN };
	char target[PATH_MAX];
	int r = expand(f, "hide", word, target);

	return r < 0 ? r : add(f, &place, target, NULL);
}

static int take_bind(struct finder *f, const char *word, bool read_only)
{
	const struct mount_place place = { .kind = PLACE_BIND,
					   .read_only = read_only,
					   .owner = MOUNT_OWNER_ANY };
	const char *key = read_only ? "bind-ro" : "bind";
	char source[PATH_MAX], target[PATH_MAX];
	struct place_bind bind;
	int r;

	place_split_bind(word, &bind);
	r = expand(f, key, bind.source, source);
	if (r == 0)
		r = expand(f, key, bind.target, target);
	return r < 0 ? r : add(f, &place, target, source);
}

static int take_tmpfs(struct finder *f, const char *word)
{
	struct mount_place place = { .folder = true };
	struct place_tmpfs tmpfs;
	char target[PATH_MAX];
	int r;

	place_split_tmpfs(word, &tmpfs);
	place.mode = tmpfs.mode;
	place.size = tmpfs.size;
	place.kind = PLACE_OWN;
	if (tmpfs.size.bytes || tmpfs.size.percent) {
		place.kind = PLACE_TMPFS;
		place.inodes = facts_inodes(&tmpfs.size);
	}
	r = expand(f, "tmpfs", tmpfs.target, target);
	return r < 0 ? r : add(f, &place, target, NULL);
}

static int take_all(struct finder *f)
{
	const struct policy *policy = f->policy;
	const char *word = NULL;
	int r = 0;

	while (r == 0 && (word = words_next(&policy->hide, word)))
		r = take_hidden(f, word);
	word = NULL;
	while (r == 0 && (word = words_next(&policy->bind, word)))
		r = take_bind(f, word, false);
	word = NULL;
	while (r == 0 && (word = words_next(&policy->bind_ro, word)))
		r = take_bind(f, word, true);
	word = NULL;
	while (r == 0 && (word = words_next(&policy->tmpfs, word)))
		r = take_tmpfs(f, word);
	return r;
}

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
	int r = fs_walk(place->source, &found, f->err);

	if (r < 0)
		return r;
	close(found.fd);
	if (!place_may_show(found.path))
		return error_plain(f->err, EPERM, "cannot bind %s: what is there is not for a "
				   "container", found.path);
	if (S_ISCHR(found.st.st_mode) || S_ISBLK(found.st.st_mode))
		return error_plain(f->err, EPERM, "cannot bind %s: it is a device", found.path);
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
	if (!is_fresh(f, around, place->target)) {
		r = look(f, place, around);
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

/* sshd, as root, loads what it needs from the system's folders: no tenant may get into them. */
static bool may_be_system(const struct mount_place *place)
{
	if (place->kind == PLACE_HIDDEN || !place_is_system(place->target) ||
	    place_is_within(place->target, "/run"))
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
	struct finder f = { .policy = policy, .ret = ret, .err = err };
	int r;

	f.who = (struct expand_who){ .user = req->user,
				     .uid = req->uid,
				     .group = req->groups ? req->names[0] : "",
				     .gid = req->gid,
				     .home = req->home,
				     .id = req->id };
	r = take_all(&f);
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
