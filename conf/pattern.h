/* SPDX-License-Identifier: MIT */
/*
 * Patterns of names, numbers and addresses, each alone.
 */
#ifndef NSBOX_PATTERN_H
#define NSBOX_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "values.h"

/**
 * pattern_glob() - does a name match
 * @pattern: '*' is any number of bytes, '?' is one byte, any other byte is itself
 * @text: the whole of it must match
 *
 * Not fnmatch(3): that one asks the locale what a character is, the C libraries that nsbox is built
 * with differ in brackets, and '\' escapes, which is a byte of the names that winbind makes
 * (DOMAIN\user).
 */
bool pattern_glob(const char *pattern, const char *text);

/**
 * struct pattern_range - ids, both ends included
 */
struct pattern_range {
	uint32_t first;
	uint32_t last;
};

/* "1000" or "1000-1999". Return: 0, or -EINVAL with @why filled and @ret untouched. */
int pattern_range(const char *text, struct pattern_range *ret, struct value_why *why);

/**
 * struct pattern_net - addresses of a network
 * @family: AF_INET or AF_INET6
 * @bits: how many of @addr count
 * @addr: in network order, the rest of it zero
 */
struct pattern_net {
	int family;
	unsigned int bits;
	uint8_t addr[16];
};

/**
 * pattern_net() - an address, or an address, '/' and a number of bits
 * @text: as inet_pton(3) takes it; bits that do not count must be zero
 * @ret: untouched on failure
 * @why: filled on failure
 *
 * Return: 0 or -EINVAL.
 */
int pattern_net(const char *text, struct pattern_net *ret, struct value_why *why);

/**
 * pattern_address() - the address in what PAM calls the remote host
 * @text: an address, of IPv6 also with a zone ("fe80::1%eth0"), which is not looked at
 * @ret: a network of that one address; an IPv4 address that is written as IPv6 (::ffff:192.0.2.1)
 *       is an IPv4 address; untouched on failure
 *
 * Return: 0, or -EINVAL for anything else, such as a host name.
 */
int pattern_address(const char *text, struct pattern_net *ret);

/* Is @address one of @net? */
bool pattern_in_net(const struct pattern_net *net, const struct pattern_net *address);

#endif
