/* SPDX-License-Identifier: MIT */
/*
 * Have nsbox-net make or mend the host's side of networks.
 */
#ifndef NSBOX_NET_ASK_H
#define NSBOX_NET_ASK_H

#include <stdint.h>

#include "error.h"
#include "net_seal.h"

#define NET_MAGIC 0x6e736e31U	/* "nsn1": another one when struct net_answer changes */

/**
 * struct net_answer - what nsbox-net says
 * @magic: NET_MAGIC
 * @error: its code is 0 when all is well
 */
struct net_answer {
	uint32_t magic;
	struct nsbox_error error;
};

/* Start nsbox-net and wait for it, but not for ever. Return: 0 or -errno. */
int net_ask(const struct net_words *words, struct nsbox_error *err);

/**
 * net_ready() - see to it that the host's side is as it should be
 * @route: NETLINK_ROUTE socket in the host's network namespace
 * @words: of the login's policy
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_ready(int route, const struct net_words *words, struct nsbox_error *err);

#endif
