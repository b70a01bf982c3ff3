/* SPDX-License-Identifier: MIT */
/*
 * A session's network, in the order in which it can be made:
 *
 *  1. prepare  on the host, before anything is built: should find the host's side as it must be, or
 *              have it made so, and the program for the wire; or the admin's bridge.
 *  2. connect  once the container has its network namespace: should take a slot by making the wire,
 *              put the program at its end, and route to it.
 *  3. raise    from inside that namespace: should give the container's end addresses and routes,
 *              and let everybody ping.
 *              Mustn't come before the program is in place.
 *
 * Undo is the end of the container's network namespace, as for all the rest.
 */
#ifndef NSBOX_NET_H
#define NSBOX_NET_H

#include "net_bridge.h"
#include "net_link.h"
#include "net_plan.h"
#include "session.h"

/**
 * struct net - the network of a session under construction
 * @plan: what it is to be
 * @route: NETLINK_ROUTE socket in the host's network namespace, -1 if none is wanted
 * @program: the program for the wire, -1 if there is none
 * @guard: the one for its ports, -1 if it needs none
 * @next: the file that says where to look for a free slot, -1 if it cannot be had
 * @link: the wire, when connected
 * @bridge: where the wire ends, of NETWORK_BRIDGE
 * @place: who the session is there
 */
struct net {
	struct net_plan plan;
	int route;
	int program;
	int guard;
	int next;
	struct net_link link;
	struct net_bridge bridge;
	struct net_place place;
};

/* Nothing yet; net_release() is safe from here on. */
void net_init(struct net *net);
void net_release(struct net *net);

/*
 * These three: see above. Nothing is done where the policy wants no wire. @resolvers is what
 * dns = auto is. @proc is the host's /proc. @err is filled on failure.
 *
 * Return: 0 or -errno.
 */
int net_prepare(const struct policy *policy, const struct site *site, uint32_t uid,
		const struct net_resolvers *resolvers, struct net *net, struct nsbox_error *err);
int net_connect(struct net *net, int proc, pid_t inside, struct nsbox_error *err);
int net_raise(const struct net *net, int proc, struct nsbox_error *err);

/* What a connected one is to be called: its addresses, "" for none, and its ports of the host. */
void net_tell(const struct net *net, char addresses[SESSION_ADDRESSES_MAX],
	      char ports[WIRE_PORTS_MAX]);

#endif
