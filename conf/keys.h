/* SPDX-License-Identifier: MIT */
/*
 * The key table: every word that the policy knows, once.
 *
 * The loader, the matcher, the printer, the built-in default, nsbox.conf(5) and the shipped
 * nsbox.conf follow this table; tests/unit/test_conf_docs.c fails when one of them says something
 * else. A new key is one row in one of the files keys_*.h, one field in struct policy, and its
 * words in the two documents.
 */
#ifndef NSBOX_KEYS_H
#define NSBOX_KEYS_H

#include <limits.h>
#include <stddef.h>

#include "cond.h"
#include "error.h"
#include "policy.h"
#include "values.h"

enum section_kind {
	SECTION_SITE,
	SECTION_DEFAULT,
	SECTION_GROUP,
	SECTION_MATCH,
	SECTION_USER,
	SECTION_PROFILE,
	SECTION_KINDS,
};

enum conf_key_id {
	KEY_SERVICES,
	KEY_DEADLINE,
	KEY_ADDRESS_POOL,
	KEY_PUBLISH_PORTS,
	KEY_PUBLISH_BLOCK,
	KEY_CONTAINER,
	KEY_MODE,
	KEY_MESSAGE,
	KEY_NAMESPACES,
	KEY_HOSTNAME,
	KEY_USER_MAP,
	KEY_HOME,
	KEY_READ_ONLY,
	KEY_HIDE,
	KEY_BIND,
	KEY_BIND_RO,
	KEY_BIND_IDMAP,
	KEY_TMPFS,
	KEY_SLAVE,
	KEY_ROOT,
	KEY_OVERLAY,
	KEY_PRIVATE_TMP,
	KEY_TMP_SIZE,
	KEY_TMP_FILES,
	KEY_PROC,
	KEY_DEVICES,
	KEY_USERS,
	KEY_NETWORK,
	KEY_NETWORK_ADMIN,
	KEY_ADDRESS,
	KEY_EGRESS,
	KEY_EGRESS_DENY,
	KEY_REACH_HOST,
	KEY_DNS,
	KEY_PUBLISH,
	KEY_RATE,
	KEY_LOW_PORTS,
	KEY_NO_NEW_PRIVILEGES,
	KEY_CAPABILITIES,
	KEY_NESTED_USER_NAMESPACES,
	KEY_UMASK,
	KEY_CORE_DUMPS,
	KEY_SHELL,
	KEY_NSS_SOCKETS,
	KEY_NSS_INSIDE,
	KEY_PROFILE,
	KEY_WHEN_USER,
	KEY_WHEN_GROUP,
	KEY_WHEN_UID,
	KEY_WHEN_FROM,
	KEY_WHEN_SERVICE,
	KEY_WHEN_TTY,
	CONF_KEYS,
};

enum conf_key_kind {
	KIND_WORD,	/* one of a few words */
	KIND_BOOL,	/* yes or no */
	KIND_TIME,	/* a number and a unit */
	KIND_SIZE,	/* bytes, or a share of the memory */
	KIND_NUMBER,	/* a number, or one word in its place, if there is one, which is 0 */
	KIND_TEXT,	/* one text; what it may hold is the row's @check */
	KIND_SET,	/* words of the namespace table, replaced as a whole */
	KIND_LIST,	/* words that append to what was said before; an empty value clears */
	KIND_CHOICE,	/* one of a few words, or a list; lines of one section are one list */
	KIND_PROFILE,	/* the name of a [profile] whose settings stand here */
	KIND_PATTERNS,	/* a condition of a [match] section */
};

#define CONF_VALUE_MAX PATH_MAX	/* bytes of a value as text, with the NUL */

/**
 * struct conf_values - a value for every key that has one
 */
struct conf_values {
	struct site site;
	struct policy policy;
};

/**
 * struct conf_key - one key of nsbox.conf(5)
 * @name: the key as it is written in the file
 * @kind: what sort of value it takes
 * @allowed: the sections it may stand in, OR of 1 << SECTION_*
 * @at: offset of its value in struct conf_values
 * @size: bytes of its value there, 0 if it has none (KIND_PROFILE, KIND_PATTERNS)
 * @words: of KIND_WORD, in the order of their enum, NULL at the end; of KIND_NUMBER, its one word,
 *         or NULL; of KIND_CHOICE, those that stand alone
 * @check: of KIND_TEXT and KIND_PATTERNS: the value; of KIND_LIST and KIND_CHOICE: one word
 * @holds: of KIND_PATTERNS: is it so
 * @min: of KIND_TIME, in milliseconds; of KIND_SIZE, in bytes; of KIND_NUMBER
 * @max: of KIND_TIME, in milliseconds; of KIND_NUMBER; of KIND_CHOICE, words of the list, 0: any
 * @fallback: the built-in default, as text; NULL if the key has no value
 * @expects: the values it takes, for messages: "expected ..."
 * @doc: one line on what it does
 */
struct conf_key {
	const char *name;
	enum conf_key_kind kind;
	unsigned int allowed;
	size_t at;
	size_t size;
	const char *const *words;
	int (*check)(const char *value, struct value_why *why);
	cond_fn holds;
	unsigned int min;
	unsigned int max;
	const char *fallback;
	const char *expects;
	const char *doc;
};

/* One row for each enum conf_key_id, in that order. */
extern const struct conf_key conf_keys[CONF_KEYS];

/* The words of the section kinds: "nsbox", "default", "group", "match", "user", "profile". */
extern const char *const section_words[SECTION_KINDS];

/* The row of the key @name (exact comparison), NULL if there is none. */
const struct conf_key *conf_key_find(const char *name);

/* Whether its value is struct words, and its lines append: those of a section, at least. */
bool conf_key_appends(const struct conf_key *key);

/* Whether a section of this kind has a name: [group NAME], but [default]. */
bool section_is_named(enum section_kind kind);

/**
 * conf_set() - lay one value over what was said before
 * @key: a row of the table
 * @value: NUL-terminated, any bytes
 * @values: where to; untouched on failure
 * @why: filled on failure; may be NULL
 *
 * Of KIND_LIST and KIND_CHOICE the words append, the first ones after conf_clear(), and an empty
 * value clears a KIND_LIST; the rest replaces. A key without a value of its own is only checked.
 *
 * Return: 0 or -EINVAL.
 */
int conf_set(const struct conf_key *key, const char *value, struct conf_values *values,
	     struct value_why *why);

/* Forget the words of a key whose lines append. */
void conf_clear(const struct conf_key *key, struct conf_values *values);

/* Write the value of @key as text that conf_set() takes; @size is at least CONF_VALUE_MAX. */
void conf_print(const struct conf_key *key, const struct conf_values *values, char *buf,
		size_t size);

/**
 * conf_default() - the values of a site that has said nothing
 * @ret: every value set from its row's fallback, every other byte zero; undefined on failure
 * @err: filled on failure, which only a mistake in the table can cause
 *
 * See nsbox.conf(5).
 *
 * Return: 0 or -EINVAL.
 */
int conf_default(struct conf_values *ret, struct nsbox_error *err);

/* The same for the keys of @sections, OR of 1 << SECTION_*; @ret is all zero before. */
int conf_default_of(unsigned int sections, struct conf_values *ret, struct nsbox_error *err);

#endif
