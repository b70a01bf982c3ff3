// SPDX-License-Identifier: MIT
/*
 * Which sections speak of a user, and what they come to.
 *
 * Pure: runs with any privilege. Must never ask the system who is in a group: the caller has done
 * that, before any namespace was joined.
 *
 * The order, as nsbox.conf(5) has it:
 *
 * The built-in values come first, then the [default] section, then each [group] section of a group
 * that the user is in, in the order of the file, then the [user] section; a later value replaces an
 * earlier one.
 */
#include "match.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nstable.h"

struct fold {
	struct policy policy;
	struct match_origin origin[CONF_KEYS];
};

static bool in_group(const char *name, const struct match_subject *who)
{
	for (size_t i = 0; i < who->n_groups; i++)
		if (!strcmp(name, who->groups[i]))
			return true;
	return false;
}

bool rule_matches(const struct conf_section *section, const struct match_subject *who)
{
	switch (section->kind) {
	case SECTION_DEFAULT:
		return true;
	case SECTION_GROUP:
		return in_group(section->name, who);
	case SECTION_USER:
		return !strcmp(section->name, who->user);
	case SECTION_KINDS:
		break;
	}
	return false;
}

/* Lay one section over what the earlier ones have said. */
static int apply(struct fold *fold, const struct conf_doc *doc, const struct conf_section *section,
		 struct nsbox_error *err)
{
	struct nsbox_error why;

	for (size_t i = section->first; i < section->first + section->count; i++) {
		const struct conf_setting *setting = &doc->settings[i];

		if (setting->key->set(setting->value, &fold->policy, &why) < 0)
			return error_plain(err, EINVAL, "%s:%u: cannot take %s: %s", section->file,
					   setting->line, setting->key->name, why.text);
		fold->origin[setting->key - conf_keys] = (struct match_origin){
			.file = section->file,
			.line = setting->line,
		};
	}
	return 0;
}

/* The kinds of sections in the order of their enum is the order of the fold. */
static int fold_sections(struct fold *fold, const struct conf_doc *doc,
			 const struct match_subject *who, struct nsbox_error *err)
{
	int r;

	for (enum section_kind kind = 0; kind < SECTION_KINDS; kind++) {
		for (size_t i = 0; i < doc->n_sections; i++) {
			const struct conf_section *section = &doc->sections[i];

			if (section->kind != kind || !rule_matches(section, who))
				continue;
			r = apply(fold, doc, section, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static void print_place(const struct match_origin *origin, char *buf, size_t size)
{
	if (origin->file)
		snprintf(buf, size, "%s:%u", origin->file, origin->line);
	else
		snprintf(buf, size, "built-in default");
}

/*
 * Root inside is root over a user namespace: without one it would be nobody, or the host's root. A
 * login that is not boxed is not asked, so that container = no always lets an admin in.
 */
static int check_together(const struct fold *fold, struct nsbox_error *err)
{
	char map[160], namespaces[160];

	if (fold->policy.container != CONTAINER_YES || fold->policy.user_map != USER_MAP_ROOT ||
	    fold->policy.namespaces & ns_flag_of("user", strlen("user")))
		return 0;
	print_place(&fold->origin[KEY_USER_MAP], map, sizeof(map));
	print_place(&fold->origin[KEY_NAMESPACES], namespaces, sizeof(namespaces));
	return error_plain(err, EINVAL,
			   "%s: user-map = root needs the user namespace, which %s leaves out",
			   map, namespaces);
}

int match_policy(const struct conf_doc *doc, const struct match_subject *who,
		 struct policy *ret_policy, struct match_origin ret_origin[CONF_KEYS],
		 struct nsbox_error *err)
{
	struct fold fold;
	int r;

	memset(&fold, 0, sizeof(fold));
	r = policy_default(&fold.policy, err);
	if (r == 0)
		r = fold_sections(&fold, doc, who, err);
	if (r == 0)
		r = check_together(&fold, err);
	if (r < 0)
		return r;
	*ret_policy = fold.policy;
	if (ret_origin)
		memcpy(ret_origin, fold.origin, sizeof(fold.origin));
	return 0;
}
