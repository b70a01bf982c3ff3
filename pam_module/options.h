/* SPDX-License-Identifier: MIT */
/*
 * The words behind pam_nsbox.so in a PAM file. Pure. See pam_nsbox(8).
 */
#ifndef NSBOX_OPTIONS_H
#define NSBOX_OPTIONS_H

#include <stdbool.h>

#define OPTIONS_EXEMPT_MAX 8

/**
 * struct options - one PAM line's words
 * @close_line: "close": the first of two lines; the way back at the session's end
 * @open_line: "open": the last of two lines; the way in at its beginning
 * @exempt: names of groups from "exempt-group="; they point into the PAM library's words
 * @n_exempt: how many
 * @unknown: a word that is none of these, or NULL
 */
struct options {
	bool close_line;
	bool open_line;
	const char *exempt[OPTIONS_EXEMPT_MAX];
	unsigned int n_exempt;
	const char *unknown;
};

/**
 * options_read() - read the words of a line
 * @argc: as PAM gives it
 * @argv: likewise
 *
 * Every word is read, also after an unknown one: a typo must not take an exemption away.
 */
struct options options_read(int argc, const char **argv);

#endif
