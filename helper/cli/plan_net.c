// SPDX-License-Identifier: MIT
/*
 * The plan of a session's network, in words. Runs with any privilege: the system is not asked, so
 * what only a login finds out is said to be so.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "net_plan.h"
#include "plan.h"

static void print_address(const struct net_prefix *prefix, uint32_t slot, char *buf, size_t size)
{
	uint8_t addr[16];

	net_slot_address(prefix, slot, addr);
	inet_ntop(prefix->family, addr, buf, (socklen_t)size);
}

/* "10.213.0.0/16 and fd6e:7362:6f78::/64" */
static void print_pool(const struct net_pool *pool, char *buf, size_t size)
{
	const struct net_prefix *halves[] = { &pool->v4, &pool->v6 };
	char text[INET6_ADDRSTRLEN];
	size_t used = 0;

	for (size_t i = 0; i < 2 && used < size; i++) {
		if (!halves[i]->family)
			continue;
		print_address(halves[i], 0, text, sizeof(text));
		used += (size_t)snprintf(buf + used, size - used, "%s%s/%u", used ? " and " : "",
					 text, halves[i]->bits);
	}
}

/* Where the session is: a number, and what follows from it. */
static void add_slot(const struct net_plan *plan, const struct site *site, struct lines *lines)
{
	const struct net_pool *pool = &plan->filter.pool;
	char text[128], lowest[INET6_ADDRSTRLEN];
	struct net_ports range;

	lines_add(lines, "slot: N, a number that no other session has, of %u to %u",
		  plan->from, plan->to - 1);
	print_pool(pool, text, sizeof(text));
	print_address(pool->v4.family ? &pool->v4 : &pool->v6, plan->from, lowest, sizeof(lowest));
	lines_add(lines, "address: the N-th of %s: %s is that of %u", text, lowest, plan->from);
	if (plan->published && nets_range(site->publish_ports, &range, NULL) == 0)
		lines_add(lines, "ports: a block of %u, from %u + (N - 2) * %u",
			  site->publish_block, range.min, site->publish_block);
}

static void add_program(const struct net_filter *filter, struct lines *lines)
{
	static const char *const egress[] = {
		[NET_EGRESS_ANY] = "everything",
		[NET_EGRESS_NONE] = "nothing",
		[NET_EGRESS_LIST] = "what egress names",
	};
	_cleanup_free_ struct bpf_asm *program = malloc(sizeof(*program));

	if (!program || net_filter_write(filter, program) < 0)
		lines_add(lines, "program: cannot be written: egress and egress-deny are too "
			  "long");
	else
		lines_add(lines, "program: %u instructions at the host's end; made from %s "
			  "(destinations: %u), egress-deny (%u), reach-host (port ranges: %u) and "
			  "name servers (%u)", program->n, egress[filter->egress], filter->allows,
			  filter->denies, filter->reaches, filter->resolvers_n);
}

/* Whom it asks for names, as of now. */
static void add_servers(const struct net_filter *filter, struct lines *lines)
{
	char text[INET6_ADDRSTRLEN];

	for (unsigned int i = 0; i < filter->resolvers_n; i++) {
		print_address(&filter->resolvers[i], 0, text, sizeof(text));
		lines_add(lines, "name server: %s", text);
	}
	if (!filter->ask_host)
		return;
	print_address(&filter->pool.v4, NET_SLOT_HOST, text, sizeof(text));
	lines_add(lines, "name server: the host's own, on its 127.0.0.1, by way of %s", text);
}

void plan_network(const struct policy *policy, const struct site *site,
		  const struct net_resolvers *servers, struct plan *ret)
{
	struct net_plan *plan = malloc(sizeof(*plan));
	struct lines *lines = &ret->network;
	struct nsbox_error err;

	if (!plan || net_plan_make(policy, site, true, servers, plan, &err) < 0) {
		lines_add(&ret->unknown, "the network: %s: the login would be refused",
			  plan ? err.text : "no memory to plan it");
	} else if (plan->kind == NETWORK_NAT) {
		add_slot(plan, site, lines);
		lines_add(lines, "link: nsbN on the host, eth0 inside; default routes of each "
			  "family by it");
		add_servers(&plan->filter, lines);
		add_program(&plan->filter, lines);
	} else if (plan->kind == NETWORK_BRIDGE) {
		lines_add(lines, "link: nsbN, a port of the bridge %s; eth0 inside", plan->bridge);
		lines_add(&ret->unknown, "the network: address and program: they depend on what "
			  "the bridge and the host are at the login");
	}
	if (plan && plan->rate && lines->n)
		lines_add(lines, "rate: %llu bits a second each way",
			  (unsigned long long)plan->rate);
	free(plan);
}
