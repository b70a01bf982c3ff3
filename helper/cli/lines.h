/* SPDX-License-Identifier: MIT */
/*
 * Lines of text that are printed, or put into JSON: the same either way.
 */
#ifndef NSBOX_LINES_H
#define NSBOX_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/**
 * struct lines - a growing list; begins all zero
 * @at: the lines, printable ASCII, without newlines
 * @n: how many
 * @failed: there was no memory for one: the list is not to be believed
 */
struct lines {
	char **at;
	size_t n;
	bool failed;
};

/* Append a line. What came from outside (names, hosts) is cleaned as error.h has it. */
void lines_add(struct lines *lines, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Is there this very line? */
bool lines_have(const struct lines *lines, const char *text);

/* Print each line with @indent before it. */
void lines_print(const struct lines *lines, const char *indent, FILE *out);

/* Free what it owns; it is all zero then. */
void lines_free(struct lines *lines);

/* A line of its own on @out, cleaned likewise. */
void say(FILE *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
