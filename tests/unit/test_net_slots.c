// SPDX-License-Identifier: MIT
/*
 * Slots: how many there are, and that no two share an address or a port.
 */
#include "unit_helper.h"

#include <arpa/inet.h>
#include <errno.h>

#include "net_slots.h"

static struct net_prefix prefix(const char *text, unsigned int bits)
{
	struct net_prefix ret = { .family = 0 };

	if (!*text)
		return ret;
	ret.family = strchr(text, ':') ? AF_INET6 : AF_INET;
	ret.bits = bits;
	assert_int_equal(inet_pton(ret.family, text, ret.addr), 1);
	return ret;
}

static void test_plan(void **state)
{
	static const struct {
		const char *v4;
		unsigned int bits4;
		const char *v6;
		unsigned int bits6;
		uint16_t min, max;
		unsigned int block;
		struct net_slots want;
	} cases[] = {
		/* what the policy has without a word: 798 blocks */
		{ "10.213.0.0", 16, "fd6e::", 64, 20000, 32767, 16, { 2, 800, 65535 } },
		{ "10.213.0.0", 16, "", 0, 20000, 32767, 16, { 2, 800, 65535 } },
		{ "", 0, "fd6e::", 64, 20000, 32767, 16, { 2, 800, (1 << 20) + 2 } },
		{ "10.0.0.0", 8, "fd6e::", 112, 0, 0, 16, { 2, 2, 65536 } },
		{ "10.0.0.0", 8, "", 0, 1, 65535, 1, { 2, 65537, (1 << 20) + 2 } },
		/* half of all, rounded down */
		{ "10.0.0.0", 24, "", 0, 20000, 32767, 16, { 2, 128, 255 } },
		{ "10.0.0.0", 29, "", 0, 20000, 32767, 16, { 2, 4, 7 } },
		/* a block that is not whole is none */
		{ "10.0.0.0", 16, "", 0, 20000, 20014, 16, { 2, 2, 65535 } },
		{ "10.0.0.0", 16, "", 0, 20000, 20015, 16, { 2, 3, 65535 } },
		{ "10.0.0.0", 16, "", 0, 20000, 20030, 16, { 2, 3, 65535 } },
		{ "10.0.0.0", 16, "", 0, 65535, 65535, 1, { 2, 3, 65535 } },
		{ "10.0.0.0", 30, "", 0, 0, 0, 1, { 2, 2, 3 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct net_pool pool = {
			.v4 = prefix(cases[i].v4, cases[i].bits4),
			.v6 = prefix(cases[i].v6, cases[i].bits6),
		};
		const struct net_ports ports = { .min = cases[i].min, .max = cases[i].max };
		struct nsbox_error err = { .code = 0 };
		struct net_slots got;

		if (net_slots_plan(&pool, &ports, cases[i].block, &got, &err) < 0)
			fail_msg("%zu: %s", i, err.text);
		if (memcmp(&got, &cases[i].want, sizeof(got)))
			fail_msg("%zu: %u %u %u", i, got.first, got.published, got.end);
	}
}

static void test_none(void **state)
{
	const struct net_ports none = { .min = 0 };
	struct net_slots got = { 7, 8, 9 };
	struct nsbox_error err = { .code = 0 };
	struct net_pool pool = { .v4 = { .family = 0 } };

	(void)state;
	assert_int_equal(net_slots_plan(&pool, &none, 1, &got, &err), -EINVAL);
	assert_string_equal(err.text, "cannot give a session an address: address-pool is empty");
	pool.v4 = prefix("10.0.0.0", 31);
	assert_int_equal(net_slots_plan(&pool, &none, 1, &got, NULL), -EINVAL);
	pool.v4 = prefix("10.0.0.1", 32);
	assert_int_equal(net_slots_plan(&pool, &none, 1, &got, NULL), -EINVAL);
	assert_int_equal(got.first, 7);
}

static void assert_address(const char *text, unsigned int bits, uint32_t slot, const char *want)
{
	const struct net_prefix net = prefix(text, bits);
	char said[INET6_ADDRSTRLEN];
	uint8_t addr[16];

	memset(addr, 0xaa, sizeof(addr));
	net_slot_address(&net, slot, addr);
	inet_ntop(net.family, addr, said, sizeof(said));
	assert_string_equal(said, want);
}

static void test_addresses(void **state)
{
	(void)state;
	assert_address("10.213.0.0", 16, 2, "10.213.0.2");
	assert_address("10.213.0.0", 16, 256, "10.213.1.0");
	assert_address("10.213.0.0", 16, 65534, "10.213.255.254");
	assert_address("10.213.7.8", 29, 6, "10.213.7.14");
	assert_address("10.0.0.0", 8, NET_SLOTS_MAX + 1, "10.16.0.1");
	assert_address("fd6e::", 64, NET_SLOT_HOST, "fd6e::1");
	assert_address("fd6e::", 64, 65536, "fd6e::1:0");
	assert_address("fd6e::7:0", 112, 65535, "fd6e::7:ffff");
}

/* Every port at most once, all within the range. */
static void test_ports(void **state)
{
	static const struct net_ports ranges[] = {
		{ 0, 20000, 32767 }, { 0, 1, 65535 }, { 0, 65530, 65535 },
	};
	const struct net_pool pool = { .v4 = prefix("10.0.0.0", 8) };

	(void)state;
	for (size_t i = 0; i < COUNT(ranges) * 4; i++) {
		const struct net_ports *range = &ranges[i / 4];
		const unsigned int block = (unsigned int[]){ 1, 5, 16, 4096 }[i % 4];
		struct net_slots slots;
		uint32_t next = range->min;

		assert_int_equal(net_slots_plan(&pool, range, block, &slots, NULL), 0);
		for (uint32_t slot = slots.first; slot < slots.published; slot++) {
			assert_int_equal(net_slot_port(range, block, slot), next);
			next += block;
		}
		assert_true(next <= range->max + 1U && next + block > range->max + 1U);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
