/* SPDX-License-Identifier: MIT */
/*
 * The module's side of the talk with nsbox-build (see wire.h).
 */
#ifndef NSBOX_BUILDER_H
#define NSBOX_BUILDER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "error.h"
#include "wire.h"

#define BUILDER_DEADLINE_MAX_MS 60000	/* whatever the builder says */

/**
 * struct builder - a builder at work
 * @pid: of the process, 0 when there is none
 * @guarded: SIGCHLD has its default disposition for the time being
 * @sigchld: the disposition that the application had
 */
struct builder {
	pid_t pid;
	bool guarded;
	struct sigaction sigchld;
};

/**
 * builder_ask() - start the builder, ask, and have its answer
 * @b: zeroed; builder_end() in any case
 * @req: the question
 * @ret: the answer; untouched on failure
 * @ret_fds: descriptors that came with it, the caller's to close
 * @err: filled on failure
 *
 * Takes WIRE_DEADLINE_MS at most, or what the policy says instead; a builder that is later is
 * killed. Leaves nothing of
 * the calling process changed but the disposition of SIGCHLD, which builder_end() gives back.
 *
 * Return: 0 or -errno (-ETIMEDOUT for the deadline). See posix_spawn(3).
 */
int builder_ask(struct builder *b, const struct wire_request *req, struct wire_reply *ret,
		int ret_fds[WIRE_FDS], struct nsbox_error *err);

/**
 * builder_end() - wait for the builder's end, or end it
 * @b: from builder_ask(); a second call does nothing
 *
 * Apart from builder_ask(), because the caller can join the container while the kernel takes the
 * builder down. No process of ours but the container's is left after it.
 */
void builder_end(struct builder *b);

#endif
