// SPDX-License-Identifier: MIT
/*
 * What a session's network is to be. Pure: runs with any privilege, the system is not asked.
 */
#include "net_plan.h"

#include <errno.h>
#include <string.h>

static enum network_word kind_of(const struct policy *policy, char bridge[IFNAMSIZ])
{
	enum network_word kind = NETWORK_LOOPBACK;

	nets_network(policy->network, &kind, bridge, NULL);	/* the loader has checked it */
	return kind;
}

bool net_is_wired(const struct policy *policy)
{
	char bridge[IFNAMSIZ];
	enum network_word kind = kind_of(policy, bridge);

	return kind == NETWORK_NAT || kind == NETWORK_BRIDGE;
}

bool net_is_hosts(const struct policy *policy)
{
	if (policy->network_admin == NETWORK_ADMIN_AUTO)
		return net_is_wired(policy);
	return policy->network_admin == NETWORK_ADMIN_NO;
}

static bool is_word(const struct words *words, const char *word)
{
	return words->n == 1 && words_have(words, word);
}

static int bad_value(struct nsbox_error *err, const char *key, const struct value_why *why)
{
	return error_plain(err, EINVAL, "cannot plan the network: %s: %s", key, why->text);
}

static int plan_targets(const struct words *words, const char *key, struct net_target *ret,
			unsigned int *ret_n, struct nsbox_error *err)
{
	struct value_why why = { 0 };
	unsigned int n = 0;

	for (const char *w = words_next(words, NULL); w; w = words_next(words, w)) {
		if (n == NET_FILTER_TARGETS)
			return error_plain(err, E2BIG, "cannot plan the network: more than %d "
					   "in %s", NET_FILTER_TARGETS, key);
		if (nets_target(w, &ret[n++], &why) < 0)
			return bad_value(err, key, &why);
	}
	*ret_n = n;
	return 0;
}

static int plan_egress(const struct policy *policy, struct net_filter *f, struct nsbox_error *err)
{
	int r = 0;

	if (is_word(&policy->egress, "any")) {
		f->egress = NET_EGRESS_ANY;
	} else if (is_word(&policy->egress, "none")) {
		f->egress = NET_EGRESS_NONE;
	} else {
		f->egress = NET_EGRESS_LIST;
		r = plan_targets(&policy->egress, "egress", f->allow, &f->allows, err);
	}
	if (r == 0)
		r = plan_targets(&policy->egress_deny, "egress-deny", f->deny, &f->denies, err);
	return r;
}

static int plan_reach(const struct policy *policy, struct net_filter *f, struct nsbox_error *err)
{
	struct value_why why = { 0 };

	if (is_word(&policy->reach_host, "no"))
		return 0;
	for (const char *w = words_next(&policy->reach_host, NULL); w;
	     w = words_next(&policy->reach_host, w)) {
		if (f->reaches == NET_FILTER_PORTS)
			return error_plain(err, E2BIG, "cannot plan the network: more than %d in "
					   "reach-host", NET_FILTER_PORTS);
		if (nets_ports(w, &f->reach[f->reaches++], &why) < 0)
			return bad_value(err, "reach-host", &why);
	}
	return 0;
}

static int plan_resolvers(const struct policy *policy, const struct net_resolvers *automatic,
			  struct net_filter *f, struct nsbox_error *err)
{
	struct value_why why = { 0 };

	/* Who can ask nobody is not to wait for an answer: a resolver does, for seconds. */
	if (is_word(&policy->dns, "none") || f->egress == NET_EGRESS_NONE)
		return 0;
	if (is_word(&policy->dns, "auto")) {
		f->resolvers_n = automatic ? automatic->n : 0;
		/* The way to the host's loopback leads through the table, and is IPv4's alone. */
		f->ask_host = automatic && automatic->ask_host && !f->bridged && f->pool.v4.family;
		for (unsigned int i = 0; i < f->resolvers_n; i++)
			f->resolvers[i] = automatic->at[i];
		return 0;
	}
	for (const char *w = words_next(&policy->dns, NULL); w && f->resolvers_n < NET_RESOLVERS;
	     w = words_next(&policy->dns, w))
		if (nets_server(w, &f->resolvers[f->resolvers_n++], &why) < 0)
			return bad_value(err, "dns", &why);
	return 0;
}

/*
 * Addresses by a template have numbers of their own, behind all slots that a pool can have: a
 * session with one takes no address of the pool from another.
 */
static void plan_numbers(struct net_plan *p)
{
	p->numbered = strstr(p->address, "%n");
	p->from = NET_SLOTS_MAX + NET_SLOT_FIRST;
	net_place_numbers(p->address, &p->to);
	p->to += NET_SLOTS_MAX;
}

static int plan_slots(const struct policy *policy, const struct site *site, struct net_plan *p,
		      struct nsbox_error *err)
{
	struct net_published *publish = &p->publish;
	struct net_slots slots;
	struct value_why why = { 0 };
	int r;

	if ((!p->templated || *site->address_pool) &&
	    nets_pool(site->address_pool, &p->filter.pool, &why) < 0)
		return bad_value(err, "address-pool", &why);
	if (nets_range(site->publish_ports, &publish->range, &why) < 0)
		return bad_value(err, "publish-ports", &why);
	if (nets_publish(policy->publish, &publish->ports, &why) < 0)
		return bad_value(err, "publish", &why);
	if (p->templated) {
		plan_numbers(p);
		return 0;
	}
	/* Before the family is left out: who has which slot is the same with it and without. */
	publish->block = site->publish_block;
	r = net_slots_plan(&p->filter.pool, &publish->range, publish->block, &slots, err);
	if (r < 0)
		return r;
	p->published = publish->ports.count > 0;
	p->from = p->published ? slots.first : slots.published;
	p->to = p->published ? slots.published : slots.end;
	if (p->from == p->to)
		return error_plain(err, EINVAL, "cannot plan the network: there is no block of %u "
				   "ports in publish-ports", publish->block);
	if (!p->has_v6)
		memset(&p->filter.pool.v6, 0, sizeof(p->filter.pool.v6));
	if (!p->filter.pool.v4.family && !p->filter.pool.v6.family)
		return error_plain(err, EAFNOSUPPORT, "cannot plan the network: address-pool is of "
				   "IPv6 alone, and the host has that switched off");
	return 0;
}

static void add_range(const struct net_range *range, const struct net_prefix *gateway,
		      struct net_filter *f)
{
	if (range->family)
		f->range[f->ranges++] = *range;
	if (gateway->family)
		f->gateway[f->gateways++] = *gateway;
}

/* What sessions on bridges have for addresses, by whatever section of the policy. */
static int plan_taken(const struct site *site, struct net_filter *f, struct nsbox_error *err)
{
	for (unsigned int i = 0; i < site->templates; i++) {
		struct net_template t;

		if (nets_template(site->template[i], &t) < 0)
			return error_plain(err, EINVAL, "cannot plan the network: address: \"%s\"",
					   site->template[i]);
		add_range(&t.v4, &t.gateway4, f);
		add_range(&t.v6, &t.gateway6, f);
	}
	return 0;
}

int net_plan_make(const struct policy *policy, const struct site *site, bool has_v6,
		  const struct net_resolvers *resolvers, struct net_plan *ret,
		  struct nsbox_error *err)
{
	int r;

	memset(ret, 0, sizeof(*ret));
	ret->kind = kind_of(policy, ret->bridge);
	if (ret->kind != NETWORK_NAT && ret->kind != NETWORK_BRIDGE)
		return 0;
	ret->filter.bridged = ret->kind == NETWORK_BRIDGE;
	nets_rate(policy->rate, &ret->rate, NULL);
	ret->has_v6 = has_v6;
	if (ret->kind == NETWORK_BRIDGE) {
		strcpy(ret->address, policy->address);
		ret->templated = strcmp(policy->address, "pool") != 0;
	}
	r = plan_slots(policy, site, ret, err);
	if (r == 0)
		r = plan_taken(site, &ret->filter, err);
	if (r == 0)
		r = plan_egress(policy, &ret->filter, err);
	if (r == 0)
		r = plan_reach(policy, &ret->filter, err);
	return r < 0 ? r : plan_resolvers(policy, resolvers, &ret->filter, err);
}

int net_plan_place(const struct net_plan *plan, uint32_t slot, struct net_place *ret,
		   struct value_why *why)
{
	return net_place_make(plan->address, &plan->filter.pool, plan->has_v6, plan->uid,
			      plan->templated ? slot - NET_SLOTS_MAX : slot, ret, why);
}

void net_plan_complete(struct net_plan *plan, const struct net_place *place)
{
	struct net_filter *f = &plan->filter;

	f->v4 = place->at.v4;
	f->v6 = place->at.v6;
	memcpy(f->mac, place->mac, sizeof(f->mac));
	memcpy(f->link_local, place->link_local, sizeof(f->link_local));
}
