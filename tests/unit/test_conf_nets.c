// SPDX-License-Identifier: MIT
/*
 * What the policy says of networks, from text: what is taken, what it comes to, and the traps.
 */
#include "conf_helper.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "nets.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As "192.0.2.0/24", "-" for none. */
static const char *text_of(const struct net_prefix *prefix, char buf[64])
{
	char address[INET6_ADDRSTRLEN];

	if (!prefix->family)
		return "-";
	assert_non_null(inet_ntop(prefix->family, prefix->addr, address, sizeof(address)));
	snprintf(buf, 64, "%s/%u", address, prefix->bits);
	return buf;
}

/* Every one of @words is refused, says why within itself, and touches nothing. */
#define ASSERT_BAD(words, type, call)						\
	for (size_t i = 0; i < COUNT(words); i++) {				\
		const char *text = (words)[i];					\
		struct value_why why = { .text = "" };				\
		type ret, before;						\
										\
		memset(&ret, 0x5a, sizeof(ret));				\
		memset(&before, 0x5a, sizeof(before));				\
		if ((call) != -EINVAL)						\
			fail_msg("taken: \"%s\"", text);			\
		assert_true(why.text[0] && why.at <= strlen(text));		\
		assert_memory_equal(&ret, &before, sizeof(ret));		\
	}

static void test_network(void **state)
{
	static const char *const bad[] = {
		"", "lo", "none", "nat ", "NAT", "loopback host", "bridge", "bridge ",
		"bridge  br0", "bridge br0 ", "bridge br 0", "bridge\tbr0", "bridge .", "bridge ..",
		"bridge a/b", "bridge a:b", "bridge br%d", "bridge 1234567890123456",
		"bridge b\xc3\xa4",
		"bridge nsb0", "bridge nsb17", "Bridge br0",
	};
	static const struct {
		const char *text, *bridge;
		enum network_word word;
	} good[] = {
		{ "loopback", "", NETWORK_LOOPBACK }, { "host", "", NETWORK_HOST },
		{ "nat", "", NETWORK_NAT }, { "bridge br0", "br0", NETWORK_BRIDGE },
		{ "bridge ...", "...", NETWORK_BRIDGE }, { "bridge x", "x", NETWORK_BRIDGE },
		{ "bridge 123456789012345", "123456789012345", NETWORK_BRIDGE },
		{ "bridge nsbox", "nsbox", NETWORK_BRIDGE },
		{ "bridge nsb", "nsb", NETWORK_BRIDGE },
		{ "bridge bridge", "bridge", NETWORK_BRIDGE },
	};
	enum network_word word;
	char bridge[IFNAMSIZ];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		char zero[IFNAMSIZ] = "";

		memset(bridge, 0x5a, sizeof(bridge));
		assert_int_equal(nets_network(good[i].text, &word, bridge, NULL), 0);
		assert_int_equal(word, good[i].word);
		strcpy(zero, good[i].bridge);
		assert_memory_equal(bridge, zero, sizeof(bridge));
	}
	ASSERT_BAD(bad, enum network_word, nets_network(text, &ret, bridge, &why));
}

static void test_prefix(void **state)
{
	static const char *const bad[] = {
		"", "10", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08",
		"10.0.0.0/ 8", "10.0.0.0/8 ", " 10.0.0.0/8", "10.0.0.0/8x", "10.0.0.0/8/8",
		"10.0.0.1/8", "010.0.0.0/8", "10.0.0.00", "10.0.0.256", "0x0a.0.0.0", "10.0.0.0.0",
		"2001:db8::/129", "2001:db8::1/64", "::ffff:192.0.2.1", "::ffff:0:0/96",
		"fe80::1%eth0", "fe80::1%1/128", "[::1]", "[::]/0", "2001:db8::/064", "::1::",
		"12345::", "localhost", "*", "10.0.0.0-10.0.0.9", "10.0.0.0:80", "/8", "::/0/",
	};
	static const struct {
		const char *text, *is;
	} good[] = {
		{ "192.0.2.7", "192.0.2.7/32" }, { "0.0.0.0/0", "0.0.0.0/0" }, { "::/0", "::/0" },
		{ "10.0.0.0/8", "10.0.0.0/8" }, { "192.0.2.1/32", "192.0.2.1/32" },
		{ "2001:DB8:0::/32", "2001:db8::/32" }, { "fd00::1", "fd00::1/128" },
		{ "2001:db8::1/128", "2001:db8::1/128" }, { "128.0.0.0/1", "128.0.0.0/1" },
		{ "::192.0.2.1", "::192.0.2.1/128" },
	};
	struct net_prefix prefix;
	char buf[64];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(nets_prefix(good[i].text, &prefix, NULL), 0);
		assert_string_equal(text_of(&prefix, buf), good[i].is);
	}
	ASSERT_BAD(bad, struct net_prefix, nets_prefix(text, &ret, &why));
}

static void test_host(void **state)
{
	static const char *const bad[] = { "", "10.0.0.1/32", "10.0.0.0/8", "::1/128", "x" };
	struct net_prefix prefix;
	char buf[64];

	(void)state;
	assert_int_equal(nets_host("10.0.0.1", &prefix, NULL), 0);
	assert_string_equal(text_of(&prefix, buf), "10.0.0.1/32");
	ASSERT_BAD(bad, struct net_prefix, nets_host(text, &ret, &why));
}

static void test_server(void **state)
{
	static const char *const bad[] = {
		"", "127.0.0.53", "127.0.0.1", "::1", "::", "0.0.0.0", "224.0.0.251", "ff02::fb",
		"fe80::1", "fe80::1%eth0", "192.0.2.1/32", "192.0.2.1:53", "[2001:db8::1]",
		"255.255.255.255", "auto", "resolver",
	};
	static const char *const good[] = {
		"192.0.2.1", "2001:db8::53", "169.254.169.253", "10.0.0.1", "fd00::53",
	};
	struct net_prefix server;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(nets_server(good[i], &server, NULL), 0);
	ASSERT_BAD(bad, struct net_prefix, nets_server(text, &ret, &why));
}

static void test_target(void **state)
{
	static const char *const bad[] = {
		"", ":80", "10.0.0.0/8:", "10.0.0.0/8:0", "10.0.0.0/8:65536", "10.0.0.0/8:080",
		"10.0.0.0/8:90-80", "10.0.0.0/8:80-", "10.0.0.0/8:-80", "10.0.0.0/8:80-90-99",
		"10.0.0.0/8:80,90", "10.0.0.0/8:http", "10.0.0.0/8:80/", "10.0.0.0/8:80/sctp",
		"10.0.0.0/8:80/TCP", "10.0.0.0/8:80/tcp/udp", "10.0.0.0/8:/tcp", "10.0.0.0/8/tcp",
		"10.0.0.0/8:80:90", "10.0.0.1/8:80", "[10.0.0.0/8]:80", "[2001:db8::/32]",
		"[2001:db8::/32]:", "[2001:db8::/32", "[2001:db8::/32]80", "2001:db8::/32]:80",
		"[2001:db8::/32]]:80", "[[2001:db8::/32]]:80", "[]:80", "[fe80::1%eth0]:80",
		"[2001:db8::1/32]:80", "2001:db8::/32:80", "[::ffff:10.0.0.1]:80", "any", "none",
		"10.0.0.0/8:+80", "10.0.0.0/8: 80", "!10.0.0.0/8", "10.0.0.0/8:80-80/",
	};
	static const struct {
		const char *text, *to;
		uint8_t proto;
		bool tcp_udp;
		uint16_t min, max;
	} good[] = {
		{ "10.0.0.0/8", "10.0.0.0/8", 0, false, 0, 65535 },
		{ "192.0.2.1", "192.0.2.1/32", 0, false, 0, 65535 },
		{ "10.0.0.0/8:443", "10.0.0.0/8", 0, true, 443, 443 },
		{ "10.0.0.0/8:443/tcp", "10.0.0.0/8", IPPROTO_TCP, false, 443, 443 },
		{ "10.0.0.0/8:1-65535/udp", "10.0.0.0/8", IPPROTO_UDP, false, 1, 65535 },
		{ "192.0.2.1:80-90", "192.0.2.1/32", 0, true, 80, 90 },
		{ "192.0.2.1:80-80/tcp", "192.0.2.1/32", IPPROTO_TCP, false, 80, 80 },
		{ "2001:db8::/32", "2001:db8::/32", 0, false, 0, 65535 },
		/* Without brackets it is an address: that is what they are for. */
		{ "2001:db8::1:443", "2001:db8::1:443/128", 0, false, 0, 65535 },
		{ "[2001:db8::/32]:443/tcp", "2001:db8::/32", IPPROTO_TCP, false, 443, 443 },
		{ "[::1]:53", "::1/128", 0, true, 53, 53 },
		{ "::/0", "::/0", 0, false, 0, 65535 },
	};
	struct net_target target;
	char buf[64];

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (nets_target(good[i].text, &target, NULL) < 0)
			fail_msg("%s", good[i].text);
		assert_string_equal(text_of(&target.to, buf), good[i].to);
		assert_int_equal(target.proto, good[i].proto);
		assert_int_equal(target.tcp_udp, good[i].tcp_udp);
		assert_int_equal(target.min, good[i].min);
		assert_int_equal(target.max, good[i].max);
	}
	ASSERT_BAD(bad, struct net_target, nets_target(text, &ret, &why));
}

static void test_target_place(void **state)
{
	static const struct {
		const char *text;
		size_t at;
	} cases[] = {
		{ "10.0.0.0/8:80/sctp", 14 }, { "10.0.0.0/8:90-99999", 14 },
		{ "[2001:db8::/32]:0", 16 }, { "[2001:db8::/129]:80", 12 }, { "10.0.0.0/33:80", 9 },
	};
	struct net_target target;
	struct value_why why;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(nets_target(cases[i].text, &target, &why), -EINVAL);
		assert_int_equal(why.at, cases[i].at);
	}
}

static void test_ports(void **state)
{
	static const char *const bad[] = {
		"", "0", "65536", "080", "80-", "-80", "90-80", "80/", "/tcp", "80/icmp", "80 ",
		" 80", "80,81", "http", "80-90-100", "0-80", "99999999999999999999",
	};
	struct net_ports ports;

	(void)state;
	assert_int_equal(nets_ports("25", &ports, NULL), 0);
	assert_true(ports.proto == 0 && ports.min == 25 && ports.max == 25);
	assert_int_equal(nets_ports("1-65535/udp", &ports, NULL), 0);
	assert_true(ports.proto == IPPROTO_UDP && ports.min == 1 && ports.max == 65535);
	assert_int_equal(nets_ports("80-90/tcp", &ports, NULL), 0);
	assert_true(ports.proto == IPPROTO_TCP && ports.min == 80 && ports.max == 90);
	ASSERT_BAD(bad, struct net_ports, nets_ports(text, &ret, &why));
}

static void test_pool(void **state)
{
	static const char *const bad[] = {
		"", " ", "10.0.0.0/7", "10.0.0.0/30", "10.0.0.1", "10.0.0.1/16", "fd00::/7",
		"fd00::/113", "fd00::1", "10.0.0.0/8 10.1.0.0/16", "fd00::/8 fd00:1::/64",
		"fd00::/64 10.0.0.0/8 fd01::/64", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
		"169.254.128.0/24", "169.0.0.0/8", "224.0.0.0/8", "239.1.0.0/16", "240.0.0.0/8",
		"255.255.255.0/24", "fe80::/64", "fe00::/8", "ff00::/8", "ff02::/64", "::/64",
		"::/8", "::ffff:10.0.0.0/112", "10.0.0.0/16,fd00::/64", "10.0.0.0/16 x",
		"10.0.0.0/16:80", "127.0.0.0/9", "febf::/16",
	};
	static const struct {
		const char *text, *v4, *v6;
	} good[] = {
		{ "10.213.0.0/16 fd6e:7362:6f78::/64", "10.213.0.0/16", "fd6e:7362:6f78::/64" },
		{ "fd00::/64  10.0.0.0/8", "10.0.0.0/8", "fd00::/64" },
		{ "192.168.3.8/29", "192.168.3.8/29", "-" }, { "fd00::/112", "-", "fd00::/112" },
		/* No ULA, and yet unicast: the site may have a prefix of its own. */
		{ "2001:db8:1::/64", "-", "2001:db8:1::/64" },
		{ "100.64.0.0/10", "100.64.0.0/10", "-" },
		{ "198.51.100.0/24", "198.51.100.0/24", "-" }, { "fec0::/64", "-", "fec0::/64" },
		{ "170.0.0.0/8", "170.0.0.0/8", "-" }, { "128.0.0.0/8", "128.0.0.0/8", "-" },
	};
	char buf[64], buf6[64];
	struct net_pool pool;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(nets_pool(good[i].text, &pool, NULL), 0);
		assert_string_equal(text_of(&pool.v4, buf), good[i].v4);
		assert_string_equal(text_of(&pool.v6, buf6), good[i].v6);
	}
	ASSERT_BAD(bad, struct net_pool, nets_pool(text, &ret, &why));
}

static void test_range(void **state)
{
	static const char *const bad[] = {
		"20000", "20000-", "-32767", "20000-19999", "20000-65536", "0-1024", "1023-2000",
		"20-30", "020000-32767", "20000-32767/tcp", "20000 - 32767", "no", "20000-32767 ",
		"20000-32767-40000", " ",
	};
	struct net_ports ports;

	(void)state;
	assert_int_equal(nets_range("20000-32767", &ports, NULL), 0);
	assert_true(ports.proto == 0 && ports.min == 20000 && ports.max == 32767);
	assert_int_equal(nets_range("1024-65535", &ports, NULL), 0);
	assert_int_equal(nets_range("", &ports, NULL), 0);
	assert_true(ports.proto == 0 && ports.min == 0 && ports.max == 0);
	ASSERT_BAD(bad, struct net_ports, nets_range(text, &ret, &why));
}

static void test_publish(void **state)
{
	static const char *const bad[] = {
		"", "yes", "tcp", "tcp ", "tcp 0", "tcp 4097", "tcp 016", "udp,tcp 16",
		"tcp udp 16",
		"tcp, udp 16", "16", "sctp 16", "tcp  16", "tcp 16 ", "no 16", "tcp,udp", "tcp -1",
	};
	struct net_publish publish;

	(void)state;
	assert_int_equal(nets_publish("no", &publish, NULL), 0);
	assert_true(!publish.tcp && !publish.udp && publish.count == 0);
	assert_int_equal(nets_publish("tcp 1", &publish, NULL), 0);
	assert_true(publish.tcp && !publish.udp && publish.count == 1);
	assert_int_equal(nets_publish("udp 4096", &publish, NULL), 0);
	assert_true(!publish.tcp && publish.udp && publish.count == NETS_BLOCK_MAX);
	assert_int_equal(nets_publish("tcp,udp 16", &publish, NULL), 0);
	assert_true(publish.tcp && publish.udp && publish.count == 16);
	ASSERT_BAD(bad, struct net_publish, nets_publish(text, &ret, &why));
}

static void test_rate(void **state)
{
	static const char *const bad[] = {
		"", "0", "0mbit", "100", "mbit", "100 mbit", "100mbit ", "100Mbit", "100mb",
		"100mbps",
		"1.5mbit", "-1mbit", "0100mbit", "7999bit", "7kbit", "1001gbit", "no", "100%",
		"99999999999999999999bit", "18446744073709551615gbit", "100mbits",
	};
	static const struct {
		const char *text;
		uint64_t rate;
	} good[] = {
		{ "none", 0 }, { "8kbit", 8000 }, { "8000bit", 8000 }, { "100mbit", 100000000 },
		{ "1000gbit", 1000000000000 }, { "1gbit", 1000000000 },
	};
	uint64_t rate;

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		assert_int_equal(nets_rate(good[i].text, &rate, NULL), 0);
		assert_int_equal(rate, good[i].rate);
	}
	ASSERT_BAD(bad, uint64_t, nets_rate(text, &ret, &why));
}

static bool within(const char *outer, const char *inner)
{
	struct net_prefix a, b;

	assert_int_equal(nets_prefix(outer, &a, NULL), 0);
	assert_int_equal(nets_prefix(inner, &b, NULL), 0);
	return nets_within(&a, &b);
}

static void test_within(void **state)
{
	(void)state;
	assert_true(within("10.0.0.0/8", "10.255.255.255"));
	assert_true(within("0.0.0.0/0", "10.0.0.0/8"));
	assert_true(within("10.0.0.0/9", "10.127.0.0/16"));
	assert_false(within("10.0.0.0/9", "10.128.0.0/16"));
	assert_false(within("10.0.0.0/9", "10.0.0.0/8"));
	assert_false(within("::/0", "10.0.0.0/8"));
	assert_true(within("2001:db8::/33", "2001:db8:7fff::1"));
	assert_false(within("2001:db8::/33", "2001:db8:8000::1"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_network), cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_host), cmocka_unit_test(test_server),
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_target_place), cmocka_unit_test(test_ports),
		cmocka_unit_test(test_pool), cmocka_unit_test(test_range),
		cmocka_unit_test(test_publish), cmocka_unit_test(test_rate),
		cmocka_unit_test(test_within),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
