/* SPDX-License-Identifier: MIT */
/*
 * From a document and a login to its effective policy, and where each value was said.
 */
#ifndef NSBOX_MATCH_H
#define NSBOX_MATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "cond.h"
#include "error.h"
#include "keys.h"
#include "load.h"
#include "policy.h"

/* The order in which sections speak, in one sentence; nsbox.conf(5) has the same. */
extern const char match_order[];

/**
 * struct match_step - one setting that spoke of the login
 * @section: that matched
 * @setting: the setting; in @section, or in a profile
 * @via: the `profile = NAME` in @section that brought it; NULL if it stands in @section itself
 * @counts: it is part of the effective value: nothing has replaced or cleared it later
 */
struct match_step {
	const struct conf_section *section;
	const struct conf_setting *setting;
	const struct conf_setting *via;
	bool counts;
};

/**
 * struct match_trace - how a policy came about; begins all zero
 * @steps: every setting that spoke, in the order of speaking
 * @n_steps: how many
 * @sections: those that matched, in the same order
 * @n_sections: how many
 * @host_network: `network = host` has a say in the namespaces as well
 *
 * It points into the document.
 */
struct match_trace {
	struct match_step *steps;
	size_t n_steps;
	const struct conf_section **sections;
	size_t n_sections;
	bool host_network;
};

/* Let go of a trace; it is all zero then. */
void match_trace_free(struct match_trace *trace);

/**
 * match_origin() - where the effective value of a key was said
 * @trace: of match_site() for the keys of [nsbox], of match_policy() for the others
 * @key: which key
 * @i: 0 for the first place; a list can have more
 *
 * Return: the step, or NULL: there are no more; with @i == 0, the value is the built-in one.
 */
const struct match_step *match_origin(const struct match_trace *trace, enum conf_key_id key,
				      size_t i);

/**
 * rule_matches() - does a section speak of this login
 * @doc: the document
 * @section: of @doc
 * @who: the login
 *
 * Names are compared whole and byte by byte; a name of digits is a name, not an id. A [profile]
 * speaks of nobody by itself, [nsbox] of nobody in particular.
 *
 * Return: true or false.
 */
bool rule_matches(const struct conf_doc *doc, const struct conf_section *section,
		  const struct match_subject *who);

/* Why it matches: "everyone", "in group staff", "when-from = 10.0.0.0/8 (10.1.2.3)". */
void rule_why(const struct conf_doc *doc, const struct conf_section *section,
	      const struct match_subject *who, char *buf, size_t size);

/**
 * match_policy() - what the document says of one login
 * @doc: finished
 * @who: the login
 * @ret: the effective policy; untouched on failure
 * @trace: where each value was said, added to what is there, as far as that goes on failure; may
 *         be NULL
 * @err: filled on failure, with file:line of each value concerned
 *
 * Values that cannot be had together are an error only when the policy boxes the user. See
 * nsbox.conf(5).
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int match_policy(const struct conf_doc *doc, const struct match_subject *who, struct policy *ret,
		 struct match_trace *trace, struct nsbox_error *err);

/**
 * match_site() - what the document says of all logins
 * @doc: finished
 * @ret: what [nsbox] says; untouched on failure
 * @trace: as in match_policy()
 * @err: filled on failure
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int match_site(const struct conf_doc *doc, struct site *ret, struct match_trace *trace,
	       struct nsbox_error *err);

/* Is there no [group], [match] or [user] section that speaks of this login? */
bool match_nothing(const struct conf_doc *doc, const struct match_subject *who);

#endif
