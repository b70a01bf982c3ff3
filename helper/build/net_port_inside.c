// SPDX-License-Identifier: MIT
/*
 * The container's end of a session's wire to a bridge. Runs as root of the host in the builder, in
 * the container's network namespace. Must never let the LAN configure the container: what the
 * policy gives is all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_port.h"

/*
 * An address by a router's advertisement would not be the session's own, so nothing with it would
 * pass; and a second router's route would lead past the one that the policy names.
 */
static int hear_no_router(int proc, struct nsbox_error *err)
{
	_cleanup_close_ int fd = openat(proc, "sys/net/ipv6/conf/" NET_INSIDE "/accept_ra",
					O_WRONLY | O_CLOEXEC);

	if ((fd < 0 && errno != ENOENT) || (fd >= 0 && write(fd, "0", 1) < 0))
		return error_errno(err, errno, "cannot keep routers away from %s", NET_INSIDE);
	return 0;
}

/* Before it is up: then the kernel would give it a link-local address of its own choice. */
static void begin_quiet(struct netlink_batch *b)
{
	struct ifinfomsg link = { .ifi_family = AF_UNSPEC, .ifi_index = NET_INSIDE_INDEX };
	size_t spec, family;

	netlink_begin(b, RTM_NEWLINK, 0, &link, sizeof(link));
	spec = netlink_nest(b, IFLA_AF_SPEC);
	family = netlink_nest(b, AF_INET6);
	netlink_put_u8(b, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
	netlink_end(b, family);
	netlink_end(b, spec);
}

static void begin_up(struct netlink_batch *b)
{
	struct ifinfomsg up = {
		.ifi_family = AF_UNSPEC,
		.ifi_index = NET_INSIDE_INDEX,
		.ifi_flags = IFF_UP,
		.ifi_change = IFF_UP,
	};

	netlink_begin(b, RTM_NEWLINK, 0, &up, sizeof(up));
}

/*
 * IPv6 would ask the LAN for a second whether another has the address before it uses it, and the
 * session's first connections would fail. Of sessions the slot says who has it, and that another
 * machine has it is the admin's mistake, as it is with IPv4, which never asks.
 */
static void begin_address(struct netlink_batch *b, const struct net_prefix *at, unsigned char scope)
{
	struct ifaddrmsg addr = {
		.ifa_family = (unsigned char)at->family,
		.ifa_prefixlen = (unsigned char)at->bits,
		.ifa_scope = scope,
		.ifa_index = NET_INSIDE_INDEX,
	};
	size_t size = at->family == AF_INET ? 4 : 16;

	netlink_begin(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &addr, sizeof(addr));
	netlink_put(b, IFA_LOCAL, at->addr, size);
	netlink_put(b, IFA_ADDRESS, at->addr, size);
	if (at->family == AF_INET6)
		netlink_put_u32(b, IFA_FLAGS, IFA_F_NODAD);
}

static void begin_gateway(struct netlink_batch *b, const struct net_prefix *gateway)
{
	struct rtmsg route = {
		.rtm_family = (unsigned char)gateway->family,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = RTPROT_STATIC,
		.rtm_scope = RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};

	netlink_begin(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &route, sizeof(route));
	netlink_put_u32(b, RTA_OIF, NET_INSIDE_INDEX);
	netlink_put(b, RTA_GATEWAY, gateway->addr, gateway->family == AF_INET ? 4 : 16);
}

int net_port_raise(int route, int proc, const struct net_place *place, struct nsbox_error *err)
{
	const struct net_address *at = &place->at;
	struct net_prefix local = { .family = AF_INET6, .bits = 64 };
	struct netlink_batch b = { 0 };
	int r = 0;

	if (at->v6.family) {
		r = hear_no_router(proc, err);
		begin_quiet(&b);
	}
	if (r < 0)
		return r;
	begin_up(&b);
	if (at->v4.family)
		begin_address(&b, &at->v4, RT_SCOPE_UNIVERSE);
	if (at->v6.family) {
		memcpy(local.addr, place->link_local, sizeof(local.addr));
		begin_address(&b, &local, RT_SCOPE_LINK);
		begin_address(&b, &at->v6, RT_SCOPE_UNIVERSE);
	}
	if (at->gateway4.family)
		begin_gateway(&b, &at->gateway4);
	if (at->gateway6.family)
		begin_gateway(&b, &at->gateway6);
	r = netlink_talk(route, &b, NULL);
	return r < 0 ? error_errno(err, r, "cannot set up %s in the container", NET_INSIDE) : 0;
}
