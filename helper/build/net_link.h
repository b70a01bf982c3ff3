/* SPDX-License-Identifier: MIT */
/*
 * A session's wire: a veth pair, one end on the host, one in the container.
 *
 * The name of the host's end is the slot, and the lock on it: the kernel has each name once, and
 * takes it back when the container's network namespace ends, whatever became of us. So there is no
 * list of addresses in use, and nothing to sweep.
 *
 * See veth(4), rtnetlink(7), tc-bpf(8).
 */
#ifndef NSBOX_NET_LINK_H
#define NSBOX_NET_LINK_H

#include <net/if.h>
#include <sys/types.h>

#include "error.h"
#include "net_slots.h"
#include "netlink.h"

#define NET_INSIDE "eth0"
#define NET_INSIDE_INDEX 64	/* behind lo, and tunl0 and such, which modules put in each */

/**
 * struct net_link - one session's wire
 * @slot: its number, from which all else follows
 * @name: of the host's end
 * @index: of the host's end
 * @to_loopback: packets that come from it may be led to the host's loopback
 */
struct net_link {
	uint32_t slot;
	char name[IFNAMSIZ];
	uint32_t index;
	bool to_loopback;
};

/* Name and index follow from the slot. */
void net_link_name(struct net_link *link);

/* Add to a message that makes a veth, or its peer, that it has one queue each way. */
void net_link_one_queue(struct netlink_batch *batch);

/* Add what makes @program see what comes from the session: two messages. */
void net_link_program(struct netlink_batch *batch, const struct net_link *link, int program);

/**
 * net_link_claim() - take a free slot by making its wire
 * @route: NETLINK_ROUTE socket in the host's network namespace
 * @inside: pid of a process in the container's network namespace
 * @from, @to: slots to take one of; @to is behind the last
 * @hint: where to begin; any number
 * @ret: untouched on failure
 * @err: filled on failure
 *
 * The wire's host end is up, the other is not: nothing comes through before net_link_raise().
 *
 * Return: 0, -EUSERS when all slots are taken, or -errno.
 */
int net_link_claim(int route, pid_t inside, uint32_t from, uint32_t to, uint32_t hint,
		   struct net_link *ret, struct nsbox_error *err);

/**
 * net_link_attach() - let a program see what comes from the session, and route to it
 * @route: as in net_link_claim()
 * @link: the wire
 * @pool: where its addresses are from
 * @program: descriptor of a BPF_PROG_TYPE_SCHED_CLS
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_link_attach(int route, const struct net_link *link, const struct net_pool *pool,
		    int program, struct nsbox_error *err);

/* Let another program see what goes to the session, after net_link_attach(). */
int net_link_guard(int route, const struct net_link *link, int program, struct nsbox_error *err);

/**
 * net_link_raise() - give the container's end its addresses and routes
 * @route: NETLINK_ROUTE socket in the container's network namespace
 * @link: the wire
 * @pool: where its addresses are from
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_link_raise(int route, const struct net_link *link, const struct net_pool *pool,
		   struct nsbox_error *err);

#endif
