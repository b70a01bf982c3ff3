/* SPDX-License-Identifier: MIT */
/*
 * Run a program for what it says.
 */
#ifndef NSBOX_HEAR_H
#define NSBOX_HEAR_H

/**
 * hear() - what a program prints
 * @words: its path, which is executed when it is a regular file that root alone can have written,
 *         and its arguments; NULL at the end
 * @ret_status: what it exits with; untouched when there is no answer
 *
 * Return: malloc'ed text, NULL when there is no answer: it is not installed, is killed, or takes
 * too long.
 */
char *hear(const char *const *words, int *ret_status);

#endif
