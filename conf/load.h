/* SPDX-License-Identifier: MIT */
/*
 * From the bytes of policy files to a document: sections in the order of the files, with their
 * settings, each known by file and line, each value already proven to be one that its key takes.
 *
 *	conf_begin(&faults, &doc, &err);
 *	conf_add(doc, "nsbox.conf", text, len, &err);
 *	conf_add(doc, "nsbox.conf.d/10-site.conf", text, len, &err);
 *	conf_finish(doc, &err);
 *
 * files.h does that for the files of the system. A document to which nothing was added says what
 * the built-in defaults say.
 */
#ifndef NSBOX_LOAD_H
#define NSBOX_LOAD_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "fault.h"
#include "keys.h"
#include "scan.h"

#define CONF_MAX_BYTES (1024 * 1024)		/* of one file: the limit for fs_read_all() */
#define CONF_MAX_TOTAL (8 * CONF_MAX_BYTES)	/* of all files of a document */

/**
 * struct conf_setting - one `key = value`
 * @key: row of the key table
 * @value: text that conf_set() takes; NUL-terminated
 * @file: where it was read
 * @line: from 1
 * @column: of the value, from 1
 */
struct conf_setting {
	const struct conf_key *key;
	const char *value;
	const char *file;
	unsigned int line;
	unsigned int column;
};

/**
 * struct conf_section - one `[kind name]`
 * @kind: which kind of section
 * @line: of the section's own line, from 1
 * @name: of the group, match, user or profile; empty for the others
 * @file: where it was read
 * @first: index of its first setting in the document
 * @count: of its settings, never 0
 */
struct conf_section {
	enum section_kind kind;
	unsigned int line;
	const char *name;
	const char *file;
	size_t first;
	size_t count;
};

struct conf_file;
struct conf_block;

/**
 * struct conf_doc - a policy, loaded
 * @sections: in the order of the files
 * @n_sections: how many
 * @settings: of all sections
 * @n_settings: how many
 * @profiles: the [profile] sections, by name, then in the order of the files
 * @n_profiles: how many
 * @sink: while loading
 * @first: the first fault
 * @incomplete: a file could not be had
 * @refused: -errno of the first file that was not taken: the document cannot be finished
 *
 * What follows is memory that load.c looks after. The document owns all that its members point to,
 * except the key table. Read only after conf_finish().
 */
struct conf_doc {
	struct conf_section *sections;
	size_t n_sections;
	struct conf_setting *settings;
	size_t n_settings;
	const struct conf_section **profiles;
	size_t n_profiles;
	struct fault_sink sink;
	struct nsbox_error first;
	bool incomplete;
	int refused;

	size_t room_sections;
	size_t room_settings;
	struct conf_file *files;
	size_t n_files;
	size_t bytes;
	struct conf_block *blocks;
	struct scan scan;
};

/**
 * conf_begin() - an empty document
 * @faults: collects all faults of all files; NULL: the first one ends the loading
 * @ret_doc: free with conf_free(); untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -ENOMEM.
 */
int conf_begin(struct conf_faults *faults, struct conf_doc **ret_doc, struct nsbox_error *err);

/**
 * conf_add() - read one more file from memory
 * @doc: from conf_begin()
 * @file: its name, for messages; copied
 * @text: its bytes; need not be NUL-terminated; not kept
 * @len: number of bytes
 * @err: filled on failure, with the document's first fault: "FILE:LINE:COLUMN: what is wrong and
 *       what was expected"
 *
 * A section can stand again in another file, but not in the same one. See nsbox.conf(5). Opens
 * nothing. After a failure more files can be added, to find their faults.
 *
 * Return: 0; -EINVAL for a file that is not a policy, -EFBIG for more than CONF_MAX_BYTES or all in
 * all CONF_MAX_TOTAL, -ENOMEM.
 */
int conf_add(struct conf_doc *doc, const char *file, const char *text, size_t len,
	     struct nsbox_error *err);

/**
 * conf_refuse() - a file that belongs to the document could not be had
 * @doc: from conf_begin()
 * @file: its name
 * @why: the reason, with its code
 * @err: as in conf_add()
 *
 * Return: the code of @why, negative.
 */
int conf_refuse(struct conf_doc *doc, const char *file, const struct nsbox_error *why,
		struct nsbox_error *err);

/**
 * conf_finish() - what can be said only when all files are known
 * @doc: from conf_begin(); ready for match.h when this succeeds
 * @err: as in conf_add()
 *
 * Return: 0, or -errno: also when a conf_add() before has failed.
 */
int conf_finish(struct conf_doc *doc, struct nsbox_error *err);

/**
 * conf_profile() - the sections that `profile = NAME` takes
 * @doc: finished
 * @name: of the profile
 * @ret_n: how many [profile NAME] sections there are, in all files together
 *
 * Return: the first of them in @doc->profiles; the others follow.
 */
const struct conf_section *const *conf_profile(const struct conf_doc *doc, const char *name,
					       size_t *ret_n);

/**
 * conf_load() - a document of one file, or none at its first fault
 * @file, @text, @len, @err: as in conf_add()
 * @ret_doc: free with conf_free(); untouched on failure
 *
 * Return: 0 or -errno.
 */
int conf_load(const char *file, const char *text, size_t len, struct conf_doc **ret_doc,
	      struct nsbox_error *err);

/**
 * conf_free() - let go of a document and everything in it
 * @doc: may be NULL
 */
void conf_free(struct conf_doc *doc);

#endif
