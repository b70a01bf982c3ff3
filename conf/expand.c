// SPDX-License-Identifier: MIT
/*
 * Templates: one walker, which takes whole sequences only.
 *
 * Pure: runs with any privilege. Must never let a byte of a user name or of the host's own name
 * through that is not good in its place: what comes out is shown in prompts, terminals and logs.
 */
#include "expand.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "places.h"
#include "policy.h"

static const char letters[] = "uhi";

/* What stands for the letters. */
struct parts {
	const char *user;
	const char *host;
	const char *id;
};

/*
 * struct line - what is being made
 * @max: bytes it may have, without the NUL
 */
struct line {
	char text[EXPAND_MESSAGE_MAX];
	size_t len;
	size_t max;
};

/* Takes one byte into the line, or something else in its place, or nothing. */
typedef void (*add_fn)(struct line *line, char c);

/* Not isalnum(): that one asks the locale. */
static bool is_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

int expand_check_hostname(const char *template, struct value_why *why)
{
	if (!*template)
		return value_bad(why, 0, "it is empty");
	for (const char *p = template; *p; p++)
		if (!is_name_byte(*p) && *p != '%')
			return value_bad(why, (size_t)(p - template),
					 "'%c' is not good in a host name", *p);
	return value_template(template, letters, POLICY_HOSTNAME_MAX - 1, why);
}

int expand_check_message(const char *template, struct value_why *why)
{
	return value_template(template, letters, POLICY_MESSAGE_MAX - 1, why);
}

static void put(struct line *line, char c)
{
	if (line->len < line->max)
		line->text[line->len++] = c;
}

/* A '-' or '.' in front is dropped: tools take "-x" for an option and ".x" for a hidden name. */
static void add_name_byte(struct line *line, char c)
{
	if (!is_name_byte(c))
		c = '-';
	if (line->len || (c != '-' && c != '.'))
		put(line, c);
}

static void add_shown_byte(struct line *line, char c)
{
	if (c < ' ' || c > '~')
		c = '?';
	put(line, c);
}

static void add_text(struct line *line, add_fn add, const char *text)
{
	while (*text)
		add(line, *text++);
}

/* @template has passed its check. */
static void expand(struct line *line, add_fn add, const char *template, const struct parts *parts)
{
	for (const char *p = template; *p; p++) {
		if (*p != '%')
			add(line, *p);
		else if (*++p == 'u')
			add_text(line, add, parts->user);
		else if (*p == 'h')
			add_text(line, add, parts->host);
		else if (*p == 'i')
			add_text(line, add, parts->id);
		else
			add(line, '%');
	}
}

int expand_hostname(const char *template, const char *user, const char *host, const char *id,
		    char ret[EXPAND_HOSTNAME_MAX + 1])
{
	struct line name = { .max = EXPAND_HOSTNAME_MAX };
	struct parts parts = { user, host, id };
	int r = expand_check_hostname(template, NULL);

	if (r < 0)
		return r;
	expand(&name, add_name_byte, template, &parts);
	if (!name.len)
		add_text(&name, add_name_byte, "nsbox");
	memcpy(ret, name.text, EXPAND_HOSTNAME_MAX + 1);
	return 0;
}

int expand_message(const char *template, const char *user, const char *host, const char *id,
		   char ret[EXPAND_MESSAGE_MAX])
{
	struct line line = { .max = EXPAND_MESSAGE_MAX - 1 };
	struct parts parts = { user, host, id };
	int r = expand_check_message(template, NULL);

	if (r < 0)
		return r;
	expand(&line, add_shown_byte, template, &parts);
	memcpy(ret, line.text, sizeof(line.text));
	return 0;
}

/* One component of what is there already, or a part of one: never more. */
static bool is_part(const char *text)
{
	return *text && !strchr(text, '/');
}

/* A home as paths have it: "" for the root, so that "%h/x" is "/x". */
static int add_home(char *path, size_t size, const char *home)
{
	size_t len = strlen(home), used = strlen(path);

	while (len && home[len - 1] == '/')
		len--;
	if (home[0] != '/')
		return -EINVAL;
	if (len >= size - used)
		return -ENAMETOOLONG;
	memcpy(path + used, home, len);
	path[used + len] = '\0';
	return 0;
}

/* @path has room for one byte at least. */
static int add_letter(char *path, size_t size, char letter, const struct expand_who *who)
{
	size_t used = strlen(path);
	char number[16];
	const char *text = number;

	if (letter == 'h')
		return add_home(path, size, who->home);
	snprintf(number, sizeof(number), "%u", letter == 'U' ? who->uid : who->gid);
	if (letter == 'u')
		text = who->user;
	else if (letter == 'g')
		text = who->group;
	else if (letter == 'i')
		text = who->id;
	else if (letter == '%')
		text = "%";
	if (!is_part(text))
		return -EINVAL;
	if (strlen(text) >= size - used)
		return -ENAMETOOLONG;
	memcpy(path + used, text, strlen(text) + 1);
	return 0;
}

/* Absolute, without "//", "/./", "/../" and '/' at its end; any byte is good in a name. */
static bool is_normal(const char *path)
{
	size_t len;

	if (path[0] != '/')
		return false;
	if (!path[1])
		return true;
	for (const char *p = path + 1; ; p += len + 1) {
		len = strcspn(p, "/");
		if (!len || (*p == '.' && (len == 1 || (len == 2 && p[1] == '.'))))
			return false;
		if (!p[len])
			return true;
	}
}

int expand_path(const char *template, const struct expand_who *who, char ret[PATH_MAX])
{
	char path[PATH_MAX] = "";
	int r = place_check_path(template, NULL);

	for (const char *p = template; *p && r == 0; p++) {
		size_t used = strlen(path);

		if (*p == '%') {
			r = add_letter(path, sizeof(path), *++p, who);
		} else if (used + 1 < sizeof(path)) {
			path[used] = *p;
			path[used + 1] = '\0';
		} else {
			r = -ENAMETOOLONG;
		}
	}
	if (r < 0)
		return r;
	if (!path[0])
		strcpy(path, "/");	/* "%h" of who has no other home */
	if (!is_normal(path))
		return -EINVAL;
	strcpy(ret, path);
	return 0;
}
