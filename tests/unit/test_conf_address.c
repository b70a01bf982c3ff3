// SPDX-License-Identifier: MIT
/*
 * The policy's `address`: what a template comes to, and what none can come to.
 */
#include "conf_helper.h"

#include <arpa/inet.h>
#include <errno.h>

#include "address.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void add_text(const struct net_prefix *prefix, char *buf, size_t size)
{
	size_t used = strlen(buf);
	char address[INET6_ADDRSTRLEN] = "-";

	if (prefix->family)
		assert_non_null(inet_ntop(prefix->family, prefix->addr, address, sizeof(address)));
	snprintf(buf + used, size - used, "%s%s/%u", used ? " " : "", address, prefix->bits);
}

static void test_good(void **state)
{
	static const struct {
		const char *text;
		uint32_t uid, slot;
		const char *is;
	} cases[] = {
		{ "pool", 1000, 7, "-/0 -/0 -/0 -/0" },
		{ "192.0.2.%n/24", 1000, 7, "192.0.2.7/24 -/0 -/0 -/0" },
		{ "10.%U.0.%n/8", 100, 254, "10.100.0.254/8 -/0 -/0 -/0" },
		{ "192.0.2.7/24 via 192.0.2.1", 0, 0, "192.0.2.7/24 -/0 192.0.2.1/32 -/0" },
		/* The digits of the decimal stand where hexadecimal ones do. */
		{ "2001:db8::%U:%n/64", 1000, 17, "-/0 2001:db8::1000:17/64 -/0 -/0" },
		{ "192.0.2.%n/24,2001:db8::%n/64 via 192.0.2.1,fe80::1", 0, 9,
		  "192.0.2.9/24 2001:db8::9/64 192.0.2.1/32 fe80::1/128" },
		{ "2001:db8::%n/64,192.0.2.%n/24 via 192.0.2.1", 0, 9,
		  "192.0.2.9/24 2001:db8::9/64 192.0.2.1/32 -/0" },
		{ "192.0.2.4/31 via 192.0.2.5", 0, 0, "192.0.2.4/31 -/0 192.0.2.5/32 -/0" },
		{ "192.0.2.4/32", 0, 0, "192.0.2.4/32 -/0 -/0 -/0" },
		{ "2001:db8::/127", 0, 0, "-/0 2001:db8::/127 -/0 -/0" },
		{ "10.0.%U.%n/24 via 10.0.%U.1", 5, 9, "10.0.5.9/24 -/0 10.0.5.1/32 -/0" },
	};
	struct net_address address;
	struct value_why why;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char is[256] = "";

		memset(&address, 0x5a, sizeof(address));
		if (nets_check_address(cases[i].text, &why) < 0 ||
		    nets_address(cases[i].text, cases[i].uid, cases[i].slot, &address, &why) < 0)
			fail_msg("%s: %s", cases[i].text, why.text);
		add_text(&address.v4, is, sizeof(is));
		add_text(&address.v6, is, sizeof(is));
		add_text(&address.gateway4, is, sizeof(is));
		add_text(&address.gateway6, is, sizeof(is));
		assert_string_equal(is, cases[i].is);
	}
}

static void test_bad(void **state)
{
	static const char *const bad[] = {
		"", "Pool", "dhcp", "192.0.2.7", "192.0.2.7/", "192.0.2.7/33", "192.0.2.7/7",
		"192.0.2.7/024", "192.0.2.07/24", "192.0.2.%n", "192.0.2.1%n/24", "192.0.2.%n5/24",
		"192.0.2.%x/24", "192.0.2.%/24", "192.0.2.%%/24", "192.0.2.%n/%n", "%n",
		"192.0.2.%n/24,", ",192.0.2.%n/24", "192.0.2.7/24,192.0.2.8/24",
		"192.0.2.7/24 192.0.2.1", "192.0.2.7/24 via", "192.0.2.7/24 via ",
		"192.0.2.7/24 via 192.0.2.1 x", "192.0.2.7/24 via 192.0.2.1/24",
		"192.0.2.7/24 via 192.0.2.1,192.0.2.2", "192.0.2.7/24 gw 192.0.2.1",
		"192.0.2.7/24 via 198.51.100.1", "192.0.2.7/24 via 192.0.2.7",
		"192.0.2.7/24 via 2001:db8::1", "192.0.2.7/24 via fe80::1", "192.0.2.0/24",
		"192.0.2.255/24", "127.0.0.1/8", "169.254.3.3/16", "224.0.0.1/8", "0.0.0.7/8",
		"fe80::1/64", "ff02::1/64", "::1/128", "2001:db8::/64", "2001:db8::1/129",
		"fe80::1%eth0/64", "::ffff:192.0.2.1/120", "192.0.2.%n.%n.%n/24",
		"2001:db8::g%n/64", "192.0.2.7/24 via any", "via 192.0.2.1", "%n.%n/24",
	};
	struct net_address address, before;

	(void)state;
	memset(&before, 0x5a, sizeof(before));
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct value_why why = { .text = "" };

		address = before;
		if (nets_check_address(bad[i], &why) != -EINVAL)
			fail_msg("taken: %s", bad[i]);
		assert_true(why.text[0] && why.at <= strlen(bad[i]));
		assert_int_equal(nets_address(bad[i], 2, 2, &address, NULL), -EINVAL);
		assert_memory_equal(&address, &before, sizeof(address));
	}
}

/* What only the numbers make wrong is found when they are known, and never cut to fit. */
static void test_late(void **state)
{
	static const struct {
		const char *text;
		uint32_t uid, slot;
	} cases[] = {
		{ "192.0.2.%n/24", 0, 256 }, { "192.0.2.%n/24", 0, 255 }, { "192.0.2.%n/24", 0, 0 },
		{ "192.0.2.%n/24 via 192.0.2.2", 0, 2 }, { "10.%U.0.%n/8", 1000, 2 },
		{ "2001:db8::%U/64", 100000, 2 }, { "10.0.%U.9/24 via 10.0.1.1", 2, 2 },
		{ "%n.0.0.1/8", 0, 127 },
	};
	struct net_address address;
	struct value_why why;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(nets_check_address(cases[i].text, NULL), 0);
		if (nets_address(cases[i].text, cases[i].uid, cases[i].slot, &address, &why) == 0)
			fail_msg("taken: %s", cases[i].text);
		assert_true(why.text[0]);
	}
}

/* The longest that the policy holds, with the longest numbers. */
static void test_long(void **state)
{
	struct net_address address;
	char text[192] = "";

	(void)state;
	while (strlen(text) + 3 < sizeof(text))
		strcat(text, "%n:");
	assert_int_equal(nets_address(text, UINT32_MAX, UINT32_MAX, &address, NULL), -EINVAL);
	assert_int_equal(nets_check_address(text, NULL), -EINVAL);
}

static void add_range(const struct net_range *range, char *buf, size_t size)
{
	struct net_prefix addr = { .family = range->family }, mask = { .family = range->family };

	memcpy(addr.addr, range->addr, sizeof(addr.addr));
	memcpy(mask.addr, range->mask, sizeof(mask.addr));
	add_text(&addr, buf, size);
	add_text(&mask, buf, size);
}

/* What is the same whatever the numbers are. */
static void test_template(void **state)
{
	static const struct {
		const char *text, *is;
	} cases[] = {
		{ "pool", "-/0 -/0 -/0 -/0 -/0 -/0" },
		{ "192.0.2.%n/24 via 192.0.2.1",
		  "192.0.2.0/0 255.255.255.0/0 -/0 -/0 192.0.2.1/32 -/0" },
		{ "192.0.2.99/24", "192.0.2.99/0 255.255.255.255/0 -/0 -/0 -/0 -/0" },
		{ "10.%U.7.%n/8,2001:db8:%U::%n/32 via 10.%U.0.1,fe80::1",
		  "10.0.7.0/0 255.0.255.0/0 2001:db8::/0 ffff:ffff:0:ffff:ffff:ffff:ffff:0/0 "
		  "-/0 fe80::1/128" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct net_template t;
		char buf[256] = "";

		assert_int_equal(nets_template(cases[i].text, &t), 0);
		add_range(&t.v4, buf, sizeof(buf));
		add_range(&t.v6, buf, sizeof(buf));
		add_text(&t.gateway4, buf, sizeof(buf));
		add_text(&t.gateway6, buf, sizeof(buf));
		assert_string_equal(buf, cases[i].is);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good), cmocka_unit_test(test_bad),
		cmocka_unit_test(test_late), cmocka_unit_test(test_long),
		cmocka_unit_test(test_template),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
