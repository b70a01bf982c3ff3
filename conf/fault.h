/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a policy: the first fault for the builder, all of them for `nsbox check`.
 */
#ifndef NSBOX_FAULT_H
#define NSBOX_FAULT_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "hint.h"

#define FAULTS_MAX 100	/* in one list: who has that many reads the first ones first */

/**
 * struct conf_fault - one fault
 * @file: its file, or a folder; belongs to the list
 * @order: of the file among those of the document
 * @line: from 1; 0: the file as a whole, which @what names then
 * @column: from 1, in bytes; 0: the line as a whole
 * @what: what is wrong; printable ASCII
 * @expected: what would be right; may be empty
 * @hint: the known word that was probably meant; may be empty
 */
struct conf_fault {
	const char *file;
	size_t order;
	unsigned int line;
	unsigned int column;
	char what[NSBOX_ERROR_MAX];
	char expected[NSBOX_ERROR_MAX];
	char hint[HINT_MAX];
};

/**
 * struct conf_faults - a list that its caller owns; begins all zero
 * @list: in the order of the files and their lines, once conf_finish() has been called
 * @n: how many
 * @cut: there were more than FAULTS_MAX
 */
struct conf_faults {
	struct conf_fault *list;
	size_t n;
	bool cut;
};

/* Put them in the order of the files, their lines and columns. */
void faults_sort(struct conf_faults *faults);

/* Let go of the list's faults; it is all zero then. */
void faults_free(struct conf_faults *faults);

/* One line: "FILE:LINE:COLUMN: what: expected ..., did you mean `x`?" */
void fault_print(const struct conf_fault *fault, char *buf, size_t size);

/**
 * struct fault_sink - where faults go to while files are read
 * @all: collects; NULL: the first fault ends the reading
 * @err: filled by the first fault; may be NULL
 * @n: faults so far
 * @order: of the file that is being read
 */
struct fault_sink {
	struct conf_faults *all;
	struct nsbox_error *err;
	size_t n;
	size_t order;
};

/**
 * fault_add() - report a fault
 * @sink: where to
 * @at: file, line, column, expected and hint are taken from here (file is copied)
 * @fmt: what is wrong
 *
 * Return: 0 if the reader goes on to find more; -EINVAL if it must stop.
 */
int fault_add(struct fault_sink *sink, const struct conf_fault *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#endif
