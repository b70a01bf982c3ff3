// SPDX-License-Identifier: MIT
/*
 * Find the environment strings on the stack. Runs in the door; must never interpret them.
 */
#include "environ.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

char **environ_whole(int argc, char **argv, char **fallback)
{
	char *end = (char *)getauxval(AT_EXECFN), *at;
	size_t n = 0;
	char **list;

	if (argc < 1 || !end)
		return fallback;
	at = argv[argc - 1] + strlen(argv[argc - 1]) + 1;
	if (at > end)
		return fallback;
	for (char *s = at; s < end; s += strlen(s) + 1)
		n++;
	list = calloc(n + 1, sizeof(*list));
	if (!list)
		return NULL;
	for (size_t i = 0; i < n; i++) {
		list[i] = at;
		at += strlen(at) + 1;
	}
	return list;
}
