// SPDX-License-Identifier: MIT
/*
 * Audit: the shells of boxed users, and the doors that would stand for them.
 *
 * Runs as root. Walks paths as the builder does (fs.h), so no link of a tenant's is followed; must
 * never execute one of these shells.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "facts.h"
#include "fs.h"
#include "lines.h"

static void add_once(struct audit *audit, struct lines *told, enum finding_code code,
		     const char *cause, const char *user)
{
	if (lines_have(told, cause))
		return;
	audit_add(audit, code, "%s (%s, for one)", cause, user);
	lines_add(told, "%s", cause);
}

static bool is_listed(const char *shell)
{
	bool listed = false;
	char *line;

	setusershell();
	while (!listed && (line = getusershell()))
		listed = !strcmp(line, shell);
	endusershell();
	return listed;
}

/* What is wrong with the program that will run? Return: a code, or FINDING_CODES for nothing. */
static enum finding_code judge(const char *shell, struct nsbox_error *err)
{
	struct fs_place place;
	int r = fs_walk(shell, &place, err);

	/* a link in a folder that others can write */
	if (r == -ELOOP) {
		error_plain(err, EPERM, "others than root can replace the shell %s", shell);
		return SHELL_WRITABLE;
	}
	if (r < 0)
		return SHELL_MISSING;
	close(place.fd);
	if (!S_ISREG(place.st.st_mode) || !(place.st.st_mode & 0111)) {
		error_plain(err, EACCES, "the shell %s is not a program", shell);
		return SHELL_MISSING;
	}
	if (place.trusted)
		return FINDING_CODES;
	error_plain(err, EPERM, "others than root can write the shell %s, or a folder above it",
		    shell);
	return SHELL_WRITABLE;
}

static void look_at(struct audit *audit, struct lines *told, const struct tenant *tenant)
{
	const struct wire_request *req = &tenant->login.req;
	/* The tree of the container is the host's. */
	const char *program = *tenant->policy.shell ? tenant->policy.shell : req->shell;
	enum finding_code code;
	struct door_plan doors;
	struct nsbox_error err;

	/* The home by its name: to look at it might mount it. */
	if (facts_doors(req, req->home[0] == '/' ? req->home : "", &doors, &err) < 0)
		add_once(audit, told, SHELL_DOOR, err.text, req->user);
	code = judge(program, &err);
	if (code != FINDING_CODES)
		add_once(audit, told, code, err.text, req->user);
	error_plain(&err, ENOENT, "%s is not in /etc/shells", req->shell);
	if (!lines_have(told, err.text) && !is_listed(req->shell))
		add_once(audit, told, SHELL_UNLISTED, err.text, req->user);
}

void audit_shells(struct audit *audit)
{
	struct lines told = { .n = 0 };

	for (size_t i = 0; i < audit->n_tenants; i++)
		look_at(audit, &told, &audit->tenants[i]);
	lines_free(&told);
}
