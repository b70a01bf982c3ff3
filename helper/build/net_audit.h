/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with the host's side of networks, in words: for nsbox-net check, which nsbox(1)
 * starts.
 *
 * MUST: nothing is changed.
 */
#ifndef NSBOX_NET_AUDIT_H
#define NSBOX_NET_AUDIT_H

#include "error.h"
#include "net_rules.h"
#include "net_seal.h"

/* What nsbox-net check begins its lines with: a word, ": ", and a sentence. */
#define NET_SAYS_TABLE "table"		/* it is missing, or not as it was made */
#define NET_SAYS_RULES "rules"		/* so are routing rules */
#define NET_SAYS_PLACE "place"		/* somebody else's routing rule is where nsbox's go */
#define NET_SAYS_FORWARDING "forwarding"	/* it is off */
#define NET_SAYS_FIREWALL "firewall"	/* of the admin's: it drops what sessions send */
#define NET_SAYS_KERNEL "kernel"	/* it cannot do what is needed */

/* Called with one of the words and a sentence about a thing. */
typedef void (*net_say_fn)(const char *word, const char *sentence);

/* Each returns how many things it has said, or -errno. */

/* All there is to be said. */
int net_audit(const struct net_words *words, net_say_fn say, struct nsbox_error *err);

/* Of the firewall's table alone. */
int net_audit_table(const struct net_site *site, net_say_fn say, struct nsbox_error *err);

/* Of the tables of others. */
int net_audit_firewall(net_say_fn say, struct nsbox_error *err);

/**
 * net_firewall_find() - tables whose chains let nothing of a session's through
 * @ruleset: what `nft list ruleset` prints; is changed
 * @say: see above
 *
 * A chain at the forward hook that ends in a refusal is one, unless its table has a word of
 * nsbox's interfaces: then its admin knows. Pure.
 *
 * Return: how many.
 */
int net_firewall_find(char *ruleset, net_say_fn say);

/**
 * net_table_compare() - what of the lines of a table is missing, and what is not wanted
 * @want: as `nft list table` prints it; is changed
 * @have: likewise
 * @say: see above; of many differences with the first few
 *
 * Pure.
 *
 * Return: how many times @say was called.
 */
int net_table_compare(char *want, char *have, net_say_fn say);

#endif
