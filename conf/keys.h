/* SPDX-License-Identifier: MIT */
/*
 * The key table: every word that the policy knows, once.
 *
 * The loader, the matcher, the built-in default, nsbox.conf(5) and the shipped nsbox.conf follow
 * this table; tests/unit/test_conf_docs.c fails when one of them says something else. A new key is
 * one row here, one field in struct policy, and its words in the two documents.
 */
#ifndef NSBOX_KEYS_H
#define NSBOX_KEYS_H

#include <limits.h>
#include <stddef.h>

#include "error.h"
#include "policy.h"

enum section_kind {
	SECTION_DEFAULT,
	SECTION_GROUP,
	SECTION_USER,
	SECTION_KINDS,
};

enum conf_key_id {
	KEY_CONTAINER,
	KEY_NAMESPACES,
	KEY_HOSTNAME,
	KEY_USER_MAP,
	KEY_PRIVATE_TMP,
	KEY_SHELL,
	CONF_KEYS,
};

enum conf_key_kind {
	KIND_WORD,	/* one of a few words */
	KIND_BOOL,	/* yes or no */
	KIND_LIST,	/* words with blanks between them */
	KIND_TEMPLATE,	/* text with % sequences */
	KIND_PATH,	/* absolute, normalised */
};

#define CONF_VALUE_MAX PATH_MAX	/* bytes of a value as text, with the NUL */

/**
 * struct conf_key - one key of nsbox.conf(5)
 * @name: the key as it is written in the file
 * @kind: what sort of value it takes
 * @allowed: the sections it may stand in, OR of 1 << SECTION_*
 * @fallback: the built-in default, as text that @set takes
 * @expects: the values it takes, for messages: "expected ..."
 * @doc: one line on what it does
 * @set: parse @value (NUL-terminated, any bytes) into @policy; 0, or -EINVAL with the reason in
 *       @why (a part of a sentence, without the key) and @policy untouched
 * @print: write the value in @policy as text that @set takes; @size is at least CONF_VALUE_MAX
 */
struct conf_key {
	const char *name;
	enum conf_key_kind kind;
	unsigned int allowed;
	const char *fallback;
	const char *expects;
	const char *doc;
	int (*set)(const char *value, struct policy *policy, struct nsbox_error *why);
	void (*print)(const struct policy *policy, char *buf, size_t size);
};

/* One row for each enum conf_key_id, in that order. */
extern const struct conf_key conf_keys[CONF_KEYS];

/* The words of the section kinds: "default", "group", "user". */
extern const char *const section_words[SECTION_KINDS];

/* The row of the key @name (exact comparison), NULL if there is none. */
const struct conf_key *conf_key_find(const char *name);

/**
 * policy_default() - the policy of a site that has said nothing
 * @ret_policy: every value set from its row's fallback; untouched on failure
 * @err: filled on failure, which only a mistake in the table can cause
 *
 * See nsbox.conf(5).
 *
 * Return: 0 or -EINVAL.
 */
int policy_default(struct policy *ret_policy, struct nsbox_error *err);

#endif
