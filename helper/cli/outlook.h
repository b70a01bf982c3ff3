/* SPDX-License-Identifier: MIT */
/*
 * What a login will get, in plain words.
 */
#ifndef NSBOX_OUTLOOK_H
#define NSBOX_OUTLOOK_H

#include "lines.h"
#include "login.h"
#include "match.h"
#include "policy.h"

enum outlook_word {
	OUTLOOK_BOXED,
	OUTLOOK_AUDIT,		/* a container is built, and not entered */
	OUTLOOK_EXEMPT,
	OUTLOOK_DENIED,
};

/* By enum outlook_word, for programs: "boxed", "audit", "exempt", "denied". */
extern const char *const outlook_words[];

/**
 * struct outlook - a login's outlook; begins all zero
 * @word: in one word
 * @head: the sentence that says it
 * @parts: what that means, a line each
 * @notes: what may make it come otherwise
 */
struct outlook {
	enum outlook_word word;
	struct lines head;
	struct lines parts;
	struct lines notes;
};

/**
 * outlook_find() - put a policy into words
 * @login: whose
 * @values: its effective policy, and the site's
 * @trace: where they were said
 * @ret: outlook_free() in any case
 *
 * Reads the PAM file of the service, for its exempt groups. The order of the reasons is that of a
 * login: uid 0, exempt groups, services, then the policy.
 */
void outlook_find(const struct login *login, const struct conf_values *values,
		  const struct match_trace *trace, struct outlook *ret);

/**
 * outlook_network() - put the network of a container into words
 * @values: the effective policy of a login that is boxed, and the site's
 * @parts: where to, a line each
 */
void outlook_network(const struct conf_values *values, struct lines *parts);

/* Put into words what the tenant may do beyond the usual, a line each. */
void outlook_privileges(const struct policy *policy, struct lines *parts);

/* Free what it owns; it is all zero then. */
void outlook_free(struct outlook *outlook);

#endif
