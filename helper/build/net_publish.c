// SPDX-License-Identifier: MIT
/*
 * The program that keeps unpublished ports closed. Pure: runs with any privilege, must never load
 * what it wrote.
 */
#include "net_publish.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <stddef.h>

#include "net_filter_parts.h"

/* These outlive a helper's call, too. */
#define REG_PROTO BPF_REG_8
#define REG_START BPF_REG_9	/* where in the frame the protocol's header begins */

static uint32_t wire16(uint16_t value)
{
	return htons(value);
}

bool net_publish_is_plain(const struct net_published *p)
{
	return !p->ports.count || (p->ports.tcp && p->ports.udp && p->ports.count == p->block);
}

/* Of a later fragment nobody makes a packet without the first one, which tells its port. */
static void read_v4(struct bpf_asm *a, unsigned int pass)
{
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_IP + 6);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0x1fff));
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, pass);
	bpf_asm_load(a, BPF_B, REG_PROTO, BPF_REG_10, AT_IP + 9);
	bpf_asm_load(a, BPF_B, REG_START, BPF_REG_10, AT_IP);
	bpf_asm_alu(a, BPF_AND, REG_START, 0x0f);
	bpf_asm_alu(a, BPF_LSH, REG_START, 2);
	bpf_asm_alu(a, BPF_ADD, REG_START, ETH_BYTES);
}

static void read_v6(struct bpf_asm *a, unsigned int pass, unsigned int drop)
{
	unsigned int done = bpf_asm_label(a);

	filter_copy(a, 0, AT_FRAME, ETH_BYTES + V6_BYTES, drop);
	bpf_asm_load(a, BPF_B, REG_PROTO, BPF_REG_10, AT_IP + 6);
	bpf_asm_set(a, REG_START, ETH_BYTES + V6_BYTES);
	bpf_asm_jump_if(a, BPF_JNE, REG_PROTO, IPPROTO_FRAGMENT, done);
	filter_copy(a, ETH_BYTES + V6_BYTES, AT_L4, FRAGMENT_BYTES, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_L4 + 2);
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, wire16(0xfff8));
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, pass);
	bpf_asm_load(a, BPF_B, REG_PROTO, BPF_REG_10, AT_L4);
	bpf_asm_set(a, REG_START, ETH_BYTES + V6_BYTES + FRAGMENT_BYTES);
	bpf_asm_here(a, done);
}

/*
 * ICMP tells of a connection that there is. All else that was led here is TCP or UDP; of what hides
 * it behind another header of IPv6, the port is not looked for.
 */
static void only_ports(struct bpf_asm *a, unsigned int pass, unsigned int drop)
{
	unsigned int yes = bpf_asm_label(a);

	bpf_asm_jump_if(a, BPF_JEQ, REG_PROTO, IPPROTO_ICMP, pass);
	bpf_asm_jump_if(a, BPF_JEQ, REG_PROTO, IPPROTO_ICMPV6, pass);
	bpf_asm_jump_if(a, BPF_JEQ, REG_PROTO, IPPROTO_TCP, yes);
	bpf_asm_jump_if(a, BPF_JNE, REG_PROTO, IPPROTO_UDP, drop);
	bpf_asm_here(a, yes);
}

/* What a rule of the admin's led to a port that is none of these, is the admin's business. */
static void judge(struct bpf_asm *a, const struct net_published *p, unsigned int pass,
		  unsigned int drop)
{
	bpf_asm_copy(a, BPF_REG_1, REG_CTX);
	bpf_asm_copy(a, BPF_REG_2, REG_START);
	bpf_asm_copy(a, BPF_REG_3, BPF_REG_10);
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU64 | BPF_ADD /* | BPF_K, 0 */, .dst_reg = BPF_REG_3,
		.imm = AT_L4 });
	bpf_asm_set(a, BPF_REG_4, 4);
	bpf_asm_call(a, BPF_FUNC_skb_load_bytes);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_L4 + 2);
	bpf_asm_swap(a, BPF_REG_0, 16);
	bpf_asm_jump_if(a, BPF_JLT, BPF_REG_0, p->range.min, pass);
	bpf_asm_jump_if(a, BPF_JGT, BPF_REG_0, p->range.max, pass);
	if (!p->ports.tcp)
		bpf_asm_jump_if(a, BPF_JEQ, REG_PROTO, IPPROTO_TCP, drop);
	if (!p->ports.udp)
		bpf_asm_jump_if(a, BPF_JEQ, REG_PROTO, IPPROTO_UDP, drop);
	bpf_asm_alu(a, BPF_SUB, BPF_REG_0, p->range.min);
	bpf_asm_alu(a, BPF_MOD, BPF_REG_0, p->block);
	bpf_asm_jump_if(a, BPF_JGT, BPF_REG_0, p->ports.count - 1, drop);
	bpf_asm_jump(a, pass);
}

static void end(struct bpf_asm *a, unsigned int label, int32_t verdict)
{
	bpf_asm_here(a, label);
	bpf_asm_set(a, BPF_REG_0, verdict);
	bpf_asm_exit(a);
}

int net_publish_write(const struct net_published *p, struct bpf_asm *a)
{
	unsigned int pass, drop, v6, port;

	bpf_asm_begin(a);
	pass = bpf_asm_label(a);
	drop = bpf_asm_label(a);
	v6 = bpf_asm_label(a);
	port = bpf_asm_label(a);
	bpf_asm_copy(a, REG_CTX, BPF_REG_1);
	bpf_asm_load(a, BPF_W, BPF_REG_0, REG_CTX, offsetof(struct __sk_buff, mark));
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, NET_MARK_FROM | NET_MARK_PUBLISHED);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, NET_MARK_PUBLISHED, pass);
	filter_copy(a, 0, AT_FRAME, ETH_BYTES + V4_BYTES, drop);
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, AT_TYPE);
	bpf_asm_jump_if(a, BPF_JEQ, BPF_REG_0, wire16(ETH_P_IPV6), v6);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, wire16(ETH_P_IP), drop);
	read_v4(a, pass);
	bpf_asm_jump(a, port);
	bpf_asm_here(a, v6);
	read_v6(a, pass, drop);
	bpf_asm_here(a, port);
	only_ports(a, pass, drop);
	judge(a, p, pass, drop);
	end(a, pass, TC_ACT_OK);
	end(a, drop, TC_ACT_SHOT);
	return bpf_asm_finish(a);
}
