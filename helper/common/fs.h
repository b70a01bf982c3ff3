/* SPDX-License-Identifier: MIT */
/*
 * Paths that root relies on, walked one component at a time.
 *
 * MUST 1: a trusted path is one whose every folder, and whose end, belongs to root and cannot be
 *         written by group or others.
 * MUST 2: no symbolic link is followed, except one that lies in a trusted folder (only root can
 *         have made it).
 * MUST 3: what is judged is the descriptor that is then used, never a name.
 * MUST 4: a file that is read is a regular file; a FIFO or a device is refused without a wait.
 *
 * There is no second way to open the policy, the doors' folders or a home. See
 * path_resolution(7), symlink(7).
 */
#ifndef NSBOX_FS_H
#define NSBOX_FS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

#include "error.h"

/**
 * struct fs_place - where a walk has ended
 * @fd: O_PATH descriptor of the object (close-on-exec)
 * @st: what fstat(2) says of @fd
 * @trusted: the whole path is trusted (MUST 1)
 * @path: the absolute path without links, dots and double slashes
 */
struct fs_place {
	int fd;
	struct stat st;
	bool trusted;
	char path[PATH_MAX];
};

/**
 * fs_walk() - find an object without being led astray
 * @path: absolute path
 * @ret: the place; the caller closes @ret->fd; untouched on failure
 * @err: filled on failure
 *
 * The walk may end in folders that are not trusted: then @ret->trusted is false, and a symbolic
 * link in such a folder fails the walk.
 *
 * Return: 0, or -errno: -ENOENT or -ENOTDIR when there is no such object, -ELOOP when a link lies
 * in a folder that is not trusted, or for too many links.
 */
int fs_walk(const char *path, struct fs_place *ret, struct nsbox_error *err);

/**
 * fs_open_trusted() - open a file for reading that only root can have written
 * @path: absolute path
 * @ret_fd: the descriptor (close-on-exec); the caller closes it; untouched on failure
 * @err: filled on failure
 *
 * Return: 0, or -errno: -ENOENT when there is no such file, -EPERM when a MUST fails.
 */
int fs_open_trusted(const char *path, int *ret_fd, struct nsbox_error *err);

/**
 * fs_open_trusted_in() - the same, for a file of a folder that is already known to be trusted
 * @folder: from fs_walk(), trusted
 * @name: of the file, without '/'
 * @ret_fd: as in fs_open_trusted()
 * @err: filled on failure
 *
 * Return: as fs_open_trusted() for the folder's path, '/' and @name.
 */
int fs_open_trusted_in(const struct fs_place *folder, const char *name, int *ret_fd,
		       struct nsbox_error *err);

/**
 * fs_read_all() - read a whole small file into memory
 * @fd: open for reading
 * @max: refuse files of more bytes than this
 * @ret_text: malloc'ed, NUL-terminated; the caller frees it; untouched on failure
 * @ret_len: bytes without the NUL; untouched on failure
 *
 * Return: 0 or -errno (-EFBIG when larger than @max).
 */
int fs_read_all(int fd, size_t max, char **ret_text, size_t *ret_len);

#endif
