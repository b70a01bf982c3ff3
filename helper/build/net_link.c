// SPDX-License-Identifier: MIT
/*
 * A session's wire. Runs as root of the host in the builder. Must never let a packet through before
 * the program stands at the host's end.
 *
 * It is a wire between two: both ends have the same hardware address and ask nobody for another's
 * (IFF_NOARP), so there is no ARP and no neighbour discovery that could lie. The container's routes
 * lead to an address that nobody has to have; one neighbour entry serves them all.
 */
#include "net_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>

#include "net_mark.h"

/* Locally administered, RFC 7042: nobody else's, and seen by no one but the two ends. */
static const uint8_t hardware[ETH_ALEN] = { 0x02, 'n', 's', 'b', 'o', 'x' };
/* Any link-local one: both ends are the only neighbours there are. */
static const uint8_t beyond[16] = { 0xfe, 0x80, [15] = 1 };

void net_link_name(struct net_link *link)
{
	snprintf(link->name, sizeof(link->name), NET_LINK_PREFIX "%u", link->slot);
	link->index = NET_LINK_INDEX + link->slot;
}

/*
 * By itself the kernel makes as many as it has processors, at both ends and each known in sysfs: on
 * a large machine that takes longer than all else of a login (64 of them 2.9 ms, one 0.2 ms). A
 * veth sends without a lock and has no qdisc that would queue, so it gains nothing by them.
 */
void net_link_one_queue(struct netlink_batch *b)
{
	netlink_put_u32(b, IFLA_NUM_TX_QUEUES, 1);
	netlink_put_u32(b, IFLA_NUM_RX_QUEUES, 1);
}

static void begin_link(struct netlink_batch *b, const struct net_link *link, pid_t inside)
{
	struct ifinfomsg ours = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)link->index,
		.ifi_flags = IFF_UP | IFF_NOARP,
		.ifi_change = IFF_UP | IFF_NOARP,
	};
	struct ifinfomsg theirs = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = NET_INSIDE_INDEX,
		.ifi_flags = IFF_NOARP,
		.ifi_change = IFF_NOARP,
	};
	size_t info, data, peer;

	netlink_begin(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ours, sizeof(ours));
	netlink_put_text(b, IFLA_IFNAME, link->name);
	netlink_put_u32(b, IFLA_GROUP, NET_GROUP);
	netlink_put(b, IFLA_ADDRESS, hardware, sizeof(hardware));
	net_link_one_queue(b);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "veth");
	data = netlink_nest(b, IFLA_INFO_DATA);
	peer = netlink_nest(b, VETH_INFO_PEER);
	netlink_put_raw(b, &theirs, sizeof(theirs));
	netlink_put_text(b, IFLA_IFNAME, NET_INSIDE);
	netlink_put(b, IFLA_ADDRESS, hardware, sizeof(hardware));
	net_link_one_queue(b);
	netlink_put_u32(b, IFLA_NET_NS_PID, (uint32_t)inside);
	netlink_end(b, peer);
	netlink_end(b, data);
	netlink_end(b, info);
}

int net_link_claim(int route, pid_t inside, uint32_t from, uint32_t to, uint32_t hint,
		   struct net_link *ret, struct nsbox_error *err)
{
	struct netlink_batch b = { 0 };
	uint32_t count = to - from;

	for (uint32_t i = 0; i < count; i++) {
		struct net_link link = { .slot = from + (hint % count + i) % count };
		int r;

		net_link_name(&link);
		netlink_reset(&b);
		begin_link(&b, &link, inside);
		r = netlink_talk(route, &b, NULL);
		if (r == 0) {
			*ret = link;
			return 0;
		}
		/* The name or the number is another's: of a session, or of whoever likes it. */
		if (r != -EEXIST && r != -EBUSY)
			return error_errno(err, r, "cannot make the wire %s to the container",
					   link.name);
	}
	return error_plain(err, EUSERS, "cannot give the session an address: all %u of "
			   "address-pool are taken", count);
}

/* @way: TC_H_MIN_INGRESS for what comes from the session, TC_H_MIN_EGRESS for what goes to it. */
static void begin_filter(struct netlink_batch *b, const struct net_link *link, uint32_t way,
			 int program)
{
	struct tcmsg filter = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)link->index,
		.tcm_parent = TC_H_MAKE(TC_H_CLSACT, way),
		.tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL)),	/* priority 1 */
	};
	size_t options;

	netlink_begin(b, RTM_NEWTFILTER, NLM_F_CREATE | NLM_F_EXCL, &filter, sizeof(filter));
	netlink_put_text(b, TCA_KIND, "bpf");
	options = netlink_nest(b, TCA_OPTIONS);
	netlink_put_u32(b, TCA_BPF_FD, (uint32_t)program);
	netlink_put_text(b, TCA_BPF_NAME, "nsbox");
	netlink_put_u32(b, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	netlink_end(b, options);
}

void net_link_program(struct netlink_batch *b, const struct net_link *link, int program)
{
	struct tcmsg hook = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)link->index,
		.tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0),
		.tcm_parent = TC_H_CLSACT,
	};

	netlink_begin(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &hook, sizeof(hook));
	netlink_put_text(b, TCA_KIND, "clsact");
	begin_filter(b, link, TC_H_MIN_INGRESS, program);
}

/*
 * IPv4: a reverse path filter (rp_filter) asks the routing rules for the way back; it must ask with
 * the packet's mark, or net_rules.h closes that way, and with it the way there. To the loopback the
 * table leads what is asked of the host's name server; what names it itself, the program drops.
 * IPv6: nobody on the host's end needs an address, nor the multicast that comes with one. See
 * ip-sysctl.rst.
 */
static void begin_conf(struct netlink_batch *b, const struct net_link *link,
		       const struct net_pool *pool)
{
	struct ifinfomsg head = { .ifi_family = AF_UNSPEC, .ifi_index = (int)link->index };
	size_t spec, family, conf;

	netlink_begin(b, RTM_NEWLINK, 0, &head, sizeof(head));
	spec = netlink_nest(b, IFLA_AF_SPEC);
	family = netlink_nest(b, AF_INET);
	conf = netlink_nest(b, IFLA_INET_CONF);
	netlink_put_u32(b, IPV4_DEVCONF_SRC_VMARK, 1);
	if (link->to_loopback)
		netlink_put_u32(b, IPV4_DEVCONF_ROUTE_LOCALNET, 1);
	netlink_end(b, conf);
	netlink_end(b, family);
	if (pool->v6.family) {
		family = netlink_nest(b, AF_INET6);
		netlink_put_u8(b, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
		netlink_end(b, family);
	}
	netlink_end(b, spec);
}

static unsigned int bits_of(const struct net_prefix *prefix)
{
	return prefix->family == AF_INET ? 32 : 128;
}

static void begin_route(struct netlink_batch *b, const struct net_link *link,
			const struct net_prefix *prefix)
{
	struct rtmsg route = {
		.rtm_family = (unsigned char)prefix->family,
		.rtm_dst_len = (unsigned char)bits_of(prefix),
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = prefix->family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};
	uint8_t address[16];

	net_slot_address(prefix, link->slot, address);
	netlink_begin(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof(route));
	netlink_put(b, RTA_DST, address, bits_of(prefix) / 8);
	netlink_put_u32(b, RTA_OIF, link->index);
}

int net_link_attach(int route, const struct net_link *link, const struct net_pool *pool,
		    int program, struct nsbox_error *err)
{
	static const char *const what[] = { "watch it", "watch it", "set it up", "route to it",
					    "route to it" };
	struct netlink_batch b = { 0 };
	unsigned int failed = 0;
	int r;

	net_link_program(&b, link, program);
	begin_conf(&b, link, pool);
	if (pool->v4.family)
		begin_route(&b, link, &pool->v4);
	if (pool->v6.family)
		begin_route(&b, link, &pool->v6);
	r = netlink_talk(route, &b, &failed);
	return r < 0 ? error_errno(err, r, "cannot use the wire %s: cannot %s", link->name,
				   what[failed]) : 0;
}

int net_link_guard(int route, const struct net_link *link, int program, struct nsbox_error *err)
{
	struct netlink_batch b = { 0 };
	int r;

	begin_filter(&b, link, TC_H_MIN_EGRESS, program);
	r = netlink_talk(route, &b, NULL);
	return r < 0 ? error_errno(err, r, "cannot use the wire %s: cannot guard its ports",
				   link->name) : 0;
}

static void begin_address(struct netlink_batch *b, const struct net_link *link,
			  const struct net_prefix *prefix)
{
	struct ifaddrmsg addr = {
		.ifa_family = (unsigned char)prefix->family,
		.ifa_prefixlen = (unsigned char)bits_of(prefix),
		.ifa_scope = RT_SCOPE_UNIVERSE,
		.ifa_index = NET_INSIDE_INDEX,
	};
	uint8_t address[16];

	net_slot_address(prefix, link->slot, address);
	netlink_begin(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &addr, sizeof(addr));
	netlink_put(b, IFA_LOCAL, address, bits_of(prefix) / 8);
	netlink_put(b, IFA_ADDRESS, address, bits_of(prefix) / 8);
	/* There is nobody who could have it too, and a second is long. */
	if (prefix->family == AF_INET6)
		netlink_put_u32(b, IFA_FLAGS, IFA_F_NODAD);
}

static void begin_default(struct netlink_batch *b, int family)
{
	struct rtmsg route = {
		.rtm_family = (unsigned char)family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
		.rtm_flags = RTNH_F_ONLINK,
	};
	struct {
		uint16_t family;
		uint8_t address[sizeof(beyond)];
	} via = { .family = AF_INET6 };

	memcpy(via.address, beyond, sizeof(beyond));
	netlink_begin(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof(route));
	netlink_put_u32(b, RTA_OIF, NET_INSIDE_INDEX);
	/* IPv4 by way of an IPv6 neighbour: RFC 5549, Linux 5.2. */
	if (family == AF_INET)
		netlink_put(b, RTA_VIA, &via, sizeof(via));
	else
		netlink_put(b, RTA_GATEWAY, beyond, sizeof(beyond));
}

int net_link_raise(int route, const struct net_link *link, const struct net_pool *pool,
		   struct nsbox_error *err)
{
	struct ifinfomsg up = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = NET_INSIDE_INDEX,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};
	struct netlink_batch b = { 0 };
	int r;

	netlink_begin(&b, RTM_NEWLINK, 0, &up, sizeof(up));
	if (pool->v4.family) {
		begin_address(&b, link, &pool->v4);
		begin_default(&b, AF_INET);
	}
	if (pool->v6.family) {
		begin_address(&b, link, &pool->v6);
		begin_default(&b, AF_INET6);
	}
	r = netlink_talk(route, &b, NULL);
	return r < 0 ? error_errno(err, r, "cannot set up %s in the container", NET_INSIDE) : 0;
}
