// SPDX-License-Identifier: MIT
/*
 * Read what `nft list` prints. Pure: runs anywhere, as anyone.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net_audit.h"
#include "net_mark.h"

#define DIFFERENCES_MAX 3
#define HEAD "{"

/**
 * struct line - a line of a table
 * @text: without what it is indented with; HEAD for the first one of a chain
 * @in: name of the chain, or "" outside of all
 * @met: the other table has it, too
 */
struct line {
	const char *text;
	const char *in;
	bool met;
};

/* The next line, cut off in place; NULL at the end. */
static char *next_line(char **at)
{
	char *line = *at, *end;

	if (!*line)
		return NULL;
	end = line + strcspn(line, "\n");
	*at = *end ? end + 1 : end;
	*end = '\0';
	return line;
}

/* The name in "\tchain NAME {", cut off in place, or NULL. */
static char *chain_of(char *line)
{
	static const char begin[] = "\tchain ";
	char *name = line + strlen(begin);

	if (strncmp(line, begin, strlen(begin)) != 0)
		return NULL;
	name[strcspn(name, " ")] = '\0';
	return name;
}

/* Return: how many of @ret, which has room for all. */
static size_t split(char *text, struct line *ret)
{
	const char *in = "";
	size_t n = 0;

	for (char *line; (line = next_line(&text)); n++) {
		char *name = chain_of(line);

		in = name ? name : in;
		ret[n].in = in;
		ret[n].text = name ? HEAD : line + strspn(line, "\t ");
		ret[n].met = false;
		if (!strcmp(line, "\t}"))
			in = "";
	}
	return n;
}

static bool same(const struct line *a, const struct line *b)
{
	return !strcmp(a->text, b->text) && !strcmp(a->in, b->in);
}

/* Mostly both are alike: then each is found where the last one was. */
static bool match(struct line *a, size_t na, struct line *b, size_t nb)
{
	bool in_order = na == nb;
	size_t at = 0;

	for (size_t i = 0; i < na; i++) {
		size_t tried = 0;

		for (; tried < nb && (b[at % nb].met || !same(&a[i], &b[at % nb])); tried++)
			at++;
		if (tried == nb)
			continue;
		in_order = in_order && at % nb == i;
		a[i].met = b[at++ % nb].met = true;
	}
	return in_order;
}

static void tell(const struct line *line, bool wanted, net_say_fn say)
{
	const char *has = wanted ? "lacks" : "has also";
	char what[256], text[400];

	if (!strcmp(line->text, HEAD))
		snprintf(what, sizeof(what), "it %s a chain %s", has, line->in);
	else if (*line->in)
		snprintf(what, sizeof(what), "its chain %s %s \"%s\"", line->in, has, line->text);
	else
		snprintf(what, sizeof(what), "it %s \"%s\"", has, line->text);
	snprintf(text, sizeof(text), "the firewall's table inet " NET_TABLE " is not as nsbox made "
		 "it: %s", what);
	say(NET_SAYS_TABLE, text);
}

/* Of a whole chain its name is enough. Return: how many differences, told or not. */
static int tell_all(const struct line *lines, size_t n, bool wanted, net_say_fn say)
{
	const char *told = "";
	int found = 0;

	for (size_t i = 0; i < n; i++) {
		if (lines[i].met || !*lines[i].text || (*told && !strcmp(lines[i].in, told)))
			continue;
		if (!strcmp(lines[i].text, HEAD))
			told = lines[i].in;
		if (found++ < DIFFERENCES_MAX)
			tell(&lines[i], wanted, say);
	}
	return found;
}

static size_t count_lines(const char *text)
{
	size_t n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

int net_table_compare(char *want, char *have, net_say_fn say)
{
	size_t n_want = count_lines(want), n_have = count_lines(have);
	struct line *lines = calloc(n_want + n_have, sizeof(*lines));
	bool in_order;
	int found;

	if (!lines)
		return -ENOMEM;
	n_want = split(want, lines);
	n_have = split(have, lines + n_want);
	in_order = match(lines, n_want, lines + n_want, n_have);
	found = tell_all(lines, n_want, true, say);
	found += tell_all(lines + n_want, n_have, false, say);
	free(lines);
	if (!found && !in_order) {
		say(NET_SAYS_TABLE, "the firewall's table inet " NET_TABLE " is not as nsbox made "
		    "it: its rules are in another order");
		return 1;
	}
	return found;
}

/**
 * struct firewall - a table of the admin's, as far as it was read
 * @name: "ip filter"; NULL where it is none that sessions' packets pass
 * @refuses: its chain that lets nothing through but what it names, or NULL
 * @in: the chain under way
 * @hooked: that one stands at the forward hook
 * @knows: some rule speaks of nsbox's interfaces
 */
struct firewall {
	const char *name;
	const char *refuses;
	const char *in;
	bool hooked;
	bool knows;
};

/* "ip filter" of "table ip filter {", cut off in place; NULL if it does not concern us. */
static const char *table_of(char *line)
{
	static const char *const families[] = { "table ip ", "table ip6 ", "table inet " };
	char *end = strstr(line, " {");

	for (size_t i = 0; end && i < sizeof(families) / sizeof(families[0]); i++) {
		if (strncmp(line, families[i], strlen(families[i])) != 0)
			continue;
		*end = '\0';
		line += strlen("table ");
		return strcmp(line, "inet " NET_TABLE) != 0 ? line : NULL;
	}
	return NULL;
}

static bool begins(const char *text, const char *with)
{
	return !strncmp(text, with, strlen(with));
}

/* Whatever the packet is: "drop", "counter reject with icmpx admin-prohibited". */
static bool refuses_all(const char *rule)
{
	if (begins(rule, "counter "))
		rule += strlen("counter ");
	return !strcmp(rule, "drop") || !strcmp(rule, "reject") || begins(rule, "reject with ");
}

static void read_rule(struct firewall *table, const char *rule)
{
	char group[24];

	snprintf(group, sizeof(group), "group %u", NET_GROUP);
	if (strstr(rule, "\"" NET_LINK_PREFIX) || strstr(rule, group))
		table->knows = true;
	if (begins(rule, "type filter hook forward "))
		table->hooked = true;
	if (table->hooked && (strstr(rule, "; policy drop;") || refuses_all(rule)))
		table->refuses = table->in;
}

static int judge(const struct firewall *table, net_say_fn say)
{
	char text[400];

	if (!table->name || !table->refuses || table->knows)
		return 0;
	snprintf(text, sizeof(text), "the chain %s of the firewall's table %s drops what it does "
		 "not know, and knows no nsb*", table->refuses, table->name);
	say(NET_SAYS_FIREWALL, text);
	return 1;
}

int net_firewall_find(char *ruleset, net_say_fn say)
{
	struct firewall table = { .name = NULL };
	int said = 0;

	for (char *line; (line = next_line(&ruleset));) {
		char *name = chain_of(line);

		if (begins(line, "table ")) {
			table = (struct firewall){ .name = table_of(line) };
		} else if (name) {
			table.in = name;
			table.hooked = false;
		} else if (!strcmp(line, "}")) {
			said += judge(&table, say);
		} else {
			read_rule(&table, line + strspn(line, "\t "));
		}
	}
	return said;
}
