/* SPDX-License-Identifier: MIT */
/*
 * The conditions of a [match] section, and of whom they are asked.
 *
 * A condition is a list of patterns. It holds when one of the patterns matches (or all begin with
 * '!'), and none of those that begin with '!' does.
 */
#ifndef NSBOX_COND_H
#define NSBOX_COND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "values.h"

/**
 * struct match_subject - who logs in, and how
 * @user: name of the user
 * @uid: of the user
 * @groups: names of the groups that the user is in, the primary one included, in any order
 * @n_groups: number of names in @groups
 * @rhost: PAM_RHOST, "" for a login that comes from no other host
 * @service: PAM service
 * @tty: PAM_TTY, or ""
 */
struct match_subject {
	const char *user;
	uint32_t uid;
	const char *const *groups;
	size_t n_groups;
	const char *rhost;
	const char *service;
	const char *tty;
};

/* A condition: does @value, which has passed the check of the same name, hold for @who? */
typedef bool (*cond_fn)(const char *value, const struct match_subject *who);

bool cond_user(const char *value, const struct match_subject *who);
bool cond_group(const char *value, const struct match_subject *who);
bool cond_uid(const char *value, const struct match_subject *who);
bool cond_from(const char *value, const struct match_subject *who);
bool cond_service(const char *value, const struct match_subject *who);
bool cond_tty(const char *value, const struct match_subject *who);

/* Is this a list of patterns, ranges, or addresses? Return: 0 or -EINVAL with @why filled. */
int cond_check_globs(const char *value, struct value_why *why);
int cond_check_uids(const char *value, struct value_why *why);
int cond_check_from(const char *value, struct value_why *why);

#endif
