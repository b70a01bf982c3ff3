// SPDX-License-Identifier: MIT
/*
 * A session's addresses on a bridge. Pure: runs with any privilege. Must never give out an address
 * that a slot of the pool stands for by another way than that slot.
 */
#include "net_place.h"

#include <errno.h>
#include <string.h>

#include "net_slots.h"

#define OCTET_END 256U		/* what %n can be in an IPv4 address */
#define DIGITS_END 10000U	/* and in an IPv6 one: four digits */

static void take_half(const struct net_prefix *pool, uint32_t slot, struct net_prefix *address,
		      struct net_prefix *gateway)
{
	if (!pool->family)
		return;
	*address = *pool;
	net_slot_address(pool, slot, address->addr);
	*gateway = *pool;
	net_slot_address(pool, NET_SLOT_HOST, gateway->addr);
	gateway->bits = pool->family == AF_INET ? 32 : 128;
}

static bool in_half(const struct net_prefix *pool, const struct net_prefix *address)
{
	struct net_prefix alone = *address;

	alone.bits = address->family == AF_INET ? 32 : 128;
	return pool->family && pool->family == address->family && nets_within(pool, &alone);
}

static int take_template(const char *template, const struct net_pool *pool, uint32_t uid,
			 uint32_t number, struct net_address *ret, struct value_why *why)
{
	int r = nets_address(template, uid, number, ret, why);

	if (r < 0)
		return r;
	if (in_half(&pool->v4, &ret->v4) || in_half(&pool->v6, &ret->v6))
		return value_bad(why, 0, "the address is one of address-pool");
	return 0;
}

/*
 * Locally administered (RFC 7042), and as unlike all others on the LAN as the address is: that of
 * IPv4 whole, or the last bytes of the IPv6 one, which in one network are what differs.
 */
static void name_hardware(const struct net_address *at, uint8_t mac[6])
{
	const uint8_t *tail = at->v4.family ? at->v4.addr : at->v6.addr + 12;
	uint32_t rest = 0;

	mac[0] = 0x02;
	mac[1] = 'n';
	for (unsigned int i = 0; i < 12 && !at->v4.family; i++)
		rest = (rest ^ at->v6.addr[i]) * 0x01000193U;
	for (unsigned int i = 0; i < 4; i++)
		mac[2 + i] = tail[i] ^ (uint8_t)(rest >> 8 * i);
}

/* RFC 4291, appendix A. */
static void name_local(const uint8_t mac[6], uint8_t ret[16])
{
	memset(ret, 0, 16);
	ret[0] = 0xfe;
	ret[1] = 0x80;
	memcpy(ret + 8, mac, 3);
	ret[8] ^= 0x02;
	ret[11] = 0xff;
	ret[12] = 0xfe;
	memcpy(ret + 13, mac + 3, 3);
}

int net_place_make(const char *address, const struct net_pool *pool, bool has_v6, uint32_t uid,
		   uint32_t number, struct net_place *ret, struct value_why *why)
{
	struct net_place place = { .mac = { 0 } };
	struct net_address *at = &place.at;
	int r = 0;

	if (strcmp(address, "pool") != 0) {
		r = take_template(address, pool, uid, number, at, why);
	} else {
		take_half(&pool->v4, number, &at->v4, &at->gateway4);
		take_half(&pool->v6, number, &at->v6, &at->gateway6);
	}
	if (r < 0)
		return r;
	name_hardware(at, place.mac);
	name_local(place.mac, place.link_local);
	if (!has_v6) {
		memset(&at->v6, 0, sizeof(at->v6));
		memset(&at->gateway6, 0, sizeof(at->gateway6));
	}
	if (!at->v4.family && !at->v6.family)
		return value_bad(why, 0, "it is of IPv6 alone, and the host has that switched off");
	*ret = place;
	return 0;
}

void net_place_numbers(const char *address, uint32_t *ret_end)
{
	struct net_address at;

	*ret_end = NET_SLOT_FIRST + NET_SLOTS_MAX;
	if (!strstr(address, "%n"))
		return;
	/* One of the two may happen to be wrong for another reason than its length. */
	if (nets_address(address, NET_SLOT_FIRST, OCTET_END, &at, NULL) < 0 &&
	    nets_address(address, NET_SLOT_FIRST, OCTET_END + 1, &at, NULL) < 0)
		*ret_end = OCTET_END;
	else
		*ret_end = DIGITS_END;
}
