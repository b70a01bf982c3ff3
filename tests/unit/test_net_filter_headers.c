// SPDX-License-Identifier: MIT
/*
 * The program at a session's wire, behind NAT: headers as no honest program writes them, and how
 * much policy fits into one program.
 */
#include "filter_run.h"

#define NET4 "203.0.113.5"	/* somewhere in the internet */
#define NET6 "2001:db8:1::5"

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

static int loaded(const struct said *said)
{
	struct net_filter *f = new_filter(said);
	int fd = program(f);

	free(f);
	return fd;
}

static void test_types(void **state)
{
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	for (unsigned int type = 0; type <= 0xffff; type += type < 0x600 ? 7 : 1) {
		packet(&frame, OWN4, NET4, TCP, 80);
		put16(frame.d + 12, type);
		if (run(fd, &frame) != (type == ETH_P_IP ? OUT : DROP))
			fail_msg("type %04x", type);
	}
	packet(&frame, OWN6, NET6, TCP, 80);
	put16(frame.d + 12, ETH_P_IP);
	assert_int_equal(run(fd, &frame), DROP);
	put16(frame.d + 12, ETH_P_IPV6);
	assert_int_equal(run(fd, &frame), OUT);
	/* The hardware addresses of a wire say nothing. */
	memset(frame.d, 0xff, 6);
	assert_int_equal(run(fd, &frame), OUT);
	close(fd);
}

/* Of each length: dropped until all is there that was to be looked at. */
static void test_runts(void **state)
{
	static const struct {
		const char *from, *to;
		int proto;
		unsigned int whole;
	} cases[] = {
		{ OWN4, NET4, TCP, 14 + 20 + 4 }, { OWN4, NET4, UDP, 14 + 20 + 4 },
		{ OWN4, NET4, 1, 14 + 20 + 4 }, { OWN4, NET4, 47, 14 + 20 },
		{ OWN6, NET6, TCP, 14 + 40 + 4 }, { OWN6, NET6, 58, 14 + 40 + 4 },
		{ OWN6, NET6, 47, 14 + 40 },
	};
	int fd = loaded(NULL);

	(void)state;
	/* Those that the kernel does not run here come through a wire in test_net_link. */
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (unsigned int len = 1; len < 62; len++) {
			bool refused = false;
			struct frame frame;

			packet(&frame, cases[i].from, cases[i].to, cases[i].proto, 128);
			frame.len = len;
			if (run_unless(fd, &frame, &refused) !=
			    (len < cases[i].whole ? DROP : OUT))
				fail_msg("%s protocol %d, %u bytes", cases[i].to, cases[i].proto,
					 len);
			if (refused && len >= 14 + 40)
				fail_msg("the kernel runs no %u bytes", len);
		}
	}
	close(fd);
}

/* A version that is another's, and options: any program may ask for a source route (ip(7)). */
static void test_first_byte(void **state)
{
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	for (unsigned int byte = 0; byte < 256; byte++) {
		for (int later = 0; later < 2; later++) {
			packet(&frame, OWN4, NET4, TCP, 80);
			add(&frame, "\x83\x07\x04\xcb\x00\x71\x09\x00" "zzzzzzzzzzzzzzzz", 24);
			frame.d[IP] = (uint8_t)byte;
			put16(frame.d + IP + 6, later ? 0x0007 : 0);
			if (run(fd, &frame) != (byte == 0x45 ? OUT : DROP))
				fail_msg("IPv4 begins with %02x", byte);
		}
		packet(&frame, OWN6, NET6, TCP, 80);
		frame.d[IP] = (uint8_t)byte;
		if (run(fd, &frame) != (byte >> 4 == 6 ? OUT : DROP))
			fail_msg("IPv6 begins with %02x", byte);
	}
	close(fd);
}

static uint32_t run_fragment4(int fd, int proto, unsigned int port, unsigned int field)
{
	struct frame frame;

	packet(&frame, OWN4, NET4, proto, port);
	put16(frame.d + IP + 6, field);
	return run(fd, &frame);
}

/* The first fragment tells the port; the others are nothing without it. */
static void test_fragments4(void **state)
{
	int fd = loaded(&(struct said){
		.egress = "203.0.113.0/24:80/tcp", .deny = "203.0.113.0/24:25", .reach = "80/tcp",
	});

	(void)state;
	for (unsigned int flag = 0; flag < 8; flag++) {
		assert_int_equal(run_fragment4(fd, TCP, 80, flag << 13), BOTH);
		assert_int_equal(run_fragment4(fd, TCP, 25, flag << 13), FROM);
		assert_int_equal(run_fragment4(fd, UDP, 80, flag << 13), FROM);
		for (unsigned int bit = 0; bit < 13; bit++) {
			unsigned int field = flag << 13 | 1U << bit;

			assert_int_equal(run_fragment4(fd, TCP, 25, field), BOTH);
			assert_int_equal(run_fragment4(fd, UDP, 80, field), FROM);
			assert_int_equal(run_fragment4(fd, 1, 5, field), FROM);
		}
	}
	close(fd);
}

/* A packet with a header of @kind between IPv6's and that of TCP. */
static uint32_t run_extended(int fd, uint8_t kind, uint8_t next, unsigned int port,
			     unsigned int field)
{
	uint8_t header[8] = { next };
	struct frame frame;

	if (kind == IPPROTO_FRAGMENT)
		put16(header + 2, field);
	begin_packet(&frame, OWN6, NET6, kind);
	add(&frame, header, sizeof(header));
	add_l4(&frame, TCP, port);
	return run(fd, &frame);
}

static void test_fragments6(void **state)
{
	int fd = loaded(&(struct said){
		.egress = "[2001:db8:1::/48]:80/tcp", .deny = "[2001:db8:1::/48]:25",
		.reach = "80/tcp",
	});

	(void)state;
	for (unsigned int flags = 0; flags < 8; flags++) {
		assert_int_equal(run_extended(fd, 44, TCP, 80, flags), BOTH);
		assert_int_equal(run_extended(fd, 44, TCP, 25, flags), FROM);
		assert_int_equal(run_extended(fd, 44, UDP, 80, flags), FROM);
		for (unsigned int bit = 3; bit < 16; bit++) {
			unsigned int field = flags | 1U << bit;

			assert_int_equal(run_extended(fd, 44, TCP, 25, field), BOTH);
			assert_int_equal(run_extended(fd, 44, UDP, 80, field), FROM);
			assert_int_equal(run_extended(fd, 44, 0, 80, field), DROP);
			assert_int_equal(run_extended(fd, 44, 43, 80, field), DROP);
		}
	}
	close(fd);
}

/* Nothing hides a port that is denied, nor where a packet goes in the end. */
static void test_extensions(void **state)
{
	static const uint8_t dropped[] = { 0, 43, 51, 60, 135, 139, 140, 253, 254 };
	int fd = loaded(&(struct said){ .deny = "[::/0]:25" });

	(void)state;
	for (unsigned int kind = 0; kind < 256; kind++) {
		uint32_t direct = kind == 44 ? FROM : OUT, inner = kind == 44 ? DROP : OUT;

		if (memchr(dropped, (int)kind, sizeof(dropped)))
			direct = inner = DROP;
		if (kind == TCP || kind == UDP || kind == IPPROTO_ICMPV6)
			continue;
		if (run_extended(fd, (uint8_t)kind, TCP, 25, 0) != direct)
			fail_msg("header %u", kind);
		/* In a packet that is one fragment, as any stack takes it. */
		if (run_extended(fd, 44, (uint8_t)kind, 25, 0) != inner)
			fail_msg("header %u in a fragment", kind);
	}
	assert_int_equal(run_extended(fd, 44, TCP, 26, 0), OUT);
	close(fd);
}

/* What only routers say, and neighbours; in fragments, too. */
static void test_icmp(void **state)
{
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	for (unsigned int type = 0; type < 256; type++) {
		bool error = type == 3 || type == 4 || type == 11 || type == 12;
		uint32_t mark = error || type == 5 || type == 9 ? DROP : OUT;

		packet(&frame, OWN4, NET4, IPPROTO_ICMP, type);
		assert_int_equal(run(fd, &frame), mark);
		put16(frame.d + IP + 6, 0x2000);
		assert_int_equal(run(fd, &frame), mark);
		put16(frame.d + IP + 6, 0x2001);
		assert_int_equal(run(fd, &frame), OUT);
		mark = type < 128 || (type >= 133 && type <= 137) ? DROP : OUT;
		packet(&frame, OWN6, NET6, IPPROTO_ICMPV6, type);
		assert_int_equal(run(fd, &frame), mark);
		begin_packet(&frame, OWN6, NET6, 44);
		add(&frame, "\x3a\0\0\1\0\0\0\7", 8);
		add_l4(&frame, IPPROTO_ICMPV6, type);
		assert_int_equal(run(fd, &frame), mark);
	}
	close(fd);
}

/* An error about a packet from @to to @about, in a fragment with @field if that is not 0. */
static uint32_t run_error(int fd, const char *to, const char *about, unsigned int type,
			  unsigned int field)
{
	bool v6 = strchr(to, ':');
	uint8_t header[8] = { IPPROTO_ICMPV6 };
	struct frame frame, inner;

	packet(&inner, to, about, UDP, 53);
	begin_packet(&frame, v6 ? OWN6 : OWN4, to, !v6 ? IPPROTO_ICMP : field ? 44 : 58);
	put16(header + 2, field);
	if (v6 && field)
		add(&frame, header, sizeof(header));
	memset(header, 0, sizeof(header));
	header[0] = (uint8_t)type;
	add(&frame, header, sizeof(header));
	add(&frame, inner.d + IP, inner.len - IP);
	if (!v6)
		put16(frame.d + IP + 6, field);
	return run(fd, &frame);
}

/* An error tells of what came to the session; about another's packets nobody has asked it. */
static void test_errors(void **state)
{
	static const unsigned int types4[] = { 3, 4, 11, 12 };
	static const unsigned int types6[] = { 0, 1, 2, 3, 4, 100, 127 };
	int fd = loaded(NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(types4); i++) {
		assert_int_equal(run_error(fd, NET4, OWN4, types4[i], 0), OUT);
		assert_int_equal(run_error(fd, NET4, OWN4, types4[i], 0x4000), OUT);
		assert_int_equal(run_error(fd, NET4, "10.213.0.6", types4[i], 0), DROP);
		assert_int_equal(run_error(fd, NET4, "192.0.2.1", types4[i], 0), DROP);
		assert_int_equal(run_error(fd, NET4, "11.213.0.5", types4[i], 0), DROP);
		assert_int_equal(run_error(fd, "10.213.0.6", OWN4, types4[i], 0), FROM);
		assert_int_equal(run_error(fd, NET4, OWN4, types4[i], 0x2000), DROP);
	}
	for (size_t i = 0; i < COUNT(types6); i++) {
		assert_int_equal(run_error(fd, NET6, OWN6, types6[i], 0), OUT);
		assert_int_equal(run_error(fd, NET6, "fd6e:7362:6f78::6", types6[i], 0), DROP);
		assert_int_equal(run_error(fd, NET6, "fd6f:7362:6f78::5", types6[i], 0), DROP);
		assert_int_equal(run_error(fd, NET6, OWN6, types6[i], 1), DROP);
	}
	close(fd);
}

/* Of one family, the other is not for the session. */
static void test_one_family(void **state)
{
	struct net_filter *f = new_filter(NULL);
	struct frame v4, v6;
	int fd;

	(void)state;
	packet(&v4, OWN4, NET4, TCP, 80);
	packet(&v6, OWN6, NET6, TCP, 80);
	f->pool.v6.family = 0;
	fd = program(f);
	assert_int_equal(run(fd, &v4), OUT);
	assert_int_equal(run(fd, &v6), DROP);
	close(fd);
	assert_int_equal(nets_pool(POOL, &f->pool, NULL), 0);
	f->pool.v4.family = 0;
	fd = program(f);
	assert_int_equal(run(fd, &v4), DROP);
	assert_int_equal(run(fd, &v6), OUT);
	close(fd);
	f->pool.v6.family = 0;
	fd = program(f);
	assert_int_equal(run(fd, &v4), DROP);
	assert_int_equal(run(fd, &v6), DROP);
	close(fd);
	free(f);
}

static void fill(struct net_filter *f, unsigned int n)
{
	char text[64];

	f->egress = NET_EGRESS_LIST;
	for (f->allows = 0; f->allows < n; f->allows++) {
		snprintf(text, sizeof(text), f->allows % 2 ? "20.%u.3.0/24:%u-%u" :
			 "[2001:db8:%x:1:2:3:4:5]:%u-%u", f->allows, f->allows + 1,
			 f->allows * 2 + 1);
		assert_int_equal(nets_target(text, &f->allow[f->allows], NULL), 0);
		f->deny[f->allows] = f->allow[f->allows];
		f->deny[f->allows].to.addr[1]++;
	}
	f->denies = n;
}

/* The longest lists that a policy is likely to have go in; what is too long is told, not cut. */
static void test_limits(void **state)
{
	struct net_filter *f = new_filter(NULL);
	struct frame frame;
	int fd;

	(void)state;
	for (int bridged = 0; bridged < 2; bridged++) {
		f->bridged = bridged;
		f->v4 = (struct net_prefix){ AF_INET, 32, { 10, 213, 0, 5 } };
		f->v6 = (struct net_prefix){ AF_INET6, 128, { 0xfd, 0x6e, [15] = 5 } };
		fill(f, 200);
		for (f->reaches = 0; f->reaches < 64; f->reaches++)
			f->reach[f->reaches] = (struct net_ports){
				0, (uint16_t)(f->reaches * 5 + 1), (uint16_t)(f->reaches * 5 + 3) };
		fd = program(f);
		if (!bridged) {
			packet(&frame, OWN4, "20.199.3.7", UDP, 399);
			assert_int_equal(run(fd, &frame), OUT);
			packet(&frame, OWN4, "20.199.3.7", UDP, 400);
			assert_int_equal(run(fd, &frame), FROM);
			packet(&frame, OWN4, "21.199.3.7", UDP, 300);
			assert_int_equal(run(fd, &frame), FROM);
			packet(&frame, OWN6, "2001:db8:c6:1:2:3:4:5", TCP, 318);
			assert_int_equal(run(fd, &frame), BOTH);
		}
		close(fd);
		/* Of each list as much as there is room for. */
		fill(f, NET_FILTER_TARGETS);
		for (f->reaches = 0; f->reaches < NET_FILTER_PORTS; f->reaches++)
			f->reach[f->reaches] = (struct net_ports){ TCP, 1, 2 };
		for (f->hosts = 0; f->hosts < NET_FILTER_HOST; f->hosts++)
			f->host[f->hosts] = (struct net_prefix){ AF_INET6, 128, { 0x20 } };
		close(program(f));
		assert_true(asm_.n > 8192);
	}
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_types),
		cmocka_unit_test(test_runts),
		cmocka_unit_test(test_first_byte),
		cmocka_unit_test(test_fragments4),
		cmocka_unit_test(test_fragments6),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_icmp),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_one_family),
		cmocka_unit_test(test_limits),
	};

	if (lacks_root("load a BPF program"))
		return SKIPPED;
	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
