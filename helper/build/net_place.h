/* SPDX-License-Identifier: MIT */
/*
 * Who a session is on an admin's bridge: its addresses there. Pure.
 */
#ifndef NSBOX_NET_PLACE_H
#define NSBOX_NET_PLACE_H

#include "address.h"

/**
 * struct net_place - a session's place on a bridge
 * @at: its addresses and the ways out
 * @mac: its hardware address
 * @link_local: its fe80:: address, which neighbour discovery needs
 */
struct net_place {
	struct net_address at;
	uint8_t mac[6];
	uint8_t link_local[16];
};

/**
 * net_place_make() - find a session's place
 * @address: the policy's
 * @pool: the site's; a half that the host does not speak is left out
 * @has_v6: the host speaks IPv6
 * @uid: of the tenant
 * @number: the session's, which no other open session on a bridge has
 * @ret: untouched on failure
 * @why: filled on failure; may be NULL
 *
 * The hardware address follows from the address: so neighbours, and switches that count hardware
 * addresses, see one machine when an address has been given to one session after the other, and not
 * a new one with each login.
 *
 * Return: 0 or -EINVAL.
 */
int net_place_make(const char *address, const struct net_pool *pool, bool has_v6, uint32_t uid,
		   uint32_t number, struct net_place *ret, struct value_why *why);

/* Numbers from 2 on for which @address can be good: @ret is behind the last. */
void net_place_numbers(const char *address, uint32_t *ret_end);

#endif
