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

/**
 * maps_open() - the user namespace that has the maps
 * @proc: the host's /proc
 * @pid: a process in it
 * @ret_fd: its nsfs descriptor; the caller closes it; untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int maps_open(int proc, pid_t pid, int *ret_fd, struct nsbox_error *err);

#endif
