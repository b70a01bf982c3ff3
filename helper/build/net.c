// SPDX-License-Identifier: MIT
/*
 * A session's network. Runs as root of the host in the builder; must never leave a wire without its
 * program.
 */
#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "net_ask.h"
#include "net_program.h"
#include "net_rate.h"
#include "net_seal.h"

#define NET_NEXT NET_DIR "/next"

void net_init(struct net *net)
{
	net->plan.kind = NETWORK_LOOPBACK;
	net->route = -1;
	net->program = -1;
	net->next = -1;
}

void net_release(struct net *net)
{
	cleanup_close(&net->route);
	cleanup_close(&net->program);
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

int net_prepare(const struct policy *policy, const struct site *site,
		const struct net_resolvers *resolvers, struct net *net, struct nsbox_error *err)
{
	int r;

	if (!net_is_wired(policy))
		return 0;
	r = net_plan_make(policy, site, host_has_v6(), resolvers, &net->plan, err);
	if (r < 0)
		return r;
	r = netlink_open(NETLINK_ROUTE, &net->route);
	if (r < 0)
		return error_errno(err, r, "cannot speak to the kernel of networks");
	r = await_host(net->route, site, err);
	/* Where the container's namespaces are made, /run is another one already. */
	net->next = open(NET_NEXT, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	return r < 0 ? r : net_program_take(&net->plan.filter, &net->program, err);
}

/*
 * Where to look for a free slot: behind the one that was given last, so that an address rests as
 * long as it can. It is a hint: two that read the same number try the same slot, and the kernel
 * gives it to one of them.
 */
static uint32_t read_hint(int fd, bool published)
{
	uint32_t hint = 0;

	if (fd < 0 || pread(fd, &hint, sizeof(hint), published ? sizeof(hint) : 0) !=
		      (ssize_t)sizeof(hint))
		return 0;
	return hint;
}

static void write_hint(int fd, bool published, uint32_t hint)
{
	/* If it cannot be kept, the next one searches longer. */
	if (fd >= 0 && pwrite(fd, &hint, sizeof(hint), published ? sizeof(hint) : 0) < 0)
		return;
}

/* An end of the wire, in the network namespace of @route, sends no faster than @bits a second. */
static int limit_rate(int route, uint32_t index, const char *name, uint64_t bits,
		      struct nsbox_error *err)
{
	struct net_bucket bucket;

	if (!bits)
		return 0;
	net_rate_plan(bits, NET_RATE_MTU, &bucket);
	return net_rate_set(route, index, name, &bucket, err);
}

int net_connect(struct net *net, pid_t inside, struct nsbox_error *err)
{
	const struct net_plan *plan = &net->plan;
	int r;

	if (net->route < 0)
		return 0;
	r = net_link_claim(net->route, inside, plan->from, plan->to,
			   read_hint(net->next, plan->published), &net->link, err);
	if (r < 0)
		return r;
	write_hint(net->next, plan->published, net->link.slot + 1 - plan->from);
	net->link.to_loopback = plan->filter.ask_host;
	r = net_link_attach(net->route, &net->link, &plan->filter.pool, net->program, err);
	return r < 0 ? r : limit_rate(net->route, net->link.index, net->link.name, plan->rate, err);
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

int net_raise(const struct net *net, int proc, struct nsbox_error *err)
{
	_cleanup_close_ int route = -1;
	int r;

	if (net->route < 0)
		return 0;
	r = netlink_open(NETLINK_ROUTE, &route);
	if (r < 0)
		return error_errno(err, r, "cannot speak to the kernel of the container's network");
	r = limit_rate(route, NET_INSIDE_INDEX, NET_INSIDE, net->plan.rate, err);
	if (r < 0)
		return r;
	r = net_link_raise(route, &net->link, &net->plan.filter.pool, err);
	return r < 0 ? r : allow_ping(proc, err);
}
