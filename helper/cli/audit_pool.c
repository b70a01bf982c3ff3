// SPDX-License-Identifier: MIT
/*
 * Audit: does anybody else have the addresses of the pool? Runs as root; looks at the host's
 * routing tables, of which the one called local has its own addresses.
 */
#include <arpa/inet.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "cleanup.h"
#include "nets.h"
#include "net_mark.h"
#include "netlink.h"
#include "router.h"

/**
 * struct route - a route of the host's
 * @to: where to
 * @link: index of the interface, or 0
 */
struct route {
	struct net_prefix to;
	uint32_t link;
};

static bool overlap(const struct net_prefix *a, const struct net_prefix *b)
{
	unsigned int bits = a->bits < b->bits ? a->bits : b->bits;
	unsigned int rest = bits % 8;

	if (a->family != b->family || memcmp(a->addr, b->addr, bits / 8) != 0)
		return false;
	return !rest || !((a->addr[bits / 8] ^ b->addr[bits / 8]) >> (8 - rest));
}

/* Sessions' own, and a bridge that shares the pool with its sessions. */
static bool is_ours(const struct audit *audit, const char *link)
{
	return !strncmp(link, NET_LINK_PREFIX, strlen(NET_LINK_PREFIX)) ||
	       router_has_bridge(audit->doc, link);
}

static void judge(struct audit *audit, const struct route *route, bool local,
		  const struct net_prefix *half)
{
	char at[INET6_ADDRSTRLEN], pool[INET6_ADDRSTRLEN], link[IF_NAMESIZE] = "";

	if (!overlap(&route->to, half))
		return;
	if (route->link && (!if_indextoname(route->link, link) || is_ours(audit, link)))
		return;
	inet_ntop(route->to.family, route->to.addr, at, sizeof(at));
	inet_ntop(half->family, half->addr, pool, sizeof(pool));
	if (local)
		audit_add(audit, NAT_POOL, "the host's own address %s is one of address-pool's "
			  "%s/%u", at, pool, half->bits);
	else
		audit_add(audit, NAT_POOL, "the host's route to %s/%u%s%s has addresses of "
			  "address-pool's %s/%u", at, route->to.bits, *link ? " by " : "", link,
			  pool, half->bits);
}

static void take_attrs(const struct nlmsghdr *msg, struct route *ret)
{
	const struct nlattr *attr = NULL;

	while ((attr = netlink_attr(msg, sizeof(struct rtmsg), attr))) {
		size_t size;
		const void *data = netlink_data(attr, &size);

		if ((attr->nla_type & NLA_TYPE_MASK) == RTA_DST && size <= sizeof(ret->to.addr))
			memcpy(ret->to.addr, data, size);
		else if ((attr->nla_type & NLA_TYPE_MASK) == RTA_OIF)
			ret->link = netlink_u32(attr);
	}
}

static int look_at(const struct nlmsghdr *msg, void *data)
{
	const struct rtmsg *head = NLMSG_DATA(msg);
	struct audit *audit = data;
	struct route route = { .to.family = head->rtm_family, .to.bits = head->rtm_dst_len };
	struct net_pool pool;

	if (msg->nlmsg_len < NLMSG_LENGTH(sizeof(*head)) || !head->rtm_dst_len)
		return 0;	/* the default route has every address */
	/* Others lead nowhere, or to all of a network: those go with a route to it. */
	if (head->rtm_type != RTN_UNICAST && head->rtm_type != RTN_LOCAL)
		return 0;
	if (nets_pool(audit->site.address_pool, &pool, NULL) < 0)
		return 0;
	take_attrs(msg, &route);
	judge(audit, &route, head->rtm_type == RTN_LOCAL, &pool.v4);
	judge(audit, &route, head->rtm_type == RTN_LOCAL, &pool.v6);
	return 0;
}

void audit_pool(struct audit *audit)
{
	const struct rtmsg all = { .rtm_family = AF_UNSPEC };
	_cleanup_close_ int fd = -1;
	struct netlink_batch batch = { 0 };
	int r;

	if (!router_is_wanted(audit->doc) || netlink_open(NETLINK_ROUTE, &fd) < 0)
		return;
	netlink_begin(&batch, RTM_GETROUTE, 0, &all, sizeof(all));
	r = netlink_dump(fd, &batch, look_at, audit);
	if (r < 0)
		audit_add(audit, NAT_POOL, "cannot tell whether another has addresses of "
			  "address-pool: the host's routes cannot be read: %s", strerror(-r));
}
