// SPDX-License-Identifier: MIT
/*
 * Where a packet may go: the policy's lists as instructions. Pure: runs with any privilege.
 *
 * Every way ends at one label with the answer in REG_MARK. A refusal is no drop here: the routing
 * rules refuse what has no mark, with an error that the tenant's program understands at once.
 */
#include <netinet/in.h>
#include <string.h>

#include "net_filter_parts.h"

#define DNS_PORT 53

/*
 * Where clouds tell a machine its secrets. Link-local addresses of IPv4 are all in it: other
 * services of that kind are there, and nothing else is beyond a router.
 */
static const struct net_prefix metadata[] = {
	{ AF_INET, 16, { 169, 254 } },			/* EC2, GCE, Azure, OpenStack, ECS tasks */
	{ AF_INET, 32, { 100, 100, 100, 200 } },	/* Alibaba */
	{ AF_INET, 32, { 168, 63, 129, 16 } },		/* Azure's host */
	{ AF_INET, 32, { 192, 0, 0, 192 } },		/* Oracle */
	/* EC2: ::254, and ::23 has the credentials of EKS */
	{ AF_INET6, 32, { 0xfd, 0x00, 0x0e, 0xc2 } },
	{ AF_INET6, 128, { 0xfd, 0x20, 0x00, 0xce, [14] = 0x02, 0x54 } },	/* GCE */
	{ AF_INET6, 128, { 0xfd, 0x00, 0x00, 0xc1, [12] = 169, 254, 169, 254 } }, /* Oracle */
	{ AF_INET6, 128, { 0xfd, 0x00, 0x00, 0x42, [15] = 0x42 } },		/* Scaleway */
	/* What a translator of the network's would make IPv4's first one of. RFC 6052. */
	{ AF_INET6, 112, { 0x00, 0x64, 0xff, 0x9b, [12] = 169, 254 } },
};

void filter_unless(struct bpf_asm *a, const struct net_prefix *prefix, int at, unsigned int no)
{
	for (unsigned int bit = 0; bit < prefix->bits; bit += 32) {
		unsigned int left = prefix->bits - bit;
		uint8_t mask[4];
		uint32_t word, bits;

		for (unsigned int i = 0; i < 4; i++)
			mask[i] = (uint8_t)(left >= 8 * (i + 1) ? 0xff :
					    left <= 8 * i ? 0 : 0xff00 >> (left - 8 * i));
		/* Both as they lie in memory: a load of the stack gives the packet's bytes so. */
		memcpy(&bits, mask, sizeof(bits));
		memcpy(&word, prefix->addr + bit / 8, sizeof(word));
		bpf_asm_load(a, BPF_W, BPF_REG_0, BPF_REG_10, (int16_t)(at + (int)bit / 8));
		word &= bits;
		if (bits != UINT32_MAX)
			bpf_asm_alu(a, BPF_AND, BPF_REG_0, bits);
		bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, word, no);
	}
}

void filter_if(struct bpf_asm *a, const struct net_prefix *prefix, int at, unsigned int yes)
{
	unsigned int no = bpf_asm_label(a);

	filter_unless(a, prefix, at, no);
	bpf_asm_jump(a, yes);
	bpf_asm_here(a, no);
}

void filter_jump_if(struct bpf_asm *a, int at, uint8_t op, uint32_t imm, unsigned int label)
{
	bpf_asm_load(a, BPF_W, BPF_REG_0, BPF_REG_10, (int16_t)at);
	bpf_asm_jump_if(a, op, BPF_REG_0, imm, label);
}

/*
 * Go on at @no unless the protocol is @proto (of 0, TCP or UDP) and the port in the range; at
 * @unseen if the packet does not tell its port. What has no port has none that is in a range.
 */
static void unless_port(struct bpf_asm *a, uint8_t proto, uint16_t min, uint16_t max,
			unsigned int unseen, unsigned int no)
{
	if (proto)
		filter_jump_if(a, AT_PROTO, BPF_JNE, proto, no);
	filter_jump_if(a, AT_PORT, BPF_JEQ, PORT_UNSEEN, unseen);
	bpf_asm_jump_if(a, BPF_JLT, BPF_REG_0, min, no);
	bpf_asm_jump_if(a, BPF_JGT, BPF_REG_0, max, no);
}

static bool has_ports(const struct net_target *t)
{
	return t->proto || t->tcp_udp;
}

static int destination(int family)
{
	return family == AF_INET ? AT_V4_DST : AT_V6_DST;
}

/*
 * A later fragment does not tell its port: it is let go, since without the first one, which does,
 * nobody makes a packet of it.
 */
static void allow(struct bpf_asm *a, const struct net_target *t, unsigned int yes)
{
	unsigned int no = bpf_asm_label(a);

	filter_unless(a, &t->to, destination(t->to.family), no);
	if (has_ports(t))
		unless_port(a, t->proto, t->min, t->max, yes, no);
	bpf_asm_jump(a, yes);
	bpf_asm_here(a, no);
}

static void deny(struct bpf_asm *a, const struct net_target *t, unsigned int done)
{
	unsigned int no = bpf_asm_label(a);

	filter_unless(a, &t->to, destination(t->to.family), no);
	if (has_ports(t))
		unless_port(a, t->proto, t->min, t->max, no, no);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, no);
}

static void resolver(struct bpf_asm *a, const struct net_prefix *at, uint32_t mark,
		     unsigned int done)
{
	unsigned int no = bpf_asm_label(a);

	filter_unless(a, at, destination(at->family), no);
	filter_jump_if(a, AT_PORT, BPF_JNE, DNS_PORT, no);
	bpf_asm_alu(a, BPF_OR, REG_MARK, mark);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, no);
}

static void resolvers(struct bpf_asm *a, const struct net_filter *f, int family,
		      unsigned int done)
{
	struct net_prefix own = f->pool.v4;

	if (f->egress == NET_EGRESS_NONE)
		return;
	/* A resolver may be an address of the host's own. */
	for (unsigned int i = 0; i < f->resolvers_n; i++)
		if (f->resolvers[i].family == family)
			resolver(a, &f->resolvers[i], NET_MARK_OUT | NET_MARK_HOST, done);
	if (!f->ask_host || own.family != family)
		return;
	own.bits = 32;
	own.addr[3] |= 1;
	resolver(a, &own, NET_MARK_HOST, done);
}

static void reach(struct bpf_asm *a, const struct net_filter *f)
{
	unsigned int yes = bpf_asm_label(a), end = bpf_asm_label(a);

	for (unsigned int i = 0; i < f->reaches; i++) {
		unsigned int no = bpf_asm_label(a);

		unless_port(a, f->reach[i].proto, f->reach[i].min, f->reach[i].max, yes, no);
		bpf_asm_jump(a, yes);
		bpf_asm_here(a, no);
	}
	bpf_asm_jump(a, end);
	bpf_asm_here(a, yes);
	bpf_asm_alu(a, BPF_OR, REG_MARK, NET_MARK_HOST);
	bpf_asm_here(a, end);
}

/* Does @t name one address, and that is one of a cloud's secrets? */
static bool is_metadata(const struct net_target *t)
{
	if (t->to.bits != (t->to.family == AF_INET ? 32 : 128))
		return false;
	for (size_t i = 0; i < sizeof(metadata) / sizeof(metadata[0]); i++)
		if (metadata[i].family == t->to.family &&
		    !memcmp(metadata[i].addr, t->to.addr, metadata[i].bits / 8))
			return true;
	return false;
}

static void allows(struct bpf_asm *a, const struct net_filter *f, int family, bool secrets,
		   unsigned int yes)
{
	for (unsigned int i = 0; i < f->allows; i++)
		if (f->allow[i].to.family == family && is_metadata(&f->allow[i]) == secrets)
			allow(a, &f->allow[i], yes);
}

static void egress(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int done)
{
	unsigned int yes = bpf_asm_label(a);

	if (f->egress == NET_EGRESS_NONE)
		return;
	filter_taken(a, f, family, done);
	for (unsigned int i = 0; i < f->denies; i++)
		if (f->deny[i].to.family == family)
			deny(a, &f->deny[i], done);
	if (f->egress == NET_EGRESS_LIST)
		allows(a, f, family, true, yes);
	for (size_t i = 0; i < sizeof(metadata) / sizeof(metadata[0]); i++)
		if (metadata[i].family == family)
			filter_if(a, &metadata[i], destination(family), done);
	if (f->egress == NET_EGRESS_LIST) {
		allows(a, f, family, false, yes);
		bpf_asm_jump(a, done);
	}
	bpf_asm_here(a, yes);
	bpf_asm_alu(a, BPF_OR, REG_MARK, NET_MARK_OUT);
}

void filter_policy(struct bpf_asm *a, const struct net_filter *f, int family)
{
	unsigned int done = bpf_asm_label(a);

	resolvers(a, f, family, done);
	if (f->reaches)
		reach(a, f);
	egress(a, f, family, done);
	bpf_asm_here(a, done);
}
