/* SPDX-License-Identifier: MIT */
/*
 * Values that cannot be had together.
 */
#ifndef NSBOX_CONFLICT_H
#define NSBOX_CONFLICT_H

#include <stdbool.h>

#include "error.h"
#include "keys.h"
#include "load.h"

/* Whether conflict_find() asks what [nsbox] says: most policies do without. */
bool conflict_asks_site(const struct policy *policy);

/**
 * conflict_find() - can all of this be had in one container
 * @values: an effective policy that boxes the login, and the site's if conflict_asks_site()
 * @last: the setting that spoke last of each key, NULL where the built-in value holds
 * @err: filled on failure, with the place of each value concerned
 *
 * Only what would be missing, or what would open what another value closes, is a conflict: a value
 * that comes to nothing beside another one is none, so that a [default] can say it for all.
 *
 * Return: 0 or -EINVAL.
 */
int conflict_find(const struct conf_values *values,
		  const struct conf_setting *const last[CONF_KEYS], struct nsbox_error *err);

#endif
