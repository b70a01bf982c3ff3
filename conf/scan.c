// SPDX-License-Identifier: MIT
/*
 * Refuse the files that inih and a person would read differently.
 *
 * Pure: runs with any privilege (root in the builder, nobody in the CLI). Must never open, print or
 * repair anything: a doubtful line is refused, not guessed at.
 *
 * Each check names what inih would have done. They hold for every build of inih, also one that is
 * configured in another way than Debian's: no line is joined, cut or commented in any of them, and
 * no byte is left whose class depends on the locale.
 */
#include "scan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SKIP 1	/* this line was refused, and the next one is to be looked at */

struct scanner {
	const char *file;
	struct scan_span text;	/* of the line */
	unsigned int line;
	struct scan *out;
	struct fault_sink *sink;
};

/* A loop: most words are short, and musl's strncmp(3) takes twice as long for them. */
bool scan_span_is(struct scan_span span, const char *s)
{
	size_t i = 0;

	while (i < span.len && s[i] == span.at[i])
		i++;
	return i == span.len && !s[i];
}

void scan_free(struct scan *scan)
{
	free(scan->sections);
	free(scan->settings);
	seen_free(&scan->seen);
	memset(scan, 0, sizeof(*scan));
}

/* Refuse what stands at @at in the line. */
static int __attribute__((format(printf, 3, 4)))
fault(struct scanner *s, const char *at, const char *fmt, ...)
{
	struct conf_fault place = {
		.file = s->file,
		.line = s->line,
		.column = (unsigned int)(at - s->text.at) + 1,
	};
	char what[NSBOX_ERROR_MAX];
	va_list ap;
	int r;

	va_start(ap, fmt);
	if (vsnprintf(what, sizeof(what), fmt, ap) < 0)
		what[0] = '\0';
	va_end(ap);
	r = fault_add(s->sink, &place, "%s", what);
	return r < 0 ? r : SKIP;
}

static int no_memory(struct scanner *s)
{
	return error_errno(s->sink->n ? NULL : s->sink->err, ENOMEM, "cannot read %s", s->file);
}

/* The blanks that are left once every other control character is refused. */
static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct scan_span strip(struct scan_span span)
{
	while (span.len && is_blank(span.at[0])) {
		span.at++;
		span.len--;
	}
	while (span.len && is_blank(span.at[span.len - 1]))
		span.len--;
	return span;
}

static bool is_comment(struct scan_span line)
{
	return !strip(line).len || line.at[0] == '#' || line.at[0] == ';';
}

/* Room for one more element. Return: the array, grown if need be, or NULL. */
static void *grow(void *array, size_t n, size_t *room, size_t size)
{
	size_t more = *room ? 2 * *room : 64;
	void *grown;

	if (n < *room)
		return array;
	grown = reallocarray(array, more, size);
	if (grown)
		*room = more;
	return grown;
}

/* What no line may hold, comments included. */
static int check_bytes(struct scanner *s, struct scan_span line)
{
	for (size_t i = 0; i < line.len; i++) {
		const char *at = line.at + i;
		unsigned char c = (unsigned char)*at;

		/* C strings end here: inih would drop the rest of the line. */
		if (c == '\0')
			return fault(s, at, "NUL byte: is this a text file?");
		if (c == '\r')
			return fault(s, at, "carriage return: end lines with a newline only");
		/* \v and \f count as blanks, any other as part of a word that looks right. */
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return fault(s, at, "control character 0x%02x", c);
	}
	/* inih cuts the line; the rest becomes a line of its own, or is dropped. */
	if (line.len > SCAN_LINE_MAX)
		return fault(s, line.at + SCAN_LINE_MAX, "line of %zu bytes: %d are the most",
			     line.len, SCAN_LINE_MAX);
	return 0;
}

/* Outside of comments only ASCII: whether a byte over 0x7e is a blank depends on the locale. */
static int check_ascii(struct scanner *s, struct scan_span line)
{
	/* inih skips it in front of the first line, other tools do not. */
	if (s->line == 1 && line.len >= 3 && !memcmp(line.at, "\xef\xbb\xbf", 3))
		return fault(s, line.at, "byte order mark: save the file without it");
	for (size_t i = 0; i < line.len; i++)
		if ((unsigned char)line.at[i] > 0x7e)
			return fault(s, line.at + i,
				     "byte 0x%02x outside of a comment: expected ASCII",
				     (unsigned char)line.at[i]);
	return 0;
}

static int refuse_empty(struct scanner *s, struct scan_section *section)
{
	struct conf_fault place = { .file = s->file, .line = section->line, .column = 1 };

	section->cut = true;	/* told once */
	return fault_add(s->sink, &place, "section [%.*s] has no keys: give it one or remove it",
			 (int)section->name.len, section->name.at);
}

/* inih does not tell of a section without keys, so nothing else would ever look at its name. */
static int check_last_section(struct scanner *s)
{
	struct scan_section *last;

	if (!s->out->n_sections)
		return 0;
	last = &s->out->sections[s->out->n_sections - 1];
	return last->count || last->bad || last->cut ? 0 : refuse_empty(s, last);
}

static int push_section(struct scanner *s, struct scan_span name, bool bad)
{
	struct scan_section *grown;

	if (s->out->n_sections == SCAN_MAX_SECTIONS)
		return bad ? 0 : fault(s, s->text.at, "more than %d sections", SCAN_MAX_SECTIONS);
	grown = grow(s->out->sections, s->out->n_sections, &s->out->room_sections,
		     sizeof(*grown));
	if (!grown)
		return no_memory(s);
	s->out->sections = grown;
	grown[s->out->n_sections++] = (struct scan_section){
		.name = name,
		.line = s->line,
		.first = s->out->n_settings,
		.bad = bad,
	};
	return 0;
}

static int add_section(struct scanner *s, struct scan_span name)
{
	size_t first, last = s->out->n_sections;
	int r = push_section(s, name, false);

	if (r)
		return r;
	if (seen_add(&s->out->seen, s->out->sections, last, &first) < 0)
		return no_memory(s);
	if (first == last)
		return 0;
	s->out->n_sections = last;
	return fault(s, name.at, "second section [%.*s]: the first is line %u", (int)name.len,
		     name.at, s->out->sections[first].line);
}

static int scan_section_name(struct scanner *s, struct scan_span line)
{
	const char *end = memchr(line.at, ']', line.len);
	const char *bracket;
	struct scan_span name, rest;

	/* inih would go on in the section before this one. */
	if (!end)
		return fault(s, line.at + line.len, "section without ']'");
	name = (struct scan_span){ line.at + 1, (size_t)(end - line.at - 1) };
	rest = strip((struct scan_span){ end + 1, line.len - name.len - 2 });
	/* inih ignores it, whatever it is. */
	if (rest.len)
		return fault(s, rest.at, "text after ']': \"%.*s\"", (int)rest.len, rest.at);
	if (!name.len)
		return fault(s, name.at, "section without a name");
	bracket = memchr(name.at, '[', name.len);
	if (bracket)
		return fault(s, bracket, "'[' in a section name");
	/* inih cuts the name: [user <longer name>] would speak of somebody else. */
	if (name.len > SCAN_SECTION_MAX)
		return fault(s, name.at, "section name of %zu bytes: %d are the most", name.len,
			     SCAN_SECTION_MAX);
	return add_section(s, name);
}

/* What follows a section that was refused is no part of the section before it. */
static int push_bad_section(struct scanner *s)
{
	return push_section(s, (struct scan_span){ "", 0 }, true);
}

static int scan_section_line(struct scanner *s, struct scan_span line)
{
	int r = check_last_section(s);

	return r < 0 ? r : scan_section_name(s, line);
}

static int add_setting(struct scanner *s, struct scan_span key, struct scan_span value)
{
	struct scan_section *section = &s->out->sections[s->out->n_sections - 1];
	struct scan_setting *grown;

	if (section->count == SCAN_MAX_SETTINGS)
		return fault(s, key.at, "more than %d keys in one section", SCAN_MAX_SETTINGS);
	grown = grow(s->out->settings, s->out->n_settings, &s->out->room_settings,
		     sizeof(*grown));
	if (!grown)
		return no_memory(s);
	s->out->settings = grown;
	grown[s->out->n_settings++] = (struct scan_setting){
		.key = key,
		.value = value,
		.line = s->line,
		.column = (unsigned int)(value.at - s->text.at) + 1,
		.section = s->out->n_sections - 1,
	};
	section->count++;
	return 0;
}

static int scan_setting_line(struct scanner *s, struct scan_span line)
{
	struct scan_span key, value;
	size_t sep = 0;

	while (sep < line.len && line.at[sep] != '=' && line.at[sep] != ':')
		sep++;
	/* inih reports it, but only after it has delivered all other lines. */
	if (sep == line.len)
		return fault(s, line.at, "expected \"key = value\" or \"[section]\"");
	/* A second way to write the same thing, and a trap for who forgets the '='. */
	if (line.at[sep] == ':')
		return fault(s, line.at + sep, "':' before '=': write \"key = value\"");
	key = strip((struct scan_span){ line.at, sep });
	value = strip((struct scan_span){ line.at + sep + 1, line.len - sep - 1 });
	if (!key.len)
		return fault(s, line.at, "value without a key");
	if (!s->out->n_sections)
		return fault(s, key.at, "key \"%.*s\" before any section", (int)key.len, key.at);
	return add_setting(s, key, value);
}

/* inih cuts a line at a ';' after a blank; some builds also at a '#', some at neither. */
static int check_inline_comment(struct scanner *s, struct scan_span line)
{
	for (size_t i = 0; i < line.len; i++)
		if (line.at[i] == ';' || (line.at[i] == '#' && i && is_blank(line.at[i - 1])))
			return fault(s, line.at + i,
				     "'%c' in a line: put a comment on its own line", line.at[i]);
	return 0;
}

static int check_line(struct scanner *s, struct scan_span line)
{
	int r = check_bytes(s, line);

	if (r || is_comment(line))
		return r;
	/* inih would add it to the value of the line before. */
	if (is_blank(line.at[0]))
		return fault(s, line.at, "indented line: begin it in the first column");
	r = check_ascii(s, line);
	return r ? r : check_inline_comment(s, line);
}

static int scan_good_line(struct scanner *s, struct scan_span line)
{
	if (is_comment(line))
		return 0;
	return line.at[0] == '[' ? scan_section_line(s, line) : scan_setting_line(s, line);
}

/* A refused line may have been a section's; any other belongs to the section that it stands in. */
static int skip_line(struct scanner *s, struct scan_span line)
{
	int r = 0;

	if (s->out->n_sections && (!line.len || line.at[0] != '[')) {
		s->out->sections[s->out->n_sections - 1].cut = true;
		return 0;
	}
	if (s->out->n_sections)
		r = check_last_section(s);
	return r < 0 ? r : push_bad_section(s);
}

/* How many bytes are such that no check looks for them? A newline is none. */
static size_t plain_bytes(const char *text, size_t len)
{
	static const bool plain[0x100] = {
		['\t'] = true,
		[' ' ... '"'] = true,
		['$' ... ':'] = true,
		['<' ... '~'] = true,
	};
	size_t n = 0;

	while (n < len && plain[(unsigned char)text[n]])
		n++;
	return n;
}

/* Most lines hold nothing that a check looks for: then one look is enough, also for the end. */
static bool find_line(struct scanner *s, const char *text, size_t len)
{
	size_t plain = plain_bytes(text, len);
	const char *end = text + plain;

	if (plain < len && *end != '\n')
		end = memchr(end, '\n', len - plain);
	s->line++;
	s->text.at = text;
	s->text.len = end ? (size_t)(end - text) : len;
	return s->text.len == plain && plain <= SCAN_LINE_MAX && !(plain && is_blank(*text));
}

static int scan_line(struct scanner *s, struct scan_span line, bool plain)
{
	int r = plain ? 0 : check_line(s, line);

	if (r == 0)
		r = scan_good_line(s, line);
	return r == SKIP ? skip_line(s, line) : r;
}

int scan_text(const char *file, const char *text, size_t len, struct scan *scan,
	      struct fault_sink *sink)
{
	struct scanner s = { .file = file, .out = scan, .sink = sink };
	int r = 0;

	scan->n_sections = 0;
	scan->n_settings = 0;
	seen_clear(&scan->seen);
	for (size_t at = 0; at < len && r >= 0; at += s.text.len + 1) {
		bool plain = find_line(&s, text + at, len - at);

		r = scan_line(&s, s.text, plain);
	}
	if (r >= 0)
		r = check_last_section(&s);
	if (r < 0) {
		scan_free(scan);
		return r;
	}
	return 0;
}
