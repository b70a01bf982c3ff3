// SPDX-License-Identifier: MIT
/*
 * Install the door's filter. Runs with the capabilities of the container's user namespace; must
 * never let a system call table of the kernel go unnamed.
 */
#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

/*
 * The number of keyctl in this machine's own table, and in the other one that its kernel may have.
 * x32 has the numbers of x86-64 with one bit more.
 */
#if defined(__x86_64__)
#define OWN_ARCH AUDIT_ARCH_X86_64
#define OTHER_ARCH AUDIT_ARCH_I386
#define OTHER_KEYCTL 288
#define NUMBER_BITS (~0x40000000U)
#elif defined(__aarch64__)
#define OWN_ARCH AUDIT_ARCH_AARCH64
#define OTHER_ARCH AUDIT_ARCH_ARM
#define OTHER_KEYCTL 311
#define NUMBER_BITS (~0U)
#elif defined(__riscv) && __riscv_xlen == 64
#define OWN_ARCH AUDIT_ARCH_RISCV64
#define OTHER_ARCH AUDIT_ARCH_RISCV32
#define OTHER_KEYCTL SYS_keyctl
#define NUMBER_BITS (~0U)
#else
#error "name the system call tables of this machine, see linux/audit.h"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_NOT(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, skip)
#define IF(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, skip, 0)
#define RETURN(what) BPF_STMT(BPF_RET | BPF_K, what)

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the operation is taken from the low half of the first argument"
#endif

static const struct sock_filter program[] = {
	LOAD(arch),
	IF_NOT(OWN_ARCH, 4),
	LOAD(nr),
	BPF_STMT(BPF_ALU | BPF_AND | BPF_K, NUMBER_BITS),
	IF(SYS_keyctl, 5),
	RETURN(SECCOMP_RET_ALLOW),
	IF_NOT(OTHER_ARCH, 6),	/* a table that we do not know */
	LOAD(nr),
	IF(OTHER_KEYCTL, 1),
	RETURN(SECCOMP_RET_ALLOW),
	LOAD(args[0]),	/* the kernel, too, takes the operation as an int: the low half */
	IF(KEYCTL_LINK, 1),
	IF_NOT(KEYCTL_MOVE, 1),
	RETURN(SECCOMP_RET_ERRNO | EPERM),
	RETURN(SECCOMP_RET_ALLOW),
};

int filter_install(struct nsbox_error *err)
{
	struct sock_fprog prog = {
		.len = sizeof(program) / sizeof(program[0]),
		.filter = (struct sock_filter *)(uintptr_t)program,
	};

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) < 0)
		return error_errno(err, errno, "cannot install the system call filter");
	if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != SECCOMP_MODE_FILTER)
		return error_plain(err, EPERM, "cannot go on: the system call filter is not there");
	return 0;
}
