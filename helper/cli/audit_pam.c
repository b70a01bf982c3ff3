// SPDX-License-Identifier: MIT
/*
 * Audit: the PAM files of the services whose logins the policy wants boxed.
 *
 * Runs as root; reads, and loads no module. Which order is right: pam_nsbox(8).
 */
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "pamstack.h"

/* One service under audit. */
struct service {
	struct audit *audit;
	const char *name;
	struct pam_stack stack;
};


/* The first line of ours with the word @close, @open or neither; @stack->n when there is none. */
static size_t find(const struct pam_stack *stack, bool close, bool open)
{
	for (size_t i = 0; i < stack->n; i++) {
		struct options o;

		if (!pam_line_is_ours(&stack->lines[i]))
			continue;
		o = pam_line_options(&stack->lines[i]);
		if (o.close_line == close && o.open_line == open)
			return i;
	}
	return stack->n;
}

/* The modules of the lines from @from up to @to that are not ours, once each. */
static void name_modules(const struct pam_stack *stack, size_t from, size_t to, char *buf,
			 size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (size_t i = from; i < to; i++) {
		const char *module = stack->lines[i].module;

		if (pam_line_is_ours(&stack->lines[i]) || pam_stack_find(stack, module, from) < i)
			continue;
		snprintf(buf + used, size - used, "%s%s", used ? " " : "", module);
		used = strlen(buf);
	}
}

static void look_at_lines(const struct service *s)
{
	for (size_t i = 0; i < s->stack.n; i++) {
		const struct pam_line *line = &s->stack.lines[i];
		struct options o;

		if (!pam_line_is_ours(line))
			continue;
		o = pam_line_options(line);
		if (o.unknown)
			audit_add(s->audit, PAM_WORDS, "%s:%u: pam_nsbox does not know \"%s\"",
				  line->file, line->line, o.unknown);
		if (!pam_line_is_binding(line))
			audit_add(s->audit, PAM_FAIL_OPEN, "%s:%u: pam_nsbox is %s, not required",
				  line->file, line->line, line->control);
		else if (o.close_line && !pam_line_is_last_word(line))
			audit_add(s->audit, PAM_REQUISITE, "%s:%u: `pam_nsbox.so close` is %s, not "
				  "requisite", line->file, line->line, line->control);
	}
}

/* Can a login come past the line that opens the container? */
static void look_for_ways_around(const struct service *s, size_t opens)
{
	for (size_t i = 0; i < opens; i++) {
		const struct pam_line *line = &s->stack.lines[i];

		if (line->depth || pam_line_is_ours(line) || pam_line_can_skip(line) < opens - i)
			continue;
		audit_add(s->audit, PAM_SKIPPED, "%s:%u: %s %s can pass over pam_nsbox, which "
			  "comes later", line->file, line->line, line->control, line->module);
	}
}

static void look_at_order(const struct service *s, size_t opens, size_t closes)
{
	const struct pam_stack *stack = &s->stack;
	char names[NSBOX_ERROR_MAX];

	name_modules(stack, opens + 1, stack->n, names, sizeof(names));
	if (*names)
		audit_add(s->audit, PAM_NOT_LAST, "%s:%u: session modules follow pam_nsbox: %s",
			  stack->lines[opens].file, stack->lines[opens].line, names);
	if (closes == stack->n)
		return;
	name_modules(stack, 0, closes, names, sizeof(names));
	if (*names)
		audit_add(s->audit, PAM_NOT_FIRST, "%s:%u: session modules stand before "
			  "`pam_nsbox.so close`: %s", stack->lines[closes].file,
			  stack->lines[closes].line, names);
}

/* Modules that have something on the host to close. */
static void look_for_others(const struct service *s, size_t plain)
{
	static const char *const modules[] = { "pam_systemd.so", "pam_elogind.so", "pam_mount.so" };

	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		if (pam_stack_find(&s->stack, modules[i], 0) < plain)
			audit_add(s->audit, PAM_TWO_LINES, "%s:%u: pam_nsbox has one line, and %s "
				  "is in the stack of %s", s->stack.lines[plain].file,
				  s->stack.lines[plain].line, modules[i], s->name);
}

static bool exempts(const struct options *o, const char *group)
{
	for (unsigned int i = 0; i < o->n_exempt; i++)
		if (!strcmp(o->exempt[i], group))
			return true;
	return false;
}

/* The first of two lines refuses whom it does not exempt, when the policy cannot be read. */
static void compare_exemptions(const struct service *s, size_t closes, size_t opens)
{
	struct options first = pam_line_options(&s->stack.lines[closes]);
	struct options last = pam_line_options(&s->stack.lines[opens]);
	bool same = first.n_exempt == last.n_exempt;

	for (unsigned int i = 0; i < first.n_exempt; i++)
		same = same && exempts(&last, first.exempt[i]);
	if (!same)
		audit_add(s->audit, PAM_PAIR, "the two lines of pam_nsbox in the PAM service %s "
			  "exempt different groups", s->name);
}

static void look_at_stack(const struct service *s)
{
	const struct pam_stack *stack = &s->stack;
	size_t plain = find(stack, false, false), closes = find(stack, true, false);
	size_t opens = find(stack, false, true), ours = 0;

	for (size_t i = 0; i < stack->n; i++)
		ours += pam_line_is_ours(&stack->lines[i]);
	if (!ours) {
		audit_add(s->audit, PAM_MISSING, "the PAM service %s has no session line of "
			  "pam_nsbox", s->name);
		return;
	}
	look_at_lines(s);
	if (ours != 1U + (plain == stack->n) || (plain == stack->n && closes > opens) ||
	    (plain == stack->n && opens == stack->n))
		audit_add(s->audit, PAM_PAIR, "the PAM service %s has %zu lines of pam_nsbox that "
			  "do not go together", s->name, ours);
	else
		look_at_order(s, plain < stack->n ? plain : opens, closes);
	if (plain < stack->n)
		look_for_others(s, plain);
	else if (closes < opens && opens < stack->n)
		compare_exemptions(s, closes, opens);
	look_for_ways_around(s, plain < stack->n ? plain : opens);
}

void audit_pam(struct audit *audit)
{
	const char *name = NULL;

	while ((name = words_next(&audit->site.services, name))) {
		struct service service = { .audit = audit, .name = name };
		struct nsbox_error err;

		if (pam_stack_read(name, &service.stack, &err) < 0)
			audit_add(audit, PAM_FILE, "%s", err.text);
		else if (!service.stack.missing)
			look_at_stack(&service);
		pam_stack_free(&service.stack);
	}
}
