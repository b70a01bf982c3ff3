// SPDX-License-Identifier: MIT
/*
 * What is wrong with the host's side of networks, in words. Runs as root of the host in nsbox-net.
 * Must never change a thing.
 */
#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "net_audit.h"
#include "net_mend.h"
#include "netlink.h"

static int say_rules(const struct net_rules *have, const struct net_prefix *half,
		     net_say_fn say)
{
	const char *family = half->family == AF_INET ? "IPv4" : "IPv6";
	struct net_rule want[NET_RULES];
	char rule[160], text[256];
	int said = 0;

	net_rules_wanted(half, want);
	for (size_t i = 0; i < NET_RULES; i++) {
		size_t at = 0;

		while (at < have->n && !net_rules_same(&have->rules[at], &want[i]))
			at++;
		if (at < have->n)
			continue;
		net_rule_print(&want[i], rule, sizeof(rule));
		snprintf(text, sizeof(text), "there is no %s routing rule \"%s\"", family, rule);
		say(NET_SAYS_RULES, text);
		said++;
	}
	for (size_t i = 0; i < have->n; i++) {
		size_t at = 0;

		while (at < NET_RULES && !net_rules_same(&have->rules[i], &want[at]))
			at++;
		if (have->rules[i].family != half->family || at < NET_RULES)
			continue;
		net_rule_print(&have->rules[i], rule, sizeof(rule));
		snprintf(text, sizeof(text), "the %s routing rule \"%s\" is in the place of "
			 "nsbox's", family, rule);
		say(net_rule_is_ours(&have->rules[i]) ? NET_SAYS_RULES : NET_SAYS_PLACE, text);
		said++;
	}
	return said;
}

static int audit_rules(const struct net_pool *pool, net_say_fn say,
		       struct nsbox_error *err)
{
	_cleanup_close_ int route = -1;
	struct net_rules have;
	int said = 0, r = netlink_open(NETLINK_ROUTE, &route);

	if (r == 0)
		r = net_rules_read(route, &have);
	if (r != 0)
		return error_errno(err, r, "cannot read the routing rules");
	if (net_rules_good(&have, pool))
		return 0;
	if (pool->v4.family)
		said += say_rules(&have, &pool->v4, say);
	if (pool->v6.family && have.has_v6)
		said += say_rules(&have, &pool->v6, say);
	if (!said) {
		say(NET_SAYS_RULES, "nsbox's routing rules are there twice, or in another order");
		said++;
	}
	return said;
}

/* A host that forwards nothing yet begins to when nsbox makes its side. */
static int audit_forwarding(net_say_fn say)
{
	int said = 0;

	if (!net_router_is(AF_INET)) {
		say(NET_SAYS_FORWARDING, "the host does not forward IPv4 (net.ipv4.ip_forward is "
		    "0)");
		said++;
	}
	if (!net_router_is(AF_INET6)) {
		say(NET_SAYS_FORWARDING, "the host does not forward IPv6 "
		    "(net.ipv6.conf.all.forwarding is 0)");
		said++;
	}
	return said;
}

int net_audit(const struct net_words *words, net_say_fn say, struct nsbox_error *err)
{
	struct net_site site;
	int said, r = net_words_parse(words, &site, err);

	if (r < 0)
		return r;
	/* As it is now, if it was never made. */
	if (!net_router_recall(&site)) {
		site.router4 = net_router_is(AF_INET);
		site.router6 = net_router_is(AF_INET6);
	}
	r = audit_rules(&site.pool, say, err);
	if (r < 0)
		return r;
	said = r;
	r = net_audit_table(&site, say, err);
	if (r < 0)
		return r;
	said += r;
	r = net_audit_firewall(say, err);
	if (r < 0)
		return r;
	return said + r + audit_forwarding(say);
}
