// SPDX-License-Identifier: MIT
/*
 * Read sshd's configuration. Runs as root; executes nothing but sshd, and that only when root alone
 * can have written it.
 */
#include "sshdconf.h"

#include <ctype.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "hear.h"
#include "sources.h"

/**
 * struct reading - a configuration under way
 * @top: the files; a mark says that this is within a Match block, which ends with its file
 * @all: keep what holds for all logins; otherwise what stands in Match blocks only
 */
struct reading {
	struct sshd_conf *conf;
	struct source *top;
	bool all;
};

static void keep(struct reading *reading, const char *keyword, const char *value)
{
	struct sshd_conf *conf = reading->conf;
	struct sshd_setting *grown, *setting;
	const struct source *at = reading->top;

	if (!reading->all && !at->mark)
		return;
	grown = reallocarray(conf->settings, conf->n + 1, sizeof(*grown));
	if (!grown) {
		conf->failed = true;
		return;
	}
	conf->settings = grown;
	setting = &grown[conf->n++];
	if (asprintf(&setting->where, "%s:%u", at->name, at->line) < 0)
		setting->where = NULL;
	setting->keyword = strdup(keyword);
	setting->value = strdup(value);
	setting->match = at->mark;
	if (!setting->where || !setting->keyword || !setting->value)
		conf->failed = true;
}

static void include(struct reading *reading, char *value)
{
	struct source *from = reading->top;
	unsigned int nested = from->nested;
	char pattern[PATH_MAX];
	char *state = NULL;
	glob_t found = { .gl_pathc = 0 };
	int flags = 0;

	for (char *word = strtok_r(value, " \t\"", &state); word;
	     word = strtok_r(NULL, " \t\"", &state)) {
		snprintf(pattern, sizeof(pattern), "%s%s", word[0] == '/' ? "" : "/etc/ssh/", word);
		if (glob(pattern, flags, NULL, &found) == 0)
			flags = GLOB_APPEND;
	}
	/* The first on top. What is not root's alone is not worth a guess, though sshd takes it. */
	for (size_t i = found.gl_pathc; i-- > 0;)
		if (source_open(&reading->top, found.gl_pathv[i], NULL) == 0) {
			reading->top->nested = nested + 1;
			reading->top->mark = from->mark;
		}
	if (flags)
		globfree(&found);
}

/* "Keyword value", "Keyword=value", with blanks around either; the keyword in any case. */
static void take_line(struct reading *reading, char *line)
{
	char *keyword = line + strspn(line, " \t");
	char *value = keyword + strcspn(keyword, " \t=");
	size_t len;

	if (!*keyword || *keyword == '#')
		return;
	if (*value) {
		*value++ = '\0';
		value += strspn(value, " \t=");
	}
	for (char *p = keyword; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	len = strlen(value);
	while (len && strchr(" \t\r", value[len - 1]))
		value[--len] = '\0';
	if (!strcmp(keyword, "include"))
		include(reading, value);
	else if (!strcmp(keyword, "match"))
		reading->top->mark = strcasecmp(value, "all") != 0;
	else
		keep(reading, keyword, value);
}

static void read_lines(struct reading *reading)
{
	char *line;

	while ((line = source_line(&reading->top, false)))
		take_line(reading, line);
}

/* NULL also where it has no host key, or finds a fault in the file. */
static char *ask_sshd(const char *program, const char *file)
{
	const char *const words[] = { program, "-T", "-f", file, NULL };
	int status = -1;
	char *said = hear(words, &status);

	if (status == 0)
		return said;
	free(said);
	return NULL;
}

void sshd_conf_read(const char *program, const char *file, struct sshd_conf *ret)
{
	struct reading reading = { .conf = ret, .all = true };
	char *said = ask_sshd(program, file);

	memset(ret, 0, sizeof(*ret));
	if (said && source_text(&reading.top, "sshd -T", said) < 0) {
		ret->failed = true;
		return;
	}
	if (said) {
		read_lines(&reading);
		reading.all = false;
	}
	if (source_open(&reading.top, file, NULL) == 0)
		read_lines(&reading);
}

void sshd_conf_free(struct sshd_conf *conf)
{
	for (size_t i = 0; i < conf->n; i++) {
		free(conf->settings[i].where);
		free(conf->settings[i].keyword);
		free(conf->settings[i].value);
	}
	free(conf->settings);
	memset(conf, 0, sizeof(*conf));
}
