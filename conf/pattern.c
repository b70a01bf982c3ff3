// SPDX-License-Identifier: MIT
/*
 * Patterns of names, numbers and addresses.
 *
 * Pure: runs with any privilege. Must never resolve a name: who answers for a name may not be who
 * asks for the login.
 */
#include "pattern.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Back to the last '*' only: what an earlier one could take, the last can take as well. */
bool pattern_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *from = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			from = text;
		} else if (*pattern && (*pattern == '?' || *pattern == *text)) {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++from;
		} else {
			return false;
		}
	}
	return !pattern[strspn(pattern, "*")];
}

/* The first @len bytes of @text as an id. */
static int range_end(const char *text, size_t len, uint32_t *ret, struct value_why *why)
{
	char copy[16];
	uint64_t n;
	int r;

	if (!len)
		return value_bad(why, 0, "a number is missing");
	if (len >= sizeof(copy))
		return value_bad(why, 0, "it is too large");
	memcpy(copy, text, len);
	copy[len] = '\0';
	/* 2^32 - 1 is "no id" to the kernel. */
	r = value_number(copy, 0, UINT32_MAX - 1, &n, why);
	if (r == 0)
		*ret = (uint32_t)n;
	return r;
}

int pattern_range(const char *text, struct pattern_range *ret, struct value_why *why)
{
	size_t len = strcspn(text, "-");
	struct pattern_range range = { .first = 0 };
	int r = range_end(text, len, &range.first, why);

	if (r < 0)
		return r;
	range.last = range.first;
	if (text[len])
		r = range_end(text + len + 1, strlen(text + len + 1), &range.last, why);
	if (r < 0 && why)
		why->at += len + 1;
	if (r < 0)
		return r;
	if (range.last < range.first)
		return value_bad(why, 0, "it ends before it begins");
	*ret = range;
	return 0;
}

/* An IPv4 address written as IPv6 begins with these. */
static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

static unsigned int family_bits(int family)
{
	return family == AF_INET ? 32 : 128;
}

/* An address alone, with all its bits. */
static int parse_address(const char *text, struct pattern_net *ret)
{
	struct pattern_net net = { .family = strchr(text, ':') ? AF_INET6 : AF_INET };

	if (inet_pton(net.family, text, net.addr) != 1)
		return -EINVAL;
	net.bits = family_bits(net.family);
	*ret = net;
	return 0;
}

static bool is_mapped(const struct pattern_net *net)
{
	return net->family == AF_INET6 && !memcmp(net->addr, mapped, sizeof(mapped));
}

static bool is_bit_set(const struct pattern_net *net, unsigned int bit)
{
	return net->addr[bit / 8] & (0x80 >> bit % 8);
}

int pattern_net(const char *text, struct pattern_net *ret, struct value_why *why)
{
	char copy[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "/");
	struct pattern_net net;
	uint64_t bits;

	if (len >= sizeof(copy))
		return value_bad(why, 0, "it is not an address");
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (parse_address(copy, &net) < 0)
		return value_bad(why, 0, "it is not an address");
	/* pattern_address() makes IPv4 addresses of such: it would match none. */
	if (is_mapped(&net))
		return value_bad(why, 0, "it is an IPv4 address: write it as one");
	if (text[len] && value_number(text + len + 1, 0, net.bits, &bits, NULL) < 0)
		return value_bad(why, len + 1, "the number of bits is not one from 0 to %u",
				 net.bits);
	if (text[len])
		net.bits = (unsigned int)bits;
	/* A typo in one of the two: which one cannot be known. */
	for (unsigned int bit = net.bits; bit < family_bits(net.family); bit++)
		if (is_bit_set(&net, bit))
			return value_bad(why, 0, "it has bits set behind the first %u", net.bits);
	*ret = net;
	return 0;
}

int pattern_address(const char *text, struct pattern_net *ret)
{
	char copy[INET6_ADDRSTRLEN];
	size_t len = strcspn(text, "%");
	struct pattern_net net;

	if (len >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (parse_address(copy, &net) < 0 || (net.family == AF_INET && text[len]))
		return -EINVAL;
	if (is_mapped(&net)) {
		struct pattern_net v4 = { .family = AF_INET, .bits = 32 };

		memcpy(v4.addr, net.addr + sizeof(mapped), 4);
		net = v4;
	}
	*ret = net;
	return 0;
}

bool pattern_in_net(const struct pattern_net *net, const struct pattern_net *address)
{
	size_t bytes = net->bits / 8;
	unsigned int rest = net->bits % 8;

	if (net->family != address->family || net->bits > address->bits)
		return false;
	if (memcmp(net->addr, address->addr, bytes))
		return false;
	return !rest || (net->addr[bytes] ^ address->addr[bytes]) >> (8 - rest) == 0;
}
