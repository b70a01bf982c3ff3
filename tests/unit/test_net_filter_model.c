// SPDX-License-Identifier: MIT
/*
 * The program at a session's wire against a model of it: the policy as nsbox.conf(5) has it, in
 * plain C, asked about the same frames. Policies and frames are drawn by a seed: NSBOX_SEED has
 * another one, NSBOX_LONG many more.
 */
#include "filter_run.h"

#include <stdbool.h>

#define FRAMES 400	/* of each policy */

static uint64_t seed;

static uint32_t draw(uint32_t below)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33) % below;
}

static bool one_in(uint32_t n)
{
	return draw(n) == 0;
}

/* Addresses that policies and frames are drawn from: few, so that they meet, and their edges. */
static const char *const v4[] = {
	"203.0.113.5", "203.0.113.4", "203.0.113.255", "203.0.112.255", "198.51.100.128",
	"198.51.100.127", "10.213.0.5", "10.213.0.1", "10.213.255.255", "10.214.0.0",
	"169.254.169.254", "169.254.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192",
	"127.0.0.1", "224.0.0.1", "255.255.255.255", "0.0.0.0", "126.1.2.3", "223.255.255.255",
	"10.213.0.6", "192.0.2.53",
};
static const char *const v6[] = {
	"2001:db8:1::5", "2001:db8:1::4", "2001:db8:1:ffff::", "2001:db8:2::",
	"fd6e:7362:6f78::5", "fd6e:7362:6f78::1", "fd6e:7362:6f78::6", "fd6e:7362:6f78:1::",
	"fd00:ec2::254", "fd00:ec2::17", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42",
	"fe80::5", "fe80::1", "febf::1", "ff02::1", "ff02::16", "ff02::1:ff00:5", "ff0e::1", "::",
	"::1", "::ffff:203.0.113.5", "64:ff9b::169.254.169.254", "64:ff9b::203.0.113.5",
	"2001:db8:53::53",
};
static const uint16_t ports[] = { 0, 1, 22, 25, 53, 68, 80, 443, 546, 1000, 65534, 65535 };

static const char *some_address(int family)
{
	return family == AF_INET ? v4[draw(COUNT(v4))] : v6[draw(COUNT(v6))];
}

static uint16_t some_port(void)
{
	return ports[draw(COUNT(ports))];
}

/* A policy */

static struct net_prefix some_prefix(int family)
{
	static const unsigned int bits[] = { 0, 1, 7, 8, 15, 16, 24, 25, 31, 32, 33, 48, 63, 64, 65,
					     96, 112, 127, 128, 128 };
	unsigned int most = family == AF_INET ? 32 : 128;
	struct net_prefix p = { .family = family };

	do
		p.bits = one_in(2) ? most : bits[draw(COUNT(bits))];
	while (p.bits > most);
	put_address(p.addr, some_address(family));
	for (unsigned int bit = p.bits; bit < 128; bit++)
		p.addr[bit / 8] &= (uint8_t)~(0x80 >> bit % 8);
	return p;
}

static uint8_t some_proto(void)
{
	static const uint8_t protos[] = { 0, IPPROTO_TCP, IPPROTO_UDP };

	return protos[draw(3)];
}

static void some_range(uint16_t *min, uint16_t *max)
{
	uint16_t a = some_port(), b = one_in(2) ? a : some_port();

	*min = a < b ? a : b;
	*max = a < b ? b : a;
}

static struct net_target some_target(void)
{
	struct net_target t = { .to = some_prefix(one_in(2) ? AF_INET : AF_INET6), .max = 65535 };

	if (one_in(3))
		return t;
	t.proto = some_proto();
	t.tcp_udp = t.proto == 0;
	some_range(&t.min, &t.max);
	return t;
}

static struct net_filter *some_filter(void)
{
	static const uint8_t mac[6] = SESSION_MAC, other[6] = OTHER_MAC;
	struct net_filter *f = new_filter(NULL);
	unsigned int hosts = draw(4), allows = 1 + draw(12), denies = draw(6);
	unsigned int reaches = draw(6), resolvers = draw(4);

	f->bridged = one_in(3);
	if (f->bridged) {
		memcpy(f->mac, mac, sizeof(mac));
		put_address(f->link_local, "fe80::5");
		f->v4 = (struct net_prefix){ AF_INET, 16, { 0 } };
		f->v6 = (struct net_prefix){ AF_INET6, 64, { 0 } };
		put_address(f->v4.addr, OWN4);
		put_address(f->v6.addr, OWN6);
		for (f->hosts = 0; f->hosts < hosts; f->hosts++) {
			struct net_prefix p = some_prefix(one_in(2) ? AF_INET : AF_INET6);

			p.bits = p.family == AF_INET ? 32 : 128;
			f->host[f->hosts] = p;
		}
		/* Where most frames go. */
		if (one_in(2))
			memcpy(f->host_mac[draw(2)], other, sizeof(other));
		f->host_routes4 = one_in(2);
		f->host_routes6 = one_in(2);
	}
	if (one_in(10))
		f->pool.v4.family = f->v4.family = 0;
	else if (one_in(10))
		f->pool.v6.family = f->v6.family = 0;
	f->egress = (enum net_egress[]){ NET_EGRESS_ANY, NET_EGRESS_NONE, NET_EGRESS_LIST,
					 NET_EGRESS_LIST }[draw(4)];
	if (f->egress == NET_EGRESS_LIST)
		for (f->allows = 0; f->allows < allows; f->allows++)
			f->allow[f->allows] = some_target();
	for (f->denies = 0; f->denies < denies; f->denies++)
		f->deny[f->denies] = some_target();
	for (f->reaches = 0; f->reaches < reaches; f->reaches++) {
		struct net_ports *p = &f->reach[f->reaches];

		p->proto = some_proto();
		some_range(&p->min, &p->max);
	}
	for (f->resolvers_n = 0; f->resolvers_n < resolvers; f->resolvers_n++) {
		struct net_prefix p = some_prefix(one_in(2) ? AF_INET : AF_INET6);

		put_address(p.addr, some_address(p.family));
		p.bits = p.family == AF_INET ? 32 : 128;
		f->resolvers[f->resolvers_n] = p;
	}
	f->ask_host = one_in(2);
	return f;
}

/* A frame */

static void some_l4(struct frame *frame, int proto)
{
	static const uint8_t icmp[] = { 8, 0, 3, 11, 5, 9, 10, 128, 129, 1, 130, 133, 134, 135, 136,
					137, 143 };
	uint8_t l4[48] = { 0 };

	put16(l4, 40000);
	put16(l4 + 2, some_port());
	if (proto == IPPROTO_ICMP || proto == IPPROTO_ICMPV6) {
		put16(l4, 0);
		l4[0] = icmp[draw(COUNT(icmp))];
		put_address(l4 + 8, some_address(AF_INET6));
		l4[24] = (uint8_t)(1 + draw(2));
		l4[25] = 1;
		memcpy(l4 + 26, frame->d + (one_in(4) ? 0 : 6), 6);
		if (l4[0] == 3 || l4[0] == 11)
			put_address(l4 + 24, one_in(2) ? OWN4 : some_address(AF_INET));
		if (l4[0] == 3 || l4[0] == 1)
			put_address(l4 + 32, one_in(2) ? OWN6 : some_address(AF_INET6));
		add(frame, l4, one_in(4) ? 24 : l4[0] < 128 ? 48 : 32);
		return;
	}
	add(frame, l4, one_in(20) ? draw(8) : 20);
}

static void some_arp(struct frame *frame)
{
	begin_frame(frame, ETH_P_ARP);
	memcpy(frame->d + 14, "\0\1\x08\0\6\4", 6);
	put16(frame->d + 20, draw(4));
	memcpy(frame->d + 22, frame->d + (one_in(8) ? 0 : 6), 6);
	put_address(frame->d + 28, one_in(2) ? OWN4 : some_address(AF_INET));
	put_address(frame->d + 38, one_in(3) ? OWN4 : some_address(AF_INET));
	frame->len = 42;
}

static void some_frame(struct frame *frame)
{
	static const uint8_t protos[] = { 6, 6, 6, 17, 17, 1, 58, 58, 44, 0, 43, 4, 47, 50, 51, 59,
					  60, 132, 135, 254, 255 };
	static const uint16_t fields[] = { 0, 0, 0x2000, 0x4000, 1, 8, 0x1fff, 0x2001, 7, 0xfff8 };
	int family = one_in(2) ? AF_INET : AF_INET6;
	const char *own = family == AF_INET ? OWN4 : OWN6;
	uint8_t proto = protos[draw(COUNT(protos))], header[8] = { 0 };

	if (one_in(12)) {
		some_arp(frame);
	} else {
		if (family == AF_INET6 && one_in(6))
			own = one_in(2) ? "fe80::5" : "::";
		begin_packet(frame, one_in(12) ? some_address(family) : own, some_address(family),
			     proto);
		if (family == AF_INET && one_in(4)) {
			put16(frame->d + IP + 6, fields[draw(COUNT(fields))]);
		} else if (family == AF_INET6 && proto == IPPROTO_FRAGMENT) {
			proto = protos[draw(COUNT(protos))];
			header[0] = proto;
			put16(header + 2, fields[draw(COUNT(fields))]);
			add(frame, header, sizeof(header));
		} else if (family == AF_INET6 && proto == 0) {
			add(frame, one_in(4) ? "\x3a\0\5\2\0\1\1\0" : "\x3a\0\5\2\0\0\1\0", 8);
			proto = IPPROTO_ICMPV6;
		}
		some_l4(frame, proto);
	}
	if (one_in(20))
		frame->d[draw(frame->len)] ^= (uint8_t)(1 << draw(8));
	if (one_in(30))
		frame->len = 55 + draw(20) > frame->len ? frame->len : 55 + draw(20);
	if (one_in(30))
		frame->d[0] |= 1;
}

/* The model */

static unsigned int get16(const uint8_t *at)
{
	return (unsigned int)(at[0] << 8 | at[1]);
}

static bool in(const uint8_t *address, const struct net_prefix *p, unsigned int bits)
{
	for (unsigned int bit = 0; bit < bits; bit++)
		if ((address[bit / 8] ^ p->addr[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static bool in_text(const uint8_t *address, int family, const char *text)
{
	struct net_prefix p;

	assert_int_equal(nets_prefix(text, &p, NULL), 0);
	return p.family == family && in(address, &p, p.bits);
}

static bool in_any(const uint8_t *address, int family, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (in_text(address, family, texts[i]))
			return true;
	return false;
}

struct packet {
	int family;
	const uint8_t *from, *to;
	uint8_t proto;
	bool fragment;
	bool later;	/* and not the first */
	bool has_port;
	unsigned int port;
};

static bool has_ports(const struct packet *p)
{
	return p->proto == IPPROTO_TCP || p->proto == IPPROTO_UDP;
}

/* Does a range of ports mean this packet, if a later fragment is @later? */
static bool port_in(const struct packet *p, uint8_t proto, uint16_t min, uint16_t max, bool later)
{
	if (!has_ports(p) || (proto && proto != p->proto))
		return false;
	return p->later ? later : p->port >= min && p->port <= max;
}

static bool target_is(const struct packet *p, const struct net_target *t, bool later)
{
	if (t->to.family != p->family || !in(p->to, &t->to, t->to.bits))
		return false;
	return (!t->proto && !t->tcp_udp) || port_in(p, t->proto, t->min, t->max, later);
}

static bool is_secret(int family, const uint8_t *address)
{
	static const char *const secrets[] = {
		"169.254.0.0/16", "100.100.100.200", "168.63.129.16", "192.0.0.192",
		"fd00:ec2::/32", "fd20:ce::254", "fd00:c1::a9fe:a9fe", "fd00:42::42",
		"64:ff9b::a9fe:0/112",
	};

	return in_any(address, family, secrets, COUNT(secrets));
}

static bool may_go_out(const struct net_filter *f, const struct packet *p)
{
	const struct net_prefix *pool = p->family == AF_INET ? &f->pool.v4 : &f->pool.v6;
	bool secret = is_secret(p->family, p->to);

	if (f->egress == NET_EGRESS_NONE || (pool->family && in(p->to, pool, pool->bits)))
		return false;
	for (unsigned int i = 0; i < f->denies; i++)
		if (target_is(p, &f->deny[i], false))
			return false;
	if (f->egress == NET_EGRESS_ANY)
		return !secret;
	for (unsigned int i = 0; i < f->allows; i++) {
		const struct net_target *t = &f->allow[i];
		bool exact = t->to.bits == (p->family == AF_INET ? 32 : 128);

		if (target_is(p, t, true) && (!secret || exact))
			return true;
	}
	return false;
}

static uint32_t policy(const struct net_filter *f, const struct packet *p)
{
	unsigned int all = p->family == AF_INET ? 32 : 128;
	bool dns = has_ports(p) && !p->later && p->port == 53;
	struct net_prefix host = f->pool.v4;
	uint32_t mark = 0;

	host.addr[3] |= 1;
	if (dns && f->egress != NET_EGRESS_NONE) {
		for (unsigned int i = 0; i < f->resolvers_n; i++)
			if (f->resolvers[i].family == p->family &&
			    in(p->to, &f->resolvers[i], all))
				return NET_MARK_OUT | NET_MARK_HOST;
		if (f->ask_host && host.family == p->family && in(p->to, &host, 32))
			return NET_MARK_HOST;
	}
	for (unsigned int i = 0; i < f->reaches; i++)
		if (port_in(p, f->reach[i].proto, f->reach[i].min, f->reach[i].max, true))
			mark = NET_MARK_HOST;
	return mark | (may_go_out(f, p) ? NET_MARK_OUT : 0);
}

static bool is_own(const uint8_t *address, int family)
{
	return in_text(address, family, family == AF_INET ? OWN4 : OWN6);
}

static bool is_ours(const uint8_t *address)
{
	return is_own(address, AF_INET6) || in_text(address, AF_INET6, "fe80::5");
}

static bool is_nobody(const uint8_t *address)
{
	return in_text(address, AF_INET6, "::");
}

static bool is_near(const uint8_t *address)
{
	static const char *const near[] = { "ff02::/16", "fe80::/10", "fd6e:7362:6f78::/64" };

	return in_any(address, AF_INET6, near, COUNT(near));
}

static bool option_is(const struct frame *frame, uint8_t kind, bool mac)
{
	const uint8_t *o = frame->d + IP + 40 + 24;
	unsigned int bytes = get16(frame->d + IP + 4);

	if (bytes == 24)
		return true;
	return bytes == 32 && frame->len >= IP + 40 + 32 && o[0] == kind && o[1] == 1 &&
	       (!mac || !memcmp(o + 2, frame->d + 6, 6));
}

/* ICMPv6 between neighbours on a bridge: -1 for what is something else. */
static int neighbour(const struct frame *frame)
{
	const uint8_t *ip = frame->d + IP, *from = ip + 8, *to = ip + 24, *l4 = ip + 40;
	unsigned int behind = frame->len - IP - 40;

	if (ip[6] == 0)
		return behind >= 12 && in_text(to, AF_INET6, "ff02::16") &&
		       (is_ours(from) || is_nobody(from)) &&
		       !memcmp(l4, "\x3a\0\5\2\0\0\1\0", 8) && l4[8] == 143;
	if (ip[6] != IPPROTO_ICMPV6)
		return -1;
	if (behind < 4)
		return 0;
	if (l4[0] != 135 && l4[0] != 136)
		return -1;
	if (behind < 24)
		return 0;
	if (l4[0] == 136)
		return is_ours(from) && is_ours(l4 + 8) && is_near(to) &&
		       option_is(frame, 2, true);
	if (is_nobody(from))
		return is_ours(l4 + 8) && in_text(to, AF_INET6, "ff02::1:ff00:0/104") &&
		       option_is(frame, 14, false);
	return is_ours(from) && is_near(to) && option_is(frame, 1, true);
}

static bool arp_is_right(const struct frame *frame)
{
	const uint8_t *arp = frame->d + IP;

	if (frame->len < IP + 28 || memcmp(arp, "\0\1\x08\0\6\4\0", 7) || arp[7] < 1 || arp[7] > 2)
		return false;
	if (memcmp(arp + 8, frame->d + 6, 6))
		return false;
	return is_own(arp + 14, AF_INET) ||
	       (!memcmp(arp + 14, "\0\0\0\0", 4) && is_own(arp + 24, AF_INET));
}

static bool is_error(int family, uint8_t type)
{
	if (family == AF_INET6)
		return type < 128;
	return type == 3 || type == 4 || type == 11 || type == 12;
}

/* What follows the IP header: false for what is dropped. */
static bool l4_is_right(const struct net_filter *f, const struct frame *frame, unsigned int at,
			struct packet *p)
{
	const uint8_t *l4 = frame->d + at;
	bool v4_ = p->family == AF_INET;

	if (p->later)
		return true;
	if (!has_ports(p) && p->proto != (v4_ ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return true;
	if (frame->len < at + 4)
		return false;
	if (!has_ports(p) && is_error(p->family, l4[0])) {
		const uint8_t *about = l4 + 8 + (v4_ ? 16 : 24);

		return about + (v4_ ? 4 : 16) <= frame->d + frame->len && !p->fragment &&
		       is_own(about, p->family);
	}
	if (!has_ports(p))
		return v4_ ? l4[0] != 5 && l4[0] != 9 : l4[0] < 133 || l4[0] > 137;
	p->port = get16(l4 + 2);
	return !(f->bridged && p->proto == IPPROTO_UDP && p->port == (v4_ ? 68 : 546));
}

static bool v4_is_right(const struct net_filter *f, const struct frame *frame, struct packet *p)
{
	static const char *const wrong[] = { "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/3" };
	const uint8_t *ip = frame->d + IP;

	*p = (struct packet){ .family = AF_INET, .from = ip + 12, .to = ip + 16, .proto = ip[9],
			      .fragment = get16(ip + 6) & 0x3fff,
			      .later = get16(ip + 6) & 0x1fff };
	return ip[0] == 0x45 && is_own(p->from, AF_INET) &&
	       !in_any(p->to, AF_INET, wrong, COUNT(wrong)) &&
	       l4_is_right(f, frame, IP + 20, p);
}

static bool v6_is_right(const struct net_filter *f, const struct frame *frame, struct packet *p)
{
	static const char *const wrong[] = { "::/80", "fe80::/10", "ff00::/8" };
	static const uint8_t extensions[] = { 0, 43, 44, 51, 60, 135, 139, 140, 253, 254 };
	const uint8_t *ip = frame->d + IP;
	unsigned int at = IP + 40;

	*p = (struct packet){ .family = AF_INET6, .from = ip + 8, .to = ip + 24, .proto = ip[6] };
	if (!is_own(p->from, AF_INET6) || in_any(p->to, AF_INET6, wrong, COUNT(wrong)))
		return false;
	if (p->proto == IPPROTO_FRAGMENT) {
		if (frame->len < at + 8)
			return false;
		p->proto = frame->d[at];
		p->fragment = true;
		p->later = get16(frame->d + at + 2) & 0xfff8;
		at += 8;
	}
	return !memchr(extensions, p->proto, sizeof(extensions)) && l4_is_right(f, frame, at, p);
}

static bool to_host(const struct net_filter *f, const struct frame *frame)
{
	static const uint8_t none[6];

	for (unsigned int i = 0; i < 2; i++)
		if (memcmp(f->host_mac[i], none, 6) && !memcmp(f->host_mac[i], frame->d, 6))
			return true;
	return false;
}

/* To a host of the bridge's: by reach-host; to others: by egress. */
static uint32_t bridged(const struct net_filter *f, const struct frame *frame,
			const struct packet *p, uint32_t mark)
{
	const struct net_prefix *own = p->family == AF_INET ? &f->v4 : &f->v6;
	bool routes = p->family == AF_INET ? f->host_routes4 : f->host_routes6;
	uint32_t wanted = NET_MARK_OUT;

	/* Own network's broadcast; it is /16. */
	if (p->family == AF_INET && in(p->to, own, 16) && p->to[2] == 255 && p->to[3] == 255)
		return DROP;
	if (to_host(f, frame) && !routes)
		wanted = NET_MARK_HOST;
	for (unsigned int i = 0; i < f->hosts; i++)
		if (f->host[i].family == p->family &&
		    in(p->to, &f->host[i], p->family == AF_INET ? 32 : 128))
			wanted = NET_MARK_HOST;
	if (wanted == NET_MARK_OUT && to_host(f, frame) && in(p->to, own, own->bits))
		return DROP;
	return (mark & wanted) ? FROM : DROP;
}

static uint32_t model(const struct net_filter *f, const struct frame *frame)
{
	static const uint8_t mac[6] = SESSION_MAC;
	unsigned int type = get16(frame->d + 12);
	struct packet p;
	int near;

	if (frame->len < IP + 20 || (f->bridged && memcmp(frame->d + 6, mac, 6)))
		return DROP;
	if (type == ETH_P_ARP && f->bridged && f->v4.family)
		return arp_is_right(frame) ? FROM : DROP;
	if (type == ETH_P_IP && f->pool.v4.family) {
		if (!v4_is_right(f, frame, &p))
			return DROP;
	} else if (type == ETH_P_IPV6 && f->pool.v6.family) {
		if (frame->len < IP + 40 || frame->d[IP] >> 4 != 6)
			return DROP;
		near = f->bridged ? neighbour(frame) : -1;
		if (near >= 0)
			return near ? FROM : DROP;
		if (!v6_is_right(f, frame, &p))
			return DROP;
	} else {
		return DROP;
	}
	if (!f->bridged)
		return FROM | policy(f, &p);
	return frame->d[0] & 1 ? DROP : bridged(f, frame, &p, policy(f, &p));
}

static void print_frame(const struct frame *frame)
{
	for (unsigned int i = 0; i < frame->len; i++)
		fprintf(stderr, "%02x%s", frame->d[i], i % 16 == 15 ? "\n" : " ");
	fputc('\n', stderr);
}

static void test_model(void **state)
{
	const char *text = getenv("NSBOX_SEED");
	unsigned int policies = getenv("NSBOX_LONG") ? 20000 : 200;
	unsigned int said[5] = { 0 };

	(void)state;
	for (unsigned int i = 0; i < policies; i++) {
		uint64_t this_seed = text ? strtoull(text, NULL, 0) + i : 5000 + i;
		struct net_filter *f;
		int fd;

		seed = this_seed * 0x9e3779b97f4a7c15ULL;
		f = some_filter();
		fd = program(f);
		for (int k = 0; k < FRAMES; k++) {
			struct frame frame;
			uint32_t want, got;

			some_frame(&frame);
			want = model(f, &frame);
			got = run(fd, &frame);
			said[want == DROP ? 0 : 1 + ((want >> 29) & 3)]++;
			if (got == want)
				continue;
			print_frame(&frame);
			fail_msg("NSBOX_SEED=%llu: frame %d: %08x, and the model says %08x",
				 (unsigned long long)this_seed, k, got, want);
		}
		close(fd);
		free(f);
	}
	/* Each answer was given many times: the frames meet the policies. */
	for (size_t i = 0; i < COUNT(said); i++)
		if (said[i] < policies * FRAMES / 300)
			fail_msg("answer %zu was given %u times only", i, said[i]);
	printf("dropped %u, nowhere %u, out %u, host %u, both %u\n", said[0], said[1], said[2],
	       said[3], said[4]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model),
	};

	if (lacks_root("load a BPF program"))
		return SKIPPED;
	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
