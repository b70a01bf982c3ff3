/* SPDX-License-Identifier: MIT */
/*
 * The kernel calls of helper/common/sys.h, with a fault: linked in place of sys.c, it does the
 * real thing but for the one call that is told to fail.
 *
 * Builder and init run at the same time; each counts its own calls, so that "the Nth" is the same
 * call in every run.
 */
#ifndef FAKE_SYS_H
#define FAKE_SYS_H

#include <sys/types.h>

enum fake_role {
	FAKE_BUILDER,
	FAKE_INIT,	/* what sys_clone() makes */
	FAKE_ROLES,
};

/**
 * struct fake_sys - in shared memory, that both processes count in
 * @role: whose call fails
 * @nth: which one, from 1; 0 for none
 * @code: positive errno it fails with
 * @no_signal: sys_pidfd_signal() fails in any case
 * @calls: by role, calls so far
 * @failed: name of the call that was failed
 * @init: pid of what was cloned last
 */
struct fake_sys {
	enum fake_role role;
	unsigned int nth;
	int code;
	int no_signal;
	unsigned int calls[FAKE_ROLES];
	char failed[32];
	pid_t init;
};

extern struct fake_sys *fake_sys;

#endif
