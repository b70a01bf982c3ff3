/* SPDX-License-Identifier: MIT */
/*
 * The host's side of networks is made here, or mended: the routing rules, the firewall's table,
 * forwarding. For nsbox-net; a login only looks (net_seal.h), and net_audit.h says what it is.
 *
 * MUST 1: at no time is more open than before: what closes comes first, what opens last.
 * MUST 2: nothing of anybody else's is changed but the switch for forwarding, and the kernel's own
 *         rule for local addresses, which moves behind nsbox's.
 */
#ifndef NSBOX_NET_MEND_H
#define NSBOX_NET_MEND_H

#include <stdbool.h>

#include "error.h"
#include "net_rules.h"
#include "net_seal.h"

#define NET_FORWARDING NET_DIR "/forwarding"

/**
 * net_mend_rules() - make the routing rules what they are to be
 * @route: NETLINK_ROUTE socket in the host's network namespace
 * @pool: the addresses to close
 * @err: filled on failure
 *
 * Return: 0, -EEXIST where a rule of somebody else's is in their place, or -errno.
 */
int net_mend_rules(int route, const struct net_pool *pool, struct nsbox_error *err);

/**
 * net_router_find() - was the host a router before nsbox made it one?
 * @ret: its router4 and router6
 * @err: filled on failure
 *
 * As it is remembered in NET_FORWARDING; the first time, as it is, which is remembered then.
 *
 * Return: 0 or -errno.
 */
int net_router_find(struct net_site *ret, struct nsbox_error *err);

/* Let the host forward packets of both families that it has. Return: 0 or -errno. */
int net_router_start(struct nsbox_error *err);

/* Does the host forward packets of @family? A family that the kernel lacks, it does. */
bool net_router_is(int family);

/**
 * net_mend() - all of it, under a lock
 * @words: of the policy
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_mend(const struct net_words *words, struct nsbox_error *err);

/* Is it remembered? Then @ret gets router4 and router6. */
bool net_router_recall(struct net_site *ret);

/* Is it one that may be taken away: the kernel's, or nsbox's? */
bool net_rule_is_ours(const struct net_rule *rule);

/* A rule as ip-rule(8) would write it. */
void net_rule_print(const struct net_rule *rule, char *buf, size_t size);

#endif
