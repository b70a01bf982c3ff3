// SPDX-License-Identifier: MIT
/*
 * The program at a session's wire that ends in a bridge: nothing that a neighbour could learn
 * something wrong from, and nothing between neighbours that leads further than to them.
 */
#include "filter_run.h"

#include <net/if_arp.h>
#include <stddef.h>

#define NET4 "203.0.113.5"	/* somewhere in the internet */
#define NET6 "2001:db8:1::5"
#define LOCAL6 "fe80::5"	/* the session's */
#define NEAR4 "10.213.0.1"
#define NEAR6 "fd6e:7362:6f78::1"
#define HOST4 "192.0.2.1"	/* the host's, as are the two near ones */
#define ASKED6 "ff02::1:ff00:1"
#define ALL6 "ff02::1"

#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP

static const uint8_t mac[6] = SESSION_MAC, other_mac[6] = OTHER_MAC;

static int loaded(const struct said *said)
{
	static const char *const hosts[] = { NEAR4, NEAR6, HOST4 };
	struct net_filter *f = new_filter(said);
	int fd;

	f->bridged = true;
	memcpy(f->mac, mac, sizeof(mac));
	put_address(f->link_local, LOCAL6);
	f->v4 = (struct net_prefix){ AF_INET, 16, { 0 } };
	put_address(f->v4.addr, OWN4);
	f->v6 = (struct net_prefix){ AF_INET6, 112, { 0 } };
	put_address(f->v6.addr, OWN6);
	for (size_t i = 0; i < COUNT(hosts); i++)
		assert_int_equal(nets_host(hosts[i], &f->host[f->hosts++], NULL), 0);
	fd = program(f);
	free(f);
	return fd;
}

static uint32_t sent(int fd, const char *address, int proto, unsigned int port)
{
	struct frame frame;

	packet(&frame, strchr(address, ':') ? OWN6 : OWN4, address, proto, port);
	return run(fd, &frame);
}

/* Nobody reads a mark there: what the policy does not let go ends here. */
static void test_policy(void **state)
{
	int fd = loaded(&(struct said){ .deny = "203.0.113.0/24:25 [2001:db8:1::/48]:25" });

	(void)state;
	assert_int_equal(sent(fd, NET4, TCP, 80), FROM);
	assert_int_equal(sent(fd, NET6, TCP, 80), FROM);
	assert_int_equal(sent(fd, NET4, TCP, 25), DROP);
	assert_int_equal(sent(fd, NET6, UDP, 25), DROP);
	assert_int_equal(sent(fd, NET4, 1, 8), FROM);
	assert_int_equal(sent(fd, NET6, 58, 128), FROM);
	assert_int_equal(sent(fd, "10.213.0.6", TCP, 80), DROP);
	assert_int_equal(sent(fd, "fd6e:7362:6f78::6", TCP, 80), DROP);
	assert_int_equal(sent(fd, "169.254.169.254", TCP, 80), DROP);
	assert_int_equal(sent(fd, HOST4, TCP, 80), DROP);
	assert_int_equal(sent(fd, NEAR4, TCP, 80), DROP);
	assert_int_equal(sent(fd, "192.0.2.2", TCP, 80), FROM);
	close(fd);
	fd = loaded(&(struct said){ .egress = "none", .reach = "80/tcp" });
	assert_int_equal(sent(fd, NET4, TCP, 80), DROP);
	assert_int_equal(sent(fd, HOST4, TCP, 80), FROM);
	assert_int_equal(sent(fd, HOST4, UDP, 80), DROP);
	assert_int_equal(sent(fd, HOST4, TCP, 81), DROP);
	assert_int_equal(sent(fd, NEAR4, TCP, 80), FROM);
	assert_int_equal(sent(fd, NEAR6, TCP, 80), FROM);
	assert_int_equal(sent(fd, NEAR6, 58, 128), DROP);
	assert_int_equal(sent(fd, HOST4, 4, 80), DROP);
	assert_int_equal(sent(fd, HOST4, 41, 80), DROP);
	close(fd);
	fd = loaded(&(struct said){ .egress = "192.0.2.0/24", .dns = "192.0.2.1 198.51.100.1",
				    .ask_host = true });
	assert_int_equal(sent(fd, HOST4, UDP, 53), FROM);
	assert_int_equal(sent(fd, HOST4, UDP, 80), DROP);
	assert_int_equal(sent(fd, NEAR4, UDP, 53), FROM);
	assert_int_equal(sent(fd, "198.51.100.1", TCP, 53), FROM);
	assert_int_equal(sent(fd, "198.51.100.1", TCP, 54), DROP);
	assert_int_equal(sent(fd, "192.0.2.2", TCP, 54), FROM);
	close(fd);
}

static void test_sources(void **state)
{
	static const char *const wrong[] = {
		"10.213.0.6", "10.213.0.4", "10.213.0.1", "10.214.0.5", "0.0.0.0", NET4,
		"fd6e:7362:6f78::6", "fd6e:7362:6f78:0:1::5", NEAR6, "::", LOCAL6, "fe80::6", NET6,
	};
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		packet(&frame, wrong[i], strchr(wrong[i], ':') ? NET6 : NET4, TCP, 80);
		if (run(fd, &frame) != DROP)
			fail_msg("from %s", wrong[i]);
	}
	close(fd);
}

/* Each bit of the sender's hardware address; and no frame to all with a packet to one. */
static void test_hardware(void **state)
{
	int fd = loaded(NULL);
	struct frame frames[2];

	(void)state;
	packet(&frames[0], OWN4, NET4, TCP, 80);
	packet(&frames[1], OWN6, NET6, TCP, 80);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(run(fd, &frames[i]), FROM);
		for (unsigned int bit = 0; bit < 48; bit++) {
			frames[i].d[6 + bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_equal(run(fd, &frames[i]), DROP);
			frames[i].d[6 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		frames[i].d[0] |= 1;
		assert_int_equal(run(fd, &frames[i]), DROP);
		memset(frames[i].d, 0xff, 6);
		assert_int_equal(run(fd, &frames[i]), DROP);
	}
	close(fd);
}

/* No multicast, no link-local, none of what configures others. */
static void test_destinations(void **state)
{
	int fd = loaded(NULL);

	(void)state;
	assert_int_equal(sent(fd, "224.0.0.251", UDP, 5353), DROP);
	assert_int_equal(sent(fd, "255.255.255.255", UDP, 67), DROP);
	assert_int_equal(sent(fd, "ff02::fb", UDP, 5353), DROP);
	assert_int_equal(sent(fd, "fe80::1", TCP, 22), DROP);
	assert_int_equal(sent(fd, "fe80::1", 58, 128), DROP);
	assert_int_equal(sent(fd, "::1", TCP, 22), DROP);
	/* To clients of DHCP only its server speaks. */
	assert_int_equal(sent(fd, "192.0.2.2", UDP, 68), DROP);
	assert_int_equal(sent(fd, "192.0.2.2", TCP, 68), FROM);
	assert_int_equal(sent(fd, "192.0.2.2", UDP, 67), FROM);
	assert_int_equal(sent(fd, NET6, UDP, 546), DROP);
	assert_int_equal(sent(fd, NET6, UDP, 547), FROM);
	/* Redirects and advertisements of routers. */
	assert_int_equal(sent(fd, NET4, 1, 5), DROP);
	assert_int_equal(sent(fd, NET4, 1, 9), DROP);
	for (unsigned int type = 130; type < 140; type++)
		if (sent(fd, NET6, 58, type) != (type >= 133 && type <= 137 ? DROP : FROM))
			fail_msg("ICMPv6 %u", type);
	close(fd);
}

static void arp(struct frame *frame, unsigned int op, const char *sender, const char *target)
{
	begin_frame(frame, ETH_P_ARP);
	memset(frame->d, 0xff, 6);
	memcpy(frame->d + 14, "\0\1\x08\0\6\4", 6);
	put16(frame->d + 20, op);
	memcpy(frame->d + 22, mac, 6);
	put_address(frame->d + 28, sender);
	put_address(frame->d + 38, target);
	frame->len = 42;
}

static void test_arp(void **state)
{
	static const struct {
		const char *sender, *target;
		unsigned int op;
		uint32_t mark;
	} cases[] = {
		{ OWN4, NEAR4, ARPOP_REQUEST, FROM }, { OWN4, NEAR4, ARPOP_REPLY, FROM },
		{ OWN4, OWN4, ARPOP_REQUEST, FROM }, { OWN4, OWN4, ARPOP_REPLY, FROM },
		{ "0.0.0.0", OWN4, ARPOP_REQUEST, FROM },
		/* A probe for what another is about to take. RFC 5227, 2.1.1 */
		{ "0.0.0.0", NEAR4, ARPOP_REQUEST, DROP }, { "0.0.0.0", NEAR4, ARPOP_REPLY, DROP },
		{ NEAR4, OWN4, ARPOP_REQUEST, DROP }, { NEAR4, OWN4, ARPOP_REPLY, DROP },
		{ NEAR4, NEAR4, ARPOP_REPLY, DROP }, { "10.213.0.6", NEAR4, ARPOP_REQUEST, DROP },
		{ "10.214.0.5", NEAR4, ARPOP_REQUEST, DROP },
		{ "0.0.0.5", OWN4, ARPOP_REQUEST, DROP },
		{ "10.213.0.0", OWN4, ARPOP_REQUEST, DROP },
		{ OWN4, NEAR4, ARPOP_RREQUEST, DROP }, { OWN4, NEAR4, ARPOP_InREPLY, DROP },
		{ OWN4, NEAR4, 0, DROP }, { OWN4, NEAR4, 0x100, DROP },
	};
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		arp(&frame, cases[i].op, cases[i].sender, cases[i].target);
		if (run(fd, &frame) != cases[i].mark)
			fail_msg("ARP %u from %s for %s", cases[i].op, cases[i].sender,
				 cases[i].target);
	}
	/* Everything before the target counts, but for the operation's last bits. */
	arp(&frame, ARPOP_REQUEST, OWN4, NEAR4);
	for (unsigned int at = 6; at < 32; at++) {
		frame.d[at] ^= 0x40;
		if (run(fd, &frame) != DROP)
			fail_msg("byte %u of ARP", at);
		frame.d[at] ^= 0x40;
	}
	memcpy(frame.d + 22, other_mac, 6);
	assert_int_equal(run(fd, &frame), DROP);
	for (unsigned int len = 15; len < 42; len++) {
		arp(&frame, ARPOP_REQUEST, OWN4, NEAR4);
		frame.len = len;
		assert_int_equal(run(fd, &frame), DROP);
	}
	close(fd);
}

#define NONE 0		/* no option */
#define SOURCE 1
#define TARGET 2
#define NONCE 14

/* A solicitation or advertisement of @target with one option of @kind, and what is in it. */
static void neighbour(struct frame *frame, unsigned int type, const char *from, const char *to,
		      const char *target, uint8_t kind, const uint8_t *address)
{
	uint8_t message[24] = { (uint8_t)type };
	uint8_t option[8] = { kind, 1 };

	put_address(message + 8, target);
	memcpy(option + 2, address, 6);
	begin_packet(frame, from, to, IPPROTO_ICMPV6);
	frame->d[IP + 7] = 255;
	add(frame, message, sizeof(message));
	if (kind != NONE)
		add(frame, option, sizeof(option));
}

#define ASK 135
#define ANSWER 136

static void test_neighbours(void **state)
{
	static const struct {
		unsigned int type;
		uint32_t mark;
		const char *from, *to, *target;
		const uint8_t *mac;
		uint8_t kind;
	} cases[] = {
		/* Who has it? */
		{ ASK, FROM, OWN6, ASKED6, NEAR6, mac, SOURCE },
		{ ASK, FROM, LOCAL6, ASKED6, NEAR6, mac, SOURCE },
		{ ASK, FROM, OWN6, NEAR6, NEAR6, mac, SOURCE },
		{ ASK, FROM, OWN6, "fe80::1", "fe80::1", mac, SOURCE },
		{ ASK, FROM, OWN6, NEAR6, NEAR6, mac, NONE },
		{ ASK, DROP, OWN6, ASKED6, NEAR6, other_mac, SOURCE },
		{ ASK, DROP, OWN6, ASKED6, NEAR6, mac, NONCE },
		{ ASK, DROP, OWN6, ASKED6, NEAR6, mac, TARGET },
		{ ASK, DROP, NEAR6, ASKED6, OWN6, mac, SOURCE },
		{ ASK, DROP, "fe80::1", ASKED6, OWN6, mac, SOURCE },
		/* Beyond a router nobody is a neighbour. */
		{ ASK, DROP, OWN6, NET6, NET6, mac, SOURCE },
		{ ASK, DROP, OWN6, "fd6e:7362:6f78:1::1", NET6, mac, SOURCE },
		{ ASK, DROP, OWN6, "fd6e:7362:6f78::1:1", NET6, mac, SOURCE },
		{ ASK, DROP, OWN6, "ff05::1", NEAR6, mac, SOURCE },
		{ ASK, DROP, OWN6, "ff0e::1", NEAR6, mac, SOURCE },
		/* Is it free? Of another's, its owner would have to give it up. RFC 4862, 5.4.3 */
		{ ASK, FROM, "::", "ff02::1:ff00:5", OWN6, mac, NONE },
		{ ASK, FROM, "::", "ff02::1:ff00:5", OWN6, other_mac, NONCE },
		{ ASK, FROM, "::", "ff02::1:ff00:5", LOCAL6, other_mac, NONCE },
		{ ASK, DROP, "::", "ff02::1:ff00:5", OWN6, mac, SOURCE },
		{ ASK, DROP, "::", ASKED6, NEAR6, mac, NONE },
		{ ASK, DROP, "::", "ff02::1:ff00:6", "fd6e:7362:6f78::6", mac, NONCE },
		{ ASK, DROP, "::", NEAR6, OWN6, mac, NONE },
		{ ASK, DROP, "::", NET6, OWN6, mac, NONE },
		/* I have it. */
		{ ANSWER, FROM, OWN6, NEAR6, OWN6, mac, TARGET },
		{ ANSWER, FROM, LOCAL6, ALL6, LOCAL6, mac, TARGET },
		{ ANSWER, FROM, LOCAL6, NEAR6, OWN6, mac, TARGET },
		{ ANSWER, FROM, OWN6, NEAR6, OWN6, mac, NONE },
		{ ANSWER, DROP, OWN6, NEAR6, NEAR6, mac, TARGET },
		{ ANSWER, DROP, OWN6, ALL6, "fd6e:7362:6f78::6", mac, TARGET },
		{ ANSWER, DROP, OWN6, ALL6, "fe80::1", mac, TARGET },
		{ ANSWER, DROP, OWN6, NEAR6, OWN6, other_mac, TARGET },
		{ ANSWER, DROP, OWN6, NEAR6, OWN6, mac, SOURCE },
		{ ANSWER, DROP, OWN6, NET6, OWN6, mac, TARGET },
		{ ANSWER, DROP, NEAR6, ALL6, OWN6, mac, TARGET },
		{ ANSWER, DROP, "::", ALL6, OWN6, mac, TARGET },
		/* What routers say. */
		{ 133, DROP, LOCAL6, "ff02::2", "::", mac, SOURCE },
		{ 134, DROP, LOCAL6, ALL6, "::", mac, SOURCE },
		{ 134, DROP, OWN6, NEAR6, "::", mac, SOURCE },
		{ 137, DROP, LOCAL6, NEAR6, NET6, mac, TARGET },
		{ 137, DROP, OWN6, NEAR6, NET6, mac, TARGET },
		/* Asks who listens. */
		{ 130, DROP, LOCAL6, ALL6, "::", mac, NONE },
		{ 143, DROP, LOCAL6, "ff02::16", "::", mac, NONE },
	};
	int fd = loaded(&(struct said){ .egress = "none" });
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		neighbour(&frame, cases[i].type, cases[i].from, cases[i].to, cases[i].target,
			  cases[i].kind, cases[i].mac);
		if (run(fd, &frame) != cases[i].mark)
			fail_msg("case %zu: ICMPv6 %u from %s to %s of %s", i, cases[i].type,
				 cases[i].from, cases[i].to, cases[i].target);
	}
	close(fd);
}

/* A second option, a longer one, one that is cut off; a fragment; another version. */
static void test_options(void **state)
{
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	neighbour(&frame, ANSWER, OWN6, NEAR6, OWN6, TARGET, mac);
	assert_int_equal(run(fd, &frame), FROM);
	for (unsigned int len = frame.len; len-- > 54;) {
		frame.len = len;
		assert_int_equal(run(fd, &frame), DROP);
	}
	neighbour(&frame, ANSWER, OWN6, NEAR6, OWN6, TARGET, mac);
	add(&frame, "\2\1evilxx", 8);
	assert_int_equal(run(fd, &frame), DROP);
	neighbour(&frame, ANSWER, OWN6, NEAR6, OWN6, TARGET, mac);
	frame.d[14 + 40 + 24 + 1] = 2;
	assert_int_equal(run(fd, &frame), DROP);
	/* The header's length says where it ends, not the frame. */
	neighbour(&frame, ANSWER, OWN6, NEAR6, OWN6, TARGET, other_mac);
	put16(frame.d + IP + 4, 24);
	assert_int_equal(run(fd, &frame), FROM);
	for (unsigned int len = 0; len < 256; len++) {
		put16(frame.d + IP + 4, len);
		assert_int_equal(run(fd, &frame), len == 24 ? FROM : DROP);
	}
	for (unsigned int type = 133; type <= 137; type++) {
		begin_packet(&frame, OWN6, NET6, 44);
		add(&frame, "\x3a\0\0\0\0\0\0\7", 8);
		add_l4(&frame, 58, type);
		assert_int_equal(run(fd, &frame), DROP);
	}
	neighbour(&frame, ANSWER, OWN6, NEAR6, OWN6, TARGET, mac);
	frame.d[IP] = 0x45;
	assert_int_equal(run(fd, &frame), DROP);
	close(fd);
}

/* Which groups it hears, as Linux says it: to routers, behind a header with "router alert". */
static void test_listeners(void **state)
{
	static const uint8_t alert[8] = { 58, 0, 5, 2, 0, 0, 1, 0 };
	static const char *const from[] = { LOCAL6, "::", OWN6, "fe80::6", NEAR6 };
	int fd = loaded(&(struct said){ .egress = "none" });
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < COUNT(from); i++) {
		begin_packet(&frame, from[i], "ff02::16", 0);
		add(&frame, alert, sizeof(alert));
		add_l4(&frame, 58, 143);
		assert_int_equal(run(fd, &frame), i < 3 ? FROM : DROP);
	}
	begin_packet(&frame, LOCAL6, "ff02::16", 0);
	add(&frame, alert, sizeof(alert));
	add_l4(&frame, 58, 143);
	for (unsigned int at = IP + 40; at < IP + 49; at++) {
		frame.d[at] ^= 1;
		assert_int_equal(run(fd, &frame), DROP);
		frame.d[at] ^= 1;
	}
	put_address(frame.d + IP + 24, "ff02::1");
	assert_int_equal(run(fd, &frame), DROP);
	put_address(frame.d + IP + 24, NET6);
	assert_int_equal(run(fd, &frame), DROP);
	close(fd);
}

/* A VLAN's or another's frame, and a session without one of the families. */
static void test_types(void **state)
{
	static const unsigned int wrong[] = { 0x8100, 0x88a8, 0x8847, 0x8863, 0x88cc, 0x888e,
					      0x8035, 0x0100, 0x0026 };
	struct net_filter *f = new_filter(NULL);
	int fd = loaded(NULL);
	struct frame frame;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++) {
		packet(&frame, OWN4, NET4, TCP, 80);
		put16(frame.d + 12, wrong[i]);
		assert_int_equal(run(fd, &frame), DROP);
	}
	close(fd);
	f->bridged = true;
	memcpy(f->mac, mac, sizeof(mac));
	fd = program(f);
	packet(&frame, OWN4, NET4, TCP, 80);
	assert_int_equal(run(fd, &frame), DROP);
	arp(&frame, ARPOP_REQUEST, "0.0.0.0", "0.0.0.0");
	assert_int_equal(run(fd, &frame), DROP);
	neighbour(&frame, ASK, "::", "ff02::1:ff00:0", "::", NONE, mac);
	assert_int_equal(run(fd, &frame), DROP);
	close(fd);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),
		cmocka_unit_test(test_sources),
		cmocka_unit_test(test_hardware),
		cmocka_unit_test(test_destinations),
		cmocka_unit_test(test_arp),
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_listeners),
		cmocka_unit_test(test_types),
	};

	if (lacks_root("load a BPF program"))
		return SKIPPED;
	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
