// SPDX-License-Identifier: MIT
/*
 * A program of BPF instructions. Pure: runs with any privilege, must never load what it wrote.
 */
#include "bpf_asm.h"

#include <errno.h>

#define REG(number) ((unsigned char)(number) & 0xfU)	/* four bits of the instruction */

void bpf_asm_begin(struct bpf_asm *a)
{
	a->n = 0;
	a->labels = 1;	/* 0 says: no label */
	a->full = false;
	a->dead = false;
}

unsigned int bpf_asm_label(struct bpf_asm *a)
{
	if (a->labels == BPF_ASM_LABELS) {
		a->full = true;
		return 1;
	}
	a->at[a->labels] = UINT16_MAX;
	a->used[a->labels] = false;
	return a->labels++;
}

void bpf_asm_here(struct bpf_asm *a, unsigned int label)
{
	a->at[label] = (uint16_t)a->n;
	if (a->used[label])
		a->dead = false;
}

static void emit(struct bpf_asm *a, struct bpf_insn insn, unsigned int label)
{
	if (a->dead)
		return;
	if (a->n == BPF_ASM_MAX) {
		a->full = true;
		return;
	}
	a->used[label] = true;
	a->to[a->n] = (uint16_t)label;
	a->insns[a->n++] = insn;
}

void bpf_asm_emit(struct bpf_asm *a, struct bpf_insn insn)
{
	emit(a, insn, 0);
}

void bpf_asm_set(struct bpf_asm *a, uint8_t dst, int32_t imm)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = REG(dst), .imm = imm });
}

void bpf_asm_copy(struct bpf_asm *a, uint8_t dst, uint8_t src)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = REG(dst), .src_reg = REG(src) });
}

void bpf_asm_alu(struct bpf_asm *a, uint8_t op, uint8_t dst, uint32_t imm)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU | op | BPF_K, .dst_reg = REG(dst), .imm = (int32_t)imm });
}

void bpf_asm_add(struct bpf_asm *a, uint8_t dst, uint8_t src)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU | BPF_ADD | BPF_X, .dst_reg = REG(dst), .src_reg = REG(src) });
}

void bpf_asm_swap(struct bpf_asm *a, uint8_t dst, int32_t bits)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_ALU | BPF_END | BPF_TO_BE, .dst_reg = REG(dst), .imm = bits });
}

void bpf_asm_load(struct bpf_asm *a, uint8_t size, uint8_t dst, uint8_t src, int16_t off)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_LDX | size | BPF_MEM, .dst_reg = REG(dst), .src_reg = REG(src),
		.off = off });
}

void bpf_asm_store(struct bpf_asm *a, uint8_t size, uint8_t dst, int16_t off, uint8_t src)
{
	bpf_asm_emit(a, (struct bpf_insn){
		.code = BPF_STX | size | BPF_MEM, .dst_reg = REG(dst), .src_reg = REG(src),
		.off = off });
}

void bpf_asm_call(struct bpf_asm *a, int32_t helper)
{
	bpf_asm_emit(a, (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = helper });
}

void bpf_asm_jump_if(struct bpf_asm *a, uint8_t op, uint8_t dst, uint32_t imm, unsigned int label)
{
	emit(a, (struct bpf_insn){
		.code = BPF_JMP32 | op | BPF_K, .dst_reg = REG(dst), .imm = (int32_t)imm }, label);
}

void bpf_asm_jump_unless_same(struct bpf_asm *a, uint8_t one, uint8_t other, unsigned int label)
{
	emit(a, (struct bpf_insn){
		.code = BPF_JMP32 | BPF_JNE | BPF_X, .dst_reg = REG(one), .src_reg = REG(other) },
	     label);
}

void bpf_asm_jump(struct bpf_asm *a, unsigned int label)
{
	emit(a, (struct bpf_insn){ .code = BPF_JMP | BPF_JA }, label);
	a->dead = true;
}

void bpf_asm_exit(struct bpf_asm *a)
{
	bpf_asm_emit(a, (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT });
	a->dead = true;
}

int bpf_asm_finish(struct bpf_asm *a)
{
	if (a->full)
		return -E2BIG;
	for (unsigned int i = 0; i < a->n; i++) {
		if (!a->to[i])
			continue;
		if (a->at[a->to[i]] == UINT16_MAX || a->at[a->to[i]] <= i)
			return -EINVAL;
		a->insns[i].off = (int16_t)(a->at[a->to[i]] - i - 1);
	}
	return 0;
}
