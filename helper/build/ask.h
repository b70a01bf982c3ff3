/* SPDX-License-Identifier: MIT */
/*
 * Ask a program of nsbox's own, one that is dynamic and so no part of nsbox-build.
 */
#ifndef NSBOX_ASK_H
#define NSBOX_ASK_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/**
 * struct ask - a question
 * @path: the program
 * @argv: its arguments, its name first; NULL at the end
 * @deadline_ms: how long to wait for the answer
 * @task: what cannot be done without it, for the error: "find subordinate ids"
 * @lacks: the library without which the program is not built
 */
struct ask {
	const char *path;
	char *const *argv;
	int deadline_ms;
	const char *task;
	const char *lacks;
};

/**
 * ask_program() - start it, hear its answer, end it
 * @ask: the question
 * @answer: filled; on failure with anything
 * @size: of the answer, not less and not more
 * @err: filled on failure
 *
 * The program has an empty environment, and of ours the standard descriptors alone.
 *
 * Return: 0; -ENOSYS where the program is not installed, or -errno.
 */
int ask_program(const struct ask *ask, void *answer, size_t size, struct nsbox_error *err);

/**
 * ask_judge() - what an answer says of itself
 * @name: of the program
 * @known: it is of the layout that we know
 * @said: its error
 * @err: filled on failure
 *
 * Return: 0; -EPROTO if it is not known, or the error that it tells.
 */
int ask_judge(const char *name, bool known, const struct nsbox_error *said,
	      struct nsbox_error *err);

#endif
