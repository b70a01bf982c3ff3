/* SPDX-License-Identifier: MIT */
/*
 * The session lines of a PAM service, as Linux-PAM reads them: see pam.d(5).
 */
#ifndef NSBOX_PAMSTACK_H
#define NSBOX_PAMSTACK_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "options.h"

#define PAM_ARGS_MAX 32

/**
 * struct pam_line - one session line; included ones stand where their @include stands
 * @file: where it was read
 * @line: from 1
 * @control: as it is written, "required" or "[...]"
 * @module: name of the module's file, without its folder
 * @args: its arguments, NULL at the end
 * @n_args: how many
 * @depth: of `substack`s that it is in: jumps and ends stay within one
 * @text: behind all of these
 */
struct pam_line {
	const char *file;
	unsigned int line;
	const char *control;
	const char *module;
	const char *args[PAM_ARGS_MAX + 1];
	int n_args;
	unsigned int depth;
	char *text;
};

/**
 * struct pam_stack - the session lines of a service; begins all zero
 * @lines: in their order
 * @n: how many
 * @missing: the service has no file of its own
 */
struct pam_stack {
	struct pam_line *lines;
	size_t n;
	bool missing;
};

/**
 * pam_stack_read() - read the session lines of a service
 * @service: its name
 * @ret: pam_stack_free() in any case
 * @err: filled on failure
 *
 * A service without a file is no failure. Only files are read that root alone can have written.
 *
 * Return: 0 or -errno.
 */
int pam_stack_read(const char *service, struct pam_stack *ret, struct nsbox_error *err);

/* Free what it owns; it is all zero then. */
void pam_stack_free(struct pam_stack *stack);

/* Is it a line of pam_nsbox? */
bool pam_line_is_ours(const struct pam_line *line);

/* The index of the first line of @module from @from on, or @stack->n. */
size_t pam_stack_find(const struct pam_stack *stack, const char *module, size_t from);

/* The words of a line of pam_nsbox; they point into the line. */
struct options pam_line_options(const struct pam_line *line);

/**
 * pam_line_can_skip() - how many of the following lines can this one pass over
 * @line: the line
 *
 * Return: that many, (size_t)-1 for all that follow. A login that fails passes over nothing.
 */
size_t pam_line_can_skip(const struct pam_line *line);

/* Does a failure of this line end the stack? */
bool pam_line_is_last_word(const struct pam_line *line);

/* Does a failure of this line fail the session, come what may? */
bool pam_line_is_binding(const struct pam_line *line);

#endif
