/* SPDX-License-Identifier: MIT */
/*
 * What is mounted where, as the kernel tells this process.
 */
#ifndef NSBOX_MOUNTINFO_H
#define NSBOX_MOUNTINFO_H

#include "error.h"

/**
 * mountinfo_each() - for each mount below a folder
 * @folder: absolute path; mounts strictly below it are meant
 * @each: called with the mount point, in the order of the kernel's list: a mount comes after the
 *        one that it lies in; anything but 0 ends the walk
 * @arg: for @each
 * @err: filled on failure; passed to @each
 *
 * Reads /proc/self/mountinfo, see proc_pid_mountinfo(5).
 *
 * Return: 0, what @each returned, or -errno.
 */
int mountinfo_each(const char *folder,
		   int (*each)(const char *target, void *arg, struct nsbox_error *err), void *arg,
		   struct nsbox_error *err);

#endif
