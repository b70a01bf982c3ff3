// SPDX-License-Identifier: MIT
/*
 * Slots: arithmetic on numbers. Pure: runs anywhere, as anyone. Must never give one address, or one
 * port, to two slots.
 */
#include "net_slots.h"

#include <errno.h>
#include <string.h>

/* The first number behind the last address of a pool's half. */
static uint64_t end_of(const struct net_prefix *prefix)
{
	bool v4 = prefix->family == AF_INET;
	unsigned int free_bits = (v4 ? 32 : 128) - prefix->bits;

	if (free_bits > 31)	/* more than there can be slots */
		free_bits = 31;
	return ((uint64_t)1 << free_bits) - v4;	/* IPv4's last one is the broadcast address */
}

static uint32_t least(uint64_t a, uint64_t b)
{
	return (uint32_t)(a < b ? a : b);
}

int net_slots_plan(const struct net_pool *pool, const struct net_ports *publish, unsigned int block,
		   struct net_slots *ret, struct nsbox_error *err)
{
	uint32_t blocks = 0, end = NET_SLOT_FIRST + NET_SLOTS_MAX;

	if (!pool->v4.family && !pool->v6.family)
		return error_plain(err, EINVAL, "cannot give a session an address: address-pool "
				   "is empty");
	if (pool->v4.family)
		end = least(end, end_of(&pool->v4));
	if (pool->v6.family)
		end = least(end, end_of(&pool->v6));
	if (end <= NET_SLOT_FIRST)
		return error_plain(err, EINVAL, "cannot give a session an address: address-pool "
				   "has none but the host's own");
	if (publish->max && block)
		blocks = (uint32_t)(publish->max - publish->min + 1) / block;
	ret->first = NET_SLOT_FIRST;
	ret->published = NET_SLOT_FIRST + least(blocks, (end - NET_SLOT_FIRST) / 2);
	ret->end = end;
	return 0;
}

void net_slot_address(const struct net_prefix *prefix, uint32_t slot, uint8_t ret[16])
{
	unsigned int last = prefix->family == AF_INET ? 3 : 15;

	memset(ret, 0, 16);
	memcpy(ret, prefix->addr, last + 1);
	for (unsigned int i = 0; i < 4; i++)
		ret[last - i] |= (uint8_t)(slot >> (8 * i));
}

uint16_t net_slot_port(const struct net_ports *publish, unsigned int block, uint32_t slot)
{
	return (uint16_t)(publish->min + (slot - NET_SLOT_FIRST) * block);
}
