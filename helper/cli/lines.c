// SPDX-License-Identifier: MIT
/*
 * Collect lines. Pure; must never let a control character through to a terminal.
 */
#include "lines.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"

static char *__attribute__((format(printf, 1, 0))) make(const char *fmt, va_list ap)
{
	char *text;

	if (vasprintf(&text, fmt, ap) < 0)
		return NULL;
	text_clean(text);
	return text;
}

void lines_add(struct lines *lines, const char *fmt, ...)
{
	char **grown = reallocarray(lines->at, lines->n + 1, sizeof(*grown));
	va_list ap;

	if (!grown) {
		lines->failed = true;
		return;
	}
	lines->at = grown;
	va_start(ap, fmt);
	grown[lines->n] = make(fmt, ap);
	va_end(ap);
	if (grown[lines->n])
		lines->n++;
	else
		lines->failed = true;
}

bool lines_have(const struct lines *lines, const char *text)
{
	for (size_t i = 0; i < lines->n; i++)
		if (!strcmp(lines->at[i], text))
			return true;
	return false;
}

void lines_print(const struct lines *lines, const char *indent, FILE *out)
{
	for (size_t i = 0; i < lines->n; i++)
		fprintf(out, "%s%s\n", indent, lines->at[i]);
	if (lines->failed)
		fprintf(out, "%s(out of memory: there is more)\n", indent);
}

void lines_free(struct lines *lines)
{
	for (size_t i = 0; i < lines->n; i++)
		free(lines->at[i]);
	free(lines->at);
	memset(lines, 0, sizeof(*lines));
}

void say(FILE *out, const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = make(fmt, ap);
	va_end(ap);
	fprintf(out, "%s\n", text ? text : "(out of memory)");
	free(text);
}
