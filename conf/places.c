// SPDX-License-Identifier: MIT
/*
 * The words of the keys that change the tree.
 *
 * Pure: runs with any privilege. Must never ask whether a path is there: that is the builder's
 * question.
 */
#include "places.h"

#include <errno.h>
#include <string.h>

#define TMPFS_SIZE_MIN (64 * 1024)	/* tmpfs takes 0 as no limit at all */
#define TMPFS_MODE_MAX 01777

const char place_letters[] = "uUgGhi";

bool place_is_within(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	if (!strcmp(folder, "/"))
		return true;
	return !strncmp(path, folder, len) && (path[len] == '/' || path[len] == '\0');
}

/* The kernel's own; /dev is `devices`' business, /run/nsbox the landing's. */
static bool is_apart(const char *path)
{
	static const char *const apart[] = { "/dev", "/proc", "/run/nsbox", "/sys" };

	for (size_t i = 0; i < sizeof(apart) / sizeof(apart[0]); i++)
		if (place_is_within(path, apart[i]))
			return true;
	return false;
}

bool place_may_cover(const char *path)
{
	static const char *const needed[] = {
		"/bin", "/dev", "/etc/group", "/etc/ld.so.cache", "/etc/nsswitch.conf",
		"/etc/passwd", "/lib", "/lib32", "/lib64", "/libx32", "/proc", "/run", "/sbin",
		"/sys", "/tmp", "/usr/bin", "/usr/lib", "/usr/sbin", "/var/tmp",
	};

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (place_is_within(needed[i], path))
			return false;
	return !is_apart(path);
}

bool place_may_show(const char *path)
{
	return strcmp(path, "/") != 0 && !is_apart(path);
}

bool place_is_system(const char *path)
{
	static const char *const tops[] = { "bin",  "boot", "dev", "etc", "lib", "lib32", "lib64",
					    "libx32", "proc", "root", "run", "sbin", "sys", "usr" };
	size_t len = strcspn(path + 1, "/");

	for (size_t i = 0; i < sizeof(tops) / sizeof(tops[0]); i++)
		if (strlen(tops[i]) == len && !memcmp(path + 1, tops[i], len))
			return true;
	return false;
}

/* As value_path() has it, but a template may begin with the home. */
int place_check_path(const char *word, struct value_why *why)
{
	int r;

	if (strncmp(word, "%h", 2) != 0)
		return value_path(word, place_letters, why);
	if (!word[2])
		return 0;
	r = value_path(word + 2, place_letters, why);
	if (r < 0 && why)
		why->at += 2;
	return r;
}

int place_check_cover(const char *word, struct value_why *why)
{
	int r = place_check_path(word, why);

	if (r == 0 && !strchr(word, '%') && !place_may_cover(word))
		r = value_bad(why, 0, "the container needs what is there");
	return r;
}

static int check_source(const char *word, struct value_why *why)
{
	int r = place_check_path(word, why);

	if (r == 0 && !strchr(word, '%') && !place_may_show(word))
		r = value_bad(why, 0, "what is there is not for a container");
	return r;
}

int place_check_home(const char *word, struct value_why *why)
{
	static const char *const words[] = { "host", "session", "none", NULL };
	int i;

	if (value_word(word, words, &i, NULL) == 0)
		return 0;
	if (*word != '/' && *word != '%')
		return value_bad(why, 0, *word ? "it is neither one of these nor a path" :
				 "it is empty");
	return check_source(word, why);
}

/* Copy @text up to its end or @len; both are shorter than PLACE_WORD_MAX. */
static void cut(char part[PLACE_WORD_MAX], const char *text, size_t len)
{
	memcpy(part, text, len);
	part[len] = '\0';
}

void place_split_bind(const char *word, struct place_bind *ret)
{
	size_t len = strcspn(word, ":");
	const char *target = word[len] ? word + len + 1 : word;

	cut(ret->source, word, len);
	cut(ret->target, target, strcspn(target, ":"));
}

int place_check_bind(const char *word, struct value_why *why)
{
	const char *colon = strchr(word, ':');
	struct place_bind bind;
	int r;

	if (strlen(word) >= PLACE_WORD_MAX)
		return value_bad(why, 0, "it is longer than %d bytes", PLACE_WORD_MAX - 1);
	if (colon && strchr(colon + 1, ':'))
		return value_bad(why, 0, "it holds more than one ':'");
	place_split_bind(word, &bind);
	r = check_source(bind.source, why);
	if (r < 0)
		return r;
	r = place_check_cover(bind.target, why);
	if (r < 0 && why && colon)
		why->at += (size_t)(colon + 1 - word);
	return r;
}

/* Digits of base 8, up to TMPFS_MODE_MAX. */
static int take_mode(const char *text, mode_t *ret, struct value_why *why)
{
	size_t len = strspn(text, "01234567");
	mode_t mode = 0;

	if (len < 3 || len > 4 || text[len])
		return value_bad(why, 0, "mode= takes three or four octal digits");
	for (size_t i = 0; i < len; i++)
		mode = mode * 8 + (mode_t)(text[i] - '0');
	if (mode > TMPFS_MODE_MAX)
		return value_bad(why, 0, "mode= takes no set-id bits");
	*ret = mode;
	return 0;
}

static int take_option(const char *option, struct place_tmpfs *ret, struct value_why *why)
{
	if (!strncmp(option, "size=", 5) && !ret->size.bytes && !ret->size.percent)
		return value_amount(option + 5, TMPFS_SIZE_MIN, &ret->size, why);
	if (!strncmp(option, "mode=", 5) && ret->mode == (mode_t)-1)
		return take_mode(option + 5, &ret->mode, why);
	return value_bad(why, 0, "behind ':' it takes size= and mode=, each once");
}

static int take_tmpfs(const char *word, struct place_tmpfs *ret, struct value_why *why)
{
	size_t len = strcspn(word, ":");
	const char *rest = word + len;
	char option[PLACE_WORD_MAX];
	int r;

	*ret = (struct place_tmpfs){ .mode = (mode_t)-1 };
	if (strlen(word) >= PLACE_WORD_MAX)
		return value_bad(why, 0, "it is longer than %d bytes", PLACE_WORD_MAX - 1);
	cut(ret->target, word, len);
	r = place_check_cover(ret->target, why);
	while (r == 0 && *rest) {
		len = strcspn(rest + 1, ",");
		cut(option, rest + 1, len);
		r = take_option(option, ret, why);
		if (r < 0 && why)
			why->at = (size_t)(rest + 1 - word);
		rest += len + 1;
	}
	if (ret->mode == (mode_t)-1)
		ret->mode = PLACE_MODE_DEFAULT;
	return r;
}

int place_check_tmpfs(const char *word, struct value_why *why)
{
	struct place_tmpfs tmpfs;

	return take_tmpfs(word, &tmpfs, why);
}

void place_split_tmpfs(const char *word, struct place_tmpfs *ret)
{
	take_tmpfs(word, ret, NULL);
}
