// SPDX-License-Identifier: MIT
/*
 * Plan the doors. Pure.
 */
#include "doors.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "places.h"

/* Would a tmpfs on @folder take away what the landing needs? */
static bool covers_the_landing(const char *folder, const char *home)
{
	static const char *const needed[] = { "/etc", "/dev", "/proc", "/run", "/sys", "/tmp",
					      "/var/tmp", "/var/log" };

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (place_is_within(needed[i], folder) || place_is_within(folder, needed[i]))
			return true;
	return home[0] && place_is_within(home, folder);
}

int doors_add(struct door_plan *plan, const char *folder, bool trusted, const char *name,
	      const char *home, struct nsbox_error *err)
{
	struct door *door = &plan->doors[plan->n];
	char path[PATH_MAX];

	if (!trusted)
		return error_plain(err, EPERM, "cannot put a door at %s/%s: the folder, or one "
				   "above it, is not root's or can be written by others",
				   folder, name);
	if (covers_the_landing(folder, home))
		return error_plain(err, EPERM, "cannot put a door at %s/%s: the folder holds more "
				   "than programs", folder, name);
	if ((size_t)snprintf(path, sizeof(path), "%s/%s", folder, name) >= sizeof(path))
		return error_errno(err, ENAMETOOLONG, "cannot put a door at %s", folder);
	for (size_t i = 0; i < plan->n; i++)
		if (!strcmp(plan->doors[i].path, path))
			return 0;
	if (plan->n == DOORS_MAX)
		return error_errno(err, E2BIG, "cannot put a door at %s", path);
	strcpy(door->path, path);
	door->folder = strlen(folder);
	plan->n++;
	return 0;
}

bool doors_folder_is_new(const struct door_plan *plan, size_t i)
{
	const struct door *door = &plan->doors[i];

	for (size_t j = 0; j < i; j++)
		if (plan->doors[j].folder == door->folder &&
		    !memcmp(plan->doors[j].path, door->path, door->folder))
			return false;
	return true;
}
