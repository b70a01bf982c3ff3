/* SPDX-License-Identifier: MIT */
/*
 * The host as the router of its sessions: what nsbox-net says of it.
 */
#ifndef NSBOX_ROUTER_H
#define NSBOX_ROUTER_H

#include <stdbool.h>

#include "audit.h"
#include "error.h"
#include "load.h"
#include "nets.h"
#include "policy.h"

/* What a line says of the network; false if it says nothing of it. @bridge: see nets_network(). */
bool router_network(const struct conf_setting *setting, enum network_word *ret,
		    char bridge[IFNAMSIZ]);

/* Does some line of the policy say network = nat? */
bool router_is_wanted(const struct conf_doc *doc);

/* Does some line of the policy say network = bridge @name? */
bool router_has_bridge(const struct conf_doc *doc, const char *name);

/* Has it been made since the host was started? The first login with network = nat makes it. */
bool router_is_made(void);

/**
 * router_look() - ask nsbox-net what is wrong
 * @site: of the policy
 * @each: called with each thing; @code is one of NAT_*
 * @arg: passed to it
 *
 * What was never made is not missing. Runs as root.
 */
void router_look(const struct site *site,
		 void (*each)(void *arg, enum finding_code code, const char *what), void *arg);

/* Have it made, or mended. Runs as root. Return: 0 or -errno. */
int router_mend(const struct site *site, struct nsbox_error *err);

#endif
