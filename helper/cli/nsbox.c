// SPDX-License-Identifier: MIT
/*
 * nsbox: the admin's program. It checks the policy and the host, mends
 * the host, shows what a login will get, and
 * tries one. See nsbox(1).
 *
 * It has no privilege of its own: what only root may see or do, it does when root calls it. It must
 * never be installed setuid, and never run anything of a tenant's outside a container.
 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "paths.h"
#include "verb.h"

static const struct verb *const verbs[] = { &verb_check, &verb_repair, &verb_show, &verb_try };

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int help(void)
{
	puts("usage: nsbox VERB [OPTION...] [ARGUMENT...]\n"
	     "       nsbox --help | --version\n");
	for (size_t i = 0; i < VERBS; i++)
		printf("  %-6s %s\n", verbs[i]->name, verbs[i]->does);
	puts("\n`nsbox VERB --help` tells more of one, nsbox(1) of all.");
	return verb_flushed(EXIT_FINE);
}

static int version(void)
{
	puts("nsbox " NSBOX_VERSION);
	return verb_flushed(EXIT_FINE);
}

static int misused(const char *what, char *word)
{
	text_clean(word);
	fprintf(stderr, "nsbox: %s%s\ntry: nsbox --help\n", what, word);
	return EXIT_BAD;
}

static int run(int argc, char **argv)
{
	for (size_t i = 0; i < VERBS; i++) {
		if (strcmp(argv[0], verbs[i]->name))
			continue;
		optind = 0;	/* the verb's own options are a command line of their own */
		return verbs[i]->run(argc, argv);
	}
	return misused("unknown verb: ", argv[0]);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 },
	};
	int option;

	opterr = 0;
	option = getopt_long(argc, argv, "+hV", options, NULL);
	if (option == 'h')
		return help();
	if (option == 'V')
		return version();
	if (option != -1)
		return misused("unknown option: ", argv[optind - 1]);
	if (optind == argc)
		return misused("what is to be done? A verb is missing", (char[]){ "" });
	return run(argc - optind, argv + optind);
}
