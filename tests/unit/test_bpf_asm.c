// SPDX-License-Identifier: MIT
/*
 * Programs of BPF: jumps find their labels, nothing is written that no way leads to (the kernel's
 * verifier refuses such a program), and what does not fit is told.
 */
#include "unit_helper.h"

#include <errno.h>

#include "bpf_asm.h"

static struct bpf_asm a;

static void test_jumps(void **state)
{
	unsigned int near, far;

	(void)state;
	bpf_asm_begin(&a);
	near = bpf_asm_label(&a);
	far = bpf_asm_label(&a);
	assert_int_not_equal(near, 0);
	assert_int_not_equal(near, far);
	bpf_asm_jump_if(&a, BPF_JEQ, BPF_REG_1, 7, far);
	bpf_asm_jump_unless_same(&a, BPF_REG_1, BPF_REG_2, near);
	bpf_asm_set(&a, BPF_REG_0, -1);
	bpf_asm_here(&a, near);
	bpf_asm_set(&a, BPF_REG_0, 1);
	bpf_asm_jump(&a, far);
	bpf_asm_here(&a, far);
	bpf_asm_exit(&a);
	assert_int_equal(bpf_asm_finish(&a), 0);
	assert_int_equal(a.n, 6);
	assert_int_equal(a.insns[0].off, 4);
	assert_int_equal(a.insns[1].off, 1);
	assert_int_equal(a.insns[2].off, 0);
	assert_int_equal(a.insns[4].off, 0);
	/* Once more, with less: nothing of the first is left. */
	bpf_asm_begin(&a);
	bpf_asm_set(&a, BPF_REG_0, 0);
	bpf_asm_exit(&a);
	assert_int_equal(bpf_asm_finish(&a), 0);
	assert_int_equal(a.n, 2);
	assert_int_equal(a.insns[0].off, 0);
	assert_int_equal(a.insns[1].off, 0);
}

static void test_dead(void **state)
{
	unsigned int used, unused, only_dead;

	(void)state;
	bpf_asm_begin(&a);
	used = bpf_asm_label(&a);
	unused = bpf_asm_label(&a);
	only_dead = bpf_asm_label(&a);
	bpf_asm_jump_if(&a, BPF_JNE, BPF_REG_1, 0, used);
	bpf_asm_exit(&a);
	bpf_asm_set(&a, BPF_REG_0, 1);
	bpf_asm_jump(&a, only_dead);
	bpf_asm_here(&a, unused);
	bpf_asm_set(&a, BPF_REG_0, 2);
	bpf_asm_here(&a, only_dead);
	bpf_asm_set(&a, BPF_REG_0, 3);
	assert_int_equal(a.n, 2);
	bpf_asm_here(&a, used);
	bpf_asm_set(&a, BPF_REG_0, 4);
	bpf_asm_exit(&a);
	assert_int_equal(bpf_asm_finish(&a), 0);
	assert_int_equal(a.n, 4);
	assert_int_equal(a.insns[0].off, 1);
	assert_int_equal(a.insns[2].imm, 4);
}

static void test_wrong_jumps(void **state)
{
	unsigned int label;

	(void)state;
	bpf_asm_begin(&a);
	label = bpf_asm_label(&a);
	bpf_asm_jump_if(&a, BPF_JEQ, BPF_REG_1, 0, label);
	bpf_asm_exit(&a);
	assert_int_equal(bpf_asm_finish(&a), -EINVAL);
	/* Backward: the kernel would have to find out that it ends. */
	bpf_asm_begin(&a);
	label = bpf_asm_label(&a);
	bpf_asm_here(&a, label);
	bpf_asm_set(&a, BPF_REG_0, 0);
	bpf_asm_jump(&a, label);
	assert_int_equal(bpf_asm_finish(&a), -EINVAL);
}

static void test_full(void **state)
{
	(void)state;
	bpf_asm_begin(&a);
	for (int i = 0; i < BPF_ASM_MAX; i++)
		bpf_asm_set(&a, BPF_REG_0, i);
	assert_int_equal(bpf_asm_finish(&a), 0);
	bpf_asm_set(&a, BPF_REG_0, 0);
	assert_int_equal(bpf_asm_finish(&a), -E2BIG);
	assert_int_equal(a.n, BPF_ASM_MAX);

	bpf_asm_begin(&a);
	for (int i = 1; i < BPF_ASM_LABELS; i++)
		bpf_asm_label(&a);
	assert_int_equal(bpf_asm_finish(&a), 0);
	bpf_asm_label(&a);
	assert_int_equal(bpf_asm_finish(&a), -E2BIG);
	/* Begun anew, it has room again. */
	bpf_asm_begin(&a);
	assert_int_equal(bpf_asm_finish(&a), 0);
}

static void assert_insn(unsigned int at, uint8_t code, uint8_t dst, uint8_t src, int off, int imm)
{
	assert_int_equal(a.insns[at].code, code);
	assert_int_equal(a.insns[at].dst_reg, dst);
	assert_int_equal(a.insns[at].src_reg, src);
	assert_int_equal(a.insns[at].off, off);
	assert_int_equal(a.insns[at].imm, imm);
}

/* The numbers are those of the kernel's instruction-set.rst. */
static void test_instructions(void **state)
{
	(void)state;
	bpf_asm_begin(&a);
	bpf_asm_set(&a, BPF_REG_3, -9);
	bpf_asm_copy(&a, BPF_REG_6, BPF_REG_1);
	bpf_asm_alu(&a, BPF_AND, BPF_REG_0, 0xffff0000);
	bpf_asm_add(&a, BPF_REG_2, BPF_REG_3);
	bpf_asm_swap(&a, BPF_REG_0, 16);
	bpf_asm_load(&a, BPF_H, BPF_REG_0, BPF_REG_10, -50);
	bpf_asm_store(&a, BPF_W, BPF_REG_10, -100, BPF_REG_0);
	bpf_asm_call(&a, BPF_FUNC_skb_load_bytes);
	bpf_asm_exit(&a);
	assert_insn(0, 0xb7, 3, 0, 0, -9);
	assert_insn(1, 0xbf, 6, 1, 0, 0);
	assert_insn(2, 0x54, 0, 0, 0, (int)0xffff0000);
	assert_insn(3, 0x0c, 2, 3, 0, 0);
	assert_insn(4, 0xdc, 0, 0, 0, 16);
	assert_insn(5, 0x69, 0, 10, -50, 0);
	assert_insn(6, 0x63, 10, 0, -100, 0);
	assert_insn(7, 0x85, 0, 0, 0, 26);
	assert_insn(8, 0x95, 0, 0, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jumps),
		cmocka_unit_test(test_dead),
		cmocka_unit_test(test_wrong_jumps),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_instructions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
