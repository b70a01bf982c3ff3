// SPDX-License-Identifier: MIT
/*
 * inih, item by item against the scan.
 *
 * Pure: runs with any privilege (root in the builder, nobody in the CLI). Must never let a file
 * pass that the scan and inih read differently.
 *
 * The scan has found every item before inih runs. inih's handler walks the scan's list in step: the
 * next item must have the same section, key, value and line, and none may be left at the end. So a
 * build of inih that reads the file in another way gets it refused, not misread.
 */
#include "compare.h"

#include <errno.h>
#include <ini.h>
#include <stdbool.h>
#include <string.h>

_Static_assert(!INI_HANDLER_LINENO, "take_item() is not a handler for this build of inih");

/*
 * struct walk - inih's way through the text, and the scan's beside it
 * @at: what the reader gives out next
 * @line: that the reader gave out last
 * @next: the scan's setting that the handler must be told next
 * @differs: they have parted; nothing is looked at after that
 */
struct walk {
	const char *file;
	const char *at;
	size_t left;
	unsigned int line;
	const struct scan *scan;
	size_t next;
	bool differs;
	struct fault_sink *sink;
};

/* fgets(3) over the text, in one pass; inih has no line numbers of its own to give. */
static char *read_line(char *str, int num, void *stream)
{
	struct walk *w = stream;
	size_t len = w->left;
	char *end;

	if (!w->left || num < 2)
		return NULL;
	if (len > (size_t)num - 1)
		len = (size_t)num - 1;
	end = memccpy(str, w->at, '\n', len);
	if (end)
		len = (size_t)(end - str);
	str[len] = '\0';
	w->at += len;
	w->left -= len;
	w->line++;
	return str;
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

/* inih goes on after a failure, unless it was built not to: the first one stands. */
static int take_item(void *user, const char *section, const char *name, const char *value)
{
	struct walk *w = user;

	/* Some builds announce a section with neither key nor value. */
	if (w->differs || !name)
		return !w->differs;
	if (is_next(w, section, name, value))
		w->next++;
	else
		w->differs = true;
	return !w->differs;
}

static int fault(const struct walk *w, unsigned int line, const char *what)
{
	struct conf_fault place = { .file = w->file, .line = line };

	fault_add(w->sink, &place, "%s", what);
	return -EINVAL;
}

int compare_inih(const char *file, const char *text, size_t len, const struct scan *scan,
		 struct fault_sink *sink)
{
	struct walk w = { .file = file, .at = text, .left = len, .scan = scan, .sink = sink };
	int r = ini_parse_stream(read_line, &w, take_item, &w);

	if (w.differs)
		return fault(&w, w.line, "inih reads this line in another way than it is written");
	if (r < 0)
		return error_errno(sink->n ? NULL : sink->err, ENOMEM, "cannot load %s", file);
	if (r > 0)
		return fault(&w, (unsigned int)r, "inih refuses this line");
	if (w.left || w.next != scan->n_settings)
		return fault(&w, w.line, "inih does not read all of this file");
	return 0;
}
