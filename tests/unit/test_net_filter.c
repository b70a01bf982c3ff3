// SPDX-License-Identifier: MIT
/*
 * The program at a session's wire, behind NAT: what is dropped, and which mark the rest gets.
 */
#include "filter_run.h"

#define NET4 "203.0.113.5"	/* somewhere in the internet */
#define NET6 "2001:db8:1::5"

/* A destination, and what is to become of a packet to it. */
struct to {
	const char *to;
	int proto;
	unsigned int port;
	uint32_t mark;
};

static void check(const struct said *said, const struct to *cases, size_t n)
{
	struct net_filter *f = new_filter(said);
	int fd = program(f);

	for (size_t i = 0; i < n; i++) {
		const char *own = strchr(cases[i].to, ':') ? OWN6 : OWN4;
		struct frame frame;
		uint32_t mark;

		packet(&frame, own, cases[i].to, cases[i].proto, cases[i].port);
		mark = run(fd, &frame);
		if (mark != cases[i].mark)
			fail_msg("egress %s deny %s reach %s: to %s protocol %d port %u: "
				 "%08x and not %08x", said->egress, said->deny, said->reach,
				 cases[i].to, cases[i].proto, cases[i].port, mark, cases[i].mark);
	}
	close(fd);
	free(f);
}

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define ICMP IPPROTO_ICMP
#define ICMP6 IPPROTO_ICMPV6

static void test_sources(void **state)
{
	static const struct {
		const char *from;
		uint32_t mark;
	} cases[] = {
		{ OWN4, OUT }, { "10.213.0.4", DROP }, { "10.213.0.6", DROP },
		{ "10.213.0.1", DROP }, { "10.213.0.0", DROP }, { "10.213.1.5", DROP },
		{ "10.214.0.5", DROP }, { "11.213.0.5", DROP }, { "0.0.0.0", DROP },
		{ "127.0.0.1", DROP }, { NET4, DROP }, { "255.255.255.255", DROP },
		{ "5.0.213.10", DROP },
		{ OWN6, OUT }, { "fd6e:7362:6f78::4", DROP }, { "fd6e:7362:6f78::6", DROP },
		{ "fd6e:7362:6f78::1:5", DROP }, { "fd6e:7362:6f78:0:0:1:0:5", DROP },
		{ "fd6e:7362:6f78:1::5", DROP }, { "fd6e:7362:6f79::5", DROP },
		{ "fd6f:7362:6f78::5", DROP }, { "fe80::5", DROP }, { "::", DROP },
		{ "::1", DROP }, { "::ffff:10.213.0.5", DROP }, { "::5", DROP },
		{ "fd6e:7362:6f78::500:0", DROP },
	};
	struct net_filter *f = new_filter(NULL);
	int fd = program(f);

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct frame frame;

		packet(&frame, cases[i].from, strchr(cases[i].from, ':') ? NET6 : NET4, TCP, 80);
		if (run(fd, &frame) != cases[i].mark)
			fail_msg("from %s", cases[i].from);
	}
	close(fd);
	free(f);
}

/* A pool whose first address is not round: the slot is added, and carries. */
static void test_odd_pool(void **state)
{
	struct net_filter *f = new_filter(NULL);
	struct frame frame;
	int fd;

	(void)state;
	assert_int_equal(nets_pool("100.64.7.248/29 fd00:1:2:3:ffff:ffff:ffff:0/112", &f->pool,
				   NULL), 0);
	fd = program(f);
	packet(&frame, "100.64.7.253", NET4, UDP, 1);
	assert_int_equal(run(fd, &frame), OUT);
	packet(&frame, "100.64.7.252", NET4, UDP, 1);
	assert_int_equal(run(fd, &frame), DROP);
	packet(&frame, OWN4, NET4, UDP, 1);
	assert_int_equal(run(fd, &frame), DROP);
	packet(&frame, "fd00:1:2:3:ffff:ffff:ffff:5", NET6, UDP, 1);
	assert_int_equal(run(fd, &frame), OUT);
	packet(&frame, "fd00:1:2:3:ffff:ffff:fffe:5", NET6, UDP, 1);
	assert_int_equal(run(fd, &frame), DROP);
	packet(&frame, "fd00:1:2:3:fffe:ffff:ffff:5", NET6, UDP, 1);
	assert_int_equal(run(fd, &frame), DROP);
	close(fd);
	free(f);
}

static void test_destinations(void **state)
{
	static const struct to cases[] = {
		{ NET4, TCP, 80, OUT }, { NET4, UDP, 53, OUT }, { NET4, ICMP, 8, OUT },
		{ NET4, 47, 0, OUT }, { NET4, 41, 0, OUT }, { NET4, 255, 0, OUT },
		{ NET4, 50, 0, OUT },
		{ NET6, TCP, 80, OUT }, { NET6, UDP, 53, OUT }, { NET6, ICMP6, 128, OUT },
		{ NET6, 50, 0, OUT }, { NET6, 59, 0, OUT }, { NET6, 4, 0, OUT },
		/* Nobody can be there. */
		{ "0.0.0.0", TCP, 80, DROP }, { "0.255.255.255", TCP, 80, DROP },
		{ "1.0.0.0", TCP, 80, OUT }, { "126.255.255.255", TCP, 80, OUT },
		{ "127.0.0.1", TCP, 80, DROP }, { "127.255.255.255", TCP, 80, DROP },
		{ "128.0.0.0", TCP, 80, OUT }, { "223.255.255.255", TCP, 80, OUT },
		{ "224.0.0.1", UDP, 80, DROP }, { "239.255.255.255", UDP, 80, DROP },
		{ "240.0.0.0", TCP, 80, DROP }, { "255.255.255.255", UDP, 67, DROP },
		{ "::", TCP, 80, DROP }, { "::1", TCP, 80, DROP }, { "::7.7.7.7", TCP, 80, DROP },
		{ "::ffff:203.0.113.5", TCP, 80, DROP }, { "::ffff:127.0.0.1", TCP, 80, DROP },
		{ "0:0:0:0:1::", TCP, 80, OUT }, { "fe80::1", TCP, 80, DROP },
		{ "febf:ffff::1", TCP, 80, DROP }, { "fec0::1", TCP, 80, OUT },
		{ "ff02::1", ICMP6, 128, DROP }, { "ff0e::1", UDP, 80, DROP },
		{ "fe7f::1", TCP, 80, OUT },
		/* Other sessions, the network, the host's side. */
		{ "10.213.0.0", TCP, 80, FROM }, { "10.213.0.1", TCP, 80, FROM },
		{ "10.213.0.1", UDP, 53, FROM }, { OWN4, TCP, 80, FROM },
		{ "10.213.0.9", ICMP, 8, FROM }, { "10.213.255.255", UDP, 80, FROM },
		{ "10.212.255.255", TCP, 80, OUT }, { "10.214.0.0", TCP, 80, OUT },
		{ "fd6e:7362:6f78::1", UDP, 53, FROM }, { OWN6, TCP, 80, FROM },
		{ "fd6e:7362:6f78:0:ffff::", TCP, 80, FROM },
		{ "fd6e:7362:6f78:1::", TCP, 80, OUT },
		{ "fd6e:7362:6f77:ffff::", TCP, 80, OUT },
	};
	const struct said any = { .egress = "any" };

	(void)state;
	check(&any, cases, COUNT(cases));
}

/* Never, unless named: the one that is, and no other of its kind. */
static void test_metadata(void **state)
{
	static const char *const secrets[] = {
		"169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16",
		"192.0.0.192", "fd00:ec2::254", "fd00:ec2::23", "fd20:ce::254",
		"fd00:c1::a9fe:a9fe", "fd00:42::42", "64:ff9b::169.254.169.254",
	};
	const struct said any = { .egress = "any" };
	const struct said wide = { .egress = "0.0.0.0/0 ::/0 169.254.0.0/16 fd00:ec2::/32" };

	(void)state;
	for (size_t i = 0; i < COUNT(secrets); i++) {
		const struct said one = { .egress = secrets[i] };
		const struct said both = { .egress = secrets[i], .deny = secrets[i] };
		struct to to = { secrets[i], TCP, 80, FROM };

		check(&any, &to, 1);
		check(&wide, &to, 1);
		check(&both, &to, 1);
		to.mark = OUT;
		check(&one, &to, 1);
		for (size_t k = 0; k < COUNT(secrets); k++) {
			to = (struct to){ secrets[k], TCP, 80, k == i ? OUT : FROM };
			check(&one, &to, 1);
		}
	}
	check(&(struct said){ .egress = "169.254.169.254:80/tcp 0.0.0.0/0" }, (struct to[]){
		{ "169.254.169.254", TCP, 80, OUT }, { "169.254.169.254", TCP, 443, FROM },
		{ "169.254.169.254", UDP, 80, FROM }, { "169.254.169.253", TCP, 80, FROM },
		{ "100.100.100.199", TCP, 80, OUT }, { "169.253.255.255", TCP, 80, OUT },
	}, 6);
}

static void test_lists(void **state)
{
	const struct said said = {
		.egress = "192.0.2.0/24:1000-2000/tcp 192.0.2.7:53/udp 198.51.100.128/25:443 "
			  "[2001:db8:1::/48]:1-1/udp 2001:db8:2::/48 198.18.0.0/15",
		.deny = "198.18.5.0/24:25/tcp 198.18.6.0/24 [2001:db8:2:1::/64]:25",
	};
	static const struct to cases[] = {
		{ "192.0.2.0", TCP, 1000, OUT }, { "192.0.2.255", TCP, 2000, OUT },
		{ "192.0.2.0", TCP, 999, FROM }, { "192.0.2.0", TCP, 2001, FROM },
		{ "192.0.2.0", UDP, 1000, FROM }, { "192.0.2.0", ICMP, 8, FROM },
		{ "192.0.3.0", TCP, 1000, FROM }, { "192.0.1.255", TCP, 1000, FROM },
		{ "192.0.2.7", UDP, 53, OUT }, { "192.0.2.7", TCP, 53, FROM },
		{ "192.0.2.6", UDP, 53, FROM }, { "192.0.2.8", UDP, 53, FROM },
		{ "198.51.100.128", TCP, 443, OUT }, { "198.51.100.255", UDP, 443, OUT },
		{ "198.51.100.127", TCP, 443, FROM }, { "198.51.100.128", 132, 443, FROM },
		{ "198.51.100.128", ICMP, 0, FROM },
		{ "2001:db8:1::", UDP, 1, OUT }, { "2001:db8:1::", UDP, 0, FROM },
		{ "2001:db8:1::", UDP, 2, FROM }, { "2001:db8:1::", TCP, 1, FROM },
		{ "2001:db8:2::9", ICMP6, 128, OUT }, { "2001:db8:2:ffff::", 99, 0, OUT },
		{ "2001:db8:3::", TCP, 80, FROM }, { "2001:db8:1:ffff::", TCP, 80, FROM },
		{ "198.18.0.0", TCP, 25, OUT }, { "198.19.255.255", 1, 8, OUT },
		{ "198.18.5.5", TCP, 25, FROM }, { "198.18.5.5", TCP, 24, OUT },
		{ "198.18.5.5", TCP, 26, OUT }, { "198.18.5.5", UDP, 25, OUT },
		{ "198.18.4.255", TCP, 25, OUT }, { "198.18.6.0", UDP, 80, FROM },
		{ "198.18.6.255", ICMP, 8, FROM }, { "198.18.7.0", UDP, 80, OUT },
		{ "2001:db8:2:1::", TCP, 25, FROM }, { "2001:db8:2:1::", UDP, 25, FROM },
		{ "2001:db8:2:1::", TCP, 80, OUT }, { "2001:db8:2:2::", TCP, 25, OUT },
		{ NET4, TCP, 80, FROM }, { NET6, TCP, 80, FROM },
	};

	(void)state;
	check(&said, cases, COUNT(cases));
}

static void test_wide_lists(void **state)
{
	(void)state;
	check(&(struct said){ .egress = "none", .reach = "22" }, (struct to[]){
		{ NET4, TCP, 80, FROM }, { NET6, TCP, 80, FROM }, { NET4, TCP, 22, HOST },
		{ "127.0.0.1", TCP, 22, DROP },
	}, 4);
	check(&(struct said){ .egress = "0.0.0.0/0" }, (struct to[]){
		{ NET4, TCP, 80, OUT }, { NET4, 200, 0, OUT }, { NET6, TCP, 80, FROM },
		{ OWN4, TCP, 80, FROM }, { "10.213.7.7", TCP, 80, FROM },
		{ "127.0.0.1", TCP, 80, DROP }, { "169.254.169.254", TCP, 80, FROM },
	}, 7);
	check(&(struct said){ .egress = "::/0" }, (struct to[]){
		{ NET4, TCP, 80, FROM }, { NET6, TCP, 80, OUT }, { "fe80::1", TCP, 80, DROP },
		{ "fd6e:7362:6f78::9", TCP, 80, FROM }, { "fd00:ec2::254", TCP, 80, FROM },
	}, 5);
	check(&(struct said){ .deny = "0.0.0.0/0 [::/0]:25/tcp" }, (struct to[]){
		{ NET4, TCP, 80, FROM }, { NET6, TCP, 25, FROM }, { NET6, TCP, 80, OUT },
		{ NET6, UDP, 25, OUT }, { NET6, ICMP6, 128, OUT },
	}, 5);
	/* The pool is no target, whatever names it. */
	check(&(struct said){ .egress = "10.213.0.0/16 10.213.0.9 fd6e:7362:6f78::9" },
	      (struct to[]){
		{ "10.213.0.9", TCP, 80, FROM }, { "fd6e:7362:6f78::9", TCP, 80, FROM },
	}, 2);
}

static void test_resolvers(void **state)
{
	static const struct to open[] = {
		{ "192.0.2.53", UDP, 53, BOTH }, { "192.0.2.53", TCP, 53, BOTH },
		{ "192.0.2.53", UDP, 54, FROM }, { "192.0.2.53", ICMP, 53, FROM },
		{ "192.0.2.54", UDP, 53, FROM }, { "2001:db8::53", UDP, 53, BOTH },
		{ "2001:db8::54", UDP, 53, FROM },
		{ "10.213.0.1", UDP, 53, HOST }, { "10.213.0.1", TCP, 53, HOST },
		{ "10.213.0.1", UDP, 52, FROM }, { "10.213.0.2", UDP, 53, FROM },
		{ "169.254.169.254", UDP, 53, BOTH }, { "169.254.169.254", TCP, 80, FROM },
	};
	struct said said = {
		.egress = "198.51.100.0/24", .dns = "192.0.2.53 2001:db8::53 169.254.169.254",
		.deny = "192.0.2.0/24", .ask_host = true,
	};
	struct to closed[COUNT(open)];

	(void)state;
	check(&said, open, COUNT(open));
	memcpy(closed, open, sizeof(closed));
	for (size_t i = 0; i < COUNT(closed); i++)
		closed[i].mark = FROM;
	said.egress = "none";
	check(&said, closed, COUNT(closed));
	said = (struct said){ .dns = "192.0.2.53" };
	check(&said, (struct to[]){
		{ "192.0.2.53", UDP, 53, BOTH }, { "192.0.2.53", UDP, 123, OUT },
		{ "10.213.0.1", UDP, 53, FROM },
	}, 3);
}

static void test_reach(void **state)
{
	static const struct to cases[] = {
		{ NET4, TCP, 80, BOTH }, { NET4, UDP, 80, OUT }, { NET4, TCP, 79, OUT },
		{ NET4, TCP, 81, OUT }, { NET4, UDP, 999, OUT }, { NET4, UDP, 1000, BOTH },
		{ NET4, TCP, 1000, BOTH }, { NET4, TCP, 1010, BOTH }, { NET4, TCP, 1011, OUT },
		{ NET4, UDP, 65535, BOTH }, { NET4, TCP, 65535, OUT }, { NET4, ICMP, 80, OUT },
		{ "10.213.0.1", TCP, 80, HOST }, { NET6, TCP, 80, BOTH }, { NET6, 132, 80, OUT },
	};
	const struct said said = { .reach = "80/tcp 1000-1010 65535/udp" };

	(void)state;
	check(&said, cases, COUNT(cases));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_odd_pool),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_metadata),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_wide_lists),
		cmocka_unit_test(test_resolvers),
		cmocka_unit_test(test_reach),
	};

	if (lacks_root("load a BPF program"))
		return SKIPPED;
	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
