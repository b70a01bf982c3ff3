/* SPDX-License-Identifier: MIT */
/*
 * The module's side of the talk with nsbox-build (see wire.h).
 */
#ifndef NSBOX_BUILDER_H
#define NSBOX_BUILDER_H

#include "error.h"
#include "wire.h"

#define BUILDER_DEADLINE_MS 10000	/* a login that waits longer than this fails */

/**
 * builder_ask() - start the builder, ask, and have its answer
 * @req: the question
 * @ret: the answer; untouched on failure
 * @ret_fds: descriptors that came with it, the caller's to close; all -1 on failure
 * @err: filled on failure
 *
 * Takes BUILDER_DEADLINE_MS at most; a builder that is later than that is killed. When it returns
 * no process of ours is left but the container's. Leaves nothing of the calling process changed:
 * no signal disposition, no mask, no descriptor.
 *
 * Return: 0 or -errno (-ETIMEDOUT for the deadline). See posix_spawn(3).
 */
int builder_ask(const struct wire_request *req, struct wire_reply *ret, int ret_fds[WIRE_FDS],
		struct nsbox_error *err);

#endif
