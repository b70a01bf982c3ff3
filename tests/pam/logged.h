/* SPDX-License-Identifier: MIT */
/*
 * What a module writes to the log, kept. The program that includes this has a pam_syslog() of its
 * own, which the module finds before the library's: link it with export_dynamic.
 */
#ifndef LOGGED_H
#define LOGGED_H

#include <security/pam_appl.h>
#include <security/pam_ext.h>
#include <stdarg.h>
#include <stdio.h>

#define LOGGED_MAX 8

static char logged[LOGGED_MAX][512];
static size_t times_logged;

void pam_syslog(const pam_handle_t *pamh, int priority, const char *fmt, ...)
{
	va_list ap;

	(void)pamh;
	(void)priority;
	va_start(ap, fmt);
	vsnprintf(logged[times_logged++ % LOGGED_MAX], sizeof(logged[0]), fmt, ap);
	va_end(ap);
}

#endif
