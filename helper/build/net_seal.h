/* SPDX-License-Identifier: MIT */
/*
 * Whether the host's side of networks still is as nsbox-net made it: what a login asks before it
 * relies on it.
 *
 * The routing rules are read and compared each time: no more than a page. The table is compared by
 * a fingerprint, and only when the kernel's count of changes to all tables says that there was one.
 * nsbox-net leaves in NET_DIR/state what it made: from which words, in which network namespace, the
 * count then, and the fingerprint. The fingerprint is none against an attacker: only root can
 * change the table, or the file.
 */
#ifndef NSBOX_NET_SEAL_H
#define NSBOX_NET_SEAL_H

#include <stdbool.h>
#include <stdint.h>

#include "error.h"
#include "net_table.h"

#define NET_DIR "/run/nsbox/net"
#define NET_STATE NET_DIR "/state"

/**
 * struct net_words - what the policy says of all sessions' networks
 * @pool: address-pool
 * @ports: publish-ports
 * @block: publish-block
 */
struct net_words {
	const char *pool;
	const char *ports;
	unsigned int block;
};

/**
 * struct net_print - the table as it is
 * @count: the kernel's, of all changes to all tables
 * @rules: how many rules it has
 * @hash: of its rules, chains, and of itself, in the order that the kernel tells them
 */
struct net_print {
	uint32_t count;
	unsigned int rules;
	uint64_t hash;
};

/* Take the words apart. @ret->router4 and router6 are false. Return: 0 or -EINVAL. */
int net_words_parse(const struct net_words *words, struct net_site *ret, struct nsbox_error *err);

/**
 * net_seal_look() - take the table's fingerprint
 * @ret: what there is; no rules if there is no table
 *
 * Return: 0 or -errno.
 */
int net_seal_look(struct net_print *ret);

/* Keep what was made, for net_seal_check(). Return: 0 or -errno. */
int net_seal_write(const struct net_words *words, const struct net_print *print);

/**
 * net_seal_check() - is all as it was made, for these words?
 * @route: NETLINK_ROUTE socket in the host's network namespace
 * @words: of the policy that the login has
 * @err: filled on failure
 *
 * Return: 1 if it is, 0 if it is not or was never made, or -errno.
 */
int net_seal_check(int route, const struct net_words *words, struct nsbox_error *err);

#endif
