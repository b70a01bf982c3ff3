// SPDX-License-Identifier: MIT
/*
 * Is the destination another session's? Of the pool that is plain; sessions on bridges have
 * addresses by the templates of the policy. The bridge keeps them apart, but not what comes back by
 * a router: the LAN's, or the host. Pure: runs with any privilege.
 */
#include <linux/bpf.h>
#include <string.h>

#include "net_filter_parts.h"

/*
 * Go on at @no if the group of the IPv6 address is no number of decimal digits: then no template
 * has made it. A digit above 9 has its highest bit, and one of the two in the middle.
 */
static void unless_decimal(struct bpf_asm *a, int at, unsigned int no)
{
	bpf_asm_load(a, BPF_H, BPF_REG_0, BPF_REG_10, (int16_t)at);
	bpf_asm_copy(a, BPF_REG_1, BPF_REG_0);
	bpf_asm_alu(a, BPF_LSH, BPF_REG_1, 1);
	bpf_asm_copy(a, BPF_REG_2, BPF_REG_0);
	bpf_asm_alu(a, BPF_LSH, BPF_REG_2, 2);
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU | BPF_OR | BPF_X, .dst_reg = BPF_REG_1, .src_reg = BPF_REG_2 });
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU | BPF_AND | BPF_X, .dst_reg = BPF_REG_0, .src_reg = BPF_REG_1 });
	bpf_asm_alu(a, BPF_AND, BPF_REG_0, 0x8888);
	bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, 0, no);
}

static void unless_range(struct bpf_asm *a, const struct net_range *range, int at,
			 unsigned int no)
{
	int size = range->family == AF_INET ? 4 : 16;

	for (int i = 0; i < size; i += 4) {
		uint32_t mask, word;

		memcpy(&mask, range->mask + i, sizeof(mask));
		memcpy(&word, range->addr + i, sizeof(word));
		if (!mask)
			continue;
		bpf_asm_load(a, BPF_W, BPF_REG_0, BPF_REG_10, (int16_t)(at + i));
		if (mask != UINT32_MAX)
			bpf_asm_alu(a, BPF_AND, BPF_REG_0, mask);
		bpf_asm_jump_if(a, BPF_JNE, BPF_REG_0, word, no);
	}
	for (int i = 0; i < size && size > 4; i += 2)
		if (!range->mask[i])
			unless_decimal(a, at + i, no);
}

void filter_taken(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int taken)
{
	const struct net_prefix *pool = family == AF_INET ? &f->pool.v4 : &f->pool.v6;
	int at = family == AF_INET ? AT_V4_DST : AT_V6_DST;
	unsigned int free = bpf_asm_label(a);

	if (pool->family)
		filter_if(a, pool, at, taken);
	for (unsigned int i = 0; i < f->gateways; i++)
		if (f->gateway[i].family == family)
			filter_if(a, &f->gateway[i], at, free);
	for (unsigned int i = 0; i < f->ranges; i++) {
		unsigned int no = bpf_asm_label(a);

		if (f->range[i].family != family)
			continue;
		unless_range(a, &f->range[i], at, no);
		bpf_asm_jump(a, taken);
		bpf_asm_here(a, no);
	}
	bpf_asm_here(a, free);
}
