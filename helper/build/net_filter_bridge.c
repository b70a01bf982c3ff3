// SPDX-License-Identifier: MIT
/*
 * A session's program, of a bridge: who is whose neighbour, and that the session is nobody else.
 * Pure: runs with any privilege, must never load what it wrote.
 *
 * Behind a bridge there are others' machines, which believe what ARP and neighbour discovery tell
 * them. So these are known to the byte: what Linux sends, with the session's own addresses in each
 * place where a neighbour could learn one, and nothing that leads beyond the bridge.
 *
 * See RFC 826, 5227 (ARP), 4861 (neighbour discovery), 3810 (multicast listeners).
 */
#include <net/if_arp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "net_filter_parts.h"

#define MLD2_REPORT 143		/* RFC 3810 */
#define ND_NONCE 14		/* RFC 3971; Linux has it in its probes, RFC 7527 */
#define ND_BYTES 24		/* a solicitation or advertisement, without options */
#define OPTION_BYTES 8

static uint32_t wire16(uint16_t value)
{
	return htons(value);
}

static void unless_half(struct bpf_asm *a, int at, uint16_t value, unsigned int no)
{
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, (int16_t)at);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, wire16(value), no);
}

static void unless_byte(struct bpf_asm *a, int at, uint8_t value, unsigned int no)
{
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, (int16_t)at);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, value, no);
}

static void unless_mac(struct bpf_asm *a, const uint8_t mac[6], int at, unsigned int no)
{
	for (int i = 0; i < 6; i += 2)
		unless_half(a, at + i, (uint16_t)(mac[i] << 8 | mac[i + 1]), no);
}

void bridge_mac(struct bpf_asm *a, const struct net_filter *f, int at, unsigned int drop)
{
	unless_mac(a, f->mac, at, drop);
}

void bridge_one(struct bpf_asm *a, unsigned int drop)
{
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_MAC_DST);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, 1);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
}

/*
 * The sender is the session; or nobody, who asks whether the session's address is free: to ask so
 * for another's would keep that one from taking it.
 */
void bridge_arp(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		unsigned int drop)
{
	const int sender = AT_IP + 14, target = AT_IP + 24;
	unsigned int probe = bpf_asm_label(a), good = bpf_asm_label(a);
	struct net_prefix own = f->v4;

	own.bits = 32;
	filter_copy(a, 0, AT_FRAME, ETH_BYTES + ARP_BYTES, drop);
	/* Other lengths would put the addresses elsewhere. */
	unless_half(a, AT_IP, ARPHRD_ETHER, drop);
	unless_half(a, AT_IP + 2, 0x0800, drop);
	unless_half(a, AT_IP + 4, 6 << 8 | 4, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_IP + 6);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, wire16(ARPOP_REQUEST), good);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, wire16(ARPOP_REPLY), drop);
	bpf_asm_here(a, good);
	bridge_mac(a, f, AT_IP + 8, drop);
	unless_half(a, sender, (uint16_t)(own.addr[0] << 8 | own.addr[1]), probe);
	unless_half(a, sender + 2, (uint16_t)(own.addr[2] << 8 | own.addr[3]), drop);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, probe);
	unless_half(a, sender, 0, drop);
	unless_half(a, sender + 2, 0, drop);
	filter_unless(a, &own, target, drop);
	bpf_asm_jump(a, pass);
}

/* The address at @at is one of the session's two. */
static void only_ours(struct bpf_asm *a, const struct net_filter *f, int at, unsigned int no)
{
	struct net_prefix own = f->v6, local = { AF_INET6, 128, { 0 } };
	unsigned int yes = bpf_asm_label(a);

	own.bits = 128;
	memcpy(local.addr, f->link_local, sizeof(local.addr));
	filter_if(a, &own, at, yes);
	filter_unless(a, &local, at, no);
	bpf_asm_here(a, yes);
}

/*
 * The destination is on this side of all routers. What comes from neighbour to neighbour is not
 * asked of the policy, so it must not lead further.
 */
static void only_near(struct bpf_asm *a, const struct net_filter *f, unsigned int drop)
{
	static const struct net_prefix group = { AF_INET6, 16, { 0xff, 0x02 } };
	static const struct net_prefix local = { AF_INET6, 10, { 0xfe, 0x80 } };
	unsigned int yes = bpf_asm_label(a);

	filter_if(a, &group, AT_V6_DST, yes);
	filter_if(a, &local, AT_V6_DST, yes);
	filter_unless(a, &f->v6, AT_V6_DST, drop);
	bpf_asm_here(a, yes);
}

/* Nothing behind it, or the one option: @kind, with the session's MAC if that is what it has. */
static void only_option(struct bpf_asm *a, const struct net_filter *f, uint8_t kind,
			unsigned int drop)
{
	const int option = AT_L4 + ND_BYTES;
	unsigned int none = bpf_asm_label(a);

	/* How many bytes are behind the header. */
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_IP + 4);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, wire16(ND_BYTES), none);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, wire16(ND_BYTES + OPTION_BYTES), drop);
	filter_copy(a, ETH_BYTES + V6_BYTES + ND_BYTES, option, OPTION_BYTES, drop);
	unless_byte(a, option, kind, drop);
	unless_byte(a, option + 1, 1, drop);	/* its length, in eights */
	if (kind != ND_NONCE)
		bridge_mac(a, f, option + 2, drop);
	bpf_asm_here(a, none);
}

/* Who has it? Asks the session; or nobody yet, for an address that is to be the session's. */
static void solicit(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		    unsigned int drop)
{
	static const struct net_prefix nobody = { AF_INET6, 128, { 0 } };
	static const struct net_prefix group = { AF_INET6, 104,
						 { 0xff, 0x02, [11] = 1, [12] = 0xff } };
	unsigned int probe = bpf_asm_label(a);

	filter_if(a, &nobody, AT_V6_SRC, probe);
	only_ours(a, f, AT_V6_SRC, drop);
	only_near(a, f, drop);
	only_option(a, f, ND_OPT_SOURCE_LINKADDR, drop);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, probe);
	only_ours(a, f, AT_L4 + 8, drop);
	filter_unless(a, &group, AT_V6_DST, drop);
	only_option(a, f, ND_NONCE, drop);
	bpf_asm_jump(a, pass);
}

/* I have it. */
static void advertise(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		      unsigned int drop)
{
	only_ours(a, f, AT_V6_SRC, drop);
	only_ours(a, f, AT_L4 + 8, drop);
	only_near(a, f, drop);
	only_option(a, f, ND_OPT_TARGET_LINKADDR, drop);
	bpf_asm_jump(a, pass);
}

/*
 * Which groups it wants to hear: a bridge that watches this (multicast_snooping) would let no
 * question for the session's address through otherwise. Behind a header that says "router, look".
 */
static void report(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		   unsigned int drop)
{
	static const struct net_prefix nobody = { AF_INET6, 128, { 0 } };
	static const struct net_prefix routers = { AF_INET6, 128, { 0xff, 0x02, [15] = 0x16 } };
	static const uint16_t alert[] = { IPPROTO_ICMPV6 << 8, 0x0502, 0, 0x0100 };
	unsigned int from = bpf_asm_label(a);

	filter_unless(a, &routers, AT_V6_DST, drop);
	filter_if(a, &nobody, AT_V6_SRC, from);
	only_ours(a, f, AT_V6_SRC, drop);
	bpf_asm_here(a, from);
	filter_copy(a, ETH_BYTES + V6_BYTES, AT_L4, 12, drop);
	for (int i = 0; i < 4; i++)
		unless_half(a, AT_L4 + 2 * i, alert[i], drop);
	unless_byte(a, AT_L4 + 8, MLD2_REPORT, drop);
	bpf_asm_jump(a, pass);
}

void bridge_neighbours(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		       unsigned int drop)
{
	unsigned int other = bpf_asm_label(a), mld = bpf_asm_label(a);
	unsigned int ask = bpf_asm_label(a);

	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_IP + 6);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, IPPROTO_HOPOPTS, mld);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, IPPROTO_ICMPV6, other);
	filter_copy(a, ETH_BYTES + V6_BYTES, AT_L4, 4, drop);
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_L4);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ND_NEIGHBOR_SOLICIT, ask);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, ND_NEIGHBOR_ADVERT, other);
	filter_copy(a, ETH_BYTES + V6_BYTES, AT_L4, ND_BYTES, drop);
	advertise(a, f, pass, drop);
	bpf_asm_here(a, ask);
	filter_copy(a, ETH_BYTES + V6_BYTES, AT_L4, ND_BYTES, drop);
	solicit(a, f, pass, drop);
	bpf_asm_here(a, mld);
	report(a, f, pass, drop);
	bpf_asm_here(a, other);
}

/*
 * What goes to the host as one of the bridge, whatever it may then do with it: if it is no router
 * of the session's, the packet is for the host itself, by an address that it has got since. If it
 * is, there is no way by it to the session's neighbours: between two of them who are kept apart
 * here, it would carry what the bridge does not.
 */
static void by_host(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int host,
		    unsigned int drop)
{
	static const uint8_t none[6] = { 0 };
	bool routes = family == AF_INET ? f->host_routes4 : f->host_routes6;

	for (size_t i = 0; i < sizeof(f->host_mac) / sizeof(f->host_mac[0]); i++) {
		unsigned int no = bpf_asm_label(a);

		if (!memcmp(f->host_mac[i], none, sizeof(none)))
			continue;
		unless_mac(a, f->host_mac[i], AT_MAC_DST, no);
		if (routes)
			filter_if(a, family == AF_INET ? &f->v4 : &f->v6,
				  family == AF_INET ? AT_V4_DST : AT_V6_DST, drop);
		else
			bpf_asm_jump(a, host);
		bpf_asm_here(a, no);
	}
}

/* The last address of the session's network means all that are in it. */
static void no_broadcast(struct bpf_asm *a, const struct net_prefix *own, unsigned int drop)
{
	struct net_prefix all = *own;

	if (own->family != AF_INET || own->bits > 30)
		return;
	for (unsigned int bit = own->bits; bit < 32; bit++)
		all.addr[bit / 8] |= (uint8_t)(0x80 >> bit % 8);
	all.bits = 32;
	filter_if(a, &all, AT_V4_DST, drop);
}

/* To the host's own addresses as to no other: only what reach-host opens. */
void bridge_judge(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int pass,
		  unsigned int drop)
{
	unsigned int host = bpf_asm_label(a);

	if (family == AF_INET)
		no_broadcast(a, &f->v4, drop);
	for (unsigned int i = 0; i < f->hosts; i++)
		if (f->host[i].family == family)
			filter_if(a, &f->host[i], family == AF_INET ? AT_V4_DST : AT_V6_DST, host);
	by_host(a, f, family, host, drop);
	bpf_asm_alu(a, BPF_AND, REG_MARK, NET_MARK_OUT);
	bpf_asm_jump_if(a, BPF_JEQ, REG_MARK, 0, drop);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, host);
	bpf_asm_alu(a, BPF_AND, REG_MARK, NET_MARK_HOST);
	bpf_asm_jump_if(a, BPF_JEQ, REG_MARK, 0, drop);
	bpf_asm_jump(a, pass);
}
