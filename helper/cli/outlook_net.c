// SPDX-License-Identifier: MIT
/*
 * Say what network a login will get. Runs with any privilege; must never promise what the policy
 * does not say, nor leave out what it takes away.
 */
#include "outlook.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "nets.h"

/* "10.0.0.0/8, 192.0.2.1:80". */
static void join(const struct words *words, char *buf, size_t size)
{
	const char *word = NULL;
	size_t used = 0;

	*buf = '\0';
	while ((word = words_next(words, word)) && used < size)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", used ? ", " : "", word);
}

static bool is_word(const struct words *words, const char *word)
{
	return words->n == 1 && words_have(words, word);
}

static void tell_reach(const struct policy *policy, struct lines *parts)
{
	char list[2 * WORDS_MAX];

	join(&policy->egress, list, sizeof(list));
	if (is_word(&policy->egress, "none"))
		lines_add(parts, "reach: nothing outside");
	else if (is_word(&policy->egress, "any"))
		lines_add(parts, "reach: everything outside, but what clouds tell their machines");
	else
		lines_add(parts, "reach: %s, and nothing else outside", list);
	join(&policy->egress_deny, list, sizeof(list));
	if (policy->egress_deny.n && !is_word(&policy->egress, "none"))
		lines_add(parts, "reach: not %s", list);
}

static void tell_host(const struct policy *policy, struct lines *parts)
{
	char list[2 * WORDS_MAX];

	join(&policy->reach_host, list, sizeof(list));
	if (is_word(&policy->reach_host, "no"))
		lines_add(parts, "reach: neither other containers nor the host's own addresses");
	else
		lines_add(parts, "reach: no other containers; of the host's own addresses the "
			  "ports %s", list);
}

static void tell_dns(const struct policy *policy, struct lines *parts)
{
	bool closed = is_word(&policy->egress, "none");
	char list[2 * WORDS_MAX];

	join(&policy->dns, list, sizeof(list));
	if (is_word(&policy->dns, "none"))
		lines_add(parts, "names: no server of nsbox's choice resolves them");
	else if (closed)
		lines_add(parts, "names: no server can be asked: egress = none");
	else
		lines_add(parts, "names: resolved by %s", is_word(&policy->dns, "auto") ?
			  "the servers that the host uses" : list);
}

static void tell_publish(const struct conf_values *values, struct lines *parts)
{
	struct net_publish publish = { .count = 0 };

	nets_publish(values->policy.publish, &publish, NULL);
	if (publish.count)
		lines_add(parts, "ports: %u of the host's %s ports from %s lead to it; NSBOX_PORTS "
			  "says which", publish.count, !publish.udp ? "TCP" :
			  publish.tcp ? "TCP and UDP" : "UDP", values->site.publish_ports);
	else
		lines_add(parts, "ports: none of the host's leads to it");
}

static void tell_bridge(const struct conf_values *values, const char *bridge, struct lines *parts)
{
	const struct policy *policy = &values->policy;

	lines_add(parts, "network: its own, a port of the bridge %s", bridge);
	lines_add(parts, "address: %s%s", strcmp(policy->address, "pool") ? policy->address :
		  "one of ", strcmp(policy->address, "pool") ? "" : values->site.address_pool);
}

/* What is of interest where a packet leads out. */
static void tell_way_out(const struct conf_values *values, struct lines *parts)
{
	const struct policy *policy = &values->policy;

	tell_reach(policy, parts);
	tell_host(policy, parts);
	tell_dns(policy, parts);
	if (strcmp(policy->rate, "none") != 0)
		lines_add(parts, "rate: %s in each direction at most", policy->rate);
}

/* Of who is root inside only: nobody else has a capability. */
static void tell_admin(const struct policy *policy, enum network_word network,
		       struct lines *parts)
{
	bool may = network == NETWORK_LOOPBACK;

	if (policy->network_admin != NETWORK_ADMIN_AUTO)
		may = policy->network_admin == NETWORK_ADMIN_YES;
	if (policy->user_map != USER_MAP_SELF)
		lines_add(parts, "uid 0 inside: may %schange interfaces, routes and firewall of "
			  "the container", may ? "" : "not ");
}

void outlook_network(const struct conf_values *values, struct lines *parts)
{
	const struct policy *policy = &values->policy;
	enum network_word network = NETWORK_LOOPBACK;
	char bridge[IFNAMSIZ] = "";

	nets_network(policy->network, &network, bridge, NULL);
	if (!(policy->namespaces & CLONE_NEWNET)) {
		lines_add(parts, "network: the host's, with every interface and every service on "
			  "it");
		return;
	}
	if (network == NETWORK_BRIDGE) {
		tell_bridge(values, bridge, parts);
		tell_way_out(values, parts);
	} else if (network == NETWORK_NAT) {
		lines_add(parts, "network: its own, which leads out by the host's addresses");
		tell_way_out(values, parts);
		tell_publish(values, parts);
	} else {
		lines_add(parts, "network: a loopback, and nothing else");
	}
	tell_admin(policy, network, parts);
	if (!policy->low_ports)
		lines_add(parts, "ports below 1024: cannot be served");
}
