// SPDX-License-Identifier: MIT
/*
 * Fill an error record. Runs with any privilege; must never print, log, allocate or exit.
 */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void text_clean(char *text)
{
	for (unsigned char *p = (unsigned char *)text; *p; p++)
		if (*p < 0x20 || *p > 0x7e)
			*p = '?';
}

static int __attribute__((format(printf, 4, 0)))
fill(struct nsbox_error *err, int code, const char *reason, const char *fmt, va_list ap)
{
	size_t used;

	code = code ? abs(code) : EIO;
	if (!err)
		return -code;
	err->code = code;
	if (vsnprintf(err->text, sizeof(err->text), fmt, ap) < 0)
		err->text[0] = '\0';
	used = strlen(err->text);
	if (reason)
		snprintf(err->text + used, sizeof(err->text) - used, ": %s", reason);
	text_clean(err->text);
	return -code;
}

/* musl has no text for what the file system of a damaged disk or image says. */
static const char *reason_of(int code)
{
	return code == EUCLEAN ? "Structure needs cleaning" : strerror(code);
}

int error_errno(struct nsbox_error *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	code = code ? abs(code) : EIO;
	va_start(ap, fmt);
	r = fill(err, code, reason_of(code), fmt, ap);
	va_end(ap);
	return r;
}

int error_plain(struct nsbox_error *err, int code, const char *fmt, ...)
{
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = fill(err, code, NULL, fmt, ap);
	va_end(ap);
	return r;
}
