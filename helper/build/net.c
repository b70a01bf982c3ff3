// SPDX-License-Identifier: MIT
/*
 * A session's network. Runs as root of the host in the builder; must never leave a wire without its
 * program.
 */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_ask.h"
#include "net_port.h"
#include "net_program.h"
#include "net_rate.h"
#include "net_seal.h"

#define NET_NEXT NET_DIR "/next"

void net_init(struct net *net)
{
	net->plan.kind = NETWORK_LOOPBACK;
	net->route = -1;
	net->program = -1;
	net->guard = -1;
	net->next = -1;
}

void net_release(struct net *net)
{
	cleanup_close(&net->route);
	cleanup_close(&net->program);
	cleanup_close(&net->guard);
	cleanup_close(&net->next);
	net_init(net);
}

/* Switched off at boot there is no such file, by sysctl it says 1. */
static bool host_has_v6(void)
{
	_cleanup_close_ int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6",
				      O_RDONLY | O_CLOEXEC);
	char c;

	return fd >= 0 && read(fd, &c, 1) == 1 && c == '0';
}

/* The host's side, as it was made once, or made now. */
static int await_host(int route, const struct site *site, struct nsbox_error *err)
{
	const struct net_words words = {
		.pool = site->address_pool,
		.ports = site->publish_ports,
		.block = site->publish_block,
	};

	return net_ready(route, &words, err);
}

/* Where the container's namespaces are made, /run is another one already. */
static int open_hint(void)
{
	int fd = open(NET_NEXT, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

	/* The first session of a boot, on a bridge, for which no host's side was made. */
	if (fd < 0 && errno == ENOENT &&
	    (mkdir("/run/nsbox", 0755) == 0 || errno == EEXIST) && mkdir(NET_DIR, 0700) == 0)
		fd = open(NET_NEXT, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd;
}

int net_prepare(const struct policy *policy, const struct site *site, uint32_t uid,
		const struct net_resolvers *resolvers, struct net *net, struct nsbox_error *err)
{
	int r;

	if (!net_is_wired(policy))
		return 0;
	r = net_plan_make(policy, site, host_has_v6(), resolvers, &net->plan, err);
	if (r < 0)
		return r;
	net->plan.uid = uid;
	r = netlink_open(NETLINK_ROUTE, &net->route);
	if (r < 0)
		return error_errno(err, r, "cannot speak to the kernel of networks");
	if (net->plan.kind == NETWORK_BRIDGE)
		r = net_bridge_find(net->route, net->plan.bridge, &net->bridge, err);
	else
		r = await_host(net->route, site, err);
	if (r < 0)
		return r;
	net->next = open_hint();
	/* Of a bridge it is one session's program: it is made when that has its address. */
	if (net->plan.kind == NETWORK_BRIDGE)
		return 0;
	r = net_program_take(&net->plan.filter, &net->program, err);
	if (r < 0 || net_publish_is_plain(&net->plan.publish))
		return r;
	return net_program_take_ports(&net->plan.publish, &net->guard, err);
}

/* Which of the numbers in the file: there is one for each range of slots. */
static off_t which_hint(const struct net_plan *plan)
{
	return (off_t)sizeof(uint32_t) * (plan->templated ? 2 : plan->published ? 1 : 0);
}

/*
 * Where to look for a free slot: behind the one that was given last, so that an address rests as
 * long as it can. It is a hint: two that read the same number try the same slot, and the kernel
 * gives it to one of them.
 */
static uint32_t read_hint(const struct net *net)
{
	uint32_t hint = 0;

	if (net->next < 0 ||
	    pread(net->next, &hint, sizeof(hint), which_hint(&net->plan)) != (ssize_t)sizeof(hint))
		return 0;
	return hint;
}

static void write_hint(const struct net *net)
{
	uint32_t hint = net->link.slot + 1 - net->plan.from;

	/* If it cannot be kept, the next one searches longer. */
	if (net->next >= 0 && pwrite(net->next, &hint, sizeof(hint), which_hint(&net->plan)) < 0)
		return;
}

/* An end of the wire, in the network namespace of @route, sends no faster than @bits a second. */
static int limit_rate(const struct net *net, int route, uint32_t index, const char *name,
		      struct nsbox_error *err)
{
	bool bridged = net->plan.kind == NETWORK_BRIDGE;
	struct net_bucket bucket;

	if (!net->plan.rate)
		return 0;
	net_rate_plan(net->plan.rate, bridged ? net->bridge.mtu : NET_RATE_MTU, &bucket);
	return net_rate_set(route, index, name, &bucket, err);
}

static int connect_nat(struct net *net, pid_t inside, struct nsbox_error *err)
{
	const struct net_plan *plan = &net->plan;
	int r = net_link_claim(net->route, inside, plan->from, plan->to, read_hint(net),
			       &net->link, err);

	if (r == -EUSERS && plan->published)
		return error_plain(err, EUSERS, "cannot give the session ports of the host: all %u "
				   "blocks of publish-ports are taken", plan->to - plan->from);
	if (r < 0)
		return r;
	write_hint(net);
	net->link.to_loopback = plan->filter.ask_host;
	r = net_link_attach(net->route, &net->link, &plan->filter.pool, net->program, err);
	if (r == 0 && net->guard >= 0)
		r = net_link_guard(net->route, &net->link, net->guard, err);
	return r;
}

static int connect_bridge(struct net *net, int proc, pid_t inside, struct nsbox_error *err)
{
	struct net_filter *filter = &net->plan.filter;
	int r = net_port_claim(net->route, inside, &net->plan, &net->bridge, read_hint(net),
			       &net->link, &net->place, err);

	if (r < 0)
		return r;
	write_hint(net);
	net_plan_complete(&net->plan, &net->place);
	/* Once more: a new port may have given the bridge another hardware address. */
	r = net_bridge_find(net->route, net->plan.bridge, &net->bridge, err);
	if (r < 0)
		return r;
	memcpy(filter->host_mac[0], net->bridge.mac, sizeof(filter->host_mac[0]));
	memcpy(filter->host_mac[1], net_port_mac, sizeof(filter->host_mac[1]));
	r = net_bridge_host(net->route, net->plan.has_v6, &net->place, filter, err);
	if (r == 0)
		r = net_program_load(filter, &net->program, err);
	if (r == 0)
		r = net_port_attach(net->route, proc, &net->link, &net->place, net->program, err);
	return r;
}

int net_connect(struct net *net, int proc, pid_t inside, struct nsbox_error *err)
{
	int r;

	if (net->route < 0)
		return 0;
	if (net->plan.kind == NETWORK_BRIDGE)
		r = connect_bridge(net, proc, inside, err);
	else
		r = connect_nat(net, inside, err);
	return r < 0 ? r : limit_rate(net, net->route, net->link.index, net->link.name, err);
}

/*
 * An echo request without a raw socket, icmp(7). Our ids are the host's, so all groups can be
 * named, whatever is mapped inside.
 */
static int allow_ping(int proc, struct nsbox_error *err)
{
	static const char all[] = "0 2147483647";
	_cleanup_close_ int fd = openat(proc, "sys/net/ipv4/ping_group_range",
					O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, all, strlen(all)) < 0)
		return error_errno(err, errno, "cannot let the container ping");
	return 0;
}

/* "20000-20003" */
static void print_ports(const struct net *net, char ret[WIRE_PORTS_MAX])
{
	const struct net_published *publish = &net->plan.publish;
	unsigned int first = net_slot_port(&publish->range, publish->block, net->link.slot);

	snprintf(ret, WIRE_PORTS_MAX, "%u-%u", first & 0xffff,
		 (first + publish->ports.count - 1) & 0xffff);
}

/* A socket of the session's that does not say which port it wants gets none of these. */
static int reserve_ports(const struct net *net, int proc, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;
	char ports[WIRE_PORTS_MAX];

	if (!net->plan.published)
		return 0;
	print_ports(net, ports);
	fd = openat(proc, "sys/net/ipv4/ip_local_reserved_ports", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, ports, strlen(ports)) < 0)
		return error_errno(err, errno, "cannot reserve the ports %s in the container",
				   ports);
	return 0;
}

int net_raise(const struct net *net, int proc, struct nsbox_error *err)
{
	_cleanup_close_ int route = -1;
	int r;

	if (net->route < 0)
		return 0;
	r = netlink_open(NETLINK_ROUTE, &route);
	if (r < 0)
		return error_errno(err, r, "cannot speak to the kernel of the container's network");
	r = limit_rate(net, route, NET_INSIDE_INDEX, NET_INSIDE, err);
	if (r < 0)
		return r;
	if (net->plan.kind == NETWORK_BRIDGE)
		r = net_port_raise(route, proc, &net->place, err);
	else
		r = net_link_raise(route, &net->link, &net->plan.filter.pool, err);
	if (r == 0)
		r = reserve_ports(net, proc, err);
	return r < 0 ? r : allow_ping(proc, err);
}

void net_tell(const struct net *net, char addresses[SESSION_ADDRESSES_MAX],
	      char ports[WIRE_PORTS_MAX])
{
	const struct net_filter *f = &net->plan.filter;
	/* Of a bridge they are whole addresses, to which no slot is to be added. */
	const struct net_prefix *own[] = { f->bridged ? &f->v4 : &f->pool.v4,
					   f->bridged ? &f->v6 : &f->pool.v6 };
	uint32_t slot = f->bridged ? 0 : net->link.slot;
	char *at = addresses;
	uint8_t address[16];

	*at = '\0';
	ports[0] = '\0';
	if (net->route < 0)
		return;
	for (unsigned int i = 0; i < 2; i++) {
		if (!own[i]->family)
			continue;
		net_slot_address(own[i], slot, address);
		if (at > addresses)
			*at++ = ' ';
		inet_ntop(own[i]->family, address, at, INET6_ADDRSTRLEN);
		at += strlen(at);
	}
	if (net->plan.published)
		print_ports(net, ports);
}
