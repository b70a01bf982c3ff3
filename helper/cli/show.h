/* SPDX-License-Identifier: MIT */
/*
 * What `nsbox show` has found, and its two ways out.
 */
#ifndef NSBOX_SHOW_H
#define NSBOX_SHOW_H

#include "load.h"
#include "login.h"
#include "match.h"
#include "outlook.h"
#include "plan.h"

/**
 * struct show - one login, shown
 * @login: whose
 * @doc: the policy
 * @values: what it says of this login
 * @trace: where
 * @outlook: in plain words
 * @has_plan: @plan is made
 * @plan: what the builder would do
 */
struct show {
	struct login login;
	struct conf_doc *doc;
	struct conf_values values;
	struct match_trace trace;
	struct outlook outlook;
	bool has_plan;
	struct plan plan;
};

/* Print it for people. */
void show_text(const struct show *show);

/* Print it for programs. Return: 0 or -1. */
int show_json(const struct show *show);

#endif
