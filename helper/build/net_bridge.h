/* SPDX-License-Identifier: MIT */
/*
 * An admin's bridge, and the host as those on it see it: looks, and changes nothing.
 */
#ifndef NSBOX_NET_BRIDGE_H
#define NSBOX_NET_BRIDGE_H

#include "net_filter.h"
#include "net_place.h"

/**
 * struct net_bridge - a bridge of the admin's
 * @index: its number
 * @mtu: its longest packet
 * @mac: at which the host hears there
 */
struct net_bridge {
	uint32_t index;
	uint32_t mtu;
	uint8_t mac[6];
};

/**
 * net_bridge_find() - find a bridge by its name
 * @route: NETLINK_ROUTE socket in the host's network namespace
 * @name: the policy's
 * @ret: untouched on failure
 * @err: filled on failure
 *
 * Return: 0, -ENODEV if there is none, -ENOTSUP if it is something else, or -errno.
 */
int net_bridge_find(int route, const char *name, struct net_bridge *ret, struct nsbox_error *err);

/**
 * net_bridge_host() - what of a bridge is the host's own
 * @route: as in net_bridge_find()
 * @has_v6: the host speaks IPv6
 * @place: the session's
 * @filter: gets the host's addresses, and whether the session's gateway is one
 * @err: filled on failure
 *
 * Return: 0, -E2BIG if the host has too many, or -errno.
 */
int net_bridge_host(int route, bool has_v6, const struct net_place *place,
		    struct net_filter *filter, struct nsbox_error *err);

#endif
