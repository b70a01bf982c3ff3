/* SPDX-License-Identifier: MIT */
/*
 * The known word that somebody probably meant.
 */
#ifndef NSBOX_HINT_H
#define NSBOX_HINT_H

#include <stddef.h>

#define HINT_MAX 25	/* bytes of a word, with its NUL: no key is longer */

/**
 * struct hint - the nearest word so far; begins all zero
 * @word: empty: none is near
 * @far: its distance
 */
struct hint {
	char word[HINT_MAX];
	unsigned int far;
};

/**
 * hint_try() - is @known nearer than what was tried before
 * @hint: the search
 * @known: a word; copied
 * @typed: what was written; need not be NUL-terminated
 * @len: its bytes
 *
 * Near is: at most two bytes (one, of a word of up to four) that are changed, missing, too many or
 * swapped with their neighbour. Letters count the same in both cases, '_' and '-' too.
 */
void hint_try(struct hint *hint, const char *known, const char *typed, size_t len);

#endif
