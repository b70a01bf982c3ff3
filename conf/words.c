// SPDX-License-Identifier: MIT
/*
 * A short list of words in one piece of memory.
 *
 * Pure: runs with any privilege. Must never hold half a word, or leave a byte behind that is not
 * zero: lists are compared as memory.
 */
#include "words.h"

#include <errno.h>
#include <string.h>

/* Behind what is used every byte is zero already, and there is much of it. */
void words_cut(struct words *words, size_t n, size_t used)
{
	memset(words->text + used, 0, words->used - used);
	words->n = n;
	words->used = used;
}

void words_clear(struct words *words)
{
	words_cut(words, 0, 0);
}

const char *words_next(const struct words *words, const char *word)
{
	const char *next = word ? word + strlen(word) + 1 : words->text;

	return next < words->text + words->used ? next : NULL;
}

static bool have(const struct words *words, const char *word, size_t len)
{
	const char *at = NULL;

	while ((at = words_next(words, at)))
		if (strlen(at) == len && !memcmp(at, word, len))
			return true;
	return false;
}

bool words_have(const struct words *words, const char *word)
{
	return have(words, word, strlen(word));
}

int words_add(struct words *words, const char *word, size_t len)
{
	if (have(words, word, len))
		return 0;
	if (len >= sizeof(words->text) - words->used)
		return -ENOSPC;
	memcpy(words->text + words->used, word, len);
	words->used += len + 1;
	words->n++;
	return 0;
}
