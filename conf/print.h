/* SPDX-License-Identifier: MIT */
/*
 * An effective policy as text, with the place of every value: what `nsbox show` prints.
 *
 * For JSON: walk conf_keys, conf_print() the value (its @kind tells what it is), and match_origin()
 * its places.
 */
#ifndef NSBOX_PRINT_H
#define NSBOX_PRINT_H

#include <stdio.h>

#include "keys.h"
#include "match.h"

/**
 * print_values() - a line "key = value   # file:line" for each key that has a value
 * @values: of match_site() and match_policy()
 * @trace: that both have filled
 * @out: where to; the caller looks for its errors
 */
void print_values(const struct conf_values *values, const struct match_trace *trace, FILE *out);

/**
 * print_sections() - a line "[section]   # file:line, why" for each section that spoke
 * @doc: the document
 * @who: the login
 * @trace: of match_policy()
 * @out: where to
 */
void print_sections(const struct conf_doc *doc, const struct match_subject *who,
		    const struct match_trace *trace, FILE *out);

/* "file:line", or "file:line (profile = NAME, file:line)", or "built-in default" for NULL. */
void print_place(const struct match_step *step, char *buf, size_t size);

#endif
