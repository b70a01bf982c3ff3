// SPDX-License-Identifier: MIT
/*
 * Host name templates: one walker, that checks and expands.
 *
 * Pure: runs with any privilege. Must never let a byte of a user name or of the host's own name
 * through that is not good in a host name: what comes out is shown in prompts and logs.
 */
#include "expand.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "policy.h"

struct name {
	char text[EXPAND_HOSTNAME_MAX + 1];
	size_t len;
};

/* Not isalnum(): that one asks the locale. */
static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

int expand_check_hostname(const char *template, struct nsbox_error *why)
{
	if (!*template)
		return error_plain(why, EINVAL, "it is empty");
	if (strlen(template) >= POLICY_HOSTNAME_MAX)
		return error_plain(why, EINVAL, "it is longer than %d bytes",
				   POLICY_HOSTNAME_MAX - 1);
	for (const char *p = template; *p; p++) {
		if (is_name_byte(*p))
			continue;
		if (*p != '%')
			return error_plain(why, EINVAL, "'%c' is not good in a host name", *p);
		p++;
		if (!*p)
			return error_plain(why, EINVAL, "'%%' at its end");
		if (!strchr("uhi%", *p))
			return error_plain(why, EINVAL, "'%%%c' is not known", *p);
	}
	return 0;
}

/* A '-' or '.' in front is dropped: tools take "-x" for an option and ".x" for a hidden name. */
static void add_byte(struct name *name, char c)
{
	if (!is_name_byte(c))
		c = '-';
	if (name->len == 0 && (c == '-' || c == '.'))
		return;
	if (name->len < EXPAND_HOSTNAME_MAX)
		name->text[name->len++] = c;
}

static void add_text(struct name *name, const char *text)
{
	while (*text)
		add_byte(name, *text++);
}

int expand_hostname(const char *template, const char *user, const char *host, const char *id,
		    char ret[EXPAND_HOSTNAME_MAX + 1])
{
	struct name name = { .len = 0 };
	int r = expand_check_hostname(template, NULL);

	if (r < 0)
		return r;
	for (const char *p = template; *p; p++) {
		if (*p != '%')
			add_byte(&name, *p);
		else if (*++p == 'u')
			add_text(&name, user);
		else if (*p == 'h')
			add_text(&name, host);
		else if (*p == 'i')
			add_text(&name, id);
		else
			add_byte(&name, '%');
	}
	if (!name.len)
		add_text(&name, "nsbox");
	memcpy(ret, name.text, sizeof(name.text));
	return 0;
}
