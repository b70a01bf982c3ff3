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
#include <netinet/ip_icmp.h>
#include <stddef.h>
#include <string.h>

#include "net_filter_parts.h"

#define ROUTER_HERE 9	/* RFC 1256 */

/* A constant of the network as a load of the stack gives it. */
static uint32_t wire16(uint16_t value)
{
	return htons(value);
}

/*
 * Copy @len bytes of the packet, from register 2 on, to @to; what is too short is dropped.
 *
 * First they are taken out of memory that the sender may still write: of a frame from a ring
 * (packet(7), PACKET_TX_RING) all but the first 14 bytes lies in the sender's own pages, and would
 * be read once more, by the host, when it was judged. See bpf-helpers(7), bpf_skb_pull_data.
 */
static void copy(struct bpf_asm *a, int to, int len, unsigned int drop)
{
	bpf_asm_copy(a, REG_FROM, BPF_REG_2);
	bpf_asm_alu(a, BPF_ADD, BPF_REG_2, (uint32_t)len);
	bpf_asm_copy(a, BPF_REG_1, REG_CTX);
	bpf_asm_call(a, BPF_FUNC_skb_pull_data);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
	bpf_asm_copy(a, BPF_REG_1, REG_CTX);
	bpf_asm_copy(a, BPF_REG_2, REG_FROM);
	bpf_asm_copy(a, BPF_REG_3, BPF_REG_10);
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU64 | BPF_ADD /* | BPF_K, 0 */, .dst_reg = BPF_REG_3, .imm = to });
	bpf_asm_set(a, BPF_REG_4, len);
	bpf_asm_call(a, BPF_FUNC_skb_load_bytes);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
}

void filter_copy(struct bpf_asm *a, int from, int to, int len, unsigned int drop)
{
	bpf_asm_set(a, BPF_REG_2, from);
	copy(a, to, len, drop);
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

/*
 * The address at @at must be that of the session whose link this is: the pool's first one, and as
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

/* The address at @at is the session's own, and nobody else's. */
static void only_own(struct bpf_asm *a, const struct net_filter *f, int family, int at,
		     unsigned int drop)
{
	struct net_prefix own = family == AF_INET ? f->v4 : f->v6;

	if (!f->bridged) {
		only_slot(a, family == AF_INET ? &f->pool.v4 : &f->pool.v6, at, drop);
		return;
	}
	own.bits = family == AF_INET ? 32 : 128;
	filter_unless(a, &own, at, drop);
}

/*
 * An error tells of a packet that came to the session: so that is where the packet in it went. A
 * firewall takes an error for a part of the connection that it tells of, whoever sends it, and
 * would carry it to another's connection: to slow that down, or to end it. Errors are short; one in
 * fragments could have another packet in it than this one sees.
 */
static void only_own_error(struct bpf_asm *a, const struct net_filter *f, int family,
			   unsigned int drop)
{
	if (family == AF_INET) {
		bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_IP + 6);
		bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0x2000));	/* more fragments */
		bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
		filter_copy(a, ETH_BYTES + V4_BYTES + 8 + 16, AT_L4, 4, drop);
	} else {
		filter_jump_if(a, AT_START, BPF_JNE, ETH_BYTES + V6_BYTES, drop);
		filter_copy(a, ETH_BYTES + V6_BYTES + 8 + 24, AT_L4, 16, drop);
	}
	only_own(a, f, family, AT_L4, drop);
}

/*
 * ICMP that only routers say, and what neighbours say in IPv6: behind a wire there is neither, and
 * a bridge has let pass what is right (bridge_neighbours()).
 */
static void read_icmp(struct bpf_asm *a, const struct net_filter *f, int family,
		      unsigned int drop)
{
	static const uint8_t errors[] = { ICMP_DEST_UNREACH, ICMP_SOURCE_QUENCH, ICMP_TIME_EXCEEDED,
					  ICMP_PARAMETERPROB };
	unsigned int error = bpf_asm_label(a), done = bpf_asm_label(a);

	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_L4);
	if (family == AF_INET) {
		bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ICMP_REDIRECT, drop);
		bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, ROUTER_HERE, drop);
		for (size_t i = 0; i < sizeof(errors); i++)
			bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, errors[i], error);
	} else {
		bpf_asm_jump_if(a, BPF_JLT, BPF_REG_0, ICMP6_ECHO_REQUEST, error);
		for (uint32_t type = ND_ROUTER_SOLICIT; type <= ND_REDIRECT; type++)
			bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, type, drop);
	}
	bpf_asm_jump(a, done);
	bpf_asm_here(a, error);
	only_own_error(a, f, family, drop);
	bpf_asm_here(a, done);
}

/* On a bridge others may ask for an address, and the session must not be who gives it them. */
static void no_dhcp_server(struct bpf_asm *a, int family, unsigned int drop)
{
	unsigned int no = bpf_asm_label(a);

	filter_jump_if(a, AT_PROTO, BPF_JNE, IPPROTO_UDP, no);
	filter_jump_if(a, AT_PORT, BPF_JEQ, family == AF_INET ? 68 : 546, drop);
	bpf_asm_here(a, no);
}

/* A fragment that is not the first has no header of TCP and UDP. */
static void read_later(struct bpf_asm *a)
{
	unsigned int unseen = bpf_asm_label(a), done = bpf_asm_label(a);

	filter_jump_if(a, AT_PROTO, BPF_JEQ, IPPROTO_TCP, unseen);
	filter_jump_if(a, AT_PROTO, BPF_JEQ, IPPROTO_UDP, unseen);
	keep_number(a, AT_PORT, PORT_NONE);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, unseen);
	keep_number(a, AT_PORT, PORT_UNSEEN);
	bpf_asm_here(a, done);
}

/* The port of TCP and UDP to AT_PORT; register 2 is where what follows the IP header begins. */
static void read_l4(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int drop)
{
	unsigned int icmp = bpf_asm_label(a), port = bpf_asm_label(a), done = bpf_asm_label(a);

	keep_number(a, AT_PORT, PORT_NONE);
	filter_jump_if(a, AT_PROTO, BPF_JEQ, IPPROTO_TCP, port);
	filter_jump_if(a, AT_PROTO, BPF_JEQ, IPPROTO_UDP, port);
	filter_jump_if(a, AT_PROTO, BPF_JEQ,
		       family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6, icmp);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, icmp);
	copy(a, AT_L4, 4, drop);
	read_icmp(a, f, family, drop);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, port);
	copy(a, AT_L4, 4, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_L4 + 2);
	bpf_asm_swap(a, BPF_REG_0, 16);
	bpf_asm_store(a, BPF_W, BPF_REG_10, AT_PORT, BPF_REG_0);
	if (f->bridged)
		no_dhcp_server(a, family, drop);
	bpf_asm_here(a, done);
}

static void read_v4(struct bpf_asm *a, const struct net_filter *f, unsigned int drop)
{
	/* This network, loopback, multicast and what is behind it. RFC 6890. */
	static const struct net_prefix wrong[] = {
		{ AF_INET, 8, { 0 } },
		{ AF_INET, 8, { 127 } },
		{ AF_INET, 3, { 224 } },
	};
	unsigned int later = bpf_asm_label(a), first = bpf_asm_label(a);

	/* Without options: with a source route the destination is only where it goes first. */
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_IP);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0x45, drop);
	only_own(a, f, AF_INET, AT_V4_SRC, drop);
	if (f->bridged)
		bridge_one(a, drop);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		filter_if(a, &wrong[i], AT_V4_DST, drop);
	keep_byte(a, AT_PROTO, AT_IP + 9);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_IP + 6);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0x1fff));	/* where the fragment belongs */
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, later);
	bpf_asm_set(a, BPF_REG_2, ETH_BYTES + V4_BYTES);
	read_l4(a, f, AF_INET, drop);
	bpf_asm_jump(a, first);
	bpf_asm_here(a, later);
	read_later(a);
	bpf_asm_here(a, first);
}

/*
 * Extension headers hide what follows, or lead elsewhere: a port that is denied could stand behind
 * any of them, and of a routing header the last destination counts. ESP ends what can be read; the
 * one of a fragment was read, and a second one hides as the others do.
 */
static void no_extensions(struct bpf_asm *a, unsigned int drop)
{
	static const uint8_t kinds[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_FRAGMENT,
					 IPPROTO_AH, IPPROTO_DSTOPTS, 135 /* mobility */,
					 139 /* HIP */, 140 /* shim6 */, 253, 254 /* trials */ };

	bpf_asm_load(a, BPF_W, BPF_REG_0, BPF_REG_10, AT_PROTO);
	for (size_t i = 0; i < sizeof(kinds); i++)
		bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, kinds[i], drop);
}

/* What follows IPv6's header, or that of a fragment: its protocol and, if there is one, port. */
static void read_behind_v6(struct bpf_asm *a, const struct net_filter *f, unsigned int drop)
{
	unsigned int whole = bpf_asm_label(a), first = bpf_asm_label(a), done = bpf_asm_label(a);

	keep_byte(a, AT_PROTO, AT_IP + 6);
	keep_number(a, AT_START, ETH_BYTES + V6_BYTES);
	keep_number(a, AT_LATER, 0);
	filter_jump_if(a, AT_PROTO, BPF_JNE, IPPROTO_FRAGMENT, whole);
	filter_copy(a, ETH_BYTES + V6_BYTES, AT_L4, FRAGMENT_BYTES, drop);
	keep_byte(a, AT_PROTO, AT_L4);
	keep_number(a, AT_START, ETH_BYTES + V6_BYTES + FRAGMENT_BYTES);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_L4 + 2);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0xfff8));	/* where it belongs */
	bpf_asm_store(a, BPF_W, BPF_REG_10, AT_LATER, BPF_REG_0);
	bpf_asm_here(a, whole);
	no_extensions(a, drop);
	filter_jump_if(a, AT_LATER, BPF_JEQ, 0, first);
	read_later(a);
	bpf_asm_jump(a, done);
	bpf_asm_here(a, first);
	bpf_asm_load(a, BPF_W, BPF_REG_2, BPF_REG_10, AT_START);
	read_l4(a, f, AF_INET6, drop);
	bpf_asm_here(a, done);
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

	filter_copy(a, 0, AT_FRAME, ETH_BYTES + V6_BYTES, drop);
	bpf_asm_load(a, BPF_B, BPF_REG_0, BPF_REG_10, AT_IP);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, 0xf0);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0x60, drop);
	if (f->bridged)
		bridge_neighbours(a, f, pass, drop);
	only_own(a, f, AF_INET6, AT_V6_SRC, drop);
	if (f->bridged)
		bridge_one(a, drop);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		filter_if(a, &wrong[i], AT_V6_DST, drop);
	read_behind_v6(a, f, drop);
}

static void judge(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int pass,
		  unsigned int drop)
{
	filter_policy(a, f, family);
	if (f->bridged)
		bridge_judge(a, f, family, pass, drop);
	else
		bpf_asm_jump(a, pass);
}

/* What came with a VLAN's tag would be another network's. */
static void begin(struct bpf_asm *a, const struct net_filter *f, unsigned int drop)
{
	bpf_asm_copy(a, REG_CTX, BPF_REG_1);
	bpf_asm_set(a, REG_MARK, (int32_t)NET_MARK_FROM);
	bpf_asm_load(a, BPF_W, BPF_REG_0, REG_CTX, offsetof(struct __sk_buff, vlan_present));
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
	filter_copy(a, 0, AT_FRAME, ETH_BYTES + V4_BYTES, drop);
	if (f->bridged)
		bridge_mac(a, f, AT_MAC_SRC, drop);
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
	bridge_arp(a, f, pass, drop);
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
