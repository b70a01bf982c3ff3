// SPDX-License-Identifier: MIT
/*
 * Kinds of sections, keys and values, as the key table has them.
 *
 * Pure: runs with any privilege. Must never take what it does not know: a word that is skipped is a
 * restriction that is missing. Whether a value is good is asked once, here; matching relies on it.
 */
#include "items.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hint.h"

#define KIND_UNKNOWN SECTION_KINDS	/* of a section that was refused */

#define KEYS_LISTED 256	/* bytes of all keys of a section; more nobody reads */

static const char sections_expected[] =
	"[nsbox], [default], [group NAME], [match LABEL], [user NAME] or [profile NAME]";

/*
 * struct taker - one section under way
 * @kind: of the section
 * @lines: where each key stands in it, 0: nowhere
 * @conditions: how many of its settings are
 * @scratch: where values are tried
 */
struct taker {
	struct conf_doc *doc;
	struct conf_file *file;
	enum section_kind kind;
	const struct scan_section *section;
	unsigned int lines[CONF_KEYS];
	size_t conditions;
	struct conf_values scratch;
};

static int __attribute__((format(printf, 5, 6)))
fault(struct taker *t, unsigned int line, unsigned int column, const struct conf_fault *more,
      const char *fmt, ...)
{
	struct conf_fault place = more ? *more : (struct conf_fault){ .line = 0 };
	char what[NSBOX_ERROR_MAX];
	va_list ap;

	place.file = t->file->name;
	place.line = line;
	place.column = column;
	va_start(ap, fmt);
	if (vsnprintf(what, sizeof(what), fmt, ap) < 0)
		what[0] = '\0';
	va_end(ap);
	return fault_add(&t->doc->sink, &place, "%s", what);
}

/* End a word with NUL, in the document's copy: behind it is a blank, '=', ']', or a line's end. */
static char *end_word(struct taker *t, struct scan_span word)
{
	char *at = t->file->text + (word.at - t->file->text);

	at[word.len] = '\0';
	return at;
}

static int refuse_kind(struct taker *t, struct scan_span word)
{
	struct conf_fault more = { .line = 0 };
	struct hint hint = { .far = 0 };

	for (int i = 0; i < SECTION_KINDS; i++)
		hint_try(&hint, section_words[i], word.at, word.len);
	memcpy(more.hint, hint.word, sizeof(more.hint));
	snprintf(more.expected, sizeof(more.expected), "%s", sections_expected);
	return fault(t, t->section->line, 2, &more, "unknown section [%.*s]",
		     (int)t->section->name.len, t->section->name.at);
}

static int check_name(struct taker *t, struct scan_span name, bool space)
{
	const char *word = section_words[t->kind];
	const char *as = t->kind == SECTION_MATCH ? "LABEL" : "NAME";
	unsigned int line = t->section->line, column = 2 + (unsigned int)strlen(word);

	if (!section_is_named(t->kind))
		return !space ? 0 : fault(t, line, column, NULL,
					  "[%s] takes no name: expected [%s]", word, word);
	if (!name.len)
		return fault(t, line, column, NULL, "section without a name: expected [%s %s]",
			     word, as);
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == ' ' || name.at[i] == '\t')
			return fault(t, line, column + 1 + (unsigned int)i, NULL,
				     "blank in a name, [%.*s]: expected [%s %s] with one space",
				     (int)t->section->name.len, t->section->name.at, word, as);
	return 0;
}

/* "default", "group NAME": one space, and a name without any. */
static int take_kind(struct taker *t, struct scan_span *ret_name)
{
	struct scan_span word = t->section->name, name = { "", 0 };
	const char *space = memchr(word.at, ' ', word.len);
	size_t faults = t->doc->sink.n;
	int kind = 0, r;

	if (space) {
		name = (struct scan_span){ space + 1, word.len - (size_t)(space + 1 - word.at) };
		word.len = (size_t)(space - word.at);
	}
	while (kind < SECTION_KINDS && !scan_span_is(word, section_words[kind]))
		kind++;
	t->kind = (enum section_kind)kind;
	r = t->kind == KIND_UNKNOWN ? refuse_kind(t, word) : check_name(t, name, space);
	if (t->doc->sink.n > faults)
		t->kind = KIND_UNKNOWN;
	*ret_name = name;
	return r;
}

/* May this key stand in this section? In one that was refused, all may. */
static bool may_stand(const struct taker *t, const struct conf_key *key)
{
	return t->kind == KIND_UNKNOWN || key->allowed & 1U << t->kind;
}

static int refuse_key(struct taker *t, const char *name, unsigned int line)
{
	struct conf_fault more = { .line = 0 };
	struct hint hint = { .far = 0 };
	size_t used = 0;

	if (!strcmp(name, "on-error"))
		return fault(t, line, 1, NULL, "\"on-error\" is not a key: a login that cannot get "
			     "all that the policy asks for is always refused");
	for (size_t i = 0; i < CONF_KEYS; i++) {
		if (!may_stand(t, &conf_keys[i]))
			continue;
		hint_try(&hint, conf_keys[i].name, name, strlen(name));
		if (used < KEYS_LISTED)
			used += (size_t)snprintf(more.expected + used,
						 sizeof(more.expected) - used, "%s%s",
						 used ? ", " : "one of ", conf_keys[i].name);
	}
	/* A part of a list would say that the rest is not there. */
	if (used >= KEYS_LISTED)
		snprintf(more.expected, sizeof(more.expected), "a key of nsbox.conf(5)");
	memcpy(more.hint, hint.word, sizeof(more.hint));
	if (*hint.word)
		more.expected[0] = '\0';
	return fault(t, line, 1, &more, "unknown key \"%s\"", name);
}

static int refuse_place(struct taker *t, const struct conf_key *key, unsigned int line)
{
	struct conf_fault more = { .line = 0 };
	size_t used = 0;

	if (key->kind == KIND_PROFILE && t->kind == SECTION_PROFILE)
		return fault(t, line, 1, NULL, "a profile cannot take a profile");
	for (size_t i = 0; i < SECTION_KINDS && used < sizeof(more.expected); i++)
		if (key->allowed & 1U << i)
			used += (size_t)snprintf(more.expected + used,
						 sizeof(more.expected) - used, "%s[%s]",
						 used ? " or " : "it in ", section_words[i]);
	return fault(t, line, 1, &more, "%s cannot stand in a [%s] section", key->name,
		     section_words[t->kind]);
}

/*
 * The words of a list line are tried alone: what they append to is known only at a login. But those
 * of a KIND_CHOICE append to the section's earlier ones, and to nothing else.
 */
static int try_value(struct taker *t, const struct conf_key *key, const char *value, bool first,
		     struct value_why *why)
{
	if (key->kind == KIND_LIST || (key->kind == KIND_CHOICE && first))
		conf_clear(key, &t->scratch);
	return conf_set(key, value, &t->scratch, why);
}

static int refuse_value(struct taker *t, const struct conf_key *key, const char *value,
			const struct scan_setting *item, const struct value_why *why)
{
	struct conf_fault more = { .line = 0 };

	snprintf(more.expected, sizeof(more.expected), "%s", key->expects);
	return fault(t, item->line, item->column + (unsigned int)why->at, &more,
		     "%s = \"%s\": %s", key->name, value, why->text);
}

static int check_setting(struct taker *t, const struct conf_key *key, const char *value,
			 const struct scan_setting *item)
{
	unsigned int *first = &t->lines[key - conf_keys];
	bool is_first = !*first;
	struct value_why why;

	if (!may_stand(t, key))
		return refuse_place(t, key, item->line);
	if (!is_first && !conf_key_appends(key))
		return fault(t, item->line, 1, NULL,
			     "second \"%s\" in [%.*s]: the first is line %u", key->name,
			     (int)t->section->name.len, t->section->name.at, *first);
	*first = item->line;
	if (try_value(t, key, value, is_first, &why) < 0)
		return refuse_value(t, key, value, item, &why);
	return 0;
}

static int take_setting(struct taker *t, const struct scan_setting *item)
{
	const char *name = end_word(t, item->key), *value = end_word(t, item->value);
	const struct conf_key *key = conf_key_find(name);
	size_t faults = t->doc->sink.n;
	int r;

	if (!key)
		return refuse_key(t, name, item->line);
	t->conditions += key->kind == KIND_PATTERNS;
	r = check_setting(t, key, value, item);
	if (t->doc->sink.n > faults)
		return r;
	t->doc->settings[t->doc->n_settings++] = (struct conf_setting){
		.key = key,
		.value = value,
		.file = t->file->name,
		.line = item->line,
		.column = item->column,
	};
	return 0;
}

/* Without a condition it would speak of everyone, without a value it would say nothing. */
static int check_match(struct taker *t)
{
	if (!t->conditions)
		return fault(t, t->section->line, 2, NULL,
			     "section [%s] has no condition: expected a when- key",
			     t->section->name.at);
	if (t->conditions == t->section->count)
		return fault(t, t->section->line, 2, NULL,
			     "section [%s] has no value: its conditions are for nothing",
			     t->section->name.at);
	return 0;
}

static int take_section(struct taker *t)
{
	struct conf_section *new = &t->doc->sections[t->doc->n_sections++];
	struct scan_span name = { "", 0 };
	size_t faults = t->doc->sink.n;
	int r = 0;

	t->kind = KIND_UNKNOWN;
	t->conditions = 0;
	memset(t->lines, 0, sizeof(t->lines));
	if (!t->section->bad) {
		r = take_kind(t, &name);
		end_word(t, t->section->name);
	}
	new->kind = t->kind;
	new->name = name.at;
	new->file = t->file->name;
	new->line = t->section->line;
	new->first = t->doc->n_settings;
	for (size_t i = 0; i < t->section->count && r == 0; i++)
		r = take_setting(t, &t->doc->scan.settings[t->section->first + i]);
	new->count = t->doc->n_settings - new->first;
	/* What was refused may have been what is missing. */
	if (t->kind != SECTION_MATCH || t->section->cut || t->doc->sink.n > faults)
		return r;
	return check_match(t);
}

/*
 * Room for @more elements. Many files are read one by one: what has to grow at least quadruples, so
 * that little is moved twice; memory that is not used is never paged in.
 */
static void *grow(void *array, size_t n, size_t more, size_t *room, size_t size)
{
	size_t wanted = 4 * *room > n + more ? 4 * *room : n + more;
	void *grown;

	if (array && n + more <= *room)
		return array;
	grown = reallocarray(array, wanted + 1, size);
	if (grown)
		*room = wanted;
	return grown;
}

/* The scan has counted: room for everything is made at once. */
static int make_room(struct conf_doc *doc)
{
	struct conf_section *sections = grow(doc->sections, doc->n_sections, doc->scan.n_sections,
					     &doc->room_sections, sizeof(*sections));
	struct conf_setting *settings = grow(doc->settings, doc->n_settings, doc->scan.n_settings,
					     &doc->room_settings, sizeof(*settings));

	if (sections)
		doc->sections = sections;
	if (settings)
		doc->settings = settings;
	return sections && settings ? 0 : -ENOMEM;
}

int items_add(struct conf_doc *doc, struct conf_file *file)
{
	struct taker t = { .doc = doc, .file = file };
	int r = make_room(doc);

	if (r < 0)
		return error_errno(doc->sink.n ? NULL : &doc->first, ENOMEM, "cannot load %s",
				   file->name);
	for (size_t i = 0; i < doc->scan.n_sections && r == 0; i++) {
		t.section = &doc->scan.sections[i];
		r = take_section(&t);
	}
	return r;
}
