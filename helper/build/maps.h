/* SPDX-License-Identifier: MIT */
/*
 * Give a container its id maps.
 */
#ifndef NSBOX_MAPS_H
#define NSBOX_MAPS_H

#include <sys/types.h>

#include "error.h"
#include "idmap.h"

/**
 * maps_write() - write the maps of a new user namespace, and see that the kernel has just these
 * @proc: the host's /proc
 * @pid: a process in the user namespace
 * @map: from idmap_plan()
 * @err: filled on failure
 *
 * Return: 0 or -errno; -EBADE when the kernel shows another map than the one intended.
 */
int maps_write(int proc, pid_t pid, const struct idmap *map, struct nsbox_error *err);

#endif
