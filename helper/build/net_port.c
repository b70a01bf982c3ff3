// SPDX-License-Identifier: MIT
/*
 * A session as a port of an admin's bridge, the host's side. Runs as root of the host in the
 * builder. Must never raise a port before it is kept apart and its program stands there, nor leave
 * a way from the session into the host's own IP when somebody takes the port out of the bridge.
 */
#include "net_port.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_mark.h"

#define ALIAS_MAX 128	/* ALTIFNAMSIZ */

/*
 * A bridge to which the admin has given no hardware address takes the lowest of its ports': not
 * this, which is as high as can be, unless there is no other port. Then it is the same with every
 * session, so that the bridge keeps it.
 */
const uint8_t net_port_mac[ETH_ALEN] = { 0xfe, 'n', 's', 'b', 'o', 'x' };

static void begin_port(struct netlink_batch *b, const struct net_link *link,
		       const struct net_bridge *bridge, const struct net_place *place, pid_t inside)
{
	struct ifinfomsg ours = { .ifi_family = AF_UNSPEC, .ifi_index = (int)link->index };
	struct ifinfomsg theirs = { .ifi_family = AF_UNSPEC, .ifi_index = NET_INSIDE_INDEX };
	size_t info, data, peer;

	netlink_begin(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ours, sizeof(ours));
	netlink_put_text(b, IFLA_IFNAME, link->name);
	netlink_put_u32(b, IFLA_GROUP, NET_GROUP);
	netlink_put(b, IFLA_ADDRESS, net_port_mac, sizeof(net_port_mac));
	/* The bridge would take the least of all its ports' for all of them. */
	netlink_put_u32(b, IFLA_MTU, bridge->mtu);
	netlink_put_u32(b, IFLA_MASTER, bridge->index);
	net_link_one_queue(b);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "veth");
	data = netlink_nest(b, IFLA_INFO_DATA);
	peer = netlink_nest(b, VETH_INFO_PEER);
	netlink_put_raw(b, &theirs, sizeof(theirs));
	netlink_put_text(b, IFLA_IFNAME, NET_INSIDE);
	netlink_put(b, IFLA_ADDRESS, place->mac, sizeof(place->mac));
	net_link_one_queue(b);
	netlink_put_u32(b, IFLA_MTU, bridge->mtu);
	netlink_put_u32(b, IFLA_NET_NS_PID, (uint32_t)inside);
	netlink_end(b, peer);
	netlink_end(b, data);
	netlink_end(b, info);
}

static const char *print(const struct net_prefix *at, char buf[INET6_ADDRSTRLEN])
{
	return inet_ntop(at->family, at->addr, buf, INET6_ADDRSTRLEN);
}

static void begin_alias(struct netlink_batch *b, const struct net_link *link,
			const struct net_prefix *at)
{
	struct ifinfomsg ours = { .ifi_family = AF_UNSPEC, .ifi_index = (int)link->index };
	char address[INET6_ADDRSTRLEN], alias[ALIAS_MAX];
	size_t list;

	snprintf(alias, sizeof(alias), "nsbox-%s", print(at, address));
	netlink_begin(b, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, &ours,
		      sizeof(ours));
	list = netlink_nest(b, IFLA_PROP_LIST | NLA_F_NESTED);
	netlink_put_text(b, IFLA_ALT_IFNAME, alias);
	netlink_end(b, list);
}

/*
 * Lock an address that follows from a template: another session's may be the same, by another
 * template or by none of the numbers in it. Of the pool, the slot is the lock.
 */
static int lock(int route, const struct net_link *link, const struct net_address *at,
		struct nsbox_error *err)
{
	const struct net_prefix *const both[] = { &at->v4, &at->v6 };
	char address[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < 2; i++) {
		struct netlink_batch b = { 0 };
		int r;

		if (!both[i]->family)
			continue;
		begin_alias(&b, link, both[i]);
		r = netlink_talk(route, &b, NULL);
		if (r == -EEXIST)
			return error_plain(err, EADDRINUSE, "cannot give the session %s: another "
					   "session has it", print(both[i], address));
		if (r < 0)
			return error_errno(err, r, "cannot keep %s for the session",
					   print(both[i], address));
	}
	return 0;
}

static void give_back(int route, const struct net_link *link)
{
	struct ifinfomsg ours = { .ifi_family = AF_UNSPEC, .ifi_index = (int)link->index };
	struct netlink_batch b = { 0 };

	netlink_begin(&b, RTM_DELLINK, 0, &ours, sizeof(ours));
	netlink_talk(route, &b, NULL);
}

/* @link has its slot. Return: 0; -EEXIST when it or its address is another's; or -errno. */
static int try_slot(int route, pid_t inside, const struct net_plan *plan,
		    const struct net_bridge *bridge, const struct net_place *place,
		    struct net_link *link, struct nsbox_error *err)
{
	struct netlink_batch b = { 0 };
	int r;

	begin_port(&b, link, bridge, place, inside);
	r = netlink_talk(route, &b, NULL);
	if (r == -EEXIST || r == -EBUSY)
		return -EEXIST;
	if (r < 0)
		return error_errno(err, r, "cannot make the wire %s from the container to the "
				   "bridge %s", link->name, plan->bridge);
	r = plan->templated ? lock(route, link, &place->at, err) : 0;
	if (r == -EADDRINUSE && plan->numbered) {
		give_back(route, link);
		return -EEXIST;
	}
	return r;
}

int net_port_claim(int route, pid_t inside, const struct net_plan *plan,
		   const struct net_bridge *bridge, uint32_t hint, struct net_link *ret,
		   struct net_place *ret_place, struct nsbox_error *err)
{
	uint32_t count = plan->to - plan->from, good = 0;
	struct value_why why = { 0 };

	for (uint32_t i = 0; i < count; i++) {
		struct net_link link = { .slot = plan->from + (hint % count + i) % count };
		struct net_place place;
		int r;

		if (net_plan_place(plan, link.slot, &place, &why) < 0) {
			if (!plan->numbered)
				break;
			continue;
		}
		good++;
		net_link_name(&link);
		r = try_slot(route, inside, plan, bridge, &place, &link, err);
		if (r == 0) {
			*ret = link;
			*ret_place = place;
		}
		if (r != -EEXIST)
			return r;
	}
	if (!good)
		return error_plain(err, EINVAL, "cannot give the session an address: address = %s: "
				   "%s", plan->address, why.text);
	return error_plain(err, EUSERS, "cannot give the session an address: all %u of %s are "
			   "taken", good, plan->templated ? "address" : "address-pool");
}

/*
 * Isolated: no frame from one session to another. No spanning tree from there, no multicast router;
 * and as the bridge learns nothing from the port and floods nothing to it, the session neither
 * takes another's frames to itself nor hears what is for others.
 */
static void put_port(struct netlink_batch *b)
{
	static const struct {
		uint16_t type;
		uint8_t value;
	} options[] = {
		{ IFLA_BRPORT_ISOLATED, 1 }, { IFLA_BRPORT_GUARD, 1 }, { IFLA_BRPORT_PROTECT, 1 },
		{ IFLA_BRPORT_LEARNING, 0 }, { IFLA_BRPORT_UNICAST_FLOOD, 0 },
		{ IFLA_BRPORT_MULTICAST_ROUTER, MDB_RTR_TYPE_DISABLED },
	};
	size_t info = netlink_nest(b, IFLA_LINKINFO), data;

	netlink_put_text(b, IFLA_INFO_SLAVE_KIND, "bridge");
	data = netlink_nest(b, IFLA_INFO_SLAVE_DATA);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		netlink_put_u8(b, options[i].type, options[i].value);
	netlink_end(b, data);
	netlink_end(b, info);
}

/*
 * A port has no IP of the host's, until it is none any more: when the bridge is deleted. Then the
 * host would take what comes from the session for its own. IPv4 refuses a source that it would not
 * answer by the same way (and there is no way to any); IPv6 is off (shut_v6()).
 */
static void put_host(struct netlink_batch *b)
{
	size_t spec = netlink_nest(b, IFLA_AF_SPEC), family, conf;

	family = netlink_nest(b, AF_INET);
	conf = netlink_nest(b, IFLA_INET_CONF);
	netlink_put_u32(b, IPV4_DEVCONF_RP_FILTER, 1);
	netlink_put_u32(b, IPV4_DEVCONF_FORWARDING, 0);
	netlink_end(b, conf);
	netlink_end(b, family);
	netlink_end(b, spec);
}

static int write_number(int proc, const char *path, const char *number)
{
	_cleanup_close_ int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, number, 1) < 0)
		return -errno;
	return 0;
}

static int shut_v6(int proc, const struct net_link *link, struct nsbox_error *err)
{
	char path[64];
	int r;

	snprintf(path, sizeof(path), "sys/net/ipv6/conf/%s/disable_ipv6", link->name);
	r = write_number(proc, path, "1");
	if (r < 0 && r != -ENOENT)	/* a kernel without IPv6 has no such file */
		return error_errno(err, r, "cannot keep the host's IPv6 from %s", link->name);
	return 0;
}

/* Where the session is: a bridge that does not learn has to be told. */
static void begin_place(struct netlink_batch *b, const struct net_link *link,
			const struct net_place *place)
{
	struct ndmsg entry = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = (int)link->index,
		.ndm_state = NUD_NOARP,
		.ndm_flags = NTF_MASTER,
	};

	netlink_begin(b, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, &entry, sizeof(entry));
	netlink_put(b, NDA_LLADDR, place->mac, sizeof(place->mac));
}

static void begin_up(struct netlink_batch *b, uint32_t index)
{
	struct ifinfomsg up = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = (int)index,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	netlink_begin(b, RTM_NEWLINK, 0, &up, sizeof(up));
}

int net_port_attach(int route, int proc, const struct net_link *link,
		    const struct net_place *place, int program, struct nsbox_error *err)
{
	static const char *const what[] = { "keep it apart", "say where it is", "watch it",
					    "watch it", "raise it" };
	struct ifinfomsg ours = { .ifi_family = AF_UNSPEC, .ifi_index = (int)link->index };
	struct netlink_batch b = { 0 };
	unsigned int failed = 0;
	int r = shut_v6(proc, link, err);

	if (r < 0)
		return r;
	netlink_begin(&b, RTM_NEWLINK, 0, &ours, sizeof(ours));
	put_port(&b);
	put_host(&b);
	begin_place(&b, link, place);
	net_link_program(&b, link, program);
	begin_up(&b, link->index);
	r = netlink_talk(route, &b, &failed);
	return r < 0 ? error_errno(err, r, "cannot use the wire %s to the bridge: cannot %s",
				   link->name, what[failed]) : 0;
}
