// SPDX-License-Identifier: MIT
/*
 * Find out where the home is, and what can lie there. Runs as root before anything is mounted; must
 * never follow a link that a tenant can have made.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "facts_parts.h"
#include "places.h"
#include "tenant.h"

/* Folders of the system: a password entry may name one as a home, but it must stay read-only. */
static bool is_system(const char *path)
{
	/* "/", or all that lies below one folder of it */
	return strchr(path + 1, '/') == NULL || place_is_system(path);
}

int facts_home(const struct wire_request *req, struct mount_facts *ret, struct nsbox_error *err)
{
	struct fs_place place;
	int r = tenant_walk(req, req->home, &place, err);

	/* Many an account has none, and logs in to "/". One that cannot be reached is no such. */
	if (r == -ENOENT || r == -ENOTDIR || req->home[0] != '/')
		return 0;
	if (r < 0)
		return r;
	close(place.fd);
	if (!S_ISDIR(place.st.st_mode))
		return 0;
	/* The tenant's own; or root's with the tenant's folders in it, as ChrootDirectory wants. */
	if (place.st.st_uid != req->uid && !(place.trusted && !is_system(place.path)))
		return 0;
	strcpy(ret->home, place.path);
	ret->home_owner = place.st.st_uid;
	return 0;
}

static bool is_covered(const struct finder *f, const char *path)
{
	for (size_t i = 0; i < f->ret->n_places; i++)
		if (f->ret->places[i].kind != PLACE_BIND &&
		    place_is_within(path, f->ret->places[i].target))
			return true;
	return false;
}

/* There is no @home on the host: its folder becomes one that has just this home. */
static int cover_parent(struct finder *f, const char *home)
{
	const struct mount_place bare = { .kind = PLACE_BARE, .folder = true };
	struct fs_place place;
	char parent[PATH_MAX];
	int r;

	strcpy(parent, home);
	*strrchr(parent, '/') = '\0';
	r = fs_walk(parent[0] ? parent : "/", &place, f->err);
	if (r < 0)
		return r;
	close(place.fd);
	if (!S_ISDIR(place.st.st_mode) || !place.trusted || place_is_system(place.path) ||
	    !place_may_cover(place.path))
		return error_plain(f->err, ENOENT, "cannot make a home at %s: there is none on the "
				   "host, and %s cannot be covered", home, place.path);
	return facts_add(f, &bare, place.path, NULL);
}

/* Lay @place, or what @source has, over the home, or where it would be. */
static int lay(struct finder *f, const struct mount_place *place, const char *source)
{
	char home[PATH_MAX];
	struct fs_place found;
	int r = facts_expand(f, "home", "%h", home);

	if (r < 0)
		return r;
	if (is_covered(f, home))
		return facts_add(f, place, home, source);
	r = fs_walk(home, &found, f->err);
	if (r == -ENOENT) {
		if (place->kind == PLACE_BARE)
			return 0;	/* none is there, and none is wanted */
		r = cover_parent(f, home);
		return r < 0 ? r : facts_add(f, place, home, source);
	}
	if (r < 0)
		return r;
	close(found.fd);
	if (S_ISDIR(found.st.st_mode) && !is_system(found.path))
		return facts_add(f, place, found.path, source);
	if (place->kind == PLACE_BARE)
		return 0;	/* read-only as it is */
	return error_plain(f->err, EPERM, "cannot make a home at %s: it is a folder of the system, "
			   "or none", home);
}

int facts_take_home(struct finder *f)
{
	const char *word = f->policy->home;
	struct mount_place place = { .kind = PLACE_BARE, .folder = true };
	char source[PATH_MAX];
	int r;

	if (!strcmp(word, "host"))
		return 0;
	if (!strcmp(word, "none"))
		return lay(f, &place, NULL);
	if (!strcmp(word, "session")) {
		place.kind = PLACE_OWN;
		place.mode = 0700;
		return lay(f, &place, NULL);
	}
	r = facts_expand(f, "home", word, source);
	place.kind = PLACE_BIND;
	place.owner = f->req->uid;
	return r < 0 ? r : lay(f, &place, source);
}
