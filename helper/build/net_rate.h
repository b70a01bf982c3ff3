/* SPDX-License-Identifier: MIT */
/*
 * How fast an end of a wire sends: the token bucket that stands in its queue's place, tc-tbf(8).
 */
#ifndef NSBOX_NET_RATE_H
#define NSBOX_NET_RATE_H

#include "error.h"
#include "netlink.h"

#define NET_RATE_MTU 1500U	/* of a wire for which nothing else was said */

/**
 * struct net_bucket - a token bucket
 * @rate: bytes a second
 * @burst: bytes that may go at once
 * @limit: bytes that wait; what comes then is lost
 */
struct net_bucket {
	uint64_t rate;
	uint32_t burst;
	uint32_t limit;
};

/* The bucket of so many bits a second, where a frame has up to @mtu bytes and its head. */
void net_rate_plan(uint64_t bits, uint32_t mtu, struct net_bucket *ret);

/**
 * net_rate_set() - put a bucket before an interface
 * @route: NETLINK_ROUTE socket in the interface's network namespace
 * @index: of the interface, which has no queue yet
 * @name: of the interface
 * @bucket: as planned
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_rate_set(int route, uint32_t index, const char *name, const struct net_bucket *bucket,
		 struct nsbox_error *err);

#endif
