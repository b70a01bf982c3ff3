// SPDX-License-Identifier: MIT
/*
 * Who a session is on a bridge: its addresses, and a hardware address that follows from them.
 */
#include "unit_helper.h"

#include <arpa/inet.h>
#include <errno.h>

#include "net_place.h"
#include "net_slots.h"

static const char both[] = "10.1.0.0/24 fd00:1::/64";
static const char four[] = "192.0.2.%n/24 via 192.0.2.1";

static struct net_pool pool_of(const char *text)
{
	struct net_pool pool = { .v4 = { 0 } };

	if (*text)
		assert_int_equal(nets_pool(text, &pool, NULL), 0);
	return pool;
}

static void add(char *buf, const struct net_prefix *at)
{
	char address[INET6_ADDRSTRLEN] = "-";
	size_t used = strlen(buf);

	if (at->family)
		inet_ntop(at->family, at->addr, address, sizeof(address));
	snprintf(buf + used, 256 - used, "%s/%u ", address, at->bits);
}

static void test_good(void **state)
{
	static const struct {
		const char *address, *pool;
		bool has_v6;
		uint32_t uid, number;
		const char *is;
	} cases[] = {
		{ "pool", both, true, 1000, 7, "10.1.0.7/24 fd00:1::7/64 10.1.0.1/32 fd00:1::1/128 "
		  "02:6e:0a:01:00:07 fe80::6e:aff:fe01:7" },
		{ "pool", both, false, 1000, 7, "10.1.0.7/24 -/0 10.1.0.1/32 -/0 "
		  "02:6e:0a:01:00:07 fe80::6e:aff:fe01:7" },
		{ "pool", "10.1.0.0/16", true, 1000, 258, "10.1.1.2/16 -/0 10.1.0.1/32 -/0 "
		  "02:6e:0a:01:01:02 fe80::6e:aff:fe01:102" },
		{ four, "", true, 1000, 9, "192.0.2.9/24 -/0 192.0.2.1/32 -/0 "
		  "02:6e:c0:00:02:09 fe80::6e:c0ff:fe00:209" },
		{ "192.0.2.9/24,2001:db8::%U/64", both, true, 1000, 9, "192.0.2.9/24 "
		  "2001:db8::1000/64 -/0 -/0 02:6e:c0:00:02:09 fe80::6e:c0ff:fe00:209" },
		{ "192.0.2.9/24,2001:db8::%U/64", both, false, 1000, 9, "192.0.2.9/24 "
		  "-/0 -/0 -/0 02:6e:c0:00:02:09 fe80::6e:c0ff:fe00:209" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_pool pool = pool_of(cases[i].pool);
		char buf[256] = "", local[INET6_ADDRSTRLEN];
		struct net_place p;
		size_t used;

		assert_int_equal(net_place_make(cases[i].address, &pool, cases[i].has_v6,
						cases[i].uid, cases[i].number, &p, NULL), 0);
		add(buf, &p.at.v4);
		add(buf, &p.at.v6);
		add(buf, &p.at.gateway4);
		add(buf, &p.at.gateway6);
		used = strlen(buf);
		snprintf(buf + used, sizeof(buf) - used, "%02x:%02x:%02x:%02x:%02x:%02x %s",
			 p.mac[0], p.mac[1], p.mac[2], p.mac[3], p.mac[4], p.mac[5],
			 inet_ntop(AF_INET6, p.link_local, local, sizeof(local)));
		assert_string_equal(buf, cases[i].is);
	}
}

static void test_bad(void **state)
{
	static const struct {
		const char *address, *pool;
		bool has_v6;
		uint32_t number;
		const char *why;
	} cases[] = {
		{ four, both, true, 256, "address" },
		{ four, both, true, 255, "broadcast" },
		{ "10.1.0.%n/16", both, true, 9, "address-pool" },
		{ "192.0.2.%n/24,fd00:1::%n/64", both, true, 9, "address-pool" },
		{ "2001:db8::%n/64", both, false, 9, "IPv6" },
		{ "pool", "fd00:1::/64", false, 9, "IPv6" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_pool pool = pool_of(cases[i].pool);
		struct net_place p = { .mac = { 7 } };
		struct value_why why = { 0 };

		assert_int_equal(net_place_make(cases[i].address, &pool, cases[i].has_v6, 1000,
						cases[i].number, &p, &why), -EINVAL);
		if (!strstr(why.text, cases[i].why))
			fail_msg("%s: \"%s\"", cases[i].address, why.text);
		assert_int_equal(p.mac[0], 7);
	}
}

/* No two addresses of a network have one hardware address, and it is never a group's. */
static void test_hardware(void **state)
{
	struct net_pool pool = pool_of("fd00:1::/112");
	static uint8_t seen[1 << 16];

	(void)state;
	for (uint32_t n = NET_SLOT_FIRST; n < 1 << 16; n++) {
		struct net_place p;

		assert_int_equal(net_place_make("pool", &pool, true, 1, n, &p, NULL), 0);
		assert_int_equal(p.mac[0], 2);
		assert_int_equal(seen[p.mac[4] << 8 | p.mac[5]]++, 0);
	}
}

static void test_numbers(void **state)
{
	static const struct {
		const char *address;
		uint32_t end;
	} cases[] = {
		{ "pool", NET_SLOT_FIRST + NET_SLOTS_MAX },
		{ "192.0.2.7/24", NET_SLOT_FIRST + NET_SLOTS_MAX },
		{ "10.%U.0.1/8", NET_SLOT_FIRST + NET_SLOTS_MAX },
		{ four, 256 },
		{ "192.0.2.%n/24,2001:db8::%n/64", 256 },
		{ "2001:db8::%n/64", 10000 },
		/* 256 is the gateway's. */
		{ "2001:db8::%n/64 via 2001:db8::256", 10000 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint32_t end = 0;

		net_place_numbers(cases[i].address, &end);
		assert_int_equal(end, cases[i].end);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_hardware),
		cmocka_unit_test(test_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
