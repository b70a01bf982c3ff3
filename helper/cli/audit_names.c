// SPDX-License-Identifier: MIT
/*
 * Audit: whom boxed users with a network ask for names, where the policy leaves that to the host.
 * Runs as root; reads resolv.conf as a login would.
 */
#include "audit.h"
#include "facts.h"
#include "nets.h"

/* Does the policy want a server that the host names, and let it be asked? */
static bool asks(const struct policy *policy)
{
	return net_is_wired(policy) && words_have(&policy->dns, "auto") &&
	       !words_have(&policy->egress, "none");
}

/* The way to the host's own loopback is one of NAT's. */
static bool is_answered(const struct policy *policy, const struct net_resolvers *servers)
{
	enum network_word network = NETWORK_LOOPBACK;
	char bridge[IFNAMSIZ];

	nets_network(policy->network, &network, bridge, NULL);
	return servers->n || (servers->ask_host && network == NETWORK_NAT);
}

void audit_names(struct audit *audit)
{
	static struct mount_facts facts;
	struct net_resolvers servers;
	struct nsbox_error err;
	bool found = false;

	for (size_t i = 0; !found && i < audit->n_tenants; i++) {
		const struct policy *policy = &audit->tenants[i].policy;

		if (!asks(policy))
			continue;
		facts = (struct mount_facts){ .n_nss = 0 };
		servers.n = 0;
		found = facts_names(policy, &facts, &servers, &err) < 0;
		if (found) {
			audit_add(audit, NAMES_UNREACHABLE, "%s", err.text);
		} else if (!is_answered(policy, &servers)) {
			audit_add(audit, NAMES_UNREACHABLE, "/etc/resolv.conf names no server that "
				  "a container reaches: %s finds no name",
				  audit->tenants[i].login.req.user);
			found = true;
		}
		facts_release(&facts);
	}
}
