/* SPDX-License-Identifier: MIT */
/*
 * The program that stands at the host's end of a session's wire: what comes from the session runs
 * through it before the host looks at it. Pure: net_link.c loads it.
 *
 * It drops what can never be right, whatever the firewall says: another's source address, what is
 * neither IPv4 nor IPv6, multicast, broadcast, loopback and link-local destinations, redirects and
 * advertisements of routers, and what leads further than its destination says: options of IPv4 and
 * extension headers of IPv6 (any program may ask for a source route), but for fragments and ESP;
 * errors of ICMP that tell of somebody else's packet.
 * Of the rest it writes on the packet, as its mark, where the policy lets it go. It keeps no state
 * and needs none of the host: it goes with the wire, and no `nft flush ruleset` touches it.
 *
 * To load a program takes the kernel longer than all else of a session's network (the verifier
 * follows each way through it), so there is one for each policy and not for each session: behind
 * NAT, what a session's address must be is told by the number of its link.
 *
 * See tc-bpf(8), bpf(2).
 */
#ifndef NSBOX_NET_FILTER_H
#define NSBOX_NET_FILTER_H

#include "address.h"
#include "bpf_asm.h"
#include "net_mark.h"
#include "nets.h"

#define NET_FILTER_TARGETS 256	/* more than a value of words has room for */
#define NET_FILTER_PORTS 512
#define NET_FILTER_HOST 256	/* addresses of the host's own */
#define NET_FILTER_RANGES (2 * SITE_TEMPLATES_MAX)

enum net_egress {
	NET_EGRESS_ANY,
	NET_EGRESS_NONE,
	NET_EGRESS_LIST,
};

/**
 * struct net_filter - what a session's program is made from
 * @bridged: the wire ends in a bridge: there is ARP and neighbour discovery, nobody reads the mark,
 *           and what the policy does not let go is dropped right here
 * @mac: the session's own, of @bridged
 * @link_local: the session's own fe80:: address, of @bridged
 * @v4, @v6: of @bridged: its own addresses; family 0 if it has none. The prefix length is that of
 *           the network, where its neighbours are; bits behind it are kept
 * @pool: addresses of all sessions, which are no destination; unless @bridged, its own is in there
 * @range: addresses that sessions on bridges have, no destination either
 * @gateway: addresses in there that are no session's
 * @egress: where it may go
 * @allow: of NET_EGRESS_LIST
 * @deny: where it may not, whatever @egress says
 * @resolvers: DNS servers, reachable on port 53 unless nothing is; with all bits
 * @ask_host: the host's own resolver, behind the second address of the pool, may be asked
 * @reach: ports of the host that may be reached
 * @host: of @bridged: the host's own addresses, which only @reach opens
 * @host_mac: of @bridged: where the host hears on the bridge; what goes there is for the host,
 *            whatever address it gets later. All zero: none
 * @host_routes4, @host_routes6: unless the host is the session's gateway, and passes it on
 */
struct net_filter {
	bool bridged;
	uint8_t mac[6];
	uint8_t link_local[16];
	struct net_prefix v4;
	struct net_prefix v6;
	struct net_pool pool;
	unsigned int ranges;
	struct net_range range[NET_FILTER_RANGES];
	unsigned int gateways;
	struct net_prefix gateway[NET_FILTER_RANGES];
	enum net_egress egress;
	unsigned int allows;
	struct net_target allow[NET_FILTER_TARGETS];
	unsigned int denies;
	struct net_target deny[NET_FILTER_TARGETS];
	unsigned int resolvers_n;
	struct net_prefix resolvers[3];
	bool ask_host;
	unsigned int reaches;
	struct net_ports reach[NET_FILTER_PORTS];
	unsigned int hosts;
	struct net_prefix host[NET_FILTER_HOST];
	uint8_t host_mac[2][6];
	bool host_routes4;
	bool host_routes6;
};

/**
 * net_filter_write() - write the program
 * @filter: what it is made from
 * @ret: gets the program: a classifier with direct action
 *
 * Return: 0, or -E2BIG if the lists are too long for one program.
 */
int net_filter_write(const struct net_filter *filter, struct bpf_asm *ret);

#endif
