// SPDX-License-Identifier: MIT
/*
 * The policy's `address`.
 *
 * Pure: runs with any privilege. Must never make an address of a part of a number: a component is
 * expanded whole, and what comes of it is parsed as if it had been written so.
 */
#include "address.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define WORD_MAX 192	/* bytes of a word, expanded, with its NUL */
#define BITS_MIN 8

/* Who an address is for. */
struct owner {
	uint32_t uid;
	uint32_t slot;
};

static bool ends_component(char c)
{
	return c == '\0' || strchr(".:/,", c);
}

/* Write @word with its letters replaced. @at counts from the word. */
static int expand(const char *word, size_t len, const struct owner *owner, char ret[WORD_MAX],
		  struct value_why *why)
{
	size_t used = 0;

	for (size_t i = 0; i < len; i++) {
		char letter = '\0', behind = '\0';

		if (used + 12 >= WORD_MAX)
			return value_bad(why, 0, "it is too long");
		if (word[i] != '%') {
			ret[used++] = word[i];
			continue;
		}
		if (i + 1 < len)
			letter = word[i + 1];
		if (i + 2 < len)
			behind = word[i + 2];
		if (letter != 'n' && letter != 'U')
			return value_bad(why, i, "behind '%%' stands n or U");
		if ((i && !ends_component(word[i - 1])) || !ends_component(behind))
			return value_bad(why, i, "%%%c is a component of an address by itself",
					 letter);
		used += (size_t)sprintf(ret + used, "%u",
					letter == 'n' ? owner->slot : owner->uid);
		i++;
	}
	ret[used] = '\0';
	return 0;
}

/* ADDR/BITS. @item is cut in two. */
static int take_address(char *item, struct net_prefix *ret, struct value_why *why)
{
	char *slash = strchr(item, '/');
	uint64_t bits;

	if (!slash)
		return value_bad(why, 0, "\"%s\" has no prefix length", item);
	*slash = '\0';
	if (nets_host(item, ret, NULL) < 0)
		return value_bad(why, 0, "\"%s\" is not an address", item);
	if (value_number(slash + 1, BITS_MIN, ret->bits, &bits, NULL) < 0)
		return value_bad(why, 0, "the prefix length of %s is not one from %d to %u", item,
				 BITS_MIN, ret->bits);
	ret->bits = (unsigned int)bits;
	return 0;
}

static int take_gateway(char *item, struct net_prefix *ret, struct value_why *why)
{
	if (nets_host(item, ret, NULL) < 0)
		return value_bad(why, 0, "\"%s\" is not an address", item);
	return 0;
}

/* One item of each family at most, with a comma between; into @v4 and @v6. */
static int take_items(char *word, int (*take)(char *, struct net_prefix *, struct value_why *),
		      struct net_prefix *v4, struct net_prefix *v6, struct value_why *why)
{
	for (char *item = word, *next; item; item = next) {
		struct net_prefix prefix = { .family = 0 }, *place;

		next = strchr(item, ',');
		if (next)
			*next++ = '\0';
		if (take(item, &prefix, why) < 0)
			return -EINVAL;
		place = prefix.family == AF_INET ? v4 : v6;
		if (place->family)
			return value_bad(why, 0, "it has two of IPv%d",
					 prefix.family == AF_INET ? 4 : 6);
		*place = prefix;
	}
	return 0;
}

/* Are the bits behind the prefix all zero, or all one? */
static bool host_bits_are(const struct net_prefix *prefix, bool one)
{
	unsigned int end = prefix->family == AF_INET ? 32 : 128;

	for (unsigned int bit = prefix->bits; bit < end; bit++)
		if (!!(prefix->addr[bit / 8] & 0x80 >> bit % 8) != one)
			return false;
	return true;
}

static struct net_prefix alone(const struct net_prefix *prefix)
{
	struct net_prefix host = *prefix;

	host.bits = prefix->family == AF_INET ? 32 : 128;
	return host;
}

static bool is_link_local6(const struct net_prefix *host)
{
	static const struct net_prefix link = { AF_INET6, 10, { 0xfe, 0x80 } };

	return nets_within(&link, host);
}

/* Is it one that an interface can have in its network? */
static int check_address(const struct net_prefix *prefix, struct value_why *why)
{
	struct net_prefix host = alone(prefix);

	if (!prefix->family)
		return 0;
	if (!nets_usable(&host))
		return value_bad(why, 0, "no interface can have the address");
	/* In a network of one or two, each is an address. */
	if (prefix->bits + 1 < host.bits && host_bits_are(prefix, false))
		return value_bad(why, 0, "the address is its network's own");
	if (prefix->family == AF_INET && prefix->bits < 31 && host_bits_are(prefix, true))
		return value_bad(why, 0, "the address is its network's broadcast address");
	return 0;
}

/* Can @gateway be reached by who has @prefix? */
static int check_gateway(const struct net_prefix *prefix, const struct net_prefix *gateway,
			 struct value_why *why)
{
	struct net_prefix host = alone(prefix);

	if (!gateway->family)
		return 0;
	if (!prefix->family)
		return value_bad(why, 0, "it has a gateway of IPv%d, and no address",
				 gateway->family == AF_INET ? 4 : 6);
	if (is_link_local6(gateway))
		return 0;
	if (!nets_usable(gateway) || !nets_within(prefix, gateway))
		return value_bad(why, 0, "the gateway is not in the address's network");
	if (!memcmp(host.addr, gateway->addr, sizeof(host.addr)))
		return value_bad(why, 0, "the gateway is the address itself");
	return 0;
}

static int check_all(const struct net_address *address, struct value_why *why)
{
	if (check_address(&address->v4, why) < 0 || check_address(&address->v6, why) < 0 ||
	    check_gateway(&address->v4, &address->gateway4, why) < 0)
		return -EINVAL;
	return check_gateway(&address->v6, &address->gateway6, why);
}

static int take_word(const char *text, const char *word, size_t len, const struct owner *owner,
		     char ret[WORD_MAX], struct value_why *why)
{
	if (!word)
		return value_bad(why, strlen(text), "behind \"via\" stands a gateway");
	if (expand(word, len, owner, ret, why) == 0)
		return 0;
	if (why)
		why->at += (size_t)(word - text);
	return -EINVAL;
}

/* ADDRESSES [via GATEWAYS], for this owner. */
static int parse(const char *text, const struct owner *owner, struct net_address *address,
		 struct value_why *why)
{
	char item[WORD_MAX];
	const char *at = text;
	size_t len;
	const char *word = value_next(&at, &len);

	if (!word)
		return value_bad(why, 0, "it is empty");
	if (take_word(text, word, len, owner, item, why) < 0 ||
	    take_items(item, take_address, &address->v4, &address->v6, why) < 0)
		return -EINVAL;
	word = value_next(&at, &len);
	if (!word)
		return 0;
	if (len != 3 || memcmp(word, "via", 3) != 0)
		return value_bad(why, (size_t)(word - text), "behind the address stands \"via\"");
	word = value_next(&at, &len);
	if (take_word(text, word, len, owner, item, why) < 0 ||
	    take_items(item, take_gateway, &address->gateway4, &address->gateway6, why) < 0)
		return -EINVAL;
	word = value_next(&at, &len);
	return !word ? 0 : value_bad(why, (size_t)(word - text), "something stands behind it");
}

int nets_address(const char *text, uint32_t uid, uint32_t slot, struct net_address *ret,
		 struct value_why *why)
{
	struct net_address address = { .v4 = { .family = 0 } };
	struct owner owner = { uid, slot };
	int r = 0;

	if (strcmp(text, "pool") != 0)
		r = parse(text, &owner, &address, why);
	if (r == 0)
		r = check_all(&address, why);
	if (r == 0)
		*ret = address;
	return r;
}

int nets_check_address(const char *text, struct value_why *why)
{
	/* Whatever is wrong with numbers as small as these is wrong with all others. */
	const struct owner owner = { 2, 2 };
	struct net_address address = { .v4 = { .family = 0 } };

	if (!strchr(text, '%'))
		return nets_address(text, 0, 0, &address, why);
	return parse(text, &owner, &address, why);
}

/* What is the same in both counts, in pieces as %n and %U take them. */
static struct net_range same_of(const struct net_prefix *one, const struct net_prefix *other)
{
	struct net_range range = { .family = one->family };
	unsigned int piece = one->family == AF_INET ? 1 : 2;

	for (unsigned int at = 0; one->family && at < (piece == 1 ? 4 : 16); at += piece) {
		if (memcmp(one->addr + at, other->addr + at, piece) != 0)
			continue;
		memcpy(range.addr + at, one->addr + at, piece);
		memset(range.mask + at, 0xff, piece);
	}
	return range;
}

static struct net_prefix same_gateway(const struct net_prefix *one, const struct net_prefix *other)
{
	struct net_prefix none = { .family = 0 };

	return memcmp(one->addr, other->addr, sizeof(one->addr)) ? none : *one;
}

int nets_template(const char *text, struct net_template *ret)
{
	/* They have no digit in common, and both fit into an octet. */
	const struct owner some = { 11, 11 }, others = { 99, 99 };
	struct net_address one = { .v4 = { .family = 0 } }, other = { .v4 = { .family = 0 } };

	memset(ret, 0, sizeof(*ret));
	if (!strcmp(text, "pool"))
		return 0;
	if (parse(text, &some, &one, NULL) < 0 || parse(text, &others, &other, NULL) < 0)
		return -EINVAL;
	ret->v4 = same_of(&one.v4, &other.v4);
	ret->v6 = same_of(&one.v6, &other.v6);
	ret->gateway4 = same_gateway(&one.gateway4, &other.gateway4);
	ret->gateway6 = same_gateway(&one.gateway6, &other.gateway6);
	return 0;
}
