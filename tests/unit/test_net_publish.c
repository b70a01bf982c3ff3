// SPDX-License-Identifier: MIT
/*
 * The program for what goes to a session: which ports of its block stay closed, and that all else
 * passes.
 */
#include "filter_run.h"

#include "net_publish.h"

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define LED (NET_MARK_OK | NET_MARK_PUBLISHED)	/* as the table marks it */
#define PEER4 "203.0.113.5"
#define PEER6 "2001:db8:1::5"

static int program_of(const char *range, unsigned int block, const char *ports)
{
	struct net_published p = { .block = block };

	assert_int_equal(nets_range(range, &p.range, NULL), 0);
	assert_int_equal(nets_publish(ports, &p.ports, NULL), 0);
	assert_false(net_publish_is_plain(&p));
	assert_int_equal(net_publish_write(&p, &asm_), 0);
	return load(&asm_);
}

static bool passes(int fd, const struct frame *frame, uint32_t mark)
{
	return run_marked(fd, frame, mark, NULL) != DROP;
}

static bool reaches(int fd, bool v6, int proto, unsigned int port, uint32_t mark)
{
	struct frame frame;

	packet(&frame, v6 ? PEER6 : PEER4, v6 ? OWN6 : OWN4, proto, port);
	return passes(fd, &frame, mark);
}

static void test_ports(void **state)
{
	static const struct {
		const char *range, *ports;
		unsigned int block, port;
		bool tcp, udp;
	} cases[] = {
		{ "20000-20047", "tcp,udp 3", 16, 20000, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 20002, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 20003, false, false },
		{ "20000-20047", "tcp,udp 3", 16, 20015, false, false },
		{ "20000-20047", "tcp,udp 3", 16, 20016, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 20034, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 20035, false, false },
		{ "20000-20047", "tcp,udp 3", 16, 20047, false, false },
		/* None of these ports: a rule of the admin's led it here. */
		{ "20000-20047", "tcp,udp 3", 16, 19999, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 20048, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 1, true, true },
		{ "20000-20047", "tcp,udp 3", 16, 65535, true, true },
		{ "20000-20047", "tcp 16", 16, 20015, true, false },
		{ "20000-20047", "udp 16", 16, 20015, false, true },
		{ "20000-20047", "udp 1", 16, 20000, false, true },
		{ "20000-20047", "udp 1", 16, 20001, false, false },
		{ "20000-20047", "tcp 1", 1, 20001, true, false },
		{ "1024-65535", "tcp 4095", 4096, 65535, true, false },
		{ "1024-65535", "tcp 4095", 4096, 1024 + 4095, false, false },
		{ "1024-65535", "tcp 4095", 4096, 1024 + 4096, true, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int fd = program_of(cases[i].range, cases[i].block, cases[i].ports);

		for (int v6 = 0; v6 < 2; v6++)
			if (reaches(fd, v6, TCP, cases[i].port, LED) != cases[i].tcp ||
			    reaches(fd, v6, UDP, cases[i].port, LED) != cases[i].udp)
				fail_msg("%s of %s: port %u", cases[i].ports, cases[i].range,
					 cases[i].port);
		close(fd);
	}
}

/* What was not led here by a port: answers to the session, what root of the host asks. */
static void test_others(void **state)
{
	static const uint32_t marks[] = {
		0, NET_MARK_OK, NET_MARK_OUT, 0x0fffffff,
		/* Of a session it says something else; it does not come here. */
		NET_MARK_FROM | NET_MARK_HOST, NET_MARK_FROM | NET_MARK_OK | NET_MARK_HOST,
	};
	int fd = program_of("20000-20047", 16, "tcp 1");

	(void)state;
	for (size_t i = 0; i < COUNT(marks); i++)
		for (int v6 = 0; v6 < 2; v6++)
			assert_true(reaches(fd, v6, UDP, 20005, marks[i]));
	/* Bits of others', beside. */
	assert_false(reaches(fd, false, UDP, 20005, LED | 0x0fffffff));
	assert_false(reaches(fd, false, UDP, 20005, NET_MARK_PUBLISHED));
	/* An error about a connection that there is; what has no port was led here by nobody. */
	assert_true(reaches(fd, false, IPPROTO_ICMP, 3, LED));
	assert_true(reaches(fd, true, IPPROTO_ICMPV6, 2, LED));
	assert_false(reaches(fd, false, 132, 0, LED));
	assert_false(reaches(fd, true, 132, 0, LED));
	close(fd);
}

static void test_headers(void **state)
{
	int fd = program_of("20000-20047", 16, "udp 1");
	uint8_t more[8] = { UDP };
	struct frame frame;

	(void)state;
	for (unsigned int port = 20000; port < 20002; port++) {
		/* IPv4 with options. */
		begin_packet(&frame, PEER4, OWN4, UDP);
		frame.d[IP] = 0x47;
		add(&frame, (uint8_t[]){ 1, 1, 1, 1, 1, 1, 1, 1 }, 8);
		add_l4(&frame, UDP, port);
		assert_int_equal(passes(fd, &frame, LED), port == 20000);
		/* A first fragment tells its port. */
		packet(&frame, PEER4, OWN4, UDP, port);
		put16(frame.d + IP + 6, 0x2000);
		assert_int_equal(passes(fd, &frame, LED), port == 20000);
		begin_packet(&frame, PEER6, OWN6, IPPROTO_FRAGMENT);
		put16(more + 2, 1);
		add(&frame, more, sizeof(more));
		add_l4(&frame, UDP, port);
		assert_int_equal(passes(fd, &frame, LED), port == 20000);
		/* A later one does not. */
		packet(&frame, PEER4, OWN4, UDP, port);
		put16(frame.d + IP + 6, 0x2001);
		assert_true(passes(fd, &frame, LED));
		begin_packet(&frame, PEER6, OWN6, IPPROTO_FRAGMENT);
		put16(more + 2, 9);
		add(&frame, more, sizeof(more));
		add_l4(&frame, UDP, port);
		assert_true(passes(fd, &frame, LED));
		/* Hidden behind another header: not even the right port. */
		begin_packet(&frame, PEER6, OWN6, IPPROTO_DSTOPTS);
		add(&frame, (uint8_t[]){ UDP, 0, 1, 4, 0, 0, 0, 0 }, 8);
		add_l4(&frame, UDP, port);
		assert_false(passes(fd, &frame, LED));
	}
	/* Cut off before the port. */
	begin_packet(&frame, PEER4, OWN4, UDP);
	add(&frame, more, 3);
	assert_false(passes(fd, &frame, LED));
	close(fd);
}

static void test_plain(void **state)
{
	static const struct {
		const char *ports;
		bool plain;
	} cases[] = {
		{ "no", true }, { "tcp,udp 16", true }, { "tcp,udp 15", false },
		{ "tcp 16", false }, { "udp 16", false }, { "udp 1", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_published p = { .block = 16 };

		assert_int_equal(nets_range("20000-20100", &p.range, NULL), 0);
		assert_int_equal(nets_publish(cases[i].ports, &p.ports, NULL), 0);
		assert_int_equal(net_publish_is_plain(&p), cases[i].plain);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_plain),
	};

	if (lacks_root("load a BPF program"))
		return SKIPPED;
	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
