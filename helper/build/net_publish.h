/* SPDX-License-Identifier: MIT */
/*
 * The program at the other side of a session's wire: what goes to the session runs through it. It
 * keeps closed what of the session's block of ports the policy does not publish: the firewall's
 * table, which is the same for all sessions, leads the whole block there, TCP and UDP, and marks
 * those packets (NET_MARK_PUBLISHED). Pure: net_link.c attaches it.
 *
 * Which port of a block it is, its number says: one program serves all sessions of a policy.
 */
#ifndef NSBOX_NET_PUBLISH_H
#define NSBOX_NET_PUBLISH_H

#include "bpf_asm.h"
#include "nets.h"

/**
 * struct net_published - what of its block a session publishes
 * @range: publish-ports
 * @block: publish-block
 * @ports: the policy's; count 0: nothing
 */
struct net_published {
	struct net_ports range;
	unsigned int block;
	struct net_publish ports;
};

/* Is the whole block published, or nothing led there at all? Then no program is needed. */
bool net_publish_is_plain(const struct net_published *published);

/**
 * net_publish_write() - write the program
 * @published: not plain
 * @ret: gets the program: a classifier with direct action
 *
 * Return: 0 or -errno, which only a fault of this code can be.
 */
int net_publish_write(const struct net_published *published, struct bpf_asm *ret);

#endif
