/* SPDX-License-Identifier: MIT */
/*
 * The plan of the doors: which programs of the landing are replaced by the door. Pure.
 */
#ifndef NSBOX_DOORS_H
#define NSBOX_DOORS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#include "error.h"

#define DOORS_MAX 3

/**
 * struct door - one program that the door stands for
 * @path: canonical folder and the program's own name; the name may be a link on the host
 * @folder: bytes of @path that are its folder
 */
struct door {
	char path[PATH_MAX];
	size_t folder;
};

/**
 * struct door_plan - all doors of a landing
 * @doors: the login shell's first
 * @n: how many
 */
struct door_plan {
	struct door doors[DOORS_MAX];
	size_t n;
};

/**
 * doors_add() - plan one more door
 * @plan: zeroed before the first call
 * @folder: canonical path of the program's folder
 * @trusted: only root can write it and all above it
 * @name: the program's name in @folder
 * @home: canonical path of the tenant's home, or ""
 * @err: filled on failure
 *
 * The folder is covered by a tmpfs with doors in it. So it must be one that nothing else of the
 * landing is needed from, and none that a tenant can change.
 *
 * Return: 0 (also when that door is planned already), -EPERM for a folder that will not do,
 * -E2BIG when there is no room.
 */
int doors_add(struct door_plan *plan, const char *folder, bool trusted, const char *name,
	      const char *home, struct nsbox_error *err);

/* Whether the door @i is the first one in its folder. */
bool doors_folder_is_new(const struct door_plan *plan, size_t i);

#endif
