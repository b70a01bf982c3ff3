/* SPDX-License-Identifier: MIT */
/*
 * The firewall's part in network = nat: one table, `inet nsbox`, the same for all sessions.
 *
 * It knows groups of interfaces, the pool and marks, and no session: nothing is added to it at a
 * login, and nothing is left in it by whoever is killed. What it lets through it marks NET_MARK_OK,
 * and only with that the routing rules (net_rules.h) let a packet from or to a session go: when the
 * table is gone, all is closed.
 *
 * Pure: text for libnftables. See nft(8).
 */
#ifndef NSBOX_NET_TABLE_H
#define NSBOX_NET_TABLE_H

#include <stdbool.h>

#include "error.h"
#include "nets.h"

#define NET_TABLE "nsbox"
#define NET_TABLE_RULES_MIN 20	/* fewer there never are */

/**
 * struct net_site - what the host's side of all sessions is made from
 * @pool: address-pool
 * @publish: publish-ports; all zero for none
 * @block: publish-block
 * @router4, @router6: the host forwarded packets before nsbox made it, and goes on
 */
struct net_site {
	struct net_pool pool;
	struct net_ports publish;
	unsigned int block;
	bool router4;
	bool router6;
};

/**
 * net_table_text() - the table, as one transaction that replaces the one before
 * @site: what it is made from
 * @ret: malloc'ed, the caller frees it; untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -errno; -EINVAL for a pool without room.
 */
int net_table_text(const struct net_site *site, char **ret, struct nsbox_error *err);

#endif
