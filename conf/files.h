/* SPDX-License-Identifier: MIT */
/*
 * The policy's files: which they are, in which order, and that only root can have written them.
 *
 * There is no second way to open them: what the builder obeys is what `nsbox` shows.
 */
#ifndef NSBOX_FILES_H
#define NSBOX_FILES_H

#include <stdbool.h>

#include "error.h"
#include "fault.h"
#include "load.h"

#define CONF_FILES_MAX 1024	/* in the folder */

/**
 * conf_files_load() - the system's policy
 * @file: absolute path, /etc/nsbox.conf; the folder has the same name with ".d" behind it
 * @faults: collects all faults of all files; NULL: the first one ends the loading
 * @ret_doc: finished; free with conf_free(); untouched on failure
 * @err: filled on failure, by the first fault
 *
 * The file comes first, then those of the folder, by name (as bytes). Each may be missing; what is
 * there is trusted as fs.h has it, or the whole policy is refused. Runs with any privilege.
 *
 * Return: 0 or -errno.
 */
int conf_files_load(const char *file, struct conf_faults *faults, struct conf_doc **ret_doc,
		    struct nsbox_error *err);

/* Is it read when it lies in the folder? Letters, digits, '_', '-', '.', ".conf" at the end. */
bool conf_files_name(const char *name);

#endif
