// SPDX-License-Identifier: MIT
/*
 * The plan of a session's network: which slots, and where it may go.
 */
#include "unit_helper.h"

#include <errno.h>
#include <netinet/in.h>

#include "net_plan.h"

static void say(struct words *words, const char *text)
{
	char copy[256];

	words_clear(words);
	snprintf(copy, sizeof(copy), "%s", text);
	for (char *w = strtok(copy, " "); w; w = strtok(NULL, " "))
		assert_int_equal(words_add(words, w, strlen(w)), 0);
}

static struct policy policy_of(const char *network)
{
	struct policy policy = { .network_admin = NETWORK_ADMIN_AUTO };

	snprintf(policy.network, sizeof(policy.network), "%s", network);
	strcpy(policy.address, "pool");
	strcpy(policy.publish, "no");
	strcpy(policy.rate, "none");
	say(&policy.egress, "any");
	say(&policy.reach_host, "no");
	say(&policy.dns, "auto");
	return policy;
}

static struct site site_of(const char *pool, const char *ports)
{
	struct site site = { .publish_block = 16 };

	snprintf(site.address_pool, sizeof(site.address_pool), "%s", pool);
	snprintf(site.publish_ports, sizeof(site.publish_ports), "%s", ports);
	return site;
}

static const char both[] = "10.1.0.0/24 fd00:1::/64";

static void make(const struct policy *policy, const struct site *site, struct net_plan *ret)
{
	struct nsbox_error err = { 0 };

	/* What was there before must not shine through. */
	memset(ret, 0xa5, sizeof(*ret));
	if (net_plan_make(policy, site, true, NULL, ret, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_whose(void **state)
{
	static const struct {
		const char *network;
		enum network_admin_word admin;
		bool hosts, wired;
	} cases[] = {
		{ "loopback", NETWORK_ADMIN_AUTO, false, false },
		{ "loopback", NETWORK_ADMIN_NO, true, false },
		{ "loopback", NETWORK_ADMIN_YES, false, false },
		{ "host", NETWORK_ADMIN_AUTO, false, false },
		{ "nat", NETWORK_ADMIN_AUTO, true, true },
		{ "nat", NETWORK_ADMIN_NO, true, true },
		{ "nat", NETWORK_ADMIN_YES, false, true },
		{ "bridge br0", NETWORK_ADMIN_AUTO, true, true },
		{ "bridge br0", NETWORK_ADMIN_YES, false, true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct policy policy = policy_of(cases[i].network);

		policy.network_admin = cases[i].admin;
		assert_int_equal(net_is_hosts(&policy), cases[i].hosts);
		assert_int_equal(net_is_wired(&policy), cases[i].wired);
	}
}

static void test_slots(void **state)
{
	struct policy policy = policy_of("nat");
	struct site site = site_of(both, "2000-2159");
	struct nsbox_error err = { 0 };
	struct net_plan plan;

	(void)state;
	make(&policy, &site, &plan);
	assert_int_equal(plan.kind, NETWORK_NAT);
	assert_false(plan.published);
	assert_int_equal(plan.from, 2 + 10);	/* behind those with ports */
	assert_int_equal(plan.to, 255);
	strcpy(policy.publish, "tcp,udp 16");
	make(&policy, &site, &plan);
	assert_true(plan.published);
	assert_int_equal(plan.publish.block, site.publish_block);
	assert_int_equal(plan.from, 2);
	assert_int_equal(plan.to, 2 + 10);
	strcpy(site.publish_ports, "2000-2014");
	assert_int_equal(net_plan_make(&policy, &site, true, NULL, &plan, &err), -EINVAL);
	assert_string_equal(err.text, "cannot plan the network: there is no block of 16 ports in "
			    "publish-ports");
}

static void test_where(void **state)
{
	struct policy policy = policy_of("nat");
	struct site site = site_of(both, "");
	struct net_plan plan;
	const struct net_filter *f = &plan.filter;

	(void)state;
	make(&policy, &site, &plan);
	assert_int_equal(f->egress, NET_EGRESS_ANY);
	assert_int_equal(f->allows + f->denies + f->reaches + f->resolvers_n, 0);
	say(&policy.egress, "none");
	make(&policy, &site, &plan);
	assert_int_equal(f->egress, NET_EGRESS_NONE);
	say(&policy.egress, "10.0.0.0/8 192.0.2.1:443/tcp [2001:db8::/32]:53");
	say(&policy.egress_deny, "10.9.0.0/16:25");
	say(&policy.reach_host, "22/tcp 6000-6010");
	say(&policy.dns, "192.0.2.53 2001:db8::53");
	make(&policy, &site, &plan);
	assert_int_equal(f->egress, NET_EGRESS_LIST);
	assert_int_equal(f->allows, 3);
	assert_int_equal(f->allow[1].proto, IPPROTO_TCP);
	assert_int_equal(f->allow[1].min, 443);
	assert_int_equal(f->allow[2].to.family, AF_INET6);
	assert_int_equal(f->denies, 1);
	assert_true(f->deny[0].tcp_udp);
	assert_int_equal(f->reaches, 2);
	assert_int_equal(f->reach[1].max, 6010);
	assert_int_equal(f->resolvers_n, 2);
	assert_int_equal(f->resolvers[1].bits, 128);
}

static void test_resolvers(void **state)
{
	static const struct net_resolvers automatic = {
		.n = 1, .at = { { AF_INET, 32, { 192, 0, 2, 53 } } }, .ask_host = true,
	};
	struct policy policy = policy_of("nat");
	struct site site = site_of(both, "");
	struct nsbox_error err = { 0 };
	struct net_plan plan;

	(void)state;
	assert_int_equal(net_plan_make(&policy, &site, true, &automatic, &plan, &err), 0);
	assert_int_equal(plan.filter.resolvers_n, 1);
	assert_true(plan.filter.ask_host);
	/* The host's loopback is reached through NAT, and by IPv4. */
	policy = policy_of("bridge br0");
	assert_int_equal(net_plan_make(&policy, &site, true, &automatic, &plan, &err), 0);
	assert_int_equal(plan.filter.resolvers_n, 1);
	assert_false(plan.filter.ask_host);
	policy = policy_of("nat");
	strcpy(site.address_pool, "fd00:1::/64");
	assert_int_equal(net_plan_make(&policy, &site, true, &automatic, &plan, &err), 0);
	assert_false(plan.filter.ask_host);
	strcpy(site.address_pool, both);
	say(&policy.egress, "none");
	assert_int_equal(net_plan_make(&policy, &site, true, &automatic, &plan, &err), 0);
	assert_int_equal(plan.filter.resolvers_n, 0);
	assert_false(plan.filter.ask_host);
	say(&policy.egress, "any");
	say(&policy.dns, "none");
	assert_int_equal(net_plan_make(&policy, &site, true, &automatic, &plan, &err), 0);
	assert_int_equal(plan.filter.resolvers_n, 0);
	assert_false(plan.filter.ask_host);
}

/* The host has no IPv6: who has which slot is the same as with it. */
static void test_one_family(void **state)
{
	struct policy policy = policy_of("nat");
	struct site site = site_of("10.2.0.0/15 fd00:1::/112", "");
	struct nsbox_error err = { 0 };
	struct net_plan with, without;

	(void)state;
	make(&policy, &site, &with);
	assert_int_equal(net_plan_make(&policy, &site, false, NULL, &without, &err), 0);
	assert_int_equal(without.filter.pool.v6.family, 0);
	assert_int_equal(without.filter.pool.v4.family, AF_INET);
	assert_int_equal(with.to, 65536);
	assert_int_equal(without.to, 65536);
	site = site_of("fd00:1::/64", "");
	assert_int_equal(net_plan_make(&policy, &site, false, NULL, &without, &err),
			 -EAFNOSUPPORT);
	assert_non_null(strstr(err.text, "IPv6"));
}

/* Addresses by a template take no slot of the pool's, and need no pool. */
static void test_bridge(void **state)
{
	struct policy policy = policy_of("bridge br0");
	struct net_resolvers automatic = { .ask_host = true };
	struct site site = site_of(both, "");
	struct nsbox_error err = { 0 };
	struct net_place place;
	struct net_plan plan;

	(void)state;
	assert_int_equal(net_plan_make(&policy, &site, true, &automatic, &plan, &err), 0);
	assert_string_equal(plan.bridge, "br0");
	assert_true(plan.filter.bridged && !plan.templated);
	assert_int_equal(plan.from, 2);
	assert_int_equal(plan.to, 255);
	assert_false(plan.filter.ask_host);	/* there is no table that would lead there */
	assert_int_equal(net_plan_place(&plan, 9, &place, NULL), 0);
	assert_int_equal(place.at.v4.addr[3], 9);
	strcpy(policy.address, "192.0.2.%n/24");
	make(&policy, &site, &plan);
	assert_true(plan.templated && plan.numbered);
	assert_int_equal(plan.from, NET_SLOTS_MAX + 2);
	assert_int_equal(plan.to, NET_SLOTS_MAX + 256);
	assert_int_equal(net_plan_place(&plan, plan.from, &place, NULL), 0);
	assert_int_equal(place.at.v4.addr[3], 2);
	net_plan_complete(&plan, &place);
	assert_int_equal(plan.filter.v4.bits, 24);
	assert_int_equal(plan.filter.v6.family, 0);
	assert_memory_equal(plan.filter.mac, place.mac, sizeof(place.mac));
	/* Of every section, also one that is not this session's. */
	site.templates = 1;
	strcpy(site.template[0], "198.51.100.%n/24,2001:db8::%n/64 via 198.51.100.1");
	make(&policy, &site, &plan);
	assert_int_equal(plan.filter.ranges, 2);
	assert_int_equal(plan.filter.gateways, 1);
	site = site_of("", "");
	strcpy(policy.address, "192.0.2.%U/24");
	make(&policy, &site, &plan);
	assert_true(plan.templated && !plan.numbered);
	assert_int_equal(plan.to - plan.from, NET_SLOTS_MAX);
}

/* No wire, no plan: whatever else the policy says. */
static void test_none(void **state)
{
	struct policy policy = policy_of("loopback");
	struct site site = site_of("", "");
	struct net_plan plan;

	(void)state;
	make(&policy, &site, &plan);
	assert_int_equal(plan.kind, NETWORK_LOOPBACK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whose),
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_one_family),
		cmocka_unit_test(test_bridge),
		cmocka_unit_test(test_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
