/* SPDX-License-Identifier: MIT */
/*
 * One strict parser for each kind of value: a value has one spelling, or few, and is taken whole or
 * not at all.
 */
#ifndef NSBOX_VALUES_H
#define NSBOX_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

/**
 * struct value_why - what is wrong with a value
 * @at: how many bytes into the value
 * @text: a part of a sentence, without the key
 */
struct value_why {
	size_t at;
	char text[NSBOX_ERROR_MAX];
};

/* Fill @why (may be NULL). Return -EINVAL, so that a caller can write `return value_bad(...)`. */
int value_bad(struct value_why *why, size_t at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * struct amount - so many bytes, or a share of the machine's memory
 * @bytes: 0 when it is a share
 * @percent: 0 when it is a number of bytes
 */
struct amount {
	uint64_t bytes;
	uint64_t percent;
};

/*
 * All of these: @ret is untouched on failure, @why may be NULL. Return: 0 or -EINVAL.
 */

/* Digits only, without a zero in front, from @min to @max. */
int value_number(const char *text, uint64_t min, uint64_t max, uint64_t *ret,
		 struct value_why *why);

/* Bytes: a number, or one with K, M, G or T (powers of 1024) behind it. */
int value_size(const char *text, uint64_t *ret, struct value_why *why);

/* An amount of @min bytes or more: as value_size() takes it, or 1% to 100%. */
int value_amount(const char *text, uint64_t min, struct amount *ret, struct value_why *why);

/* A time in milliseconds: a number with s, m, h or d behind it, from @min to @max ms. */
int value_time(const char *text, uint64_t min, uint64_t max, uint64_t *ret, struct value_why *why);

/* yes or no. */
int value_bool(const char *text, bool *ret, struct value_why *why);

/* The index of @text among @words, which end with NULL. */
int value_word(const char *text, const char *const *words, int *ret, struct value_why *why);

/* A name of one to 255 printable bytes without blanks, not beginning with '!'. */
int value_name(const char *text, struct value_why *why);

/**
 * value_path() - is this an absolute path, normalised
 * @text: NUL-terminated, any bytes
 * @letters: the % sequences that it may hold, "" for a path in which '%' is a byte as any other
 * @why: filled on failure
 *
 * No //, /./, /../ or / at the end, no blank, printable ASCII, shorter than PATH_MAX. One path has
 * one spelling: paths are compared by component, and what is compared must be what the kernel
 * walks.
 */
int value_path(const char *text, const char *letters, struct value_why *why);

/* Printable text in which '%' is followed by one of @letters, or by '%'. May be empty. */
int value_template(const char *text, const char *letters, size_t max, struct value_why *why);

/**
 * value_next() - walk the words of a list, which have blanks between them
 * @at: where to go on; moved behind the word
 * @ret_len: its bytes
 *
 * Return: the word, not NUL-terminated, or NULL at the end.
 */
const char *value_next(const char **at, size_t *ret_len);

/**
 * value_list() - are these words, none of them twice
 * @text: the value; may be empty
 * @check: called with each word, NUL-terminated; @why->at counts from the word
 * @why: filled on failure
 */
int value_list(const char *text, int (*check)(const char *word, struct value_why *why),
	       struct value_why *why);

/* A time as value_time() takes it, in its largest whole unit; @ms is a multiple of 1000. */
void value_print_time(uint64_t ms, char *buf, size_t size);

/* As value_amount() takes it; bytes in their largest whole unit. */
void value_print_amount(const struct amount *amount, char *buf, size_t size);

#endif
