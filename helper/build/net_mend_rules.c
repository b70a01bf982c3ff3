// SPDX-License-Identifier: MIT
/*
 * Change the routing rules. Runs as root of the host in nsbox-net. Must never take away a rule of
 * somebody else's, nor leave the host for a moment without its rule for local addresses.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "net_mend.h"
#include "netlink.h"

void net_rule_print(const struct net_rule *rule, char *buf, size_t size)
{
	char to[INET6_ADDRSTRLEN] = "";
	int n = snprintf(buf, size, "%u:", rule->pref);

	if (rule->of_host)
		n += snprintf(buf + n, size - (size_t)n, " iif lo");
	if (rule->to.family) {
		inet_ntop(rule->to.family, rule->to.addr, to, sizeof(to));
		n += snprintf(buf + n, size - (size_t)n, " to %s/%u", to, rule->to.bits);
	}
	if (rule->mask)
		n += snprintf(buf + n, size - (size_t)n, " fwmark 0x%x/0x%x", rule->mark,
			      rule->mask);
	switch (rule->action) {
	case FR_ACT_TO_TBL:
		n += snprintf(buf + n, size - (size_t)n, " lookup %u", rule->table);
		break;
	case FR_ACT_GOTO:
		n += snprintf(buf + n, size - (size_t)n, " goto %u", rule->target);
		break;
	case FR_ACT_NOP:
		n += snprintf(buf + n, size - (size_t)n, " nop");
		break;
	case FR_ACT_PROHIBIT:
		n += snprintf(buf + n, size - (size_t)n, " prohibit");
		break;
	case FR_ACT_UNREACHABLE:
		n += snprintf(buf + n, size - (size_t)n, " unreachable");
		break;
	default:
		n += snprintf(buf + n, size - (size_t)n, " action %u", rule->action);
	}
	if (rule->other)
		snprintf(buf + n, size - (size_t)n, " and more");
}

static int change(int route, uint16_t type, const struct net_rule *rule)
{
	const struct fib_rule_hdr head = {
		.family = (uint8_t)rule->family,
		.dst_len = (uint8_t)rule->to.bits,
		.table = rule->table > 255 ? RT_TABLE_COMPAT : (uint8_t)rule->table,
		.action = (uint8_t)rule->action,
	};
	struct netlink_batch batch;

	netlink_reset(&batch);
	netlink_begin(&batch, type, type == RTM_NEWRULE ? NLM_F_CREATE : 0, &head,
		      sizeof(head));
	netlink_put_u32(&batch, FRA_PRIORITY, rule->pref);
	netlink_put_u8(&batch, FRA_PROTOCOL, (uint8_t)rule->protocol);
	if (rule->table)
		netlink_put_u32(&batch, FRA_TABLE, rule->table);
	if (rule->of_host)
		netlink_put_text(&batch, FRA_IIFNAME, "lo");
	if (rule->action == FR_ACT_GOTO)
		netlink_put_u32(&batch, FRA_GOTO, rule->target);
	if (rule->mask) {
		netlink_put_u32(&batch, FRA_FWMARK, rule->mark);
		netlink_put_u32(&batch, FRA_FWMASK, rule->mask);
	}
	if (rule->to.family)
		netlink_put(&batch, FRA_DST, rule->to.addr, rule->to.family == AF_INET ? 4 : 16);
	if (rule->suppress >= 0)
		netlink_put_u32(&batch, FRA_SUPPRESS_PREFIXLEN, (uint32_t)rule->suppress);
	return netlink_talk(route, &batch, NULL);
}

static int add(int route, const struct net_rule *rule, struct nsbox_error *err)
{
	char text[160];
	int r = change(route, RTM_NEWRULE, rule);

	if (r == 0)
		return 0;
	net_rule_print(rule, text, sizeof(text));
	return error_errno(err, r, "cannot add the routing rule \"%s\"", text);
}

/*
 * Only what the kernel made, or nsbox: both say "kernel". Nobody knows what another's rule in this
 * place is for, and behind nsbox's there is room enough.
 */
bool net_rule_is_ours(const struct net_rule *rule)
{
	bool local = rule->action == FR_ACT_TO_TBL && rule->table == RT_TABLE_LOCAL;

	return !rule->other && (rule->protocol == RTPROT_KERNEL || local);
}

static int judge(const struct net_rule *rule, struct nsbox_error *err)
{
	char text[160];

	if (net_rule_is_ours(rule))
		return 0;
	net_rule_print(rule, text, sizeof(text));
	return error_plain(err, EEXIST, "cannot close the way to sessions: the routing rule \"%s\" "
			   "is in the place of nsbox's: give it a priority over %u", text,
			   NET_RULES_LAST);
}

static int take_away(int route, const struct net_rule *rule, struct nsbox_error *err)
{
	char text[160];
	int r = change(route, RTM_DELRULE, rule);

	if (r == 0 || r == -ENOENT)
		return 0;
	net_rule_print(rule, text, sizeof(text));
	return error_errno(err, r, "cannot take away the routing rule \"%s\"", text);
}

/* Those of one family and priority, in order. Return: how many. */
static size_t pick(const struct net_rule *rules, size_t n, int family, uint32_t pref,
		   struct net_rule *ret)
{
	size_t picked = 0;

	for (size_t i = 0; i < n; i++)
		if (rules[i].family == family && rules[i].pref == pref)
			ret[picked++] = rules[i];
	return picked;
}

static bool same(const struct net_rule *a, size_t na, const struct net_rule *b, size_t nb)
{
	for (size_t i = 0; i < na && i < nb; i++)
		if (!net_rules_same(&a[i], &b[i]))
			return false;
	return na == nb;
}

/*
 * All that are wanted go behind those that there are, which are then taken away, the first one of
 * two that are alike first: so what was closed stays closed, and the host is never without its rule
 * for local addresses. The first time, taking away that one puts all the others in force at once.
 */
static int mend_pref(int route, const struct net_rules *have, const struct net_rule *want,
		     uint32_t pref, struct nsbox_error *err)
{
	struct net_rule old[NET_RULES_MAX], new[NET_RULES];
	size_t n_old = pick(have->rules, have->n, want->family, pref, old);
	size_t n_new = pick(want, NET_RULES, want->family, pref, new);
	int r = 0;

	if (same(old, n_old, new, n_new))
		return 0;
	for (size_t i = 0; r == 0 && i < n_old; i++)
		r = judge(&old[i], err);
	for (size_t i = 0; r == 0 && i < n_new; i++)
		r = add(route, &new[i], err);
	for (size_t i = 0; r == 0 && i < n_old; i++)
		r = take_away(route, &old[i], err);
	return r;
}

/* From the last on: where goto goes to is there before it is. */
static int mend_half(int route, const struct net_rules *have, const struct net_prefix *half,
		     struct nsbox_error *err)
{
	struct net_rule want[NET_RULES];
	int r = 0;

	net_rules_wanted(half, want);
	for (uint32_t pref = NET_RULES_LAST + 1; r == 0 && pref-- > 0;)
		r = mend_pref(route, have, want, pref, err);
	return r;
}

int net_mend_rules(int route, const struct net_pool *pool, struct nsbox_error *err)
{
	struct net_rules have;
	int r = net_rules_read(route, &have);

	if (r < 0)
		return error_errno(err, r, "cannot read the routing rules");
	if (net_rules_good(&have, pool))
		return 0;
	if (have.more)
		return error_plain(err, E2BIG, "cannot close the way to sessions: there are too "
				   "many routing rules of priority 0 to %u", NET_RULES_LAST);
	if (pool->v4.family)
		r = mend_half(route, &have, &pool->v4, err);
	if (r == 0 && pool->v6.family && have.has_v6)
		r = mend_half(route, &have, &pool->v6, err);
	if (r < 0)
		return r;
	r = net_rules_read(route, &have);
	if (r == 0 && !net_rules_good(&have, pool))
		r = -EBUSY;
	return r < 0 ? error_errno(err, r, "cannot close the way to sessions by routing rules") : 0;
}
