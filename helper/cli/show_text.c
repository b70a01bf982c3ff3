// SPDX-License-Identifier: MIT
/*
 * Print what was found for people: what looks like a policy is one. Pure but for standard output.
 */
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "show.h"

#define COLUMNS 80

static void print_login(const struct wire_request *req)
{
	struct lines line = { .n = 0 };

	for (size_t i = 0; i < req->groups; i++)
		lines_add(&line, "%s", *req->names[i] ? req->names[i] : "?");
	say(stdout, "# %s: uid %u, service %s, %s%s, terminal %s", req->user, req->uid,
	    req->service, *req->rhost ? "from " : "", *req->rhost ? req->rhost : "local",
	    *req->tty ? req->tty : "unknown");
	printf("# groups:");
	for (size_t i = 0; i < line.n; i++)
		printf(" %s", line.at[i]);
	putchar('\n');
	lines_free(&line);
}

/* A sentence in lines of COLUMNS, each behind "# ". */
static void print_wrapped(const char *text)
{
	size_t column = 0;

	while (*text) {
		size_t len = strcspn(text, " ");

		if (!column || column + 1 + len > COLUMNS) {
			printf("%s#", column ? "\n" : "");
			column = 1;
		}
		printf(" %.*s", (int)len, text);
		column += 1 + len;
		text += len + strspn(text + len, " ");
	}
	putchar('\n');
}

static void print_plan(const struct plan *plan)
{
	const struct {
		const char *title;
		const struct lines *lines;
	} parts[] = {
		{ "doors, in the landing", &plan->doors },
		{ "uid_map", &plan->uid_map },
		{ "gid_map", &plan->gid_map },
		{ "mounts", &plan->mounts },
		{ "network", &plan->network },
		{ "not known", &plan->unknown },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!parts[i].lines->n)
			continue;
		printf("\n%s:\n", parts[i].title);
		lines_print(parts[i].lines, "  ", stdout);
	}
}

void show_text(const struct show *show)
{
	struct match_subject who = login_subject(&show->login);

	print_login(&show->login.req);
	putchar('\n');
	print_sections(show->doc, &who, &show->trace, stdout);
	if (match_nothing(show->doc, &who))
		puts("# no [group], [match] or [user] section speaks of this login");
	putchar('\n');
	print_wrapped(match_order);
	putchar('\n');
	print_values(&show->values, &show->trace, stdout);
	putchar('\n');
	lines_print(&show->outlook.head, "", stdout);
	lines_print(&show->outlook.parts, "  ", stdout);
	lines_print(&show->outlook.notes, "note: ", stdout);
	if (show->has_plan)
		print_plan(&show->plan);
}
