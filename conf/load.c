// SPDX-License-Identifier: MIT
/*
 * Scan, then inih, item by item against each other; then kinds, keys and values.
 *
 * Pure: runs with any privilege (root in the builder, nobody in the CLI). Must never open a file,
 * keep half a document, or take a file that the scan and inih read differently.
 *
 * The scan has found every item before inih runs. inih's handler walks the scan's list in step: the
 * next item must have the same section, key, value and line, and none may be left at the end. So a
 * build of inih that reads the file in another way gets it refused, not misread.
 */
#include "load.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "scan.h"

_Static_assert(!INI_HANDLER_LINENO, "take_item() is not a handler for this build of inih");

/*
 * struct walk - inih's way through the text, and the scan's beside it
 * @at: what the reader gives out next
 * @line: that the reader gave out last
 * @next: the scan's setting that the handler must be told next
 * @r: of the first failure; nothing is taken after it
 */
struct walk {
	const char *file;
	const char *at;
	size_t left;
	unsigned int line;
	const struct scan *scan;
	size_t next;
	struct conf_doc *doc;
	struct nsbox_error *err;
	int r;
};

static int __attribute__((format(printf, 3, 4)))
fault(const struct walk *w, unsigned int line, const char *fmt, ...)
{
	char what[NSBOX_ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	if (vsnprintf(what, sizeof(what), fmt, ap) < 0)
		what[0] = '\0';
	va_end(ap);
	return error_plain(w->err, EINVAL, "%s:%u: %s", w->file, line, what);
}

static int no_memory(const struct walk *w)
{
	return error_errno(w->err, ENOMEM, "cannot load %s", w->file);
}

/* fgets(3) over the text; inih has no line numbers of its own to give. */
static char *read_line(char *str, int num, void *stream)
{
	struct walk *w = stream;
	const char *end = memchr(w->at, '\n', w->left);
	size_t len = end ? (size_t)(end - w->at) + 1 : w->left;

	if (!w->left || num < 2)
		return NULL;
	if (len > (size_t)num - 1)
		len = (size_t)num - 1;
	memcpy(str, w->at, len);
	str[len] = '\0';
	w->at += len;
	w->left -= len;
	w->line++;
	return str;
}

static int unknown_section(const struct walk *w, const struct scan_section *section)
{
	return fault(w, section->line,
		     "unknown section [%.*s]: expected [default], [group NAME] or [user NAME]",
		     (int)section->name.len, section->name.at);
}

/* "default", "group NAME", "user NAME": one space, and a name without any. */
static int parse_section(const struct walk *w, const struct scan_section *section,
			 enum section_kind *ret_kind, struct scan_span *ret_name)
{
	struct scan_span word = section->name, name = { "", 0 };
	const char *space = memchr(word.at, ' ', word.len);
	int kind = 0;

	if (space) {
		name = (struct scan_span){ space + 1, word.len - (size_t)(space + 1 - word.at) };
		word.len = (size_t)(space - word.at);
	}
	while (kind < SECTION_KINDS && !scan_span_is(word, section_words[kind]))
		kind++;
	if (kind == SECTION_KINDS)
		return unknown_section(w, section);
	if (kind == SECTION_DEFAULT && space)
		return fault(w, section->line, "[default] takes no name: expected [default]");
	if (kind != SECTION_DEFAULT && !name.len)
		return fault(w, section->line, "section without a name: expected [%s NAME]",
			     section_words[kind]);
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == ' ' || name.at[i] == '\t')
			return fault(w, section->line,
				     "blank in a name, [%.*s]: expected [%s NAME] with one space",
				     (int)section->name.len, section->name.at,
				     section_words[kind]);
	*ret_kind = (enum section_kind)kind;
	*ret_name = name;
	return 0;
}

static int add_section(struct walk *w, const struct scan_section *section)
{
	struct conf_section *new = &w->doc->sections[w->doc->n_sections];
	struct scan_span name = { "", 0 };
	int r = parse_section(w, section, &new->kind, &name);

	if (r < 0)
		return r;
	new->name = strndup(name.at, name.len);
	if (!new->name)
		return no_memory(w);
	new->file = w->doc->file;
	new->line = section->line;
	new->first = w->doc->n_settings;
	new->count = 0;
	w->doc->n_sections++;
	return 0;
}

static int unknown_key(const struct walk *w, const char *name, unsigned int line)
{
	char list[NSBOX_ERROR_MAX] = "";
	size_t used = 0;

	for (size_t i = 0; i < CONF_KEYS && used < sizeof(list); i++) {
		snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "",
			 conf_keys[i].name);
		used = strlen(list);
	}
	return fault(w, line, "unknown key \"%s\": expected one of %s", name, list);
}

/* Whether a value is good is asked once, here; matching relies on it. */
static int check_setting(const struct walk *w, const struct conf_section *section,
			 const struct conf_key *key, const char *value, unsigned int line)
{
	struct policy scratch;
	struct nsbox_error why;

	if (!(key->allowed & 1U << section->kind))
		return fault(w, line, "%s cannot stand in a [%s] section", key->name,
			     section_words[section->kind]);
	if (key->set(value, &scratch, &why) < 0)
		return fault(w, line, "%s = \"%s\": %s: expected %s", key->name, value, why.text,
			     key->expects);
	return 0;
}

static int add_setting(struct walk *w, const char *name, const char *value, unsigned int line)
{
	struct conf_section *section = &w->doc->sections[w->doc->n_sections - 1];
	struct conf_setting *new = &w->doc->settings[w->doc->n_settings];
	const struct conf_key *key = conf_key_find(name);
	int r;

	if (!key)
		return unknown_key(w, name, line);
	r = check_setting(w, section, key, value, line);
	if (r < 0)
		return r;
	new->key = key;
	new->line = line;
	new->value = strdup(value);
	if (!new->value)
		return no_memory(w);
	w->doc->n_settings++;
	section->count++;
	return 0;
}

/* Is what inih says the next that the scan has seen? */
static bool is_next(const struct walk *w, const char *section, const char *name, const char *value)
{
	const struct scan_setting *item;

	if (w->next == w->scan->n_settings || !value)
		return false;
	item = &w->scan->settings[w->next];
	return item->line == w->line &&
	       scan_span_is(w->scan->sections[item->section].name, section) &&
	       scan_span_is(item->key, name) && scan_span_is(item->value, value);
}

static int take(struct walk *w, const char *section, const char *name, const char *value)
{
	const struct scan_setting *item;
	int r = 0;

	if (!is_next(w, section, name, value))
		return fault(w, w->line, "inih reads this line in another way than it is written");
	item = &w->scan->settings[w->next++];
	if (item->section == w->doc->n_sections)
		r = add_section(w, &w->scan->sections[item->section]);
	return r < 0 ? r : add_setting(w, name, value, item->line);
}

/* inih goes on after a failure, unless it was built not to: the first one stands. */
static int take_item(void *user, const char *section, const char *name, const char *value)
{
	struct walk *w = user;

	/* Some builds announce a section with neither key nor value. */
	if (w->r == 0 && name)
		w->r = take(w, section, name, value);
	return w->r == 0;
}

static int run_inih(struct walk *w)
{
	int r = ini_parse_stream(read_line, w, take_item, w);

	if (w->r < 0)
		return w->r;
	if (r < 0)
		return no_memory(w);
	if (r > 0)
		return fault(w, (unsigned int)r, "inih refuses this line");
	if (w->left || w->next != w->scan->n_settings)
		return fault(w, w->line, "inih does not read all of this file");
	return 0;
}

/* The scan has counted: room for everything is made at once, and for one where there is none. */
static struct conf_doc *new_doc(const char *file, const struct scan *scan)
{
	struct conf_doc *doc = calloc(1, sizeof(*doc));

	if (!doc)
		return NULL;
	doc->file = strdup(file);
	doc->sections = calloc(scan->n_sections + 1, sizeof(*doc->sections));
	doc->settings = calloc(scan->n_settings + 1, sizeof(*doc->settings));
	if (doc->file && doc->sections && doc->settings)
		return doc;
	conf_free(doc);
	return NULL;
}

int conf_load(const char *file, const char *text, size_t len, struct conf_doc **ret_doc,
	      struct nsbox_error *err)
{
	struct walk w = { .file = file, .at = text, .left = len, .err = err };
	struct scan scan;
	int r;

	if (len > CONF_MAX_BYTES)
		return error_errno(err, EFBIG, "cannot load %s", file);
	r = scan_text(file, text, len, &scan, err);
	if (r < 0)
		return r;
	w.scan = &scan;
	w.doc = new_doc(file, &scan);
	r = w.doc ? run_inih(&w) : no_memory(&w);
	scan_free(&scan);
	if (r < 0) {
		conf_free(w.doc);
		return r;
	}
	*ret_doc = w.doc;
	return 0;
}

/* Through the same door as a file: one way to make a document, and it cannot drift. */
int conf_load_builtin(struct conf_doc **ret_doc, struct nsbox_error *err)
{
	char text[1024] = "[default]\n";

	for (size_t i = 0; i < CONF_KEYS; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s = %s\n", conf_keys[i].name,
			 conf_keys[i].fallback);
	}
	return conf_load(CONF_BUILTIN, text, strlen(text), ret_doc, err);
}

void conf_free(struct conf_doc *doc)
{
	if (!doc)
		return;
	for (size_t i = 0; i < doc->n_sections; i++)
		free(doc->sections[i].name);
	for (size_t i = 0; i < doc->n_settings; i++)
		free(doc->settings[i].value);
	free(doc->sections);
	free(doc->settings);
	free(doc->file);
	free(doc);
}
