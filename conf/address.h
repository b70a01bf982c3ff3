/* SPDX-License-Identifier: MIT */
/*
 * The policy's `address`: what a session's interface on an admin's bridge is called by.
 */
#ifndef NSBOX_ADDRESS_H
#define NSBOX_ADDRESS_H

#include <stdint.h>

#include "nets.h"

/**
 * struct net_address - addresses of one session's interface
 * @v4: address and prefix length, the bits behind it kept; family 0 if there is none
 * @v6: likewise
 * @gateway4: with all its bits; family 0 if there is none
 * @gateway6: likewise; may be link-local
 */
struct net_address {
	struct net_prefix v4;
	struct net_prefix v6;
	struct net_prefix gateway4;
	struct net_prefix gateway6;
};

/**
 * nets_address() - the addresses of one session
 * @text: "pool", or ADDR/BITS[,ADDR/BITS] [via GATEWAY[,GATEWAY]], one of each family at most;
 *        %n is the slot's number, %U the uid, each a component between '.', ':' and '/'
 * @uid: for %U
 * @slot: for %n
 * @ret: untouched on failure; all zero for "pool"
 * @why: filled on failure; may be NULL
 *
 * Both numbers are written in decimal: in an IPv6 address 1000 is read as the hexadecimal 1000,
 * which keeps apart what has to be kept apart.
 *
 * Return: 0 or -EINVAL.
 */
int nets_address(const char *text, uint32_t uid, uint32_t slot, struct net_address *ret,
		 struct value_why *why);

/**
 * struct net_range - addresses that have some bits
 * @family: AF_INET or AF_INET6, 0 for none
 * @addr: in network order; IPv4 in the first four bytes
 * @mask: which bits of @addr count: whole octets of IPv4, whole groups of IPv6. Where a group does
 *        not count, it is of four decimal digits in any case
 */
struct net_range {
	int family;
	uint8_t addr[16];
	uint8_t mask[16];
};

/**
 * struct net_template - all addresses that one template can come to
 * @v4, @v6: the addresses
 * @gateway4, @gateway6: the ways out, if they are the same for all; else family 0
 */
struct net_template {
	struct net_range v4;
	struct net_range v6;
	struct net_prefix gateway4;
	struct net_prefix gateway6;
};

/* Whatever uid and slot are. All is zero for "pool". Return: 0 or -EINVAL. */
int nets_template(const char *text, struct net_template *ret);

/* What can be known of @text before uid and slot are: without them, all of it. */
int nets_check_address(const char *text, struct value_why *why);

#endif
