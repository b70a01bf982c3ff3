/* SPDX-License-Identifier: MIT */
/*
 * Lines of files that include each other.
 */
#ifndef NSBOX_SOURCES_H
#define NSBOX_SOURCES_H

#include <stdbool.h>

#include "error.h"

/**
 * struct source - a text that is being read, above those that have included it
 * @below: the next one
 * @name: for messages
 * @text: all of it
 * @at: what is left
 * @line: the number of the line that was got last
 * @next: the number of the line that follows
 * @nested: inclusions that led here
 * @mark: the reader's own; a file that is included begins with that of its includer
 */
struct source {
	struct source *below;
	char *name;
	char *text;
	char *at;
	unsigned int line;
	unsigned int next;
	unsigned int nested;
	unsigned int mark;
};

/**
 * source_open() - read a file next, and then go on
 * @top: what is being read; NULL to begin
 * @path: a file that root alone can have written
 * @err: filled on failure
 *
 * Return: 0, or -errno: -ELOOP when too many files have included each other.
 */
int source_open(struct source **top, const char *path, struct nsbox_error *err);

/**
 * source_text() - the same for a text
 * @text: malloc'ed; taken
 */
int source_text(struct source **top, const char *name, char *text);

/**
 * source_line() - the next line of the topmost source, or of what is below when that has ended
 * @top: the sources; of the topmost is the line
 * @joins: a '\' at its end joins a line with the next
 *
 * Return: the line without its newline, valid until the next call; NULL at the end of all.
 */
char *source_line(struct source **top, bool joins);

/* Let go of all. */
void source_close(struct source **top);

#endif
