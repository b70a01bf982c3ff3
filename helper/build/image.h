/* SPDX-License-Identifier: MIT */
/*
 * The tree that a root of the container's own is made of.
 */
#ifndef NSBOX_IMAGE_H
#define NSBOX_IMAGE_H

#include "error.h"
#include "fs.h"

/**
 * image_find() - find the folder or image file that a root is made of
 * @path: absolute path; only root can have written what is there
 * @ret: the place; the caller closes @ret->fd; untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -errno: -EPERM when the path is not trusted, -EINVAL for another kind of file.
 */
int image_find(const char *path, struct fs_place *ret, struct nsbox_error *err);

/**
 * image_take() - a mount of its own of a folder, or of what is in an image file
 * @path: as image_find() takes it
 * @ret_tree: the mount, not attached anywhere; the caller closes it; untouched on failure
 * @err: filled on failure
 *
 * Of a folder one file system is taken: a lower layer of an overlay ends where another one is
 * mounted. An image file has squashfs or EROFS, which are read-only, and is shown by a loop device
 * that the kernel takes back with the last mount of it. See loop(4).
 *
 * Return: 0, or -errno as image_find(), or -EINVAL for a file without a known file system.
 */
int image_take(const char *path, int *ret_tree, struct nsbox_error *err);

#endif
