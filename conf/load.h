/* SPDX-License-Identifier: MIT */
/*
 * From the bytes of a policy file to a document: sections in file order, with their settings, each
 * known by file and line, each value already proven to be one that its key takes.
 */
#ifndef NSBOX_LOAD_H
#define NSBOX_LOAD_H

#include <stddef.h>

#include "error.h"
#include "keys.h"

#define CONF_MAX_BYTES (1024 * 1024)	/* of one file: the limit to give to fs_read_all() */
#define CONF_BUILTIN "built-in default"	/* the file name of a document without a file */

/**
 * struct conf_setting - one `key = value`
 * @key: row of the key table
 * @value: text that @key->set takes; NUL-terminated
 * @line: line in the file of its section, from 1
 */
struct conf_setting {
	const struct conf_key *key;
	char *value;
	unsigned int line;
};

/**
 * struct conf_section - one `[kind name]`
 * @kind: which kind of section
 * @name: of the group or user; empty for [default]
 * @file: where it was read, for messages; belongs to the document
 * @line: of the section's own line, from 1
 * @first: index of its first setting in the document
 * @count: of its settings, never 0
 */
struct conf_section {
	enum section_kind kind;
	char *name;
	const char *file;
	unsigned int line;
	size_t first;
	size_t count;
};

/**
 * struct conf_doc - a loaded policy
 *
 * It owns all that its members point to, except the key table. Read only after loading.
 */
struct conf_doc {
	char *file;
	struct conf_section *sections;
	size_t n_sections;
	struct conf_setting *settings;
	size_t n_settings;
};

/**
 * conf_load() - read a policy from memory
 * @file: name of the file, for messages
 * @text: its bytes; need not be NUL-terminated; not kept
 * @len: number of bytes
 * @ret_doc: the document; free with conf_free(); untouched on failure
 * @err: filled on failure: "FILE:LINE: what is wrong and what was expected"
 *
 * The whole file is refused at its first fault. See nsbox.conf(5). Opens nothing.
 *
 * Return: 0; -EINVAL for a file that is not a policy, -EFBIG for more than CONF_MAX_BYTES,
 * -ENOMEM.
 */
int conf_load(const char *file, const char *text, size_t len, struct conf_doc **ret_doc,
	      struct nsbox_error *err);

/**
 * conf_load_builtin() - the document of a site without a policy file
 * @ret_doc: as in conf_load(); says the same as the shipped nsbox.conf
 * @err: filled on failure
 *
 * See nsbox.conf(5).
 *
 * Return: 0 or -ENOMEM.
 */
int conf_load_builtin(struct conf_doc **ret_doc, struct nsbox_error *err);

/**
 * conf_free() - let go of a document and everything in it
 * @doc: may be NULL
 */
void conf_free(struct conf_doc *doc);

#endif
