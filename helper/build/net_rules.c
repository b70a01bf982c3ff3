// SPDX-License-Identifier: MIT
/*
 * The routing rules: what they are to be, and what they are. Runs as root of the host in the
 * builder, at each login with network = nat. Must never change one: net_mend.c does.
 */
#include "net_rules.h"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "net_mark.h"
#include "netlink.h"

void net_rules_wanted(const struct net_prefix *half, struct net_rule ret[NET_RULES])
{
	const struct net_rule want[NET_RULES] = {
		{ .of_host = true, .action = FR_ACT_TO_TBL, .table = RT_TABLE_LOCAL },
		{ .of_host = true, .action = FR_ACT_GOTO, .target = 1 },
		{ .action = FR_ACT_PROHIBIT, .mark = NET_MARK_FROM,
		  .mask = NET_MARK_FROM | NET_MARK_OK },
		{ .action = FR_ACT_PROHIBIT, .to = *half, .mask = NET_MARK_OK },
		{ .action = FR_ACT_TO_TBL, .table = RT_TABLE_LOCAL },
		{ .pref = 1, .action = FR_ACT_NOP },
		{ .pref = 2, .action = FR_ACT_TO_TBL, .table = RT_TABLE_MAIN, .to = *half },
		{ .pref = 3, .action = FR_ACT_UNREACHABLE, .to = *half },
	};

	for (unsigned int i = 0; i < NET_RULES; i++) {
		ret[i] = want[i];
		ret[i].family = half->family;
		ret[i].protocol = RTPROT_KERNEL;
		ret[i].suppress = want[i].table == RT_TABLE_MAIN ? (int32_t)half->bits - 1 : -1;
	}
}

bool net_rules_same(const struct net_rule *a, const struct net_rule *b)
{
	return a->family == b->family && a->pref == b->pref && a->action == b->action &&
	       a->table == b->table && a->target == b->target && a->mark == b->mark &&
	       a->mask == b->mask && a->suppress == b->suppress && a->protocol == b->protocol &&
	       a->of_host == b->of_host && a->other == b->other &&
	       a->to.family == b->to.family && a->to.bits == b->to.bits &&
	       !memcmp(a->to.addr, b->to.addr, sizeof(a->to.addr));
}

static void take_attr(struct net_rule *rule, const struct nlattr *attr)
{
	size_t size;
	const void *data = netlink_data(attr, &size);

	switch (attr->nla_type & NLA_TYPE_MASK) {
	case FRA_PRIORITY:
		rule->pref = netlink_u32(attr);
		break;
	case FRA_TABLE:
		rule->table = netlink_u32(attr);
		break;
	case FRA_GOTO:
		rule->target = netlink_u32(attr);
		break;
	case FRA_FWMARK:
		rule->mark = netlink_u32(attr);
		break;
	case FRA_FWMASK:
		rule->mask = netlink_u32(attr);
		break;
	case FRA_SUPPRESS_PREFIXLEN:
		rule->suppress = (int32_t)netlink_u32(attr);
		break;
	case FRA_PROTOCOL:
		rule->protocol = size ? *(const uint8_t *)data : 0;
		break;
	case FRA_IIFNAME:
		rule->of_host = size == sizeof("lo") && !memcmp(data, "lo", size);
		rule->other |= !rule->of_host;
		break;
	case FRA_DST:
		if (size <= sizeof(rule->to.addr))
			memcpy(rule->to.addr, data, size);
		break;
	case FRA_PAD:
		break;
	default:
		rule->other = true;
	}
}

static void take_rule(const struct nlmsghdr *msg, struct net_rule *rule)
{
	const struct fib_rule_hdr *head = NLMSG_DATA(msg);
	const struct nlattr *attr = NULL;

	memset(rule, 0, sizeof(*rule));
	rule->family = head->family;
	rule->action = head->action;
	rule->suppress = -1;
	rule->to.family = head->dst_len ? head->family : 0;
	rule->to.bits = head->dst_len;
	rule->other = head->src_len || head->tos || head->flags & FIB_RULE_INVERT;
	while ((attr = netlink_attr(msg, sizeof(*head), attr)))
		take_attr(rule, attr);
}

static int take_message(const struct nlmsghdr *msg, void *data)
{
	struct net_rules *ret = data;
	struct net_rule rule;

	if (msg->nlmsg_type != RTM_NEWRULE ||
	    msg->nlmsg_len < NLMSG_LENGTH(sizeof(struct fib_rule_hdr)))
		return 0;
	take_rule(msg, &rule);
	ret->has_v6 |= rule.family == AF_INET6;
	if (rule.pref > NET_RULES_LAST || (rule.family != AF_INET && rule.family != AF_INET6))
		return 0;
	if (ret->n == NET_RULES_MAX)
		ret->more = true;
	else
		ret->rules[ret->n++] = rule;
	return 0;
}

int net_rules_read(int fd, struct net_rules *ret)
{
	const struct fib_rule_hdr all = { .family = AF_UNSPEC };
	struct netlink_batch batch;

	ret->n = 0;
	ret->more = false;
	ret->has_v6 = false;
	netlink_reset(&batch);
	netlink_begin(&batch, RTM_GETRULE, 0, &all, sizeof(all));
	return netlink_dump(fd, &batch, take_message, ret);
}

static bool good_half(const struct net_rules *have, const struct net_prefix *half)
{
	struct net_rule want[NET_RULES];
	size_t at = 0;

	net_rules_wanted(half, want);
	for (size_t i = 0; i < have->n; i++) {
		if (have->rules[i].family != half->family)
			continue;
		if (at == NET_RULES || !net_rules_same(&have->rules[i], &want[at++]))
			return false;
	}
	return at == NET_RULES;
}

bool net_rules_good(const struct net_rules *have, const struct net_pool *pool)
{
	if (have->more)
		return false;
	return (!pool->v4.family || good_half(have, &pool->v4)) &&
	       (!pool->v6.family || !have->has_v6 || good_half(have, &pool->v6));
}
