/* SPDX-License-Identifier: MIT */
/*
 * A short list of words in one piece of memory: it is copied as it is, and needs no free.
 */
#ifndef NSBOX_WORDS_H
#define NSBOX_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX 2048	/* bytes of all words, each with its NUL */

/**
 * struct words - words without blanks in them, each once
 * @n: how many
 * @used: bytes used in @text
 * @text: the words one after the other, each with its NUL
 */
struct words {
	size_t n;
	size_t used;
	char text[WORDS_MAX];
};

/* Forget all words; every byte is zero then. A list begins all zero, which is no words. */
void words_clear(struct words *words);

/* Forget the last words: @n stay, which use @used bytes, as the list has had them before. */
void words_cut(struct words *words, size_t n, size_t used);

/**
 * words_add() - append a word, unless it is there already
 * @words: the list; untouched on failure
 * @word: not empty, without NUL and blanks; need not be NUL-terminated
 * @len: its bytes
 *
 * Return: 0, or -ENOSPC when the list is full.
 */
int words_add(struct words *words, const char *word, size_t len);

/**
 * words_next() - walk a list
 * @words: the list
 * @word: the word that was last got, NULL to begin
 *
 * Return: the next word, or NULL at the end.
 */
const char *words_next(const struct words *words, const char *word);

/* Is @word one of them? */
bool words_have(const struct words *words, const char *word);

#endif
