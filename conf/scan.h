/* SPDX-License-Identifier: MIT */
/*
 * The strict scan that a policy passes before inih sees it.
 *
 * inih forgives: it cuts, joins and skips where a person meant something else. A file that passes
 * here holds only what inih and a reader understand alike, and the loader compares the two item by
 * item. The file means what the scan says, or it is refused.
 */
#ifndef NSBOX_SCAN_H
#define NSBOX_SCAN_H

#include <stdbool.h>
#include <stddef.h>

#include "fault.h"
#include "seen.h"

#define SCAN_LINE_MAX 198	/* bytes; inih's buffer of 200 also holds \n and NUL */
#define SCAN_SECTION_MAX 49	/* bytes between [ and ]: inih cuts the rest */
#define SCAN_MAX_SECTIONS 16384	/* in one file */
#define SCAN_MAX_SETTINGS 256	/* in one section */

/**
 * struct scan_span - bytes within the scanned text
 */
struct scan_span {
	const char *at;
	size_t len;
};

/**
 * struct scan_section - one [name] line
 * @name: what stands between the brackets, never empty
 * @line: from 1
 * @first: index of its first setting
 * @count: of its settings, never 0
 * @bad: it was refused, and stands there only to have its settings looked at; without a name
 * @cut: lines of it were refused
 */
struct scan_section {
	struct scan_span name;
	unsigned int line;
	size_t first;
	size_t count;
	bool bad;
	bool cut;
};

/**
 * struct scan_setting - one `key = value` line
 * @key: without blanks around, never empty
 * @value: without blanks around, may be empty
 * @line: from 1
 * @column: of the value, from 1; the key stands in the first
 * @section: index of the section that it stands in
 */
struct scan_setting {
	struct scan_span key;
	struct scan_span value;
	unsigned int line;
	unsigned int column;
	size_t section;
};

/**
 * struct scan - the whole file, in file order; it owns the two arrays, not the text
 * @seen: names of sections
 * @room_sections: elements that @sections has room for
 * @room_settings: elements that @settings has room for
 */
struct scan {
	struct scan_section *sections;
	size_t n_sections;
	struct scan_setting *settings;
	size_t n_settings;
	struct seen seen;
	size_t room_sections;
	size_t room_settings;
};

/**
 * scan_text() - refuse whatever inih would understand in another way than a person
 * @file: name of the file, for messages
 * @text: its bytes; need not be NUL-terminated; must outlive what is in @scan
 * @len: number of bytes
 * @scan: all zero, or used before: its memory is used again; all zero on failure; free with
 *        scan_free()
 * @sink: where faults go
 *
 * Knows nothing of kinds of sections, keys or values. See nsbox.conf(5). Where the sink collects,
 * what was refused is left out, and @sink->n tells that something was.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int scan_text(const char *file, const char *text, size_t len, struct scan *scan,
	      struct fault_sink *sink);

/**
 * scan_free() - let go of the arrays
 * @scan: from scan_text(), or all zero
 */
void scan_free(struct scan *scan);

/* Does @span, which holds no NUL, hold exactly the string @s? */
bool scan_span_is(struct scan_span span, const char *s);

#endif
