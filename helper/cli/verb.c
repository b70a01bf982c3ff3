// SPDX-License-Identifier: MIT
/*
 * What all verbs do alike with their command line. Runs with the caller's privilege.
 */
#include "verb.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "files.h"
#include "lines.h"
#include "paths.h"

int verb_help(const struct verb *verb)
{
	printf("usage: nsbox %s %s\n\n%s.\n\n%s", verb->name, verb->usage, verb->does, verb->help);
	return verb_flushed(EXIT_FINE);
}

int verb_misused(const struct verb *verb, const char *fmt, ...)
{
	char text[NSBOX_ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(text, sizeof(text), fmt, ap) < 0)
		text[0] = '\0';
	va_end(ap);
	text_clean(text);
	fprintf(stderr, "nsbox %s: %s\ntry: nsbox %s --help\n", verb->name, text, verb->name);
	return EXIT_BAD;
}

bool verb_option(const struct verb *verb, int argc, char **argv, const struct option *options,
		 int *ret)
{
	opterr = 0;	/* getopt's own words would name the word before the verb */
	*ret = getopt_long(argc, argv, ":h", options, NULL);
	if (*ret == ':')
		verb_misused(verb, "%s needs a value", argv[optind - 1]);
	else if (*ret == '?')
		verb_misused(verb, "unknown or misused option %s", argv[optind - 1]);
	return *ret != -1;
}

int verb_policy(struct conf_doc **ret)
{
	struct conf_faults faults = { .n = 0 };
	char line[2 * NSBOX_ERROR_MAX];
	struct nsbox_error err;
	int r = conf_files_load(NSBOX_CONF, &faults, ret, &err);

	for (size_t i = 0; i < faults.n; i++) {
		fault_print(&faults.list[i], line, sizeof(line));
		say(stderr, "%s", line);
	}
	if (r < 0 && !faults.n)
		say(stderr, "nsbox: %s", err.text);
	faults_free(&faults);
	return r;
}

int verb_flushed(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "nsbox: cannot write: %s\n", strerror(errno));
	return EXIT_BAD;
}
