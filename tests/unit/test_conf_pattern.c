// SPDX-License-Identifier: MIT
/*
 * Patterns: against slower ways to ask the same.
 */
#include "conf_helper.h"

#include <arpa/inet.h>
#include <errno.h>

#include "pattern.h"

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static bool slow_glob(const char *pattern, const char *text)
{
	if (!*pattern)
		return !*text;
	if (*pattern == '*')
		return slow_glob(pattern + 1, text) || (*text && slow_glob(pattern, text + 1));
	return *text && (*pattern == '?' || *pattern == *text) && slow_glob(pattern + 1, text + 1);
}

/* The @i-th text of up to @max bytes. */
static void text_of(uint32_t i, const char *alphabet, uint32_t base, char *text)
{
	for (; i; i /= base, text++)
		*text = alphabet[--i % base];
	*text = '\0';
}

static void test_glob_exhaustive(void **state)
{
	char pattern[16], text[16];
	size_t matched = 0;

	(void)state;
	for (uint32_t p = 0; p < 5461; p++) {
		text_of(p, "ab*?", 4, pattern);
		for (uint32_t t = 0; t < 127; t++) {
			text_of(t, "ab", 2, text);
			if (pattern_glob(pattern, text) != slow_glob(pattern, text))
				fail_msg("%s %s", pattern, text);
			matched += pattern_glob(pattern, text);
		}
	}
	assert_true(matched > 10000);
}

static void test_glob(void **state)
{
	(void)state;
	assert_true(pattern_glob("DOM\\*$", "DOM\\alice$"));
	assert_false(pattern_glob("\\*", "x"));
	assert_true(pattern_glob("[a]*", "[a]b"));
	assert_false(pattern_glob("[a]*", "ab"));
	assert_true(pattern_glob("/dev/*", "/dev/pts/3"));
	assert_true(pattern_glob("*", ""));
	assert_false(pattern_glob("?", ""));
	assert_false(pattern_glob("", "a"));
	assert_true(pattern_glob("??", "\xc3\xa9"));
	/* No step back but to the last star: this would take for ever otherwise. */
	assert_false(pattern_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b",
				  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

static void test_range(void **state)
{
	static const struct {
		const char *text;
		uint32_t first, last;
	} good[] = {
		{ "0", 0, 0 }, { "1000", 1000, 1000 }, { "1000-1999", 1000, 1999 },
		{ "5-5", 5, 5 }, { "0-4294967294", 0, 4294967294 },
	};
	static const char *const bad[] = {
		"", "-", "1-", "-1", "2-1", "1-2-3", "01", "1-02", "a", "1-a", "1 - 2", "0x1",
		"4294967295", "1-4294967295", "99999999999999999999", "+1", "1,2",
	};
	struct pattern_range range;
	struct value_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(pattern_range(good[i].text, &range, NULL), 0);
		assert_int_equal(range.first, good[i].first);
		assert_int_equal(range.last, good[i].last);
	}
	range.first = 77;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		why.text[0] = '\0';
		if (pattern_range(bad[i], &range, &why) != -EINVAL || !why.text[0])
			fail_msg("%s", bad[i]);
		assert_true(why.at <= strlen(bad[i]));
		assert_int_equal(range.first, 77);
	}
}

static void test_net(void **state)
{
	static const struct {
		const char *net, *address;
		bool matches;
	} cases[] = {
		{ "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.8", false },
		{ "192.0.2.0/24", "192.0.2.255", true },
		{ "192.0.2.0/24", "192.0.3.0", false },
		{ "192.0.2.128/25", "192.0.2.127", false },
		{ "192.0.2.128/25", "192.0.2.128", true },
		{ "0.0.0.0/0", "255.255.255.255", true },
		{ "0.0.0.0/0", "::1", false },
		{ "::/0", "::1", true },
		{ "::/0", "127.0.0.1", false },
		{ "127.0.0.1", "::ffff:127.0.0.1", true },
		{ "127.0.0.0/8", "::ffff:7f00:1", true },
		{ "::/0", "::ffff:127.0.0.1", false },
		{ "2001:db8::/32", "2001:db8:ffff::1", true },
		{ "2001:db8::/32", "2001:db9::1", false },
		{ "2001:db8::/33", "2001:db8:8000::", false },
		{ "fe80::/10", "fe80::1%eth0", true },
		{ "fe80::1", "fe80::1%eth0", true },
	};
	struct pattern_net net, address;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(pattern_net(cases[i].net, &net, NULL), 0);
		assert_int_equal(pattern_address(cases[i].address, &address), 0);
		if (pattern_in_net(&net, &address) != cases[i].matches)
			fail_msg("%s %s", cases[i].net, cases[i].address);
	}
}

static void test_bad_nets(void **state)
{
	static const char *const nets[] = {
		"", "/", "/8", "10", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/08",
		"10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0.1/8", "10.0.0.256", "010.0.0.1", "a", "*",
		"localhost", "::1/129", "::1/127", "1::2::3", "fe80::1%eth0", "::ffff:10.0.0.1",
		"::ffff:0:0/96", "10.0.0.0 /8", "0x7f.1", "2001:db8::/32x",
		"1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa",
	};
	static const char *const addresses[] = {
		"", "host", "host.example.org", "10.0.0", "10.0.0.1%eth0", "1", "::x", "%eth0",
		"10.0.0.0/8", "UNKNOWN", "1111:2222:3333:4444:5555:6666:7777:8888:9999:aaaa:bbbb",
	};
	struct pattern_net net = { .bits = 77 };
	struct value_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(nets) / sizeof(*nets); i++) {
		why.text[0] = '\0';
		if (pattern_net(nets[i], &net, &why) != -EINVAL || !why.text[0])
			fail_msg("%s", nets[i]);
		assert_true(why.at <= strlen(nets[i]));
		assert_int_equal(net.bits, 77);
	}
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++)
		if (pattern_address(addresses[i], &net) != -EINVAL)
			fail_msg("%s", addresses[i]);
	assert_int_equal(net.bits, 77);
}

static bool bit(const uint8_t *addr, unsigned int i)
{
	return addr[i / 8] >> (7 - i % 8) & 1;
}

/* An address matches a network exactly when the first bits are the same, one by one. */
static void test_net_random(void **state)
{
	size_t matched = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		int family = random_below(2) ? AF_INET : AF_INET6;
		unsigned int max = family == AF_INET ? 32 : 128, bits = random_below(max + 1);
		uint8_t net_addr[16] = { 0x20 }, addr[16] = { 0x20 };
		char text[64], other[64];
		struct pattern_net net, address;
		bool same = true;

		for (unsigned int j = 0; j < max; j++) {
			unsigned int flip = random_below(2 * max) == 0;

			if (j >= 8 && j < bits && random_below(2))
				net_addr[j / 8] = (uint8_t)(net_addr[j / 8] | 0x80 >> j % 8);
			else if (j < 8 && j >= bits)
				net_addr[0] = (uint8_t)(net_addr[0] & ~(0x80 >> j));
			addr[j / 8] = (uint8_t)(addr[j / 8] & ~(0x80 >> j % 8));
			if (bit(net_addr, j) ^ (flip && family == AF_INET) ^ (flip && j >= 8))
				addr[j / 8] = (uint8_t)(addr[j / 8] | 0x80 >> j % 8);
			same = same && (j >= bits || bit(net_addr, j) == bit(addr, j));
		}
		inet_ntop(family, net_addr, text, sizeof(text));
		inet_ntop(family, addr, other, sizeof(other));
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "/%u", bits);
		if (pattern_net(text, &net, NULL) < 0 || pattern_address(other, &address) < 0)
			fail_msg("%s %s", text, other);
		if (pattern_in_net(&net, &address) != same)
			fail_msg("%s %s", text, other);
		matched += same;
	}
	assert_true(matched > 10000 && matched < 190000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_glob_exhaustive),
		cmocka_unit_test(test_glob),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_net),
		cmocka_unit_test(test_bad_nets),
		cmocka_unit_test(test_net_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
