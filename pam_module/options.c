// SPDX-License-Identifier: MIT
/*
 * Read the words of a PAM line. Pure; runs in sshd as root.
 */
#include "options.h"

#include <string.h>

struct options options_read(int argc, const char **argv)
{
	static const char exempt[] = "exempt-group=";
	struct options o = { .n_exempt = 0 };

	for (int i = 0; i < argc; i++) {
		if (!strcmp(argv[i], "close"))
			o.close_line = true;
		else if (!strcmp(argv[i], "open"))
			o.open_line = true;
		else if (!strncmp(argv[i], exempt, sizeof(exempt) - 1) &&
			 argv[i][sizeof(exempt) - 1] && o.n_exempt < OPTIONS_EXEMPT_MAX)
			o.exempt[o.n_exempt++] = argv[i] + sizeof(exempt) - 1;
		else
			o.unknown = argv[i];
	}
	if (o.close_line && o.open_line)
		o.unknown = "close with open";
	return o;
}
