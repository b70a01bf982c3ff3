// SPDX-License-Identifier: MIT
/*
 * What is there before a session becomes a port of a bridge. Runs as root of the host in the
 * builder. Must never take for the admin's bridge what is none: a port of a bond or of an Open
 * vSwitch has no isolation.
 */
#include "net_bridge.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "netlink.h"

struct found {
	struct net_bridge bridge;
	bool is_bridge;
};

/* What is in an attribute of attributes; see netlink_attr(). */
static const struct nlattr *in_nest(const struct nlattr *nest, const struct nlattr *before)
{
	const char *end = (const char *)nest + nest->nla_len;
	const char *at = before ? (const char *)before + NLA_ALIGN(before->nla_len) :
				  (const char *)(nest + 1);
	const struct nlattr *attr = (const struct nlattr *)at;
	size_t left = at < end ? (size_t)(end - at) : 0;

	if (left < sizeof(*attr) || attr->nla_len < sizeof(*attr) || attr->nla_len > left)
		return NULL;
	return attr;
}

static bool is_bridge(const struct nlattr *info)
{
	static const char kind[] = "bridge";

	for (const struct nlattr *a = NULL; (a = in_nest(info, a));) {
		size_t size;
		const void *data = netlink_data(a, &size);

		if (a->nla_type == IFLA_INFO_KIND)
			return size == sizeof(kind) && !memcmp(data, kind, size);
	}
	return false;
}

static int take_link(const struct nlmsghdr *msg, void *data)
{
	const struct ifinfomsg *link = NLMSG_DATA(msg);
	struct found *found = data;

	found->bridge.index = (uint32_t)link->ifi_index;
	for (const struct nlattr *a = NULL; (a = netlink_attr(msg, sizeof(*link), a));) {
		size_t size;
		const void *value = netlink_data(a, &size);

		if (a->nla_type == IFLA_MTU)
			found->bridge.mtu = netlink_u32(a);
		else if (a->nla_type == IFLA_ADDRESS && size == sizeof(found->bridge.mac))
			memcpy(found->bridge.mac, value, size);
		else if ((a->nla_type & NLA_TYPE_MASK) == IFLA_LINKINFO)
			found->is_bridge = is_bridge(a);
	}
	return 0;
}

int net_bridge_find(int route, const char *name, struct net_bridge *ret, struct nsbox_error *err)
{
	struct ifinfomsg any = { .ifi_family = AF_UNSPEC };
	struct found found = { .is_bridge = false };
	struct netlink_batch b = { 0 };
	int r;

	netlink_begin(&b, RTM_GETLINK, 0, &any, sizeof(any));
	netlink_put_text(&b, IFLA_IFNAME, name);
	netlink_put_u32(&b, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	r = netlink_get(route, &b, take_link, &found);
	if (r == -ENODEV)
		return error_plain(err, ENODEV, "cannot join the bridge %s: there is none", name);
	if (r < 0)
		return error_errno(err, r, "cannot look at the bridge %s", name);
	if (!found.is_bridge)
		return error_plain(err, ENOTSUP, "cannot join the bridge %s: it is no bridge, but "
				   "another interface", name);
	*ret = found.bridge;
	return 0;
}

struct search {
	struct net_filter *filter;
	const struct net_prefix *gateway;
	bool *gateway_is_host;
};

/*
 * Of what the program drops before it asks for the host: loopback, link-local, multicast. A list
 * has no room for them.
 */
static bool is_dropped(const struct net_prefix *at)
{
	static const struct net_prefix never[] = {
		{ AF_INET, 8, { 127 } },
		{ AF_INET6, 80, { 0 } },
		{ AF_INET6, 10, { 0xfe, 0x80 } },
		{ AF_INET6, 8, { 0xff } },
	};

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (never[i].family == at->family && nets_within(&never[i], at))
			return true;
	return false;
}

/* A destination that the kernel takes for its own: by address, as broadcast, or as anycast. */
static bool is_own(const struct rtmsg *route)
{
	return route->rtm_type == RTN_LOCAL || route->rtm_type == RTN_BROADCAST ||
	       route->rtm_type == RTN_ANYCAST;
}

static int take_route(const struct nlmsghdr *msg, void *data)
{
	const struct rtmsg *route = NLMSG_DATA(msg);
	struct net_prefix at = { .family = route->rtm_family, .bits = route->rtm_dst_len };
	struct search *s = data;

	if (!is_own(route))
		return 0;
	for (const struct nlattr *a = NULL; (a = netlink_attr(msg, sizeof(*route), a));) {
		size_t size;
		const void *value = netlink_data(a, &size);

		if (a->nla_type == RTA_DST && size <= sizeof(at.addr))
			memcpy(at.addr, value, size);
	}
	if (s->gateway->family == at.family && nets_within(&at, s->gateway))
		*s->gateway_is_host = true;
	if (is_dropped(&at))
		return 0;
	if (s->filter->hosts == NET_FILTER_HOST)
		return -E2BIG;
	s->filter->host[s->filter->hosts++] = at;
	return 0;
}

/* The table of what is local, whose routes come and go with addresses; and no other table. */
static int dump_local(int route, int family, struct search *s)
{
	struct rtmsg local = { .rtm_family = (unsigned char)family, .rtm_table = RT_TABLE_LOCAL };
	struct netlink_batch b;
	unsigned int before = s->filter->hosts, tries = 0;
	int r;

	do {
		s->filter->hosts = before;
		*s->gateway_is_host = false;
		netlink_reset(&b);
		netlink_begin(&b, RTM_GETROUTE, 0, &local, sizeof(local));
		r = netlink_dump(route, &b, take_route, s);
	} while (r == -EAGAIN && ++tries < 10);
	return r == -ENOENT ? 0 : r;	/* no address yet, no table */
}

int net_bridge_host(int route, bool has_v6, const struct net_place *place,
		    struct net_filter *filter, struct nsbox_error *err)
{
	struct search v4 = { filter, &place->at.gateway4, &filter->host_routes4 };
	struct search v6 = { filter, &place->at.gateway6, &filter->host_routes6 };
	int r = netlink_strict(route);

	if (r == 0)
		r = dump_local(route, AF_INET, &v4);
	if (r == 0 && has_v6)
		r = dump_local(route, AF_INET6, &v6);
	if (r == -E2BIG)
		return error_plain(err, E2BIG, "cannot keep the session on a bridge from the host: "
				   "it has more than %d addresses", NET_FILTER_HOST);
	return r < 0 ? error_errno(err, r, "cannot look for the host's addresses") : 0;
}
