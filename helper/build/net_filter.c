// SPDX-License-Identifier: MIT
/*
 * A session's program: reads a packet, drops what can never be right, asks the policy for the rest.
 * Pure: runs with any privilege, must never load what it wrote.
 */
#include "net_filter.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include "net_filter_parts.h"

#define MLD2_REPORT 143		/* RFC 3810 */

/* A constant of the network as a load of the stack gives it. */
static uint32_t wire16(uint16_t value)
{
	return htons(value);
}

/* Copy @len bytes of the packet, from register 2 on, to @to; what is too short is dropped. */
static void copy(struct bpf_asm *a, int to, int len, unsigned int drop)
{
	bpf_asm_copy(a, BPF_REG_1, REG_CTX);
	bpf_asm_copy(a, BPF_REG_3, BPF_REG_10);
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = BPF_REG_3, .imm = to });
	bpf_asm_set(a, BPF_REG_4, len);
	bpf_asm_call(a, BPF_FUNC_skb_load_bytes);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
}

static void copy_from(struct bpf_asm *a, int from, int to, int len, unsigned int drop)
{
	bpf_asm_set(a, BPF_REG_2, from);
	copy(a, to, len, drop);
}

/* Drop what is in the prefix. */
static void drop_if(struct bpf_asm *a, struct net_prefix prefix, int at, unsigned int drop)
{
	unsigned int no = bpf_asm_label(a);

	filter_unless(a, &prefix, at, no);
	bpf_asm_jump(a, drop);
	bpf_asm_here(a, no);
}

static void keep_number(struct bpf_asm *a, int at, int32_t number)
{
	bpf_asm_set(a, BPF_REG_0, number);
	bpf_asm_store(a, BPF_W, BPF_REG_10, (int16_t)at, BPF_REG_0);
}

static void keep_byte(struct bpf_asm *a, int at, int from)
{
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, (int16_t)from);
	bpf_asm_store(a, BPF_W, BPF_REG_10, (int16_t)at, BPF_REG_0);
}

/* The port of TCP and UDP to AT_PORT; register 2 is where that header begins. */
static void read_port(struct bpf_asm *a, unsigned int drop)
{
	unsigned int has = bpf_asm_label(a), done = bpf_asm_label(a);

	keep_number(a, AT_PORT, PORT_NONE);
	filter_jump_if(a, AT_PROTO, BPF_JEQ, IPPROTO_TCP, has);
	filter_jump_if(a, AT_PROTO, BPF_JNE, IPPROTO_UDP, done);
	bpf_asm_here(a, has);
	copy(a, AT_L4, 4, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_L4 + 2);
	bpf_asm_swap(a, BPF_REG_0, 16);
	bpf_asm_store(a, BPF_W, BPF_REG_10, AT_PORT, BPF_REG_0);
	bpf_asm_here(a, done);
}

/* Drop unless the six bytes at @at (a multiple of 4 from the stack's end) are the session's MAC. */
static void only_mac(struct bpf_asm *a, const struct net_filter *f, int at, unsigned int drop)
{
	uint32_t head;
	uint16_t tail;

	memcpy(&head, f->mac, sizeof(head));
	memcpy(&tail, f->mac + 4, sizeof(tail));
	bpf_asm_load(a, BPF_W, BPF_REG_0, BPF_REG_10, (int16_t)at);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, head, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, (int16_t)(at + 4));
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, tail, drop);
}

/* The sender of ARP is the session, or, before it has its address, nobody. RFC 826, 5227. */
static void read_arp(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		     unsigned int drop)
{
	const int sender = AT_IP + 14;
	unsigned int probe = bpf_asm_label(a);
	uint16_t half[2];

	memcpy(half, f->v4.addr, sizeof(half));
	copy_from(a, 0, AT_FRAME, ETH_BYTES + ARP_BYTES, drop);
	only_mac(a, f, AT_IP + 8, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, (int16_t)sender);
	bpf_asm_load(a, BPF_H, BPF_REG_1, BPF_REG_10, (int16_t)(sender + 2));
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, 0, probe);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, half[0], drop);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_1, half[1], drop);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, probe);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_1, 0, drop);
	bpf_asm_jump(a, pass);
}

/*
 * The source must be the address of the session whose link this is: the pool's first one, and as
 * many as the slot says behind it.
 */
static void only_slot(struct bpf_asm *a, const struct net_prefix *pool, int at, unsigned int drop)
{
	struct net_prefix head = *pool;
	int last = pool->family == AF_INET ? 0 : 12;
	uint32_t first;

	head.bits = (unsigned int)last * 8;
	filter_unless(a, &head, at, drop);
	memcpy(&first, pool->addr + last, sizeof(first));
	bpf_asm_load(a, BPF_W, BPF_REG_1, REG_CTX, offsetof(struct __sk_buff, ifindex));
	bpf_asm_alu(a, BPF_ADD, BPF_REG_1, ntohl(first) - NET_LINK_INDEX);
	bpf_asm_swap(a, BPF_REG_1, 32);
	bpf_asm_load(a, BPF_W, BPF_REG_0, BPF_REG_10, (int16_t)(at + last));
	bpf_asm_jump_unless_same(a, BPF_REG_0, BPF_REG_1, drop);
}

static void read_v4(struct bpf_asm *a, const struct net_filter *f, unsigned int drop)
{
	unsigned int later = bpf_asm_label(a), first = bpf_asm_label(a);

	if (f->bridged)
		filter_unless(a, &f->v4, AT_V4_SRC, drop);
	else
		only_slot(a, &f->pool.v4, AT_V4_SRC, drop);
	drop_if(a, (struct net_prefix){ AF_INET, 8, { 0 } }, AT_V4_DST, drop);
	drop_if(a, (struct net_prefix){ AF_INET, 8, { 127 } }, AT_V4_DST, drop);
	drop_if(a, (struct net_prefix){ AF_INET, 3, { 224 } }, AT_V4_DST, drop);
	if (f->bridged) {
		/* The broadcast of a network that only its members know. */
		bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_MAC_DST);
		bpf_asm_alu(a, BPF_AND, BPF_REG_0, 1);
		bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
	}
	keep_byte(a, AT_PROTO, AT_IP + 9);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_IP + 6);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0x1fff));	/* where the fragment belongs */
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, later);
	bpf_asm_load(a, BPF_B, BPF_REG_2, BPF_REG_10, AT_IP);	/* version and length */
	bpf_asm_jump_if(a, BPF_JLT, BPF_REG_2, 0x45, drop);
	bpf_asm_jump_if(a, BPF_JGT, BPF_REG_2, 0x4f, drop);
	bpf_asm_alu(a, BPF_AND, BPF_REG_2, 0x0f);
	bpf_asm_alu(a, BPF_LSH, BPF_REG_2, 2);
	bpf_asm_alu(a, BPF_ADD, BPF_REG_2, ETH_BYTES);
	read_port(a, drop);
	bpf_asm_jump(a, first);
	bpf_asm_here(a, later);
	keep_number(a, AT_PORT, PORT_UNSEEN);
	bpf_asm_here(a, first);
}

/*
 * In a bridge, neighbours find each other: the session may ask for all, answer for itself alone,
 * and play no router. RFC 4861, 3810.
 */
static void read_neighbour(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
			   unsigned int drop)
{
	const struct net_prefix own = f->v6;
	struct net_prefix local = { AF_INET6, 128, { 0 } };
	unsigned int other = bpf_asm_label(a), answer = bpf_asm_label(a);
	unsigned int not_own = bpf_asm_label(a);

	memcpy(local.addr, f->link_local, sizeof(local.addr));
	filter_jump_if(a, AT_PROTO, BPF_JNE, IPPROTO_ICMPV6, other);
	copy_from(a, ETH_BYTES + V6_BYTES, AT_L4, 4, drop);
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_L4);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ND_NEIGHBOR_SOLICIT, pass);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, MLD2_REPORT, pass);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ND_NEIGHBOR_ADVERT, answer);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ND_ROUTER_ADVERT, drop);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ND_REDIRECT, drop);
	bpf_asm_jump(a, other);
	bpf_asm_here(a, answer);
	copy_from(a, ETH_BYTES + V6_BYTES, AT_L4, 24, drop);
	filter_unless(a, &own, AT_L4 + 8, not_own);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, not_own);
	filter_unless(a, &local, AT_L4 + 8, drop);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, other);
}

/* Its own address; in a bridge also its link-local one, or none, to find its neighbours. */
static void only_v6_source(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
			   unsigned int drop)
{
	struct net_prefix local = { AF_INET6, 128, { 0 } };
	unsigned int good = bpf_asm_label(a), not_own = bpf_asm_label(a);
	unsigned int not_local = bpf_asm_label(a);

	if (!f->bridged) {
		only_slot(a, &f->pool.v6, AT_V6_SRC, drop);
		return;
	}
	memcpy(local.addr, f->link_local, sizeof(local.addr));
	filter_unless(a, &f->v6, AT_V6_SRC, not_own);
	bpf_asm_jump(a, good);
	bpf_asm_here(a, not_own);
	filter_unless(a, &local, AT_V6_SRC, not_local);
	read_neighbour(a, f, pass, drop);
	bpf_asm_jump(a, drop);
	bpf_asm_here(a, not_local);
	filter_unless(a, &(struct net_prefix){ AF_INET6, 128, { 0 } }, AT_V6_SRC, drop);
	read_neighbour(a, f, pass, drop);
	bpf_asm_jump(a, drop);
	bpf_asm_here(a, good);
	read_neighbour(a, f, pass, drop);
}

static void read_v6(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		    unsigned int drop)
{
	/* What only means something on the machine itself, or to its neighbours. RFC 6890. */
	static const struct net_prefix wrong[] = {
		{ AF_INET6, 8, { 0xff } },
		{ AF_INET6, 10, { 0xfe, 0x80 } },
		{ AF_INET6, 80, { 0 } },	/* ::, ::1, ::ffff:0:0/96 */
	};
	static const uint8_t hiding[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_DSTOPTS,
					  IPPROTO_AH, 135 /* mobility */, 139 /* HIP */,
					  140 /* shim6 */, 253, 254 };
	unsigned int plain = bpf_asm_label(a), done = bpf_asm_label(a);
	unsigned int hidden = bpf_asm_label(a), first = bpf_asm_label(a);

	copy_from(a, 0, AT_FRAME, ETH_BYTES + V6_BYTES, drop);
	keep_byte(a, AT_PROTO, AT_IP + 6);
	only_v6_source(a, f, pass, drop);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		drop_if(a, wrong[i], AT_V6_DST, drop);
	for (size_t i = 0; i < sizeof(hiding); i++)
		filter_jump_if(a, AT_PROTO, BPF_JEQ, hiding[i], hidden);
	bpf_asm_set(a, BPF_REG_2, ETH_BYTES + V6_BYTES);
	filter_jump_if(a, AT_PROTO, BPF_JNE, IPPROTO_FRAGMENT, plain);
	copy_from(a, ETH_BYTES + V6_BYTES, AT_L4, 8, drop);
	keep_byte(a, AT_PROTO, AT_L4);
	keep_number(a, AT_PORT, PORT_UNSEEN);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_L4 + 2);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0xfff8));
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, 0, first);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, first);
	for (size_t i = 0; i < sizeof(hiding); i++)
		filter_jump_if(a, AT_PROTO, BPF_JEQ, hiding[i], hidden);
	bpf_asm_set(a, BPF_REG_2, ETH_BYTES + V6_BYTES + 8);
	bpf_asm_here(a, plain);
	read_port(a, drop);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, hidden);
	keep_number(a, AT_PROTO, PROTO_UNSEEN);
	keep_number(a, AT_PORT, PORT_NONE);
	bpf_asm_here(a, done);
}

/* To the host's own addresses as to no other: only what reach-host opens. */
static void bridge_host(struct bpf_asm *a, const struct net_filter *f, int family,
			unsigned int host)
{
	for (unsigned int i = 0; i < f->hosts; i++) {
		unsigned int no = bpf_asm_label(a);

		if (f->host[i].family != family)
			continue;
		filter_unless(a, &f->host[i], family == AF_INET ? AT_V4_DST : AT_V6_DST, no);
		bpf_asm_jump(a, host);
		bpf_asm_here(a, no);
	}
}

static void judge(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int pass,
		  unsigned int drop)
{
	unsigned int host = bpf_asm_label(a);

	filter_policy(a, f, family);
	if (!f->bridged) {
		bpf_asm_jump(a, pass);
		return;
	}
	bridge_host(a, f, family, host);
	bpf_asm_alu(a, BPF_AND, REG_MARK, NET_MARK_OUT);
	bpf_asm_jump_if(a, BPF_JEQ, REG_MARK, 0, drop);
	bpf_asm_jump(a, pass);
	bpf_asm_here(a, host);
	bpf_asm_alu(a, BPF_AND, REG_MARK, NET_MARK_HOST);
	bpf_asm_jump_if(a, BPF_JEQ, REG_MARK, 0, drop);
	bpf_asm_jump(a, pass);
}

/* What came with a VLAN's tag would be another network's. */
static void begin(struct bpf_asm *a, const struct net_filter *f, unsigned int drop)
{
	bpf_asm_copy(a, REG_CTX, BPF_REG_1);
	bpf_asm_set(a, REG_MARK, (int32_t)NET_MARK_FROM);
	bpf_asm_load(a, BPF_W, BPF_REG_0, REG_CTX, offsetof(struct __sk_buff, vlan_present));
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
	copy_from(a, 0, AT_FRAME, ETH_BYTES + V4_BYTES, drop);
	if (f->bridged)
		only_mac(a, f, AT_MAC_SRC, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_TYPE);
}

/* A family that the session has no address of is not for it. */
static void sort(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		 unsigned int drop)
{
	unsigned int v6 = bpf_asm_label(a), arp = bpf_asm_label(a), other = bpf_asm_label(a);
	bool has_v4 = f->bridged ? f->v4.family : f->pool.v4.family;

	if (f->bridged ? f->v6.family : f->pool.v6.family)
		bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, wire16(ETH_P_IPV6), v6);
	if (has_v4 && f->bridged)
		bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, wire16(ETH_P_ARP), arp);
	if (has_v4) {
		bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, wire16(ETH_P_IP), other);
		read_v4(a, f, drop);
		judge(a, f, AF_INET, pass, drop);
	}
	bpf_asm_here(a, other);
	bpf_asm_jump(a, drop);
	bpf_asm_here(a, arp);
	read_arp(a, f, pass, drop);
	bpf_asm_here(a, v6);
	read_v6(a, f, pass, drop);
	judge(a, f, AF_INET6, pass, drop);
}

int net_filter_write(const struct net_filter *f, struct bpf_asm *ret)
{
	unsigned int pass, drop;

	bpf_asm_begin(ret);
	pass = bpf_asm_label(ret);
	drop = bpf_asm_label(ret);
	begin(ret, f, drop);
	sort(ret, f, pass, drop);
	bpf_asm_here(ret, pass);
	if (!f->bridged)
		bpf_asm_store(ret, BPF_W, REG_CTX, offsetof(struct __sk_buff, mark), REG_MARK);
	bpf_asm_set(ret, BPF_REG_0, TC_ACT_OK);
	bpf_asm_exit(ret);
	bpf_asm_here(ret, drop);
	bpf_asm_set(ret, BPF_REG_0, TC_ACT_SHOT);
	bpf_asm_exit(ret);
	return bpf_asm_finish(ret);
}
