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

#include "conflict.h"
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
 * struct said - where a setting spoke
 * @section: that matched
 * @home: that it stands in: the same, or a profile
 */
struct said {
	const struct conf_section *section;
	const struct conf_section *home;
};

/*
 * struct fold - what has been said so far
 * @last: the setting that spoke last, by enum conf_key_id
 * @said: where it did
 */
struct fold {
	const struct conf_doc *doc;
	const struct match_subject *who;
	struct conf_values values;
	const struct conf_setting *last[CONF_KEYS];
	struct said said[CONF_KEYS];
	struct match_trace *trace;
	struct nsbox_error *err;
};

void match_trace_free(struct match_trace *trace)
{
	free(trace->steps);
	free(trace->sections);
	memset(trace, 0, sizeof(*trace));
}

static bool speaks_of(const struct match_trace *trace, const struct match_step *step,
		      enum conf_key_id key)
{
	return step->setting->key == &conf_keys[key] ||
	       (trace->host_network && key == KEY_NAMESPACES &&
		step->setting->key == &conf_keys[KEY_NETWORK]);
}

const struct match_step *match_origin(const struct match_trace *trace, enum conf_key_id key,
				      size_t i)
{
	for (size_t at = 0; at < trace->n_steps; at++) {
		const struct match_step *step = &trace->steps[at];

		if (step->counts && speaks_of(trace, step, key) && i-- == 0)
			return step;
	}
	return NULL;
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
static void end_earlier(struct match_trace *trace, const struct conf_setting *setting,
			bool appends)
{
	for (size_t i = 0; i < trace->n_steps; i++) {
		struct match_step *step = &trace->steps[i];

		if (step->setting->key == setting->key && (!appends || !*step->setting->value))
			step->counts = false;
	}
}

static int trace_step(struct fold *fold, const struct match_step *step, bool appends)
{
	struct match_trace *trace = fold->trace;
	struct match_step *grown;

	if (!trace)
		return 0;
	grown = grow(trace->steps, trace->n_steps, sizeof(*grown));
	if (!grown)
		return no_memory(fold);
	trace->steps = grown;
	end_earlier(trace, step->setting, appends);
	grown[trace->n_steps++] = *step;
	return 0;
}

/*
 * Do the words of @setting append? What is built in holds while nothing is said: the first words do
 * not append to it. Those of a KIND_CHOICE append to what their own section has said.
 */
static bool goes_on(const struct fold *fold, const struct match_step *step,
		    const struct conf_section *home)
{
	const struct conf_setting *setting = step->setting;
	const struct said *said = &fold->said[setting->key - conf_keys];

	if (setting->key->kind == KIND_CHOICE)
		return said->section == step->section && said->home == home;
	return setting->key->kind == KIND_LIST && said->section && *setting->value;
}

/* @home is the section that the setting stands in. */
static int say(struct fold *fold, const struct match_step *step, const struct conf_section *home)
{
	const struct conf_setting *setting = step->setting;
	bool appends = goes_on(fold, step, home);
	size_t id = (size_t)(setting->key - conf_keys);
	struct value_why why;

	if (conf_key_appends(setting->key) && !appends)
		conf_clear(setting->key, &fold->values);
	if (conf_set(setting->key, setting->value, &fold->values, &why) < 0)
		return error_plain(fold->err, EINVAL, "%s:%u:%u: %s = \"%s\": %s", setting->file,
				   setting->line, setting->column + (unsigned int)why.at,
				   setting->key->name, setting->value, why.text);
	fold->last[id] = setting;
	fold->said[id] = (struct said){ step->section, home };
	return trace_step(fold, step, appends);
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
			r = say(fold, &(struct match_step){ section, first + j, via, true },
				profiles[i]);
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
			r = say(fold, &(struct match_step){ section, setting, NULL, true },
				section);
	}
	return r;
}

static int fold_sections(struct fold *fold, const unsigned int *passes)
{
	const struct conf_doc *doc = fold->doc;
	int r = conf_default_of(*passes, &fold->values, fold->err);

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

/* What [nsbox] says, for the values that are to be had with it only. */
static int add_site(struct fold *fold)
{
	struct fold site = { .doc = fold->doc, .err = fold->err };
	int r = fold_sections(&site, site_passes);

	if (r < 0)
		return r;
	fold->values.site = site.values.site;
	for (size_t i = 0; i < CONF_KEYS; i++)
		if (site.last[i])
			fold->last[i] = site.last[i];
	return 0;
}

/* A login that is not boxed is not asked, so that container = no always lets an admin in. */
static int check_together(struct fold *fold)
{
	int r = 0;

	if (fold->values.policy.container != CONTAINER_YES)
		return 0;
	if (conflict_asks_site(&fold->values.policy))
		r = add_site(fold);
	return r < 0 ? r : conflict_find(&fold->values, fold->last, fold->err);
}

/* The host's network is what there is without one of the container's own. */
static void settle(struct fold *fold)
{
	struct policy *policy = &fold->values.policy;

	if (strcmp(policy->network, "host") != 0)
		return;
	policy->namespaces &= ~ns_flag_of("net", strlen("net"));
	if (fold->trace)
		fold->trace->host_network = true;
}

int match_policy(const struct conf_doc *doc, const struct match_subject *who, struct policy *ret,
		 struct match_trace *trace, struct nsbox_error *err)
{
	struct fold fold = { .doc = doc, .who = who, .trace = trace, .err = err };
	int r = fold_sections(&fold, policy_passes);

	if (r == 0)
		r = check_together(&fold);
	if (r < 0)
		return r;
	settle(&fold);
	*ret = fold.values.policy;
	return 0;
}

/*
 * Addresses by a template are those of sessions, whoever's policy has it: no session is to reach
 * them. So each has to know all.
 */
static int collect_templates(const struct conf_doc *doc, struct site *site,
			     struct nsbox_error *err)
{
	for (size_t i = 0; i < doc->n_settings; i++) {
		const struct conf_setting *s = &doc->settings[i];
		unsigned int at = 0;

		if (s->key != &conf_keys[KEY_ADDRESS] || !strcmp(s->value, "pool"))
			continue;
		while (at < site->templates && strcmp(site->template[at], s->value) != 0)
			at++;
		if (at < site->templates)
			continue;
		if (at == SITE_TEMPLATES_MAX)
			return error_plain(err, EINVAL, "%s:%u: address has more than %d different "
					   "values in all", s->file, s->line, SITE_TEMPLATES_MAX);
		snprintf(site->template[site->templates++], POLICY_ADDRESS_MAX, "%s", s->value);
	}
	return 0;
}

int match_site(const struct conf_doc *doc, struct site *ret, struct match_trace *trace,
	       struct nsbox_error *err)
{
	struct fold fold = { .doc = doc, .trace = trace, .err = err };
	int r = fold_sections(&fold, site_passes);

	if (r == 0)
		r = collect_templates(doc, &fold.values.site, err);
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
