// SPDX-License-Identifier: MIT
/*
 * Take the words of the policy that name places. Runs as root before anything is mounted; must not
 * look at the host: that is facts_places.c's business.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "facts_parts.h"
#include "places.h"

struct expand_who facts_who(const struct wire_request *req)
{
	return (struct expand_who){ .user = req->user,
				    .uid = req->uid,
				    .group = req->groups ? req->names[0] : "",
				    .gid = req->gid,
				    .home = req->home,
				    .id = req->id };
}

int facts_expand(struct finder *f, const char *key, const char *template, char ret[PATH_MAX])
{
	int r = expand_path(template, &f->who, ret);

	if (r < 0)
		return error_plain(f->err, -r, "cannot make a path of %s = %s for this login", key,
				   template);
	return 0;
}

int facts_add(struct finder *f, const struct mount_place *place, const char *target,
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
	int r = facts_expand(f, "hide", word, target);

	return r < 0 ? r : facts_add(f, &place, target, NULL);
}

static int take_bind(struct finder *f, const char *key, const struct mount_place *place,
		     const char *word)
{
	char source[PATH_MAX], target[PATH_MAX];
	struct place_bind bind;
	int r;

	place_split_bind(word, &bind);
	r = facts_expand(f, key, bind.source, source);
	if (r == 0)
		r = facts_expand(f, key, bind.target, target);
	return r < 0 ? r : facts_add(f, place, target, source);
}

static int take_binds(struct finder *f)
{
	const struct {
		const char *key;
		const struct words *words;
		bool read_only, idmap;
	} binds[] = {
		{ "bind", &f->policy->bind, false, false },
		{ "bind-ro", &f->policy->bind_ro, true, false },
		{ "bind-idmap", &f->policy->bind_idmap, false, true },
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(binds) / sizeof(binds[0]); i++) {
		const struct mount_place place = { .kind = PLACE_BIND,
						   .read_only = binds[i].read_only,
						   .idmap = binds[i].idmap,
						   .owner = MOUNT_OWNER_ANY };
		const char *word = NULL;

		while (r == 0 && (word = words_next(binds[i].words, word)))
			r = take_bind(f, binds[i].key, &place, word);
	}
	return r;
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
	r = facts_expand(f, "tmpfs", tmpfs.target, target);
	return r < 0 ? r : facts_add(f, &place, target, NULL);
}

static int take_slave(struct finder *f, const char *word)
{
	const struct mount_place place = { .kind = PLACE_BIND,
					   .slave = true,
					   .folder = true,
					   .read_only = f->policy->read_only,
					   .owner = 0 };
	char path[PATH_MAX];
	int r = facts_expand(f, "slave", word, path);

	return r < 0 ? r : facts_add(f, &place, path, path);
}

int facts_take(struct finder *f)
{
	const struct policy *policy = f->policy;
	const char *word = NULL;
	int r = 0;

	while (r == 0 && (word = words_next(&policy->hide, word)))
		r = take_hidden(f, word);
	if (r == 0)
		r = take_binds(f);
	word = NULL;
	while (r == 0 && (word = words_next(&policy->tmpfs, word)))
		r = take_tmpfs(f, word);
	word = NULL;
	while (r == 0 && (word = words_next(&policy->slave, word)))
		r = take_slave(f, word);
	return r < 0 ? r : facts_take_home(f);
}
