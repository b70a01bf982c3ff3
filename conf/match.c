// SPDX-License-Identifier: MIT
/*
 * Which sections speak of a login, and what they come to.
 *
 * Pure: runs with any privilege. Must never ask the system who is in a group: the caller has done
 * that, before any namespace was joined.
 *
 * The order, as nsbox.conf(5) has it:
 *
 * The built-in values come first, then the [default] section, then the [group] and [match] sections
 * that speak of the login, in the order of the files, then the [user] section; a later value
 * replaces an earlier one, list keys append, and an empty value clears.
 */
#include "match.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nstable.h"

const char match_order[] =
	"The built-in values come first, then the [default] section, then the [group] and [match] "
	"sections that speak of the login, in the order of the files, then the [user] section; a "
	"later value replaces an earlier one, list keys append, and an empty value clears.";

/* Of one pass, the sections speak in the order of the files. */
static const unsigned int policy_passes[] = {
	1U << SECTION_DEFAULT,
	1U << SECTION_GROUP | 1U << SECTION_MATCH,
	1U << SECTION_USER,
	0,
};
static const unsigned int site_passes[] = { 1U << SECTION_SITE, 0 };

/*
 * struct fold - what has been said so far
 * @last: the setting that spoke last, by enum conf_key_id
 */
struct fold {
	const struct conf_doc *doc;
	const struct match_subject *who;
	struct conf_values values;
	const struct conf_setting *last[CONF_KEYS];
	struct match_trace *trace;
	struct nsbox_error *err;
};

void match_trace_free(struct match_trace *trace)
{
	free(trace->steps);
	free(trace->sections);
	memset(trace, 0, sizeof(*trace));
}

const struct match_step *match_origin(const struct match_trace *trace, enum conf_key_id key,
				      size_t i)
{
	for (size_t at = 0; at < trace->n_steps; at++) {
		const struct match_step *step = &trace->steps[at];

		if (step->counts && step->setting->key == &conf_keys[key] && i-- == 0)
			return step;
	}
	return NULL;
}

static bool in_group(const char *name, const struct match_subject *who)
{
	for (size_t i = 0; i < who->n_groups; i++)
		if (!strcmp(name, who->groups[i]))
			return true;
	return false;
}

/* All conditions hold. */
static bool conditions_hold(const struct conf_doc *doc, const struct conf_section *section,
			    const struct match_subject *who)
{
	for (size_t i = section->first; i < section->first + section->count; i++) {
		const struct conf_setting *setting = &doc->settings[i];

		if (setting->key->holds && !setting->key->holds(setting->value, who))
			return false;
	}
	return true;
}

bool rule_matches(const struct conf_doc *doc, const struct conf_section *section,
		  const struct match_subject *who)
{
	switch (section->kind) {
	case SECTION_DEFAULT:
		return true;
	case SECTION_GROUP:
		return in_group(section->name, who);
	case SECTION_MATCH:
		return conditions_hold(doc, section, who);
	case SECTION_USER:
		return !strcmp(section->name, who->user);
	case SECTION_SITE:
	case SECTION_PROFILE:
	case SECTION_KINDS:
		break;
	}
	return false;
}

/* What a condition was asked of; "" for the groups, which are many. */
static void print_seen(const struct conf_key *key, const struct match_subject *who, char *buf,
		       size_t size)
{
	*buf = '\0';
	if (key == &conf_keys[KEY_WHEN_USER])
		snprintf(buf, size, " (%s)", who->user);
	else if (key == &conf_keys[KEY_WHEN_UID])
		snprintf(buf, size, " (%u)", who->uid);
	else if (key == &conf_keys[KEY_WHEN_FROM])
		snprintf(buf, size, " (%s)", *who->rhost ? who->rhost : "local");
	else if (key == &conf_keys[KEY_WHEN_SERVICE])
		snprintf(buf, size, " (%s)", who->service);
	else if (key == &conf_keys[KEY_WHEN_TTY])
		snprintf(buf, size, " (%s)", who->tty);
}

static void print_conditions(const struct conf_doc *doc, const struct conf_section *section,
			     const struct match_subject *who, char *buf, size_t size)
{
	char seen[300];
	size_t used = 0;

	*buf = '\0';
	for (size_t i = section->first; i < section->first + section->count; i++) {
		const struct conf_setting *setting = &doc->settings[i];

		if (!setting->key->holds)
			continue;
		print_seen(setting->key, who, seen, sizeof(seen));
		snprintf(buf + used, size - used, "%s%s = %s%s", used ? ", " : "",
			 setting->key->name, setting->value, seen);
		used = strlen(buf);
	}
}

void rule_why(const struct conf_doc *doc, const struct conf_section *section,
	      const struct match_subject *who, char *buf, size_t size)
{
	switch (section->kind) {
	case SECTION_GROUP:
		snprintf(buf, size, "in group %s", section->name);
		break;
	case SECTION_MATCH:
		print_conditions(doc, section, who, buf, size);
		break;
	case SECTION_USER:
		snprintf(buf, size, "user %s", section->name);
		break;
	case SECTION_SITE:
		snprintf(buf, size, "all logins");
		break;
	default:
		snprintf(buf, size, "everyone");
	}
	text_clean(buf);
}

/* Room for one more element: the size doubles whenever @n is a power of two from 16 on. */
static void *grow(void *array, size_t n, size_t size)
{
	if (!n)
		return reallocarray(array, 16, size);
	if (n < 16 || (n & (n - 1)))
		return array;
	return reallocarray(array, 2 * n, size);
}

static int no_memory(const struct fold *fold)
{
	return error_errno(fold->err, ENOMEM, "cannot trace the policy");
}

static int trace_section(struct fold *fold, const struct conf_section *section)
{
	struct match_trace *trace = fold->trace;
	const struct conf_section **grown;

	if (!trace)
		return 0;
	grown = grow(trace->sections, trace->n_sections, sizeof(struct conf_section *));
	if (!grown)
		return no_memory(fold);
	trace->sections = grown;
	grown[trace->n_sections++] = section;
	return 0;
}

/* A value ends what was said before it, but a list line that follows words. */
static void end_earlier(struct match_trace *trace, const struct conf_setting *setting)
{
	bool appends = setting->key->kind == KIND_LIST && *setting->value;

	for (size_t i = 0; i < trace->n_steps; i++) {
		struct match_step *step = &trace->steps[i];

		if (step->setting->key == setting->key && (!appends || !*step->setting->value))
			step->counts = false;
	}
}

static int trace_step(struct fold *fold, const struct match_step *step)
{
	struct match_trace *trace = fold->trace;
	struct match_step *grown;

	if (!trace)
		return 0;
	grown = grow(trace->steps, trace->n_steps, sizeof(*grown));
	if (!grown)
		return no_memory(fold);
	trace->steps = grown;
	end_earlier(trace, step->setting);
	grown[trace->n_steps++] = *step;
	return 0;
}

/* What is built in holds while nothing is said: the first words do not append to it. */
static int say(struct fold *fold, const struct match_step *step)
{
	const struct conf_setting *setting = step->setting;
	const struct conf_setting **last = &fold->last[setting->key - conf_keys];
	struct value_why why;

	if (setting->key->kind == KIND_LIST && !*last)
		conf_set(setting->key, "", &fold->values, NULL);
	if (conf_set(setting->key, setting->value, &fold->values, &why) < 0)
		return error_plain(fold->err, EINVAL, "%s:%u:%u: %s = \"%s\": %s", setting->file,
				   setting->line, setting->column + (unsigned int)why.at,
				   setting->key->name, setting->value, why.text);
	*last = setting;
	return trace_step(fold, step);
}

static int say_profile(struct fold *fold, const struct conf_section *section,
		       const struct conf_setting *via)
{
	size_t n;
	const struct conf_section *const *profiles = conf_profile(fold->doc, via->value, &n);
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		const struct conf_setting *first = fold->doc->settings + profiles[i]->first;

		for (size_t j = 0; j < profiles[i]->count && r == 0; j++)
			r = say(fold, &(struct match_step){ section, first + j, via, true });
	}
	return r;
}

/* Lay one section over what the earlier ones have said. */
static int apply(struct fold *fold, const struct conf_section *section)
{
	int r = trace_section(fold, section);

	for (size_t i = section->first; i < section->first + section->count && r == 0; i++) {
		const struct conf_setting *setting = &fold->doc->settings[i];

		if (setting->key->kind == KIND_PROFILE)
			r = say_profile(fold, section, setting);
		else if (setting->key->size)
			r = say(fold, &(struct match_step){ section, setting, NULL, true });
	}
	return r;
}

static int fold_sections(struct fold *fold, const unsigned int *passes)
{
	const struct conf_doc *doc = fold->doc;
	int r = conf_default(&fold->values, fold->err);

	for (; *passes && r == 0; passes++) {
		for (size_t i = 0; i < doc->n_sections && r == 0; i++) {
			const struct conf_section *section = &doc->sections[i];

			if (*passes & 1U << section->kind &&
			    (!fold->who || rule_matches(doc, section, fold->who)))
				r = apply(fold, section);
		}
	}
	return r;
}

static void print_last(const struct fold *fold, enum conf_key_id key, char *buf, size_t size)
{
	const struct conf_setting *last = fold->last[key];

	if (last)
		snprintf(buf, size, "%s:%u", last->file, last->line);
	else
		snprintf(buf, size, "built-in default");
}

/*
 * Root inside is root over a user namespace: without one it would be nobody, or the host's root. A
 * login that is not boxed is not asked, so that container = no always lets an admin in.
 */
static int check_together(const struct fold *fold)
{
	const struct policy *policy = &fold->values.policy;
	char map[160], namespaces[160];

	if (policy->container != CONTAINER_YES || policy->user_map == USER_MAP_SELF ||
	    policy->namespaces & ns_flag_of("user", strlen("user")))
		return 0;
	print_last(fold, KEY_USER_MAP, map, sizeof(map));
	print_last(fold, KEY_NAMESPACES, namespaces, sizeof(namespaces));
	return error_plain(fold->err, EINVAL,
			   "%s: user-map = %s needs the user namespace, which %s leaves out",
			   map, policy->user_map == USER_MAP_ROOT ? "root" : "subids", namespaces);
}

/* Whoever can ask the host's service for one name can ask it for all. */
static int check_users(const struct fold *fold)
{
	const struct policy *policy = &fold->values.policy;
	char users[160], inside[160];

	if (policy->container != CONTAINER_YES || policy->users != USERS_SELF ||
	    !policy->nss_inside)
		return 0;
	print_last(fold, KEY_USERS, users, sizeof(users));
	print_last(fold, KEY_NSS_INSIDE, inside, sizeof(inside));
	return error_plain(fold->err, EINVAL,
			   "%s: users = self hides what nss-inside = yes (%s) shows", users,
			   inside);
}

int match_policy(const struct conf_doc *doc, const struct match_subject *who, struct policy *ret,
		 struct match_trace *trace, struct nsbox_error *err)
{
	struct fold fold = { .doc = doc, .who = who, .trace = trace, .err = err };
	int r = fold_sections(&fold, policy_passes);

	if (r == 0)
		r = check_together(&fold);
	if (r == 0)
		r = check_users(&fold);
	if (r == 0)
		*ret = fold.values.policy;
	return r;
}

int match_site(const struct conf_doc *doc, struct site *ret, struct match_trace *trace,
	       struct nsbox_error *err)
{
	struct fold fold = { .doc = doc, .trace = trace, .err = err };
	int r = fold_sections(&fold, site_passes);

	if (r == 0)
		*ret = fold.values.site;
	return r;
}

bool match_nothing(const struct conf_doc *doc, const struct match_subject *who)
{
	for (size_t i = 0; i < doc->n_sections; i++)
		if (doc->sections[i].kind != SECTION_DEFAULT &&
		    rule_matches(doc, &doc->sections[i], who))
			return false;
	return true;
}
