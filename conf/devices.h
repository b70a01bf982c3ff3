/* SPDX-License-Identifier: MIT */
/*
 * The patterns of the policy's `devices`: paths below /dev, each component of which is a pattern.
 */
#ifndef NSBOX_DEVICES_H
#define NSBOX_DEVICES_H

#include <stdbool.h>
#include <stddef.h>

#include "values.h"

/* Is @pattern one of a path below /dev, outside of what each session has anew? 0 or -EINVAL. */
int devices_check(const char *pattern, struct value_why *why);

/**
 * devices_match() - does the first component of a pattern match a name
 * @pattern: the rest of a pattern, without a '/' in front
 * @name: of an entry of a folder; one that begins with '.' wants a '.' in the pattern
 * @ret_rest: what follows for the entries of that folder, or "" if that was the last component
 */
bool devices_match(const char *pattern, const char *name, const char **ret_rest);

/* Does each session have its own @name, a path below /dev? Patterns never give the host's. */
bool devices_are_own(const char *name);

/**
 * devices_danger() - a device that nobody but root should have
 * @pattern: a good one
 *
 * Return: its path below /dev, if the pattern matches such a device on some host: memory, ports,
 * disks, the kernel's log, input; else NULL.
 */
const char *devices_danger(const char *pattern);

#endif
