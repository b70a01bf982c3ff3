// SPDX-License-Identifier: MIT
/*
 * An effective policy as text.
 *
 * Pure: runs with any privilege. Must never say of a value anything but what the matcher has
 * traced.
 */
#include "print.h"

void print_place(const struct match_step *step, char *buf, size_t size)
{
	if (!step)
		snprintf(buf, size, "built-in default");
	else if (step->via)
		snprintf(buf, size, "%s:%u (profile = %s, %s:%u)", step->setting->file,
			 step->setting->line, step->via->value, step->via->file, step->via->line);
	else
		snprintf(buf, size, "%s:%u", step->setting->file, step->setting->line);
	text_clean(buf);
}

static void print_places(const struct match_trace *trace, enum conf_key_id key, FILE *out)
{
	char place[2 * CONF_VALUE_MAX];
	size_t i = 0;

	do {
		print_place(match_origin(trace, key, i), place, sizeof(place));
		fprintf(out, "%s%s", i ? ", " : "", place);
	} while (match_origin(trace, key, ++i));
}

void print_values(const struct conf_values *values, const struct match_trace *trace, FILE *out)
{
	char value[CONF_VALUE_MAX];

	for (size_t i = 0; i < CONF_KEYS; i++) {
		if (!conf_keys[i].size)
			continue;
		conf_print(&conf_keys[i], values, value, sizeof(value));
		fprintf(out, "%s =%s%s   # ", conf_keys[i].name, *value ? " " : "", value);
		print_places(trace, (enum conf_key_id)i, out);
		fputc('\n', out);
	}
}

void print_sections(const struct conf_doc *doc, const struct match_subject *who,
		    const struct match_trace *trace, FILE *out)
{
	char why[1024];

	for (size_t i = 0; i < trace->n_sections; i++) {
		const struct conf_section *section = trace->sections[i];

		rule_why(doc, section, who, why, sizeof(why));
		fprintf(out, "[%s%s%s]   # %s:%u, %s\n", section_words[section->kind],
			*section->name ? " " : "", section->name, section->file, section->line,
			why);
	}
}
