/* SPDX-License-Identifier: MIT */
/*
 * What the tests of conf/ share.
 */
#ifndef CONF_HELPER_H
#define CONF_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load.h"
#include "match.h"

/* A whole file, NUL-terminated; the caller frees it. */
static inline char *slurp(const char *path, size_t *ret_len)
{
	char *text = calloc(1, CONF_MAX_BYTES);
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("cannot open %s", path);
	assert_non_null(text);
	*ret_len = fread(text, 1, CONF_MAX_BYTES - 1, file);
	assert_false(ferror(file));
	fclose(file);
	return text;
}

/* Where the environment says, or else where the build says. */
static inline const char *path_from(const char *variable, const char *built)
{
	const char *path = getenv(variable);

	return path ? path : built;
}

/* A login of a user in @groups, at the console. */
static inline struct match_subject login_of(const char *user, const char *const *groups, size_t n)
{
	return (struct match_subject){
		.user = user,
		.uid = 1000,
		.groups = groups,
		.n_groups = n,
		.rhost = "",
		.service = "login",
		.tty = "tty1",
	};
}

/* Load a text that must be good. */
static inline struct conf_doc *load_good(const char *text)
{
	struct conf_doc *doc = NULL;
	struct nsbox_error err = { 0 };

	if (conf_load("t.conf", text, strlen(text), &doc, &err) < 0)
		fail_msg("%s\n%s", err.text, text);
	return doc;
}

#endif
