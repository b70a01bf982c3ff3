// SPDX-License-Identifier: MIT
/*
 * What the policy says of networks, from text.
 *
 * Pure: runs with any privilege. Must never resolve a name or look at the host's interfaces, nor
 * take a value that means something else elsewhere: a leading zero, a bit behind the prefix, an
 * IPv4 address written as IPv6.
 */
#include "nets.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "pattern.h"

#define WORD_MAX 256	/* bytes of a part that is copied, with its NUL */
#define PORT_MAX 65535
#define PUBLISH_MIN 1024
#define RATE_MIN 8000
#define RATE_MAX 1000000000000

/* Copy the first @len bytes of @text. */
static int copy_part(char part[WORD_MAX], const char *text, size_t len, struct value_why *why)
{
	if (len >= WORD_MAX)
		return value_bad(why, 0, "it is longer than %d bytes", WORD_MAX - 1);
	memcpy(part, text, len);
	part[len] = '\0';
	return 0;
}

/* A fault in a part stands @at bytes into the whole. */
static int bad_part(struct value_why *why, size_t at)
{
	if (why)
		why->at += at;
	return -EINVAL;
}

/* As dev_valid_name() of the kernel has it; printable, and no template of a name ("br%d"). */
static int check_interface(const char *name, struct value_why *why)
{
	if (!*name)
		return value_bad(why, 0, "the bridge has no name");
	if (strlen(name) >= IFNAMSIZ)
		return value_bad(why, 0, "the bridge's name is longer than %d bytes",
				 IFNAMSIZ - 1);
	if (!strcmp(name, ".") || !strcmp(name, ".."))
		return value_bad(why, 0, "the kernel takes no such name");
	for (const char *p = name; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("/:%", *p))
			return value_bad(why, (size_t)(p - name),
					 "a bridge's name holds no blank, '/', ':' or '%%'");
	if (!strncmp(name, "nsb", 3) && strchr("0123456789", name[3]) && name[3])
		return value_bad(why, 0, "interfaces of sessions are called so");
	return 0;
}

int nets_network(const char *text, enum network_word *ret, char bridge[IFNAMSIZ],
		 struct value_why *why)
{
	static const char *const words[] = { "loopback", "host", "nat", NULL };
	static const char join[] = "bridge ";
	int i;

	if (!strncmp(text, join, strlen(join))) {
		if (check_interface(text + strlen(join), why) < 0)
			return bad_part(why, strlen(join));
		*ret = NETWORK_BRIDGE;
		memset(bridge, 0, IFNAMSIZ);
		memcpy(bridge, text + strlen(join), strlen(text + strlen(join)));
		return 0;
	}
	if (!strcmp(text, "bridge"))
		return value_bad(why, 0, "the bridge has no name");
	if (value_word(text, words, &i, why) < 0)
		return -EINVAL;
	*ret = (enum network_word)i;
	memset(bridge, 0, IFNAMSIZ);
	return 0;
}

int nets_prefix(const char *text, struct net_prefix *ret, struct value_why *why)
{
	struct pattern_net net;

	if (!*text)
		return value_bad(why, 0, "it is empty");
	if (pattern_net(text, &net, why) < 0)
		return -EINVAL;
	*ret = (struct net_prefix){ .family = net.family, .bits = net.bits };
	memcpy(ret->addr, net.addr, sizeof(ret->addr));
	return 0;
}

int nets_host(const char *text, struct net_prefix *ret, struct value_why *why)
{
	size_t slash = strcspn(text, "/");

	if (text[slash])
		return value_bad(why, slash, "it is a network, not an address");
	return nets_prefix(text, ret, why);
}

int nets_server(const char *word, struct net_prefix *ret, struct value_why *why)
{
	static const struct net_prefix clouds = { AF_INET, 16, { 169, 254 } };
	struct net_prefix server;

	if (nets_host(word, &server, why) < 0)
		return -EINVAL;
	if (!nets_usable(&server) && !nets_within(&clouds, &server))
		return value_bad(why, 0, "no server can be reached there from a container");
	*ret = server;
	return 0;
}

static int take_port(const char *text, uint16_t *ret, struct value_why *why)
{
	uint64_t port;

	if (!*text)
		return value_bad(why, 0, "a port is missing");
	if (value_number(text, 1, PORT_MAX, &port, NULL) < 0)
		return value_bad(why, 0, "\"%.16s\" is not a port from 1 to %d", text, PORT_MAX);
	*ret = (uint16_t)port;
	return 0;
}

/* PORT[-PORT]. */
static int take_range(const char *text, struct net_ports *ret, struct value_why *why)
{
	size_t dash = strcspn(text, "-");
	char first[WORD_MAX] = "";

	if (copy_part(first, text, dash, why) < 0 || take_port(first, &ret->min, why) < 0)
		return -EINVAL;
	ret->max = ret->min;
	if (text[dash] && take_port(text + dash + 1, &ret->max, why) < 0)
		return bad_part(why, dash + 1);
	if (ret->max < ret->min)
		return value_bad(why, 0, "the ports end before they begin");
	return 0;
}

int nets_ports(const char *word, struct net_ports *ret, struct value_why *why)
{
	static const char *const protocols[] = { "tcp", "udp", NULL };
	struct net_ports ports = { .proto = 0 };
	size_t slash = strcspn(word, "/");
	char range[WORD_MAX] = "";
	int i = 0;

	if (word[slash] && value_word(word + slash + 1, protocols, &i, NULL) < 0)
		return value_bad(why, slash + 1, "behind '/' stands tcp or udp");
	if (copy_part(range, word, slash, why) < 0 || take_range(range, &ports, why) < 0)
		return -EINVAL;
	if (word[slash])
		ports.proto = i ? IPPROTO_UDP : IPPROTO_TCP;
	*ret = ports;
	return 0;
}

/* The ports behind the addresses. */
static int take_target_ports(const char *text, struct net_target *target, struct value_why *why)
{
	struct net_ports ports = { .proto = 0 };

	if (nets_ports(text, &ports, why) < 0)
		return -EINVAL;
	target->proto = ports.proto;
	target->tcp_udp = !ports.proto;
	target->min = ports.min;
	target->max = ports.max;
	return 0;
}

/* [IPV6]:PORTS; without brackets the port could be a part of the address. */
static int take_bracketed(const char *word, struct net_target *target, struct value_why *why)
{
	size_t len = strcspn(word + 1, "]");
	const char *behind = word + 1 + len;
	char prefix[WORD_MAX] = "";

	if (!*behind)
		return value_bad(why, 0, "it has no ']'");
	if (behind[1] != ':')
		return value_bad(why, len + 2, "brackets are for a port: behind ']' stands ':'");
	if (copy_part(prefix, word + 1, len, why) < 0 ||
	    nets_prefix(prefix, &target->to, why) < 0)
		return bad_part(why, 1);
	if (target->to.family != AF_INET6)
		return value_bad(why, 1, "brackets are for IPv6");
	if (take_target_ports(behind + 2, target, why) < 0)
		return bad_part(why, len + 3);
	return 0;
}

static int take_plain(const char *word, struct net_target *target, struct value_why *why)
{
	size_t len = strcspn(word, ":");
	char prefix[WORD_MAX] = "";

	/* One colon is a port's, more of them are of an IPv6 address. */
	if (!word[len] || strchr(word + len + 1, ':')) {
		size_t slash = strcspn(word, "/");
		const char *behind = strchr(word + slash, ':');

		if (behind && len < slash)
			return value_bad(why, (size_t)(behind - word),
					 "a network of IPv6 with a port stands in brackets");
		return nets_prefix(word, &target->to, why);
	}
	if (copy_part(prefix, word, len, why) < 0 || nets_prefix(prefix, &target->to, why) < 0)
		return -EINVAL;
	if (take_target_ports(word + len + 1, target, why) < 0)
		return bad_part(why, len + 1);
	return 0;
}

int nets_target(const char *word, struct net_target *ret, struct value_why *why)
{
	struct net_target target = { .max = PORT_MAX };
	int r = *word == '[' ? take_bracketed(word, &target, why) :
			       take_plain(word, &target, why);

	if (r == 0)
		*ret = target;
	return r;
}

bool nets_within(const struct net_prefix *outer, const struct net_prefix *inner)
{
	struct pattern_net net = { outer->family, outer->bits, { 0 } };
	struct pattern_net address = { inner->family, inner->bits, { 0 } };

	memcpy(net.addr, outer->addr, sizeof(net.addr));
	memcpy(address.addr, inner->addr, sizeof(address.addr));
	return pattern_in_net(&net, &address);
}

bool nets_usable(const struct net_prefix *prefix)
{
	static const struct net_prefix special[] = {
		{ AF_INET, 8, { 0 } }, { AF_INET, 8, { 127 } }, { AF_INET, 16, { 169, 254 } },
		{ AF_INET, 3, { 224 } }, { AF_INET6, 8, { 0 } }, { AF_INET6, 10, { 0xfe, 0x80 } },
		{ AF_INET6, 8, { 0xff } },
	};

	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (nets_within(&special[i], prefix) || nets_within(prefix, &special[i]))
			return false;
	return true;
}

static int take_pool(const char *word, struct net_pool *pool, struct value_why *why)
{
	struct net_prefix prefix = { .family = 0 }, *place;
	unsigned int longest;

	if (nets_prefix(word, &prefix, why) < 0)
		return -EINVAL;
	place = prefix.family == AF_INET ? &pool->v4 : &pool->v6;
	longest = prefix.family == AF_INET ? 29 : 112;
	if (place->family)
		return value_bad(why, 0, "it is the second pool of IPv%d",
				 prefix.family == AF_INET ? 4 : 6);
	if (prefix.bits < 8 || prefix.bits > longest)
		return value_bad(why, 0, "a pool of IPv%d has a prefix of /8 to /%u",
				 prefix.family == AF_INET ? 4 : 6, longest);
	if (!nets_usable(&prefix))
		return value_bad(why, 0, "no interface can have all of these addresses");
	*place = prefix;
	return 0;
}

int nets_pool(const char *text, struct net_pool *ret, struct value_why *why)
{
	struct net_pool pool = { .v4 = { .family = 0 } };
	const char *at = text, *word;
	char copy[WORD_MAX] = "";
	size_t len;

	while ((word = value_next(&at, &len)))
		if (copy_part(copy, word, len, why) < 0 || take_pool(copy, &pool, why) < 0)
			return bad_part(why, (size_t)(word - text));
	if (!pool.v4.family && !pool.v6.family)
		return value_bad(why, 0, "it is empty");
	*ret = pool;
	return 0;
}

int nets_range(const char *text, struct net_ports *ret, struct value_why *why)
{
	struct net_ports ports = { .proto = 0 };

	if (*text && !strchr(text, '-'))
		return value_bad(why, 0, "it is not a range such as 20000-32767");
	if (*text && take_range(text, &ports, why) < 0)
		return -EINVAL;
	if (*text && ports.min < PUBLISH_MIN)
		return value_bad(why, 0, "ports below %d are the host's own", PUBLISH_MIN);
	*ret = ports;
	return 0;
}

int nets_publish(const char *text, struct net_publish *ret, struct value_why *why)
{
	static const struct {
		const char *word;
		bool tcp, udp;
	} kinds[] = {
		{ "tcp ", true, false }, { "udp ", false, true }, { "tcp,udp ", true, true },
	};

	if (!strcmp(text, "no")) {
		*ret = (struct net_publish){ .count = 0 };
		return 0;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		size_t len = strlen(kinds[i].word);
		uint64_t count;

		if (strncmp(text, kinds[i].word, len))
			continue;
		if (value_number(text + len, 1, NETS_BLOCK_MAX, &count, why) < 0)
			return bad_part(why, len);
		*ret = (struct net_publish){ kinds[i].tcp, kinds[i].udp, (unsigned int)count };
		return 0;
	}
	return value_bad(why, 0, *text ? "it is none of these" : "it is empty");
}

int nets_rate(const char *text, uint64_t *ret_bits_per_s, struct value_why *why)
{
	static const struct {
		const char *unit;
		uint64_t factor;
	} units[] = {
		{ "bit", 1 }, { "kbit", 1000 }, { "mbit", 1000000 }, { "gbit", 1000000000 },
	};
	size_t len = strspn(text, "0123456789");
	char digits[WORD_MAX] = "";
	uint64_t number;

	if (!strcmp(text, "none")) {
		*ret_bits_per_s = 0;
		return 0;
	}
	if (copy_part(digits, text, len, why) < 0 ||
	    value_number(digits, 0, RATE_MAX, &number, why) < 0)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + len, units[i].unit))
			continue;
		if (number > RATE_MAX / units[i].factor)
			return value_bad(why, 0, "it is too large");
		if (number * units[i].factor < RATE_MIN)
			return value_bad(why, 0, "it is too small");
		*ret_bits_per_s = number * units[i].factor;
		return 0;
	}
	if (!text[len])
		return value_bad(why, len, "it has no unit");
	return value_bad(why, len, "\"%.16s\" is not a unit", text + len);
}
