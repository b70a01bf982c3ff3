/* SPDX-License-Identifier: MIT */
/*
 * A session's wire to a bridge: a veth pair, one end a port of the bridge, one in the container.
 *
 * What net_link.h says of names holds here too. An address by the policy's template has a name of
 * its own beside: one more that the kernel has once, and takes back with the wire.
 *
 * See veth(4), rtnetlink(7), bridge(8).
 */
#ifndef NSBOX_NET_PORT_H
#define NSBOX_NET_PORT_H

#include "net_bridge.h"
#include "net_link.h"
#include "net_plan.h"

/**
 * net_port_claim() - take a free slot by making its wire, and find the session's place
 * @route: NETLINK_ROUTE socket in the host's network namespace
 * @inside: pid of a process in the container's network namespace
 * @plan: of NETWORK_BRIDGE
 * @bridge: where it ends
 * @hint: where to begin; any number
 * @ret: untouched on failure
 * @ret_place: likewise
 * @err: filled on failure
 *
 * The wire belongs to the bridge and is down: nothing comes through before net_port_attach().
 *
 * Return: 0, -EUSERS when all slots are taken, -EADDRINUSE when another session has the address, or
 * -errno.
 */
int net_port_claim(int route, pid_t inside, const struct net_plan *plan,
		   const struct net_bridge *bridge, uint32_t hint, struct net_link *ret,
		   struct net_place *ret_place, struct nsbox_error *err);

/**
 * net_port_attach() - keep the port apart, let a program see what comes from the session, raise it
 * @route: as in net_port_claim()
 * @proc: the host's /proc
 * @link: the wire
 * @place: the session's
 * @program: descriptor of a BPF_PROG_TYPE_SCHED_CLS
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_port_attach(int route, int proc, const struct net_link *link,
		    const struct net_place *place, int program, struct nsbox_error *err);

/**
 * net_port_raise() - give the container's end its addresses and routes
 * @route: NETLINK_ROUTE socket in the container's network namespace
 * @proc: the host's /proc
 * @place: the session's
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_port_raise(int route, int proc, const struct net_place *place, struct nsbox_error *err);

/* The hardware address of the host's end of every such wire. */
extern const uint8_t net_port_mac[6];

#endif
