// SPDX-License-Identifier: MIT
/*
 * Read the session lines of a PAM service. Runs with any privilege; must never load a module.
 */
#include "pamstack.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sources.h"

/* Where Linux-PAM looks for a service, in its order. */
static const char *const folders[] = { "/etc/pam.d", "/usr/lib/pam.d" };

/**
 * struct reading - a service under way
 * @top: the files; a mark is the number of substacks
 */
struct reading {
	struct pam_stack *stack;
	struct source *top;
	struct nsbox_error *err;
};

/* Take the next word off @at: to a blank, or to the ']' of a word that begins with '['. */
static char *next_word(char **at)
{
	char *word = *at + strspn(*at, " \t\r");
	char *end = word;

	if (!*word)
		return NULL;
	if (*word == '[') {
		while (*end && (*end != ']' || end[-1] == '\\'))
			end++;
		end += *end == ']';
	} else {
		end += strcspn(word, " \t\r");
	}
	*at = *end ? end + 1 : end;
	*end = '\0';
	return word;
}

/* An argument in brackets may hold blanks: "[exempt-group=domain users]". */
static char *unbracket(char *word)
{
	char *to = word;

	if (*word != '[')
		return word;
	for (const char *from = word + 1; *from && *from != ']'; from++) {
		if (from[0] == '\\' && from[1] == ']')
			from++;
		*to++ = *from;
	}
	*to = '\0';
	return word;
}

static int find_service(const char *name, char path[PATH_MAX])
{
	if (strchr(name, '/') || !*name || name[0] == '.')
		return -EINVAL;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, PATH_MAX, "%s/%s", folders[i], name);
		if (access(path, F_OK) == 0)
			return 0;
	}
	return -ENOENT;
}

static int include(struct reading *reading, const char *name, unsigned int substacks)
{
	const struct source *from = reading->top;
	char path[PATH_MAX];
	int r = name ? 0 : -EINVAL;

	if (name && name[0] == '/')
		snprintf(path, sizeof(path), "%s", name);
	else if (name)
		r = find_service(name, path);
	if (r < 0)
		return error_errno(reading->err, r, "cannot find what %s includes in line %u",
				   from->name, from->line);
	r = source_open(&reading->top, path, reading->err);
	if (r == 0)
		reading->top->mark += substacks;
	return r;
}

static int no_memory(const struct reading *reading)
{
	return error_errno(reading->err, ENOMEM, "cannot read %s", reading->top->name);
}

/* @text, which the line owns from here on, holds its words; @at is behind the module's type. */
static int add_line(struct reading *reading, const char *control, char *at, char *text)
{
	struct pam_stack *stack = reading->stack;
	struct pam_line *grown = reallocarray(stack->lines, stack->n + 1, sizeof(*grown));
	struct pam_line *line;
	const char *module = next_word(&at), *slash;
	char *word;

	if (!grown || !module) {
		free(text);
		return grown ? 0 : no_memory(reading);	/* PAM refuses a line without a module */
	}
	stack->lines = grown;
	line = &grown[stack->n++];
	memset(line, 0, sizeof(*line));
	slash = strrchr(module, '/');
	line->line = reading->top->line;
	line->control = control;
	line->module = slash ? slash + 1 : module;
	line->depth = reading->top->mark;
	line->text = text;
	while (line->n_args < PAM_ARGS_MAX && (word = next_word(&at)))
		line->args[line->n_args++] = unbracket(word);
	line->file = strdup(reading->top->name);
	return line->file ? 0 : no_memory(reading);
}

/* One line without its comment, not empty; what it includes is read next. */
static int take_line(struct reading *reading, const char *given)
{
	char *text = strdup(given), *at = text;
	const char *type, *control;
	int r;

	if (!text)
		return no_memory(reading);
	type = next_word(&at);
	if (type && !strcasecmp(type, "@include")) {
		r = include(reading, next_word(&at), 0);
		free(text);
		return r;
	}
	control = type ? next_word(&at) : NULL;
	/* A '-' in front: a module that is not installed is no error. */
	if (!control || strcasecmp(type + (*type == '-'), "session")) {
		free(text);
		return 0;
	}
	if (strcasecmp(control, "include") && strcasecmp(control, "substack"))
		return add_line(reading, control, at, text);
	r = include(reading, next_word(&at), !strcasecmp(control, "substack"));
	free(text);
	return r;
}

int pam_stack_read(const char *service, struct pam_stack *ret, struct nsbox_error *err)
{
	struct reading reading = { .stack = ret, .err = err };
	char path[PATH_MAX], *line;
	int r;

	memset(ret, 0, sizeof(*ret));
	if (find_service(service, path) < 0) {
		ret->missing = true;
		return 0;
	}
	r = source_open(&reading.top, path, err);
	while (r == 0 && (line = source_line(&reading.top, true))) {
		line[strcspn(line, "#")] = '\0';
		if (line[strspn(line, " \t\r")])
			r = take_line(&reading, line);
	}
	source_close(&reading.top);
	return r;
}

void pam_stack_free(struct pam_stack *stack)
{
	for (size_t i = 0; i < stack->n; i++) {
		free((void *)(uintptr_t)stack->lines[i].file);
		free(stack->lines[i].text);
	}
	free(stack->lines);
	memset(stack, 0, sizeof(*stack));
}

bool pam_line_is_ours(const struct pam_line *line)
{
	return !strcmp(line->module, "pam_nsbox.so");
}

size_t pam_stack_find(const struct pam_stack *stack, const char *module, size_t from)
{
	while (from < stack->n && strcmp(stack->lines[from].module, module))
		from++;
	return from;
}

struct options pam_line_options(const struct pam_line *line)
{
	return options_read(line->n_args, (const char **)(uintptr_t)line->args);
}

static size_t skips_by(const char *action)
{
	char *end;
	unsigned long n;

	if (!strncmp(action, "done", 4))
		return (size_t)-1;
	n = strtoul(action, &end, 10);
	return end == action ? 0 : (size_t)n;
}

size_t pam_line_can_skip(const struct pam_line *line)
{
	size_t most = 0;

	if (!strcasecmp(line->control, "sufficient"))
		return (size_t)-1;
	if (line->control[0] != '[')
		return 0;
	for (const char *at = strchr(line->control, '='); at; at = strchr(at + 1, '=')) {
		size_t skips = skips_by(at + 1);

		most = skips > most ? skips : most;
	}
	return most;
}

/* What a line in brackets does when the module refuses, "" when it has nothing to say. */
static const char *on_failure(const struct pam_line *line)
{
	/* pam_nsbox refuses with PAM_SESSION_ERR; what is not named takes the default. */
	const char *fails = strstr(line->control, "session_err=");

	if (!fails)
		fails = strstr(line->control, "default=");
	return fails ? strchr(fails, '=') + 1 : "";
}

bool pam_line_is_last_word(const struct pam_line *line)
{
	if (line->control[0] == '[')
		return !strncmp(on_failure(line), "die", 3);
	return !strcasecmp(line->control, "requisite");
}

bool pam_line_is_binding(const struct pam_line *line)
{
	if (line->control[0] == '[')
		return !strncmp(on_failure(line), "bad", 3) || pam_line_is_last_word(line);
	return !strcasecmp(line->control, "required") || pam_line_is_last_word(line);
}
