/* SPDX-License-Identifier: MIT */
/*
 * What the policy says of networks: prefixes, destinations, ports, rates, from text. One strict
 * parser for each: a value has one spelling, or few, and is taken whole or not at all.
 */
#ifndef NSBOX_NETS_H
#define NSBOX_NETS_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "policy.h"
#include "values.h"

/**
 * struct net_prefix - addresses with the same beginning
 * @family: AF_INET or AF_INET6
 * @bits: how many bits of @addr count
 * @addr: in network order; IPv4 in the first four bytes; bits behind @bits are zero
 */
struct net_prefix {
	int family;
	unsigned int bits;
	uint8_t addr[16];
};

/**
 * struct net_target - one item of egress and egress-deny
 * @to: the addresses
 * @proto: IPPROTO_TCP, IPPROTO_UDP, or 0 for every protocol
 * @tcp_udp: ports were named without a protocol: TCP and UDP both (@proto is 0)
 * @min, @max: destination ports, both included; 0 and 65535 when none were named
 */
struct net_target {
	struct net_prefix to;
	uint8_t proto;
	bool tcp_udp;
	uint16_t min;
	uint16_t max;
};

/**
 * struct net_ports - some ports of a protocol
 * @proto: IPPROTO_TCP, IPPROTO_UDP, or 0 for both
 * @min, @max: ports, both included
 */
struct net_ports {
	uint8_t proto;
	uint16_t min;
	uint16_t max;
};

/**
 * struct net_pool - what sessions get their addresses from
 * @v4: family 0 if there is none
 * @v6: family 0 if there is none
 */
struct net_pool {
	struct net_prefix v4;
	struct net_prefix v6;
};

/**
 * struct net_publish - ports of the host for a session
 * @tcp, @udp: for which protocols
 * @count: how many ports; 0: none
 */
struct net_publish {
	bool tcp;
	bool udp;
	unsigned int count;
};

#define NETS_BLOCK_MAX 4096	/* ports of one session */

/* All of these: @ret is untouched on failure, @why may be NULL. Return: 0 or -EINVAL. */

/* loopback, host, nat or bridge NAME; @bridge is "" for all but the last. */
int nets_network(const char *text, enum network_word *ret, char bridge[IFNAMSIZ],
		 struct value_why *why);

/* An address without a prefix length, with all its bits. */
int nets_host(const char *text, struct net_prefix *ret, struct value_why *why);

/*
 * An address of a DNS server that can be reached from a container: not loopback, multicast, nor
 * link-local of IPv6, which would need an interface. Of IPv4, clouds have theirs in 169.254/16.
 */
int nets_server(const char *word, struct net_prefix *ret, struct value_why *why);

/* An address, or a network such as 192.0.2.0/24 with no bit set behind the prefix. */
int nets_prefix(const char *text, struct net_prefix *ret, struct value_why *why);

/* CIDR[:PORT[-PORT][/tcp|udp]]; an IPv6 CIDR with ports in brackets: [2001:db8::/32]:443/tcp. */
int nets_target(const char *word, struct net_target *ret, struct value_why *why);

/* PORT[-PORT][/tcp|udp]. */
int nets_ports(const char *word, struct net_ports *ret, struct value_why *why);

/*
 * One IPv4 prefix of /8 to /29, one IPv6 prefix of /8 to /112, or both, blank between. None of them
 * holds an address that no interface can have, or that means something else: see nets_usable().
 */
int nets_pool(const char *text, struct net_pool *ret, struct value_why *why);

/*
 * LO-HI, or nothing: then @ret is all zero. Not below 1024: what is published is taken away from
 * the host, and there are its own services, sshd's first of all.
 */
int nets_range(const char *text, struct net_ports *ret, struct value_why *why);

/* tcp N, udp N, or tcp,udp N; or no. */
int nets_publish(const char *text, struct net_publish *ret, struct value_why *why);

/*
 * A number with bit, kbit, mbit or gbit behind it (powers of 1000), from 8kbit to 1000gbit; or
 * "none", which is 0.
 */
int nets_rate(const char *text, uint64_t *ret_bits_per_s, struct value_why *why);

/**
 * nets_usable() - can an interface have any of these addresses, for the world to talk to
 * @prefix: addresses
 *
 * Not this network (0/8, ::/8), loopback, link-local, multicast, nor what is behind it.
 */
bool nets_usable(const struct net_prefix *prefix);

/* Is @inner, an address or a part of it, one of @outer? */
bool nets_within(const struct net_prefix *outer, const struct net_prefix *inner);

#endif
