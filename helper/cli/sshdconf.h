/* SPDX-License-Identifier: MIT */
/*
 * What sshd is configured to do: by its own word (`sshd -T`) where it gives it, and by its files.
 */
#ifndef NSBOX_SSHDCONF_H
#define NSBOX_SSHDCONF_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/**
 * struct sshd_setting - one keyword with one value
 * @where: "FILE:LINE", or "sshd -T:LINE"
 * @keyword: in small letters
 * @value: the rest of the line, as it is written
 * @match: it stands in a Match block, and holds for some logins only
 */
struct sshd_setting {
	char *where;
	char *keyword;
	char *value;
	bool match;
};

/**
 * struct sshd_conf - settings in their order; begins all zero
 * @settings: of those that hold for all logins, the first of a keyword counts, see sshd_config(5)
 * @n: how many
 * @failed: there was no memory for one
 */
struct sshd_conf {
	struct sshd_setting *settings;
	size_t n;
	bool failed;
};

/**
 * sshd_conf_read() - what is configured
 * @program: sshd, which is executed only when it is root's alone
 * @file: its configuration; files that it includes are read as well
 * @ret: sshd_conf_free() in any case
 *
 * What holds for all logins is sshd's own word, unless it cannot be asked. Match blocks are read
 * from the files in any case: sshd tells of them only for one login at a time.
 */
void sshd_conf_read(const char *program, const char *file, struct sshd_conf *ret);

/* Free what it owns; it is all zero then. */
void sshd_conf_free(struct sshd_conf *conf);

#endif
