// SPDX-License-Identifier: MIT
/*
 * What is wrong with the host's side of networks, in words. Runs as root of the host in nsbox-net.
 * Must never change a thing.
 */
#include <errno.h>
#include <stdio.h>

#include "cleanup.h"
#include "net_mend.h"
#include "netlink.h"

static int say_rules(const struct net_rules *have, const struct net_prefix *half,
		     void (*say)(const char *))
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
		say(text);
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
		say(text);
		said++;
	}
	return said;
}

static int audit_rules(const struct net_pool *pool, void (*say)(const char *),
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
		say("nsbox's routing rules are there twice, or in another order");
		said++;
	}
	return said;
}

static int audit_table(const struct net_words *words, void (*say)(const char *),
		       struct nsbox_error *err)
{
	struct net_print now;
	int r = net_seal_look(&now);

	if (r == 0)
		r = net_seal_compare(words, &now);
	if (r < 0)
		return error_errno(err, r, "cannot read the firewall's table inet " NET_TABLE);
	if (r == 1)
		return 0;
	say(now.rules ? "the firewall's table inet " NET_TABLE " is not as nsbox made it" :
			"the firewall's table inet " NET_TABLE " is missing");
	return 1;
}

int net_audit(const struct net_words *words, void (*say)(const char *sentence),
	      struct nsbox_error *err)
{
	struct net_site site;
	int said, r = net_words_parse(words, &site, err);

	if (r == 0)
		r = audit_rules(&site.pool, say, err);
	if (r < 0)
		return r;
	said = r;
	r = audit_table(words, say, err);
	if (r < 0)
		return r;
	said += r;
	if (!net_router_is(AF_INET)) {
		say("the host does not forward IPv4 (net.ipv4.ip_forward is 0)");
		said++;
	}
	if (!net_router_is(AF_INET6)) {
		say("the host does not forward IPv6 (net.ipv6.conf.all.forwarding is 0)");
		said++;
	}
	return said;
}
