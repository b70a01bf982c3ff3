// SPDX-License-Identifier: MIT
/*
 * The distance of two short words.
 *
 * Pure: runs with any privilege. It only helps a person: nothing may be decided by it.
 */
#include "hint.h"

#include <stdbool.h>
#include <string.h>

/* One spelling for what people mix up. */
static char plain(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if (c == '_' || c == ' ')
		return '-';
	return c;
}

static unsigned int least(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

static bool same(const char *a, size_t i, const char *b, size_t j)
{
	return plain(a[i - 1]) == plain(b[j - 1]);
}

/* Damerau's distance, by the usual table: d[i][j] is that of the first i and j bytes. */
static unsigned int distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int d[HINT_MAX][HINT_MAX];

	for (size_t i = 0; i <= a_len; i++)
		d[i][0] = (unsigned int)i;
	for (size_t j = 0; j <= b_len; j++)
		d[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		for (size_t j = 1; j <= b_len; j++) {
			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + !same(a, i, b, j));
			if (i > 1 && j > 1 && same(a, i, b, j - 1) && same(a, i - 1, b, j))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[a_len][b_len];
}

void hint_try(struct hint *hint, const char *known, const char *typed, size_t len)
{
	size_t known_len = strlen(known);
	unsigned int far;

	if (len >= HINT_MAX || known_len >= HINT_MAX)
		return;
	far = distance(known, known_len, typed, len);
	if (far > (known_len > 4 ? 2 : 1) || (*hint->word && far >= hint->far))
		return;
	memcpy(hint->word, known, known_len + 1);
	hint->far = far;
}
