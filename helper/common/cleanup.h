/* SPDX-License-Identifier: MIT */
/*
 * Descriptors and memory that let go of themselves at the end of their scope.
 */
#ifndef NSBOX_CLEANUP_H
#define NSBOX_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

#define _cleanup_close_ __attribute__((cleanup(cleanup_close)))
#define _cleanup_free_ __attribute__((cleanup(cleanup_free)))

/* Hand a descriptor to its next owner: the scope that gave it up will not close it. */
static inline int take_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

#endif
