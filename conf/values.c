// SPDX-License-Identifier: MIT
/*
 * The parser of each kind of value.
 *
 * Pure: runs with any privilege. Must never look at the system, ask the locale, or take a value by
 * half: a number that does not fit is refused, not cut.
 */
#include "values.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NAME_BYTES_MAX 255
#define LIST_WORD_MAX 255
#define LIST_WORDS_MAX 128	/* of one line: it cannot hold more */

/* A unit behind a number. */
struct unit {
	char letter;
	uint64_t factor;
};

static const struct unit time_units[] = {
	{ 'd', 86400000 }, { 'h', 3600000 }, { 'm', 60000 }, { 's', 1000 },
};

static const char size_units[] = "KMGT";	/* powers of 1024 */

int value_bad(struct value_why *why, size_t at, const char *fmt, ...)
{
	va_list ap;

	if (!why)
		return -EINVAL;
	why->at = at;
	va_start(ap, fmt);
	if (vsnprintf(why->text, sizeof(why->text), fmt, ap) < 0)
		why->text[0] = '\0';
	va_end(ap);
	return -EINVAL;
}

/* The digits in front of @text; @ret_len: how many. */
static int digits(const char *text, uint64_t *ret, size_t *ret_len, struct value_why *why)
{
	size_t len = strspn(text, "0123456789");
	uint64_t n = 0;

	if (!*text)
		return value_bad(why, 0, "it is empty");
	if (!len)
		return value_bad(why, 0, "it does not begin with a digit");
	/* Elsewhere 010 is eight. */
	if (len > 1 && *text == '0')
		return value_bad(why, 0, "it begins with a zero");
	for (size_t i = 0; i < len; i++) {
		uint64_t digit = (uint64_t)(text[i] - '0');

		if (n > (UINT64_MAX - digit) / 10)
			return value_bad(why, 0, "it is too large");
		n = n * 10 + digit;
	}
	*ret = n;
	*ret_len = len;
	return 0;
}

static int check_range(uint64_t n, uint64_t min, uint64_t max, struct value_why *why)
{
	if (n < min)
		return value_bad(why, 0, "it is too small");
	if (n > max)
		return value_bad(why, 0, "it is too large");
	return 0;
}

int value_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		 struct value_why *why)
{
	uint64_t n = 0;
	size_t len = 0;
	int r = digits(text, &n, &len, why);

	if (r < 0)
		return r;
	if (text[len])
		return value_bad(why, len, "'%c' is not a digit", text[len]);
	r = check_range(n, min, max, why);
	if (r == 0)
		*ret = n;
	return r;
}

int value_size(const char *text, uint64_t *ret, struct value_why *why)
{
	const char *unit = NULL;
	unsigned int shift;
	uint64_t n = 0;
	size_t len = 0;
	int r = digits(text, &n, &len, why);

	if (r < 0)
		return r;
	if (text[len])
		unit = strchr(size_units, text[len]);
	if (text[len] && (!unit || text[len + 1]))
		return value_bad(why, len, "\"%s\" is not a unit", text + len);
	shift = unit ? 10 * (unsigned int)(unit - size_units + 1) : 0;
	/* What the kernel takes as a size is signed in many places. */
	if (n > (uint64_t)INT64_MAX >> shift)
		return value_bad(why, 0, "it is too large");
	*ret = n << shift;
	return 0;
}

int value_amount(const char *text, uint64_t min, struct amount *ret, struct value_why *why)
{
	struct amount amount = { 0, 0 };
	size_t len = strspn(text, "0123456789");
	int r;

	if (text[len] == '%' && !text[len + 1]) {
		r = digits(text, &amount.percent, &len, why);
		if (r == 0)
			r = check_range(amount.percent, 1, 100, why);
	} else {
		r = value_size(text, &amount.bytes, why);
		if (r == 0)
			r = check_range(amount.bytes, min, UINT64_MAX, why);
	}
	if (r == 0)
		*ret = amount;
	return r;
}

void value_print_amount(const struct amount *amount, char *buf, size_t size)
{
	uint64_t n = amount->bytes;
	size_t units = 0;

	while (n && n % 1024 == 0 && units < strlen(size_units)) {
		n /= 1024;
		units++;
	}
	if (amount->percent)
		snprintf(buf, size, "%llu%%", (unsigned long long)amount->percent);
	else
		snprintf(buf, size, "%llu%.*s", (unsigned long long)n, units ? 1 : 0,
			 units ? size_units + units - 1 : "");
}

static const struct unit *time_unit(const char *text)
{
	for (size_t i = 0; i < sizeof(time_units) / sizeof(*time_units); i++)
		if (text[0] == time_units[i].letter && !text[1])
			return &time_units[i];
	return NULL;
}

int value_time(const char *text, uint64_t min, uint64_t max, uint64_t *ret, struct value_why *why)
{
	const struct unit *unit;
	uint64_t n = 0;
	size_t len = 0;
	int r = digits(text, &n, &len, why);

	if (r < 0)
		return r;
	if (!text[len])
		return value_bad(why, len, "it has no unit");
	unit = time_unit(text + len);
	if (!unit)
		return value_bad(why, len, "\"%s\" is not a unit", text + len);
	if (n > UINT64_MAX / unit->factor)
		return value_bad(why, 0, "it is too large");
	r = check_range(n * unit->factor, min, max, why);
	if (r == 0)
		*ret = n * unit->factor;
	return r;
}

void value_print_time(uint64_t ms, char *buf, size_t size)
{
	const struct unit *unit = time_units;

	while (unit->letter != 's' && (!ms || ms % unit->factor))
		unit++;
	snprintf(buf, size, "%llu%c", (unsigned long long)(ms / unit->factor), unit->letter);
}

int value_word(const char *text, const char *const *words, int *ret, struct value_why *why)
{
	for (int i = 0; words[i]; i++) {
		if (!strcmp(words[i], text)) {
			*ret = i;
			return 0;
		}
	}
	return value_bad(why, 0, *text ? "it is not one of these" : "it is empty");
}

int value_bool(const char *text, bool *ret, struct value_why *why)
{
	static const char *const words[] = { "no", "yes", NULL };
	int i = 0, r = value_word(text, words, &i, why);

	if (r == 0)
		*ret = i;
	return r;
}

/* Bytes that show, on every terminal and in every locale. */
static int check_shown(const char *text, char first, struct value_why *why)
{
	for (const char *p = text; *p; p++)
		if (*p < first || *p > '~')
			return value_bad(why, (size_t)(p - text), *p == ' ' || *p == '\t' ?
					 "it holds a blank" : "it holds an unprintable byte");
	return 0;
}

int value_name(const char *text, struct value_why *why)
{
	if (!*text)
		return value_bad(why, 0, "it is empty");
	if (*text == '!')
		return value_bad(why, 0, "'!' excludes nothing here");
	if (strlen(text) > NAME_BYTES_MAX)
		return value_bad(why, 0, "it is longer than %d bytes", NAME_BYTES_MAX);
	return check_shown(text, '!', why);
}

/* Each '%' is followed by one of @letters or by another '%'. */
static int check_percent(const char *text, const char *letters, struct value_why *why)
{
	for (const char *p = strchr(text, '%'); p; p = strchr(p + 2, '%')) {
		if (!p[1])
			return value_bad(why, (size_t)(p - text), "'%%' at its end");
		if (p[1] != '%' && !strchr(letters, p[1]))
			return value_bad(why, (size_t)(p - text), "'%%%c' is not known", p[1]);
	}
	return 0;
}

int value_template(const char *text, const char *letters, size_t max, struct value_why *why)
{
	int r = check_shown(text, ' ', why);

	if (r < 0)
		return r;
	if (strlen(text) > max)
		return value_bad(why, 0, "it is longer than %zu bytes", max);
	return check_percent(text, letters, why);
}

int value_path(const char *text, const char *letters, struct value_why *why)
{
	size_t len;
	int r;

	if (*text != '/')
		return value_bad(why, 0, "it does not begin with '/'");
	if (strlen(text) >= PATH_MAX)
		return value_bad(why, 0, "it is longer than %d bytes", PATH_MAX - 1);
	r = check_shown(text, '!', why);
	if (r == 0 && *letters)
		r = check_percent(text, letters, why);
	if (r < 0)
		return r;
	for (const char *p = text + 1; ; p += len + 1) {
		size_t at = (size_t)(p - text);

		len = strcspn(p, "/");
		if (len == 0)
			return value_bad(why, at - 1, "it holds \"//\" or ends with '/'");
		if (*p == '.' && (len == 1 || (len == 2 && p[1] == '.')))
			return value_bad(why, at, "it holds \"%.*s\"", (int)len, p);
		if (!p[len])
			return 0;
	}
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Loops, since strcspn(3) makes a table each time, for words of a few bytes. */
const char *value_next(const char **at, size_t *ret_len)
{
	const char *word = *at, *end;

	while (is_blank(*word))
		word++;
	for (end = word; *end && !is_blank(*end); end++)
		;
	*at = end;
	*ret_len = (size_t)(end - word);
	return *ret_len ? word : NULL;
}

/* A word of a list. */
struct span {
	const char *at;
	size_t len;
};

static bool is_among(const struct span *words, size_t n, const struct span *word)
{
	for (size_t i = 0; i < n; i++)
		if (words[i].len == word->len && !memcmp(words[i].at, word->at, word->len))
			return true;
	return false;
}

/* Among others, a word is named. */
static int bad_word(struct value_why *why, size_t place, const char *word)
{
	struct value_why of_word;

	if (!why)
		return -EINVAL;
	of_word = *why;
	return value_bad(why, place + of_word.at, "%s%s%s%.*s", word ? "\"" : "", word ? word : "",
			 word ? "\": " : "", NSBOX_ERROR_MAX - LIST_WORD_MAX - 5, of_word.text);
}

/* Whether it can be one more of the words before it. */
static int check_span(const struct span *words, size_t n, const struct span *word, size_t place,
		      struct value_why *why)
{
	if (word->len > LIST_WORD_MAX)
		return value_bad(why, place, "a word is longer than %d bytes", LIST_WORD_MAX);
	if (n == LIST_WORDS_MAX)
		return value_bad(why, place, "more than %d words", LIST_WORDS_MAX);
	if (is_among(words, n, word))
		return value_bad(why, place, "%.*s stands there twice", (int)word->len, word->at);
	return 0;
}

int value_list(const char *text, int (*check)(const char *word, struct value_why *why),
	       struct value_why *why)
{
	struct span words[LIST_WORDS_MAX], word;
	char copy[LIST_WORD_MAX + 1];
	const char *at = text;
	size_t n = 0;
	int r;

	while ((word.at = value_next(&at, &word.len))) {
		size_t place = (size_t)(word.at - text);

		r = check_span(words, n, &word, place, why);
		if (r < 0)
			return r;
		words[n++] = word;
		memcpy(copy, word.at, word.len);
		copy[word.len] = '\0';
		r = check(copy, why);
		if (r < 0)
			return bad_word(why, place, word.len < strlen(text) ? copy : NULL);
	}
	return 0;
}
