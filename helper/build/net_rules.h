/* SPDX-License-Identifier: MIT */
/*
 * The routing rules that close the way from and to sessions unless the firewall's table opens it.
 *
 *   0: iif lo lookup local                  what the host itself sends is its own business
 *   0: iif lo goto 1
 *   0: fwmark FROM/FROM|OK prohibit         from a session, and the table did not let it go
 *   0: to POOL fwmark 0/OK prohibit         to a session, and the table did not let it go
 *   0: lookup local                         the kernel's own rule, moved behind these
 *   1: nop                                  for goto, which must go forward
 *   2: to POOL lookup main suppress_prefixlength ...     to a session that there is
 *   3: to POOL unreachable                  to one that there is not: never by the default route,
 *                                           out into the world
 *
 * `ip rule flush` leaves those of priority 0, and so both what closes and the host's own addresses:
 * were the kernel's rule moved to another priority, it would cut the host off.
 * `nft flush ruleset` and the restart of a firewall do not touch them. They are of protocol
 * "kernel", which network managers leave alone. See ip-rule(8).
 */
#ifndef NSBOX_NET_RULES_H
#define NSBOX_NET_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nets.h"

#define NET_RULES 8
#define NET_RULES_LAST 3U	/* priorities from 0 to this are nsbox's */
#define NET_RULES_MAX 32

/**
 * struct net_rule - a rule, as far as nsbox's say anything
 * @family: AF_INET or AF_INET6
 * @pref: its priority
 * @action: FR_ACT_*
 * @table: of FR_ACT_TO_TBL
 * @target: the priority that FR_ACT_GOTO goes to
 * @mark: of the packet, under @mask
 * @mask: 0 when no mark is asked for
 * @suppress: routes of this prefix length and shorter do not count; -1: all do
 * @protocol: who made it: RTPROT_*
 * @of_host: of packets that the host itself sends
 * @other: says something that nsbox's never do
 * @to: a destination; family 0 for any
 */
struct net_rule {
	int family;
	uint32_t pref;
	uint32_t action;
	uint32_t table;
	uint32_t target;
	uint32_t mark;
	uint32_t mask;
	int32_t suppress;
	uint32_t protocol;
	bool of_host;
	bool other;
	struct net_prefix to;
};

/**
 * struct net_rules - the host's rules of priority 0 to NET_RULES_LAST, in the kernel's order
 * @n: how many of @rules
 * @more: there are more than fit
 * @has_v6: there are rules of IPv6 at all: a kernel without it has none
 */
struct net_rules {
	size_t n;
	bool more;
	bool has_v6;
	struct net_rule rules[NET_RULES_MAX];
};

/* The rules that close @half of the pool, in the order above. */
void net_rules_wanted(const struct net_prefix *half, struct net_rule ret[NET_RULES]);

/* Are these two the same? */
bool net_rules_same(const struct net_rule *a, const struct net_rule *b);

/**
 * net_rules_read() - ask the kernel
 * @fd: of netlink_open(NETLINK_ROUTE)
 * @ret: what there is
 *
 * Return: 0 or -errno.
 */
int net_rules_read(int fd, struct net_rules *ret);

/* Is what there is what is wanted for @pool, and nothing before, between, or twice? */
bool net_rules_good(const struct net_rules *have, const struct net_pool *pool);

#endif
