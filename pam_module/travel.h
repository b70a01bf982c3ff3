/* SPDX-License-Identifier: MIT */
/*
 * The monitor's way into the landing, and back.
 *
 * MUST 1: what is kept in the monitor are nsfs descriptors and one pidfd: sshd's child inherits
 *         them, and a path can be walked from none of them.
 * MUST 2: a way in that fails half way is undone, and the container is ended.
 * MUST 3: the working directory is the same path before and after, where it exists.
 */
#ifndef NSBOX_TRAVEL_H
#define NSBOX_TRAVEL_H

#include <stdbool.h>
#include <sys/types.h>

#include "error.h"
#include "nstable.h"
#include "wire.h"

/**
 * struct travel - a monitor in a container
 * @owner: the process that went in; a fork of it does nothing at the end
 * @host: by row of ns_table, the namespace to go back to, or -1
 * @landing: the landing's mount namespace
 * @init: pidfd of the container's init
 * @inside: went in and has not come back
 * @unfinished: came back while a pty of the landing was still in use
 */
struct travel {
	pid_t owner;
	int host[NS_KINDS];
	int landing;
	int init;
	bool inside;
	bool unfinished;
};

/**
 * travel_in() - join what the builder has made, and let its init live
 * @namespaces: clone flags of the container
 * @fds: from builder_ask(); what is taken becomes -1
 * @ret: travel_end() in any case
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int travel_in(int namespaces, int fds[WIRE_FDS], struct travel *ret, struct nsbox_error *err);

/**
 * travel_back() - return to the host and end the container
 * @t: from travel_in(); a second call does nothing
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int travel_back(struct travel *t, struct nsbox_error *err);

/**
 * travel_end() - end the container if it has not ended, and let go of everything
 * @t: afterwards no descriptor is open
 *
 * sshd cleans up its ptys after the PAM session is closed, by name: where one was in use when the
 * session ended, the process goes to the landing once more. On the host the same name is another
 * user's terminal.
 */
void travel_end(struct travel *t);

#endif
