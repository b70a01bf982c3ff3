// SPDX-License-Identifier: MIT
/*
 * The key table, the shipped nsbox.conf and nsbox.conf(5) say the same.
 */
#include "conf_helper.h"

#include "files.h"
#include "hint.h"
#include "nss.h"
#include "nstable.h"
#include "scan.h"

#ifndef NSBOX_CONF_DIR
#define NSBOX_CONF_DIR "conf"
#endif

static char *document(const char *name)
{
	char path[PATH_MAX];
	size_t len;

	snprintf(path, sizeof(path), "%s/%s", path_from("NSBOX_CONF_DIR", NSBOX_CONF_DIR), name);
	return slurp(path, &len);
}

static void assert_holds(const char *what, const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("%s does not hold: %s", what, part);
}

/* The table's line as a sentence. */
static void sentence(const struct conf_key *key, char *buf, size_t size)
{
	snprintf(buf, size, "%s.", key->doc);
	buf[0] = (char)(buf[0] - 'a' + 'A');
}

/* The text from after @from up to @to, which takes it out of @text. */
static char *cut(char *text, const char *from, const char *to)
{
	char *start = strstr(text, from), *end;

	if (!start)
		fail_msg("no %s", from);
	start += strlen(from);
	end = strstr(start, to);
	if (!end)
		fail_msg("no %s after %s", to, from);
	*end = '\0';
	return start;
}

/* Every key with a default, once, in the order of the table, in its section. */
static void test_shipped_is_builtin(void **state)
{
	const struct match_subject who = login_of("alice", NULL, 0);
	struct conf_values values, builtin;
	char *text = document("nsbox.conf");
	struct conf_doc *shipped;
	size_t n = 0;

	(void)state;
	shipped = load_good(text);
	assert_int_equal(shipped->n_sections, 2);
	assert_int_equal(shipped->sections[0].kind, SECTION_SITE);
	assert_int_equal(shipped->sections[1].kind, SECTION_DEFAULT);
	for (size_t i = 0; i < CONF_KEYS; i++) {
		if (!conf_keys[i].fallback)
			continue;
		assert_true(n < shipped->n_settings);
		assert_ptr_equal(shipped->settings[n].key, &conf_keys[i]);
		assert_string_equal(shipped->settings[n].value, conf_keys[i].fallback);
		n++;
	}
	assert_int_equal(shipped->n_settings, n);
	assert_int_equal(conf_default(&builtin, NULL), 0);
	assert_int_equal(match_site(shipped, &values.site, NULL, NULL), 0);
	assert_int_equal(match_policy(shipped, &who, &values.policy, NULL, NULL), 0);
	assert_memory_equal(&values.site, &builtin.site, sizeof(values.site));
	assert_memory_equal(&values.policy, &builtin.policy, sizeof(values.policy));
	conf_free(shipped);
	free(text);
}

static void test_table(void **state)
{
	char line[64];

	(void)state;
	for (size_t i = 0; i < CONF_KEYS; i++) {
		assert_ptr_equal(conf_key_find(conf_keys[i].name), &conf_keys[i]);
		assert_true(conf_keys[i].allowed);
		assert_true(conf_keys[i].doc && conf_keys[i].expects);
		assert_true(strlen(conf_keys[i].name) < HINT_MAX);
		assert_int_equal(!!conf_keys[i].holds, conf_keys[i].kind == KIND_PATTERNS);
		assert_int_equal(conf_keys[i].allowed == 1U << SECTION_MATCH,
				 conf_keys[i].kind == KIND_PATTERNS);
	}
	assert_null(conf_key_find("containe"));
	assert_null(conf_key_find(""));
	assert_null(conf_key_find("on-error"));
	for (size_t i = 0; i < NS_KINDS; i++)
		assert_holds("expects", conf_keys[KEY_NAMESPACES].expects, ns_table[i].key);
	for (size_t i = 0; i < NSS_SERVICES; i++)
		assert_holds("expects", conf_keys[KEY_NSS_SOCKETS].expects, nss_table[i].word);
	snprintf(line, sizeof(line), "at most %d bytes", POLICY_MESSAGE_MAX - 1);
	assert_holds("expects", conf_keys[KEY_MESSAGE].expects, line);
}

/* Comment marks and line ends do not count. */
static void flatten(char *text)
{
	char *to = text;

	for (const char *p = text; *p; p++) {
		if (!strchr(" \t\n*#", *p))
			*to++ = *p;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	while (to > text && to[-1] == ' ')
		to--;
	*to = '\0';
}

/* The same as flatten() does to a text. */
static void flat(const char *text, char *buf, size_t size)
{
	snprintf(buf, size, "%s", text);
	flatten(buf);
}

/* Above each key, or above a line that would set it, stand its sentence and what it takes. */
static void test_shipped_comments(void **state)
{
	char *text = document("nsbox.conf"), *paragraph;
	char line[256], expects[256];

	(void)state;
	for (size_t i = 0; i < CONF_KEYS; i++) {
		char *copy = strdup(text);

		sentence(&conf_keys[i], line, sizeof(line));
		paragraph = cut(copy, line, "\n# ");
		assert_string_equal(paragraph, "");
		snprintf(line, sizeof(line), "\n%s%s =", conf_keys[i].fallback ? "" : "#",
			 conf_keys[i].name);
		paragraph = cut(paragraph + 1, "# ", line);
		assert_null(strstr(paragraph, "\n\n"));
		flatten(paragraph);
		flat(conf_keys[i].expects, expects, sizeof(expects));
		assert_holds("nsbox.conf", paragraph, expects);
		assert_null(strstr(paragraph + strlen(paragraph) + 1, line));
		free(copy);
	}
	free(text);
}

/* The lines that are commented out are good ones. */
static void test_shipped_examples(void **state)
{
	char *text = document("nsbox.conf"), *to = text;

	(void)state;
	for (const char *p = text; *p; p++)
		if (*p != '#' || (p != text && p[-1] != '\n') || p[1] < 'P')
			*to++ = *p;
	*to = '\0';
	to = strstr(text, "profile = NAME");
	assert_non_null(to);
	assert_non_null(strstr(to, "\n[match LABEL]\n"));
	to = malloc(strlen(text) + 128);
	assert_non_null(to);
	sprintf(to, "%smode = audit\n[profile NAME]\nmode = audit\n", text);
	conf_free(load_good(to));
	free(to);
	free(text);
}

/* "yes, no or deny" becomes "yes | no | deny". */
static void alternatives(const struct conf_key *key, char *buf, size_t size)
{
	size_t used = 0;

	for (const char *p = key->expects; *p && used < size - 4; ) {
		size_t skip = !strncmp(p, ", ", 2) ? 2 : !strncmp(p, " or ", 4) ? 4 : 0;

		if (skip)
			used += (size_t)snprintf(buf + used, size - used, " | ");
		else
			buf[used++] = *p;
		p += skip ? skip : 1;
	}
	buf[used] = '\0';
}

static void check_item(const struct conf_key *key, const char *item)
{
	char line[256];

	snprintf(line, sizeof(line), "%s No = ", key->name);
	if (strncmp(item, line, strlen(line)))
		fail_msg("expected %s, found %.40s", line, item);
	if (key->kind == KIND_WORD || key->kind == KIND_BOOL) {
		alternatives(key, line, sizeof(line));
		assert_holds(key->name, item, line);
	}
	sentence(key, line, sizeof(line));
	assert_holds(key->name, item, line);
	if (!key->fallback) {
		assert_null(strstr(item, "Default:"));
		return;
	}
	snprintf(line, sizeof(line), "Default:\n.Ql %s .", *key->fallback ? key->fallback : "\\&");
	assert_holds(key->name, item, line);
}

static void test_man_keys(void **state)
{
	char *text = document("nsbox.conf.5"), *item, *next, line[64];
	static const char mark[] = "\n.It Ic ";

	(void)state;
	item = strstr(cut(text, ".Sh KEYS\n", ".Sh ORDER\n"), mark);
	for (size_t i = 0; i < CONF_KEYS; i++) {
		assert_non_null(item);
		item += strlen(mark);
		next = strstr(item, mark);
		if (next)
			*next = '\0';
		check_item(&conf_keys[i], item);
		for (size_t j = 0; i == KEY_NAMESPACES && j < NS_KINDS; j++) {
			snprintf(line, sizeof(line), "\n.It Cm %s\n", ns_table[j].key);
			assert_holds("namespaces", item, line);
		}
		for (size_t j = 0; i == KEY_NSS_SOCKETS && j < NSS_SERVICES; j++) {
			snprintf(line, sizeof(line), "\n.It Cm %s\n.Pa %s\n", nss_table[j].word,
				 nss_table[j].path);
			assert_holds("nss-sockets", item, line);
		}
		if (next)
			*next = '\n';
		item = next;
	}
	assert_null(item);
	free(text);
}

/* Every kind of section, in both documents. */
static void test_sections(void **state)
{
	char *man = document("nsbox.conf.5"), *shipped = document("nsbox.conf"), line[64];

	(void)state;
	for (enum section_kind kind = 0; kind < SECTION_KINDS; kind++) {
		const char *name = kind == SECTION_MATCH ? "LABEL" : "NAME";

		snprintf(line, sizeof(line), "\n.It Bq Ic %s%s%s\n", section_words[kind],
			 section_is_named(kind) ? " Ar " : "", section_is_named(kind) ? name : "");
		assert_holds("nsbox.conf.5", man, line);
		snprintf(line, sizeof(line), "[%s%s%s]", section_words[kind],
			 section_is_named(kind) ? " " : "", section_is_named(kind) ? name : "");
		assert_holds("nsbox.conf", shipped, line);
	}
	free(man);
	free(shipped);
}

static void test_man_limits(void **state)
{
	char *text = document("nsbox.conf.5"), *part, line[64];

	(void)state;
	snprintf(line, sizeof(line), "are at most\n%d bytes", WORDS_MAX);
	assert_holds("Values", text, line);
	part = cut(text, ".Sh DIAGNOSTICS\n", ".Sh SEE ALSO\n");
	snprintf(line, sizeof(line), "more than %d bytes, and more than %d bytes between",
		 SCAN_LINE_MAX, SCAN_SECTION_MAX);
	assert_holds("DIAGNOSTICS", part, line);
	snprintf(line, sizeof(line), "more than %d MiB or %d sections, more than %d keys",
		 CONF_MAX_BYTES >> 20, SCAN_MAX_SECTIONS, SCAN_MAX_SETTINGS);
	assert_holds("DIAGNOSTICS", part, line);
	snprintf(line, sizeof(line), "more than %d files\nin the folder, and more than %d MiB",
		 CONF_FILES_MAX, CONF_MAX_TOTAL >> 20);
	assert_holds("DIAGNOSTICS", part, line);
	free(text);
}

static void test_man_examples(void **state)
{
	char *text = document("nsbox.conf.5"), *rest;
	size_t examples = 0;

	(void)state;
	rest = cut(text, ".Sh ORDER\n", ".Sh DIAGNOSTICS\n");
	while (strstr(rest, ".Bd ")) {
		char *example = cut(strstr(rest, ".Bd "), "\n", ".Ed\n");

		conf_free(load_good(example));
		rest = example + strlen(example) + 1;
		examples++;
	}
	assert_true(examples >= 6);
	free(text);
}

/* The order is told in four places, word for word the same. */
static void test_order_sentence(void **state)
{
	char *man = document("nsbox.conf.5"), *code = document("match.c");
	char *shipped = document("nsbox.conf"), *order;

	(void)state;
	order = cut(man, ".Sh ORDER\n", ".Pp\n");
	flatten(order);
	flatten(code);
	flatten(shipped);
	assert_string_equal(order, match_order);
	assert_holds("match.c", code, order);
	assert_holds("nsbox.conf", shipped, order);
	free(man);
	free(code);
	free(shipped);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_shipped_is_builtin),
		cmocka_unit_test(test_shipped_comments),
		cmocka_unit_test(test_shipped_examples),
		cmocka_unit_test(test_man_keys),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_man_limits),
		cmocka_unit_test(test_man_examples),
		cmocka_unit_test(test_order_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
