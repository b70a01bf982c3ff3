/* SPDX-License-Identifier: MIT */
/*
 * A program of BPF instructions, written one after the other, with jumps forward to labels.
 * Pure: the kernel is asked nothing.
 *
 * See Documentation/bpf/standardization/instruction-set.rst of the kernel, bpf(2).
 */
#ifndef NSBOX_BPF_ASM_H
#define NSBOX_BPF_ASM_H

#include <linux/bpf.h>
#include <stdbool.h>
#include <stdint.h>

#define BPF_ASM_MAX 16384	/* instructions; jumps reach 32767 */
#define BPF_ASM_LABELS 2048

/**
 * struct bpf_asm - a program that is being written
 * @n: instructions
 * @labels: labels handed out
 * @full: something did not fit; bpf_asm_finish() says so
 * @dead: no way leads to the next instruction, so it is left out: the kernel's verifier refuses a
 *        program that has such
 * @to: of each instruction, the label it jumps to, or 0
 * @at: of each label, the instruction it stands before
 * @used: of each label, whether an instruction jumps to it
 */
struct bpf_asm {
	unsigned int n;
	unsigned int labels;
	bool full;
	bool dead;
	struct bpf_insn insns[BPF_ASM_MAX];
	uint16_t to[BPF_ASM_MAX];
	uint16_t at[BPF_ASM_LABELS];
	bool used[BPF_ASM_LABELS];
};

void bpf_asm_begin(struct bpf_asm *a);

/* A label that stands nowhere yet. Never 0. */
unsigned int bpf_asm_label(struct bpf_asm *a);

/* @label stands before the next instruction. */
void bpf_asm_here(struct bpf_asm *a, unsigned int label);

/* One instruction as the kernel knows it. */
void bpf_asm_emit(struct bpf_asm *a, struct bpf_insn insn);

/* dst = imm; dst = src, 64 bits. */
void bpf_asm_set(struct bpf_asm *a, uint8_t dst, int32_t imm);
void bpf_asm_copy(struct bpf_asm *a, uint8_t dst, uint8_t src);

/* dst OP= imm in 32 bits, the upper half becomes zero; @op: BPF_AND, BPF_OR, BPF_ADD, BPF_LSH. */
void bpf_asm_alu(struct bpf_asm *a, uint8_t op, uint8_t dst, uint32_t imm);

/* dst = the @size (BPF_B, BPF_H, BPF_W) at src + off. */
void bpf_asm_load(struct bpf_asm *a, uint8_t size, uint8_t dst, uint8_t src, int16_t off);

/* dst += src in 32 bits; dst becomes network order, or the host's again. */
void bpf_asm_add(struct bpf_asm *a, uint8_t dst, uint8_t src);
void bpf_asm_swap(struct bpf_asm *a, uint8_t dst, int32_t bits);

/* The @size at dst + off = src. */
void bpf_asm_store(struct bpf_asm *a, uint8_t size, uint8_t dst, int16_t off, uint8_t src);

/* Call a helper of the kernel, BPF_FUNC_*. */
void bpf_asm_call(struct bpf_asm *a, int32_t helper);

/* If dst OP imm, compared as 32 bits without a sign, go on at @label; @op: BPF_JEQ, BPF_JNE,
 * BPF_JGT, BPF_JLT.
 */
void bpf_asm_jump_if(struct bpf_asm *a, uint8_t op, uint8_t dst, uint32_t imm, unsigned int label);

/* If the lower halves of the registers differ, go on at @label. */
void bpf_asm_jump_unless_same(struct bpf_asm *a, uint8_t one, uint8_t other, unsigned int label);

void bpf_asm_jump(struct bpf_asm *a, unsigned int label);

/* Return r0. */
void bpf_asm_exit(struct bpf_asm *a);

/**
 * bpf_asm_finish() - give the jumps their distances
 *
 * Return: 0, -E2BIG for a program that is too long, -EINVAL for a jump to a label that stands
 * nowhere.
 */
int bpf_asm_finish(struct bpf_asm *a);

#endif
