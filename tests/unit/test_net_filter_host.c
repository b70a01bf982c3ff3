// SPDX-License-Identifier: MIT
/*
 * The program at a session's wire that ends in a bridge, and the host as one of that bridge: by its
 * addresses, by those that it gets later, and as the session's router.
 */
#include "filter_run.h"

#define OUT4 "203.0.113.5"
#define OUT6 "2001:db8:1::5"
#define NEAR4 "192.0.2.9"	/* on the session's network */
#define NEAR6 "2001:db8:2::9"
#define MINE4 "192.0.2.7"
#define MINE6 "2001:db8:2::7"
#define HOST4 "192.0.2.1"
#define HOST6 "2001:db8:2::1"

static const uint8_t mac[6] = SESSION_MAC;
static const uint8_t bridge_at[6] = { 0x02, 0, 0, 0, 0, 0xb0 };
static const uint8_t port_at[6] = { 0xfe, 'n', 's', 'b', 'o', 'x' };
static const uint8_t router_at[6] = { 0x02, 0, 0, 0, 0, 0xaa };

static int loaded(const struct said *said, bool routes4, bool routes6)
{
	static const char *const hosts[] = { HOST4, HOST6 };
	struct net_filter *f = new_filter(said);
	int fd;

	f->bridged = true;
	memcpy(f->mac, mac, sizeof(mac));
	f->link_local[0] = 0xfe;
	f->link_local[1] = 0x80;
	f->link_local[15] = 7;
	f->v4 = (struct net_prefix){ AF_INET, 24, { 0 } };
	put_address(f->v4.addr, MINE4);
	f->v6 = (struct net_prefix){ AF_INET6, 64, { 0 } };
	put_address(f->v6.addr, MINE6);
	for (size_t i = 0; i < COUNT(hosts); i++)
		assert_int_equal(nets_host(hosts[i], &f->host[f->hosts++], NULL), 0);
	memcpy(f->host_mac[0], bridge_at, 6);
	memcpy(f->host_mac[1], port_at, 6);
	f->host_routes4 = routes4;
	f->host_routes6 = routes6;
	fd = program(f);
	free(f);
	return fd;
}

static uint32_t by(int fd, const uint8_t via[6], const char *address, unsigned int port)
{
	struct frame frame;

	packet(&frame, strchr(address, ':') ? MINE6 : MINE4, address, IPPROTO_TCP, port);
	memcpy(frame.d, via, 6);
	return run(fd, &frame);
}

/* Another routes: what goes to the host as one of the bridge is for the host. */
static void test_no_router(void **state)
{
	static const char *const all[] = { OUT4, OUT6, NEAR4, NEAR6, HOST4, HOST6 };
	int fd = loaded(&(struct said){ .reach = "80/tcp" }, false, false);

	(void)state;
	for (size_t i = 0; i < COUNT(all); i++) {
		bool host = i >= 4;

		assert_int_equal(by(fd, router_at, all[i], 80), FROM);
		assert_int_equal(by(fd, router_at, all[i], 81), host ? DROP : FROM);
		assert_int_equal(by(fd, bridge_at, all[i], 80), FROM);
		assert_int_equal(by(fd, bridge_at, all[i], 81), DROP);
		assert_int_equal(by(fd, port_at, all[i], 81), DROP);
	}
	close(fd);
}

/* The host routes: further away, but not back to where the session is. */
static void test_router(void **state)
{
	int fd = loaded(NULL, true, true);

	(void)state;
	assert_int_equal(by(fd, bridge_at, OUT4, 80), FROM);
	assert_int_equal(by(fd, bridge_at, OUT6, 80), FROM);
	assert_int_equal(by(fd, bridge_at, NEAR4, 80), DROP);
	assert_int_equal(by(fd, bridge_at, NEAR6, 80), DROP);
	assert_int_equal(by(fd, bridge_at, HOST4, 80), DROP);
	assert_int_equal(by(fd, bridge_at, HOST6, 80), DROP);
	assert_int_equal(by(fd, router_at, NEAR4, 80), FROM);
	assert_int_equal(by(fd, router_at, NEAR6, 80), FROM);
	close(fd);
	fd = loaded(&(struct said){ .reach = "80" }, true, true);
	assert_int_equal(by(fd, bridge_at, HOST4, 80), FROM);
	assert_int_equal(by(fd, bridge_at, HOST6, 80), FROM);
	assert_int_equal(by(fd, bridge_at, NEAR4, 80), DROP);
	close(fd);
	/* One family by the host, one not. */
	fd = loaded(NULL, true, false);
	assert_int_equal(by(fd, bridge_at, OUT4, 80), FROM);
	assert_int_equal(by(fd, bridge_at, OUT6, 80), DROP);
	close(fd);
	fd = loaded(NULL, false, true);
	assert_int_equal(by(fd, bridge_at, OUT4, 80), DROP);
	assert_int_equal(by(fd, bridge_at, OUT6, 80), FROM);
	close(fd);
}

static void test_broadcast(void **state)
{
	int fd = loaded(NULL, true, true);

	(void)state;
	assert_int_equal(by(fd, router_at, "192.0.2.255", 80), DROP);
	assert_int_equal(by(fd, router_at, "192.0.2.254", 80), FROM);
	assert_int_equal(by(fd, router_at, "192.0.3.255", 80), FROM);
	close(fd);
}

static const char *const templates[] = {
	"192.0.2.%n/24,2001:db8:2::%n/64 via 192.0.2.1,2001:db8:2::1", "10.%U.0.1/8 via 10.9.0.1",
};

static struct net_filter *with_templates(bool bridged)
{
	struct net_filter *f = new_filter(NULL);

	for (size_t i = 0; i < COUNT(templates); i++) {
		struct net_template t;

		assert_int_equal(nets_template(templates[i], &t), 0);
		f->range[f->ranges++] = t.v4;
		if (t.v6.family)
			f->range[f->ranges++] = t.v6;
		f->gateway[f->gateways++] = t.gateway4;
		if (t.gateway6.family)
			f->gateway[f->gateways++] = t.gateway6;
	}
	f->bridged = bridged;
	memcpy(f->mac, mac, sizeof(mac));
	f->v4 = (struct net_prefix){ AF_INET, 24, { 192, 0, 2, 7 } };
	f->v6 = (struct net_prefix){ AF_INET6, 64, { 0 } };
	put_address(f->v6.addr, MINE6);
	return f;
}

/* What templates can come to is no destination, neither from a bridge nor from behind NAT. */
static void test_sessions(void **state)
{
	static const struct {
		const char *address;
		bool taken;
	} cases[] = {
		{ "192.0.2.9", true }, { "192.0.2.254", true }, { "192.0.3.9", false },
		{ "192.0.2.1", false }, { "10.77.0.1", true }, { "10.77.0.2", false },
		{ "10.9.0.1", false }, { "11.77.0.1", false }, { "10.77.1.1", false },
		{ "2001:db8:2::9", true }, { "2001:db8:2::1234", true },
		{ "2001:db8:2::9999", true }, { "2001:db8:2::5678", true },
		{ "2001:db8:2::1", false }, { "2001:db8:2::a", false },
		{ "2001:db8:2::c000", false }, { "2001:db8:2::9f9", false },
		{ "2001:db8:2::1:9", false }, { "2001:db8:3::9", false },
	};

	(void)state;
	for (int bridged = 0; bridged < 2; bridged++) {
		struct net_filter *f = with_templates(bridged);
		int fd = program(f);

		for (size_t i = 0; i < COUNT(cases); i++) {
			bool v6 = strchr(cases[i].address, ':');
			uint32_t taken = bridged ? DROP : FROM, open = bridged ? FROM : OUT;
			struct frame frame;

			packet(&frame, bridged ? (v6 ? MINE6 : MINE4) : v6 ? OWN6 : OWN4,
			       cases[i].address, IPPROTO_TCP, 80);
			if (run(fd, &frame) != (cases[i].taken ? taken : open))
				fail_msg("%d %s", bridged, cases[i].address);
		}
		close(fd);
		free(f);
	}
}

/* As many addresses as there may be, with long lists beside. */
static void test_most(void **state)
{
	struct net_filter *f = new_filter(&(struct said){ .reach = "80" });

	(void)state;
	f->bridged = true;
	f->v6 = (struct net_prefix){ AF_INET6, 64, { 0x20, 1 } };
	f->v4 = (struct net_prefix){ AF_INET, 24, { 192, 0, 2, 7 } };
	f->egress = NET_EGRESS_LIST;
	for (; f->hosts < NET_FILTER_HOST; f->hosts++)
		f->host[f->hosts] = (struct net_prefix){ AF_INET6, 128,
			{ 0x20, 1, [14] = (uint8_t)(f->hosts >> 8), [15] = (uint8_t)f->hosts } };
	for (; f->allows < 100; f->allows++)
		f->allow[f->allows] = (struct net_target){
			.to = { AF_INET6, 64, { 0x20, 2, [7] = (uint8_t)f->allows } },
			.min = 80, .max = 90, .tcp_udp = true };
	for (; f->ranges < NET_FILTER_RANGES; f->ranges++)
		f->range[f->ranges] = (struct net_range){ AF_INET6,
			{ 0x20, 1, [7] = (uint8_t)f->ranges }, { 0xff, 0xff, [6] = 0xff, 0xff } };
	close(program(f));
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_router),
		cmocka_unit_test(test_router),
		cmocka_unit_test(test_broadcast),
		cmocka_unit_test(test_sessions),
		cmocka_unit_test(test_most),
	};

	if (lacks_root("load a BPF program"))
		return SKIPPED;
	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
