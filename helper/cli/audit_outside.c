// SPDX-License-Identifier: MIT
/*
 * Audit: what the host does for a user outside of any login: systemd's user managers, cron, at.
 *
 * Runs as root; reads names and root's own lists, never what is in a user's unit or table.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit.h"
#include "cleanup.h"
#include "fs.h"
#include "pamstack.h"

#define LINGER_DIR "/var/lib/systemd/linger"
#define LIST_MAX (1024 * 1024)

static const struct tenant *find_tenant(const struct audit *audit, const char *name)
{
	for (size_t i = 0; i < audit->n_tenants; i++)
		if (!strcmp(audit->tenants[i].login.req.user, name))
			return &audit->tenants[i];
	return NULL;
}

static void look_at_linger(struct audit *audit)
{
	DIR *dir = opendir(LINGER_DIR);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (find_tenant(audit, entry->d_name))
			audit_add(audit, LINGER, "the boxed user %s lingers", entry->d_name);
	if (dir)
		closedir(dir);
}

static bool is_masked(const char *unit)
{
	static const char *const folders[] = { "/etc/systemd/system", "/run/systemd/system" };
	char path[128], target[16];

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		ssize_t n;

		snprintf(path, sizeof(path), "%s/%s", folders[i], unit);
		n = readlink(path, target, sizeof(target));
		if (n == (ssize_t)strlen("/dev/null") && !memcmp(target, "/dev/null", (size_t)n))
			return true;
	}
	return false;
}

static const struct tenant *find_unmasked(const struct audit *audit)
{
	char unit[40];

	if (is_masked("user@.service"))
		return NULL;
	for (size_t i = 0; i < audit->n_tenants; i++) {
		snprintf(unit, sizeof(unit), "user@%u.service", audit->tenants[i].login.req.uid);
		if (!is_masked(unit))
			return &audit->tenants[i];
	}
	return NULL;
}

static void look_at_managers(struct audit *audit)
{
	const struct tenant *tenant = find_unmasked(audit);
	const char *name = NULL;

	/* pam_systemd does nothing where systemd does not run, sd_booted(3). */
	if (!tenant || access("/run/systemd/system", F_OK) < 0)
		return;
	while ((name = words_next(&audit->site.services, name))) {
		struct pam_stack stack;

		if (pam_stack_read(name, &stack, NULL) == 0 &&
		    pam_stack_find(&stack, "pam_systemd.so", 0) < stack.n)
			audit_add(audit, USER_MANAGER, "pam_systemd of the service %s starts the "
				  "user managers of boxed users (%s, for one)", name,
				  tenant->login.req.user);
		pam_stack_free(&stack);
	}
}

/* Is @name a line of the list? */
static bool names(const char *list, const char *name)
{
	size_t len = strlen(name);

	for (const char *line = list; line && *line; line = strchr(line, '\n')) {
		line += strspn(line, " \t\n");
		if (!strncmp(line, name, len) && (!line[len] || strchr(" \t\r\n", line[len])))
			return true;
	}
	return false;
}

/**
 * struct spooler - a program that runs commands for users later
 * @program: what users call; where it is missing there is nothing to be said
 * @allow: names those who may; where it exists, nobody else may
 * @deny: names those who may not
 * @open: everybody may where neither exists (so Debian's cron; at lets root alone)
 */
static const struct spooler {
	const char *name;
	const char *program;
	const char *allow;
	const char *deny;
	bool open;
	enum finding_code code;
} spoolers[] = {
	{ "cron", "/usr/bin/crontab", "/etc/cron.allow", "/etc/cron.deny", true, CRON_ACCESS },
	{ "at", "/usr/bin/at", "/etc/at.allow", "/etc/at.deny", false, AT_ACCESS },
};

/* Return: the list, NULL when there is none; one that others can write says nothing. */
static char *read_list(const char *path)
{
	_cleanup_close_ int fd = -1;
	char *text = NULL;
	size_t len;

	if (fs_open_trusted(path, &fd, NULL) < 0 || fs_read_all(fd, LIST_MAX, &text, &len) < 0)
		return NULL;
	return text;
}

static bool may_use(const struct spooler *spooler, const char *allow, const char *deny,
		    const char *user)
{
	if (allow)
		return names(allow, user);
	return deny ? !names(deny, user) : spooler->open;
}

static void look_at_spooler(struct audit *audit, const struct spooler *spooler)
{
	_cleanup_free_ char *allow = read_list(spooler->allow);
	_cleanup_free_ char *deny = read_list(spooler->deny);
	const char *one = NULL;
	size_t n = 0;

	if (access(spooler->program, F_OK) < 0)
		return;
	for (size_t i = 0; i < audit->n_tenants; i++) {
		const char *user = audit->tenants[i].login.req.user;

		if (!may_use(spooler, allow, deny, user))
			continue;
		one = user;
		n++;
	}
	if (n)
		audit_add(audit, spooler->code, "%zu boxed user%s may use %s (%s, for one)", n,
			  n > 1 ? "s" : "", spooler->name, one);
}

void audit_outside(struct audit *audit)
{
	look_at_managers(audit);
	look_at_linger(audit);
	for (size_t i = 0; i < sizeof(spoolers) / sizeof(spoolers[0]); i++)
		look_at_spooler(audit, &spoolers[i]);
}
