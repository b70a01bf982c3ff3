// SPDX-License-Identifier: MIT
/*
 * Audit: what sessions with network = nat need of the host. Runs as root; what is tried, is tried
 * in a network of its own that ends with it.
 */
#include "audit.h"
#include "router.h"

static void add(void *arg, enum finding_code code, const char *what)
{
	audit_add(arg, code, "%s", what);
}

void audit_nat(struct audit *audit)
{
	if (!router_is_wanted(audit->doc))
		return;
	router_look(&audit->site, add, audit);
}
