/* SPDX-License-Identifier: MIT */
/*
 * What a session's network is to be, from the policy. Pure.
 */
#ifndef NSBOX_NET_PLAN_H
#define NSBOX_NET_PLAN_H

#include <net/if.h>

#include "net_filter.h"
#include "net_place.h"
#include "net_publish.h"
#include "net_slots.h"
#include "policy.h"

#define NET_RESOLVERS 3	/* MAXNS of resolv.conf(5) */

/**
 * struct net_resolvers - where a session asks for names
 * @n: how many
 * @at: their addresses, with all bits
 * @ask_host: nobody but the host's own resolver, which hears on 127.0.0.1: by way of the pool's
 *            second address
 */
struct net_resolvers {
	unsigned int n;
	struct net_prefix at[NET_RESOLVERS];
	bool ask_host;
};

/**
 * struct net_plan - a session's network
 * @kind: what the rest is for; behind NETWORK_LOOPBACK and NETWORK_HOST there is no rest
 * @bridge: name of the bridge, of NETWORK_BRIDGE
 * @from, @to: the slots to take one of; @to is behind the last
 * @address: of NETWORK_BRIDGE: the policy's
 * @templated: it is none of the pool's
 * @numbered: it has the session's number in it
 * @uid: the tenant's, when known
 * @has_v6: the host speaks IPv6
 * @published: the session has ports of the host
 * @publish: which
 * @filter: what its program is made from; of NETWORK_BRIDGE its own addresses are still missing
 * @rate: bits a second each way, 0 for all there are
 */
struct net_plan {
	enum network_word kind;
	char bridge[IFNAMSIZ];
	char address[sizeof(((struct policy *)NULL)->address)];
	bool templated;
	bool numbered;
	uint32_t uid;
	bool has_v6;
	uint32_t from;
	uint32_t to;
	bool published;
	struct net_published publish;
	struct net_filter filter;
	uint64_t rate;
};

/* Does the network namespace belong to the host, so that root inside has no power over it? */
bool net_is_hosts(const struct policy *policy);

/* Has the session a wire to somewhere? */
bool net_is_wired(const struct policy *policy);

/**
 * net_plan_make() - plan a session's network
 * @policy: its login's
 * @site: where the pool is
 * @has_v6: the host speaks IPv6; without, the pool's is left out
 * @resolvers: what dns = auto is; may be NULL if dns says something else
 * @ret: undefined on failure
 * @err: filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int net_plan_make(const struct policy *policy, const struct site *site, bool has_v6,
		  const struct net_resolvers *resolvers, struct net_plan *ret,
		  struct nsbox_error *err);

/* Of NETWORK_BRIDGE: who the session of @slot is. See net_place_make(). */
int net_plan_place(const struct net_plan *plan, uint32_t slot, struct net_place *ret,
		   struct value_why *why);

/* Of NETWORK_BRIDGE: put what is known of the session into the filter. */
void net_plan_complete(struct net_plan *plan, const struct net_place *place);

#endif
