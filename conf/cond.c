// SPDX-License-Identifier: MIT
/*
 * The conditions of a [match] section.
 *
 * Pure: runs with any privilege. Must never ask the system about the user: the caller has done
 * that, before any namespace was joined.
 */
#include "cond.h"

#include <string.h>

#include "pattern.h"

#define PATTERN_MAX 255	/* what value_list() lets through */

/* Does one pattern, without its '!', match? */
typedef bool (*matches_fn)(const char *pattern, const struct match_subject *who);

static bool holds(const char *value, matches_fn matches, const struct match_subject *who)
{
	bool wanted = false, found = false;
	char pattern[PATTERN_MAX + 1];
	const char *at = value, *word;
	size_t len;

	while ((word = value_next(&at, &len))) {
		bool excludes = *word == '!';

		/* It has passed the check: it fits. Who has not checked gets no match. */
		if (len > PATTERN_MAX)
			return false;
		memcpy(pattern, word, len);
		pattern[len] = '\0';
		if (!excludes) {
			wanted = true;
			found = found || matches(pattern, who);
		} else if (matches(pattern + 1, who)) {
			return false;
		}
	}
	return found || !wanted;
}

static bool matches_user(const char *pattern, const struct match_subject *who)
{
	return pattern_glob(pattern, who->user);
}

static bool matches_group(const char *pattern, const struct match_subject *who)
{
	for (size_t i = 0; i < who->n_groups; i++)
		/* A group without a name is none that a pattern can mean. */
		if (*who->groups[i] && pattern_glob(pattern, who->groups[i]))
			return true;
	return false;
}

static bool matches_uid(const char *pattern, const struct match_subject *who)
{
	struct pattern_range range;

	return pattern_range(pattern, &range, NULL) == 0 && range.first <= who->uid &&
	       who->uid <= range.last;
}

static bool matches_from(const char *pattern, const struct match_subject *who)
{
	struct pattern_net net, address;

	if (!strcmp(pattern, "local"))
		return !*who->rhost;
	return pattern_net(pattern, &net, NULL) == 0 &&
	       pattern_address(who->rhost, &address) == 0 && pattern_in_net(&net, &address);
}

static bool matches_service(const char *pattern, const struct match_subject *who)
{
	return pattern_glob(pattern, who->service);
}

static bool matches_tty(const char *pattern, const struct match_subject *who)
{
	return pattern_glob(pattern, who->tty);
}

bool cond_user(const char *value, const struct match_subject *who)
{
	return holds(value, matches_user, who);
}

bool cond_group(const char *value, const struct match_subject *who)
{
	return holds(value, matches_group, who);
}

bool cond_uid(const char *value, const struct match_subject *who)
{
	return holds(value, matches_uid, who);
}

bool cond_from(const char *value, const struct match_subject *who)
{
	return holds(value, matches_from, who);
}

bool cond_service(const char *value, const struct match_subject *who)
{
	return holds(value, matches_service, who);
}

bool cond_tty(const char *value, const struct match_subject *who)
{
	return holds(value, matches_tty, who);
}

static int check_glob(const char *pattern, struct value_why *why)
{
	return value_name(pattern, why);
}

static int check_uid(const char *pattern, struct value_why *why)
{
	struct pattern_range range;

	return pattern_range(pattern, &range, why);
}

static int check_from(const char *pattern, struct value_why *why)
{
	struct pattern_net net;

	return strcmp(pattern, "local") ? pattern_net(pattern, &net, why) : 0;
}

/* One pattern with or without its '!'. */
static int check_word(const char *word, int (*check)(const char *, struct value_why *),
		      struct value_why *why)
{
	bool excludes = *word == '!';
	int r = check(word + excludes, why);

	if (r < 0 && why)
		why->at += excludes;
	return r;
}

static int check_glob_word(const char *word, struct value_why *why)
{
	return check_word(word, check_glob, why);
}

static int check_uid_word(const char *word, struct value_why *why)
{
	return check_word(word, check_uid, why);
}

static int check_from_word(const char *word, struct value_why *why)
{
	return check_word(word, check_from, why);
}

/* A condition that says nothing would hold for everyone. */
static int check_patterns(const char *value, int (*check)(const char *, struct value_why *),
			  struct value_why *why)
{
	return *value ? value_list(value, check, why) : value_bad(why, 0, "it is empty");
}

int cond_check_globs(const char *value, struct value_why *why)
{
	return check_patterns(value, check_glob_word, why);
}

int cond_check_uids(const char *value, struct value_why *why)
{
	return check_patterns(value, check_uid_word, why);
}

int cond_check_from(const char *value, struct value_why *why)
{
	return check_patterns(value, check_from_word, why);
}
