// SPDX-License-Identifier: MIT
/*
 * Values from text, and text from values: one way for each kind of key.
 *
 * Pure: runs with any privilege. Must never take a value by half.
 */
#include "keys.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "nstable.h"

/* Words are stored by index, whatever enum the field has. */
_Static_assert(sizeof(enum container_word) == sizeof(int), "an enum is stored as an int");
_Static_assert(sizeof(enum mode_word) == sizeof(int), "an enum is stored as an int");
_Static_assert(sizeof(enum network_admin_word) == sizeof(int), "an enum is stored as an int");
_Static_assert(sizeof(enum proc_word) == sizeof(int), "an enum is stored as an int");
_Static_assert(sizeof(enum users_word) == sizeof(int), "an enum is stored as an int");
_Static_assert(sizeof(enum user_map_word) == sizeof(int), "an enum is stored as an int");

static void *place(const struct conf_key *key, struct conf_values *values)
{
	return (char *)values + key->at;
}

static const void *value_of(const struct conf_key *key, const struct conf_values *values)
{
	return (const char *)values + key->at;
}

static int set_word(const struct conf_key *key, const char *value, struct conf_values *values,
		    struct value_why *why)
{
	int i, r = value_word(value, key->words, &i, why);

	if (r == 0)
		memcpy(place(key, values), &i, sizeof(i));
	return r;
}

static int set_bool(const struct conf_key *key, const char *value, struct conf_values *values,
		    struct value_why *why)
{
	return value_bool(value, place(key, values), why);
}

static int set_time(const struct conf_key *key, const char *value, struct conf_values *values,
		    struct value_why *why)
{
	uint64_t ms;
	unsigned int n;
	int r = value_time(value, key->min, key->max, &ms, why);

	if (r < 0)
		return r;
	n = (unsigned int)ms;
	memcpy(place(key, values), &n, sizeof(n));
	return 0;
}

static int set_size(const struct conf_key *key, const char *value, struct conf_values *values,
		    struct value_why *why)
{
	return value_amount(value, key->min, place(key, values), why);
}

static int set_number(const struct conf_key *key, const char *value, struct conf_values *values,
		      struct value_why *why)
{
	uint64_t number = 0;
	unsigned int n;

	if ((!key->words || strcmp(value, key->words[0]) != 0) &&
	    value_number(value, key->min, key->max, &number, why) < 0)
		return -EINVAL;
	n = (unsigned int)number;
	memcpy(place(key, values), &n, sizeof(n));
	return 0;
}

static int set_text(const struct conf_key *key, const char *value, struct conf_values *values,
		    struct value_why *why)
{
	size_t len = strlen(value);
	int r = key->check(value, why);

	if (r < 0)
		return r;
	if (len >= key->size)
		return value_bad(why, 0, "it is longer than %zu bytes", key->size - 1);
	/* To its last byte: policies are compared as memory. */
	memset(place(key, values), 0, key->size);
	memcpy(place(key, values), value, len);
	return 0;
}

static int check_frame(int flags, struct value_why *why)
{
	for (size_t i = 0; i < NS_KINDS; i++)
		if (ns_table[i].frame && !(flags & ns_table[i].flag))
			return value_bad(why, 0, "%s cannot be left out", ns_table[i].key);
	return 0;
}

static int check_namespace(const char *word, struct value_why *why)
{
	if (!ns_flag_of(word, strlen(word)))
		return value_bad(why, 0, "it is not one of these");
	return 0;
}

static int set_namespaces(const struct conf_key *key, const char *value,
			  struct conf_values *values, struct value_why *why)
{
	const char *at = value, *word;
	int flags = 0, r = value_list(value, check_namespace, why);
	size_t len;

	if (r < 0)
		return r;
	while ((word = value_next(&at, &len)))
		flags |= ns_flag_of(word, len);
	r = check_frame(flags, why);
	if (r == 0)
		memcpy(place(key, values), &flags, sizeof(flags));
	return r;
}

static int append(const struct conf_key *key, const char *value, struct conf_values *values,
		  struct value_why *why)
{
	struct words *words = place(key, values);
	size_t n = words->n, used = words->used, len;
	const char *at = value, *word;
	int r = 0;

	while (r == 0 && (word = value_next(&at, &len)))
		if (words_add(words, word, len) < 0)
			r = value_bad(why, (size_t)(word - value),
				      "with what was said before it is longer than %d bytes",
				      WORDS_MAX);
	if (r == 0 && key->max && words->n > key->max)
		r = value_bad(why, 0, "these are more than %u", key->max);
	if (r < 0)
		words_cut(words, n, used);
	return r;
}

static int set_list(const struct conf_key *key, const char *value, struct conf_values *values,
		    struct value_why *why)
{
	int r = value_list(value, key->check, why);

	if (r < 0)
		return r;
	if (!*value)
		conf_clear(key, values);
	return append(key, value, values, why);
}

static bool stands_alone(const struct conf_key *key, const char *word, size_t len)
{
	for (size_t i = 0; key->words[i]; i++)
		if (strlen(key->words[i]) == len && !memcmp(key->words[i], word, len))
			return true;
	return false;
}

/* A word in place of a list is all that there is. */
static int check_alone(const struct conf_key *key, const char *value, const struct words *before,
		       struct value_why *why)
{
	const char *at = value, *word, *first = words_next(before, NULL);
	size_t len;

	if (first && (stands_alone(key, value, strlen(value)) ||
		      stands_alone(key, first, strlen(first))))
		return value_bad(why, 0, "the section has it beside %s, and one of them stands "
				 "alone", first);
	while ((word = value_next(&at, &len)))
		if (len < strlen(value) && stands_alone(key, word, len))
			return value_bad(why, (size_t)(word - value), "%.*s stands alone",
					 (int)len, word);
	return 0;
}

static int set_choice(const struct conf_key *key, const char *value, struct conf_values *values,
		      struct value_why *why)
{
	if (!*value)
		return value_bad(why, 0, "it is empty");
	if (check_alone(key, value, place(key, values), why) < 0)
		return -EINVAL;
	if (!stands_alone(key, value, strlen(value)) && value_list(value, key->check, why) < 0)
		return -EINVAL;
	return append(key, value, values, why);
}

void conf_clear(const struct conf_key *key, struct conf_values *values)
{
	words_clear(place(key, values));
}

int conf_set(const struct conf_key *key, const char *value, struct conf_values *values,
	     struct value_why *why)
{
	switch (key->kind) {
	case KIND_WORD:
		return set_word(key, value, values, why);
	case KIND_BOOL:
		return set_bool(key, value, values, why);
	case KIND_TIME:
		return set_time(key, value, values, why);
	case KIND_SIZE:
		return set_size(key, value, values, why);
	case KIND_NUMBER:
		return set_number(key, value, values, why);
	case KIND_TEXT:
		return set_text(key, value, values, why);
	case KIND_SET:
		return set_namespaces(key, value, values, why);
	case KIND_LIST:
		return set_list(key, value, values, why);
	case KIND_CHOICE:
		return set_choice(key, value, values, why);
	case KIND_PROFILE:
	case KIND_PATTERNS:
		return key->check(value, why);
	}
	return value_bad(why, 0, "its kind is not known");
}

static void print_namespaces(int flags, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < NS_KINDS; i++) {
		if (!(flags & ns_table[i].flag))
			continue;
		snprintf(buf + used, size - used, "%s%s", used ? " " : "", ns_table[i].key);
		used = strlen(buf);
	}
}

static void print_number(const struct conf_key *key, unsigned int n, char *buf, size_t size)
{
	if (n || !key->words)
		snprintf(buf, size, "%u", n);
	else
		snprintf(buf, size, "%s", key->words[0]);
}

static void print_words(const struct words *words, char *buf, size_t size)
{
	const char *word = NULL;
	size_t used = 0;

	*buf = '\0';
	while ((word = words_next(words, word))) {
		snprintf(buf + used, size - used, "%s%s", used ? " " : "", word);
		used = strlen(buf);
	}
}

void conf_print(const struct conf_key *key, const struct conf_values *values, char *buf,
		size_t size)
{
	const void *value = value_of(key, values);

	*buf = '\0';
	switch (key->kind) {
	case KIND_WORD:
		snprintf(buf, size, "%s", key->words[*(const int *)value]);
		break;
	case KIND_BOOL:
		snprintf(buf, size, "%s", *(const bool *)value ? "yes" : "no");
		break;
	case KIND_TIME:
		value_print_time(*(const unsigned int *)value, buf, size);
		break;
	case KIND_SIZE:
		value_print_amount(value, buf, size);
		break;
	case KIND_NUMBER:
		print_number(key, *(const unsigned int *)value, buf, size);
		break;
	case KIND_TEXT:
		snprintf(buf, size, "%s", (const char *)value);
		break;
	case KIND_SET:
		print_namespaces(*(const int *)value, buf, size);
		break;
	case KIND_LIST:
	case KIND_CHOICE:
		print_words(value, buf, size);
		break;
	case KIND_PROFILE:
	case KIND_PATTERNS:
		break;
	}
}

int conf_default_of(unsigned int sections, struct conf_values *ret, struct nsbox_error *err)
{
	struct value_why why;

	for (size_t i = 0; i < CONF_KEYS; i++)
		if (conf_keys[i].fallback && conf_keys[i].allowed & sections &&
		    conf_set(&conf_keys[i], conf_keys[i].fallback, ret, &why) < 0)
			return error_plain(err, EINVAL, "cannot take the built-in %s: %s",
					   conf_keys[i].name, why.text);
	return 0;
}

int conf_default(struct conf_values *ret, struct nsbox_error *err)
{
	memset(ret, 0, sizeof(*ret));
	return conf_default_of(UINT_MAX, ret, err);
}
