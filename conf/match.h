/* SPDX-License-Identifier: MIT */
/*
 * From a document and a user to the policy of one login.
 */
#ifndef NSBOX_MATCH_H
#define NSBOX_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "keys.h"
#include "load.h"
#include "policy.h"

/**
 * struct match_subject - who logs in
 * @user: name of the user
 * @groups: names of the groups that the user is in, the primary one included, in any order
 * @n_groups: number of names in @groups
 */
struct match_subject {
	const char *user;
	const char *const *groups;
	size_t n_groups;
};

/**
 * struct match_origin - where a value was said
 * @file: belongs to the document; NULL for a built-in value
 * @line: from 1; 0 for a built-in value
 */
struct match_origin {
	const char *file;
	unsigned int line;
};

/**
 * rule_matches() - does a section speak of this user
 * @section: of a loaded document
 * @who: the user
 *
 * Names are compared whole and byte by byte; a name of digits is a name, not an id.
 *
 * Return: true or false.
 */
bool rule_matches(const struct conf_section *section, const struct match_subject *who);

/**
 * match_policy() - what the document says of one user
 * @doc: from conf_load() or conf_load_builtin()
 * @who: the user
 * @ret_policy: the effective policy; untouched on failure
 * @ret_origin: where each value was said, by enum conf_key_id, valid as long as @doc; may be NULL;
 *              untouched on failure
 * @err: filled on failure, with file:line of each value concerned
 *
 * Values that cannot be had together are an error only when the policy boxes the user. See
 * nsbox.conf(5).
 *
 * Return: 0 or -EINVAL.
 */
int match_policy(const struct conf_doc *doc, const struct match_subject *who,
		 struct policy *ret_policy, struct match_origin ret_origin[CONF_KEYS],
		 struct nsbox_error *err);

#endif
