/* SPDX-License-Identifier: MIT */
/*
 * Slots: the numbers that sessions with an address have, and what follows from a number alone.
 *
 * Slot N has the address N behind the pool's own, in both families, and the N-th block of the ports
 * that are published. So nothing but the number need be kept, and the host's tables can be made
 * once for all sessions.
 */
#ifndef NSBOX_NET_SLOTS_H
#define NSBOX_NET_SLOTS_H

#include <stdint.h>

#include "error.h"
#include "nets.h"

#define NET_SLOT_HOST 1U		/* whose address is the host's: DNS, gateway of a bridge */
#define NET_SLOT_FIRST 2U
#define NET_SLOTS_MAX (1U << 20)

/**
 * struct net_slots - which numbers there are
 * @first: the lowest
 * @published: the first behind those with ports of the host; @first when none has
 * @end: the first behind all
 *
 * A session that publishes ports takes one of @first to @published - 1, another @published to
 * @end - 1: the ports go to those that want them.
 */
struct net_slots {
	uint32_t first;
	uint32_t published;
	uint32_t end;
};

/**
 * net_slots_plan() - how many sessions have an address, and how many have ports
 * @pool: where addresses come from
 * @publish: ports of the host to cut into blocks; all zero for none
 * @block: how many ports are a block, at least 1
 * @ret: untouched on failure
 * @err: filled on failure
 *
 * As many as the smaller of the two families has, NET_SLOTS_MAX at most; at most half of them, and
 * at most one for each whole block, have ports.
 *
 * Return: 0, or -EINVAL for a pool that holds no session.
 */
int net_slots_plan(const struct net_pool *pool, const struct net_ports *publish, unsigned int block,
		   struct net_slots *ret, struct nsbox_error *err);

/* The address of @slot in @prefix, in network order; an IPv4 one is in the first four bytes. */
void net_slot_address(const struct net_prefix *prefix, uint32_t slot, uint8_t ret[16]);

/* The ports of @slot, which lies before @published of the plan: the first of @block. */
uint16_t net_slot_port(const struct net_ports *publish, unsigned int block, uint32_t slot);

#endif
