// SPDX-License-Identifier: MIT
/*
 * Audit: whom the policy boxes, and whether it can.
 *
 * Runs as root. Asks NSS, and looks at no file of a user's: a home may be on a server, which mounts
 * it only when it is looked at.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "lines.h"
#include "match.h"

/* What stands in a password file for "no shell": nobody logs in with one. */
static bool is_no_shell(const char *shell)
{
	static const char *const none[] = { "nologin", "false", "sync", "halt", "shutdown" };
	const char *slash = strrchr(shell, '/');

	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (!strcmp(slash ? slash + 1 : shell, none[i]))
			return true;
	return false;
}

static void keep(struct audit *audit, struct tenant *tenant)
{
	struct tenant *grown = audit->tenants;

	/* Room doubles whenever the number is a power of two. */
	if (!(audit->n_tenants & (audit->n_tenants - 1)))
		grown = reallocarray(grown, audit->n_tenants ? 2 * audit->n_tenants : 1,
				     sizeof(*grown));
	if (!grown) {
		audit->failed = true;
		login_release(&tenant->login);
		return;
	}
	audit->tenants = grown;
	grown[audit->n_tenants++] = *tenant;
}

/* @told: causes that were reported for another user */
static void look_at(struct audit *audit, const struct passwd *pw, struct lines *told)
{
	struct tenant tenant = { .policy = { .container = CONTAINER_NO } };
	struct match_subject who;
	struct nsbox_error err;

	if (login_of(pw, &tenant.login, &err) < 0) {
		audit_add(audit, USER_LOOKUP, "%s", err.text);
		return;
	}
	who = login_subject(&tenant.login);
	if (match_policy(audit->doc, &who, &tenant.policy, NULL, &err) < 0 &&
	    !lines_have(told, err.text)) {
		audit_add(audit, USER_POLICY, "%s (%s, for one)", err.text, pw->pw_name);
		lines_add(told, "%s", err.text);
	}
	if (tenant.policy.container == CONTAINER_YES)
		keep(audit, &tenant);
	else
		login_release(&tenant.login);
}

static void look_at_names(struct audit *audit)
{
	for (size_t i = 0; i < audit->doc->n_sections; i++) {
		const struct conf_section *section = &audit->doc->sections[i];
		bool unknown = false;

		errno = 0;
		if (section->kind == SECTION_USER)
			unknown = !getpwnam(section->name);
		else if (section->kind == SECTION_GROUP)
			unknown = !getgrnam(section->name);
		if (unknown)
			audit_add(audit, NAME_UNKNOWN, "%s:%u: there is no %s %s", section->file,
				  section->line, section_words[section->kind], section->name);
	}
}

void audit_tenants(struct audit *audit)
{
	struct lines told = { .n = 0 };
	struct passwd *pw;

	if (!audit->doc)
		return;
	look_at_names(audit);
	setpwent();
	while ((pw = getpwent()))
		if (pw->pw_uid != 0 && !is_no_shell(pw->pw_shell ? pw->pw_shell : ""))
			look_at(audit, pw, &told);
	endpwent();
	lines_free(&told);
}
