// SPDX-License-Identifier: MIT
/*
 * Does a section speak of a login, and why.
 *
 * Pure: runs with any privilege. Must never ask the system who is in a group: the caller has done
 * that, before any namespace was joined.
 */
#include <stdio.h>
#include <string.h>

#include "match.h"

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
