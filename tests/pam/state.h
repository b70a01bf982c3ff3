/* SPDX-License-Identifier: MIT */
/*
 * All that a guest could leave changed in the process that it was loaded into, as text.
 */
#ifndef STATE_H
#define STATE_H

#include <stdio.h>

enum state_part {
	STATE_NAMESPACES = 1,	/* /proc/self/ns */
	STATE_FDS = 2,		/* numbers, and what they are */
	STATE_REST = 4,		/* signals, mask, umask, cwd, limits, environment, ids, children */
	STATE_ALL = 7,
};

/* Keep the host's /proc: another one is mounted where the process goes. Return -1 if it cannot. */
int state_begin(void);

/* Print these parts, a line for each thing. Return 0, or -1 if something could not be read. */
int state_print(int parts, const char *prefix, FILE *out);

/* The same as malloc'ed text. */
char *state_text(int parts);

#endif
