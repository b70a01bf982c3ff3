/* SPDX-License-Identifier: MIT */
/*
 * resolv.conf(5): what the host's says, and the one that a session has instead. Pure.
 *
 * A session has a loopback of its own: a server that the host finds there is not there.
 */
#ifndef NSBOX_RESOLV_H
#define NSBOX_RESOLV_H

#include "error.h"
#include "net_filter.h"
#include "net_plan.h"

/**
 * struct resolv - what a resolv.conf says of servers
 * @servers: those that can be asked from elsewhere; @ask_host is not set
 * @named: how many there are in all, of those that a resolver would take
 * @local: 127.0.0.1 is one
 * @stub: the one that systemd-resolved has for its own machine is one
 */
struct resolv {
	struct net_resolvers servers;
	unsigned int named;
	bool local;
	bool stub;
};

/* Read one; what makes no sense says nothing, as for every resolver. */
void resolv_read(const char *text, struct resolv *ret);

/**
 * resolv_choose() - whom a session asks with dns = auto
 * @host: the host's
 * @behind: what systemd-resolved asks itself, if @host names its stub; may be NULL
 * @ret: who; none and not the host if nobody can be reached
 */
void resolv_choose(const struct resolv *host, const struct resolv *behind,
		   struct net_resolvers *ret);

/**
 * resolv_write() - the session's
 * @filter: whom it can ask
 * @text: the host's, malloc'ed, or NULL; gets the session's, with the host's search and options
 * @err: filled on failure
 *
 * Return: 0 or -ENOMEM.
 */
int resolv_write(const struct net_filter *filter, char **text, struct nsbox_error *err);

#endif
