/* SPDX-License-Identifier: MIT */
/*
 * One container with its landing, from plan to handover. The order of a login lives here.
 */
#ifndef NSBOX_BOX_H
#define NSBOX_BOX_H

#include "error.h"
#include "policy.h"
#include "wire.h"

/**
 * struct box - a container that is ready to be joined
 * @fds: to be handed to the module, by enum wire_fd; the caller closes them
 * @ports: of the host that lead to it, as in struct wire_reply
 */
struct box {
	int fds[WIRE_FDS];
	char ports[WIRE_PORTS_MAX];
};

/**
 * box_open() - build what the policy asks for, all of it or nothing
 * @policy: the effective policy; container = yes
 * @site: what holds for all logins
 * @req: whose login it is
 * @monitor: pidfd of the monitor; stays the caller's
 * @ret: the container; untouched on failure
 * @err: filled on failure
 *
 * The calling process ends up in a mount namespace of its own (the landing), and in the container's
 * net and ipc namespaces: it can do nothing afterwards but hand over @ret and exit.
 *
 * Return: 0 or -errno; after a failure init is being killed, and what else was made ends with it
 * and with the calling process.
 */
int box_open(const struct policy *policy, const struct site *site, const struct wire_request *req,
	     int monitor, struct box *ret, struct nsbox_error *err);

#endif
