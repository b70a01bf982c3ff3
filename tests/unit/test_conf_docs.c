// SPDX-License-Identifier: MIT
/*
 * The key table, the shipped nsbox.conf and nsbox.conf(5) say the same.
 */
#include "conf_helper.h"

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

static void test_shipped_is_builtin(void **state)
{
	struct conf_doc *builtin, *shipped;
	char *text = document("nsbox.conf");

	(void)state;
	shipped = load_good(text);
	assert_int_equal(conf_load_builtin(&builtin, NULL), 0);
	assert_int_equal(shipped->n_sections, 1);
	assert_int_equal(builtin->n_sections, 1);
	assert_int_equal(shipped->sections[0].kind, SECTION_DEFAULT);
	assert_int_equal(shipped->n_settings, CONF_KEYS);
	assert_int_equal(builtin->n_settings, CONF_KEYS);
	for (size_t i = 0; i < CONF_KEYS; i++) {
		assert_ptr_equal(shipped->settings[i].key, &conf_keys[i]);
		assert_ptr_equal(builtin->settings[i].key, &conf_keys[i]);
		assert_string_equal(shipped->settings[i].value, conf_keys[i].fallback);
		assert_string_equal(builtin->settings[i].value, conf_keys[i].fallback);
	}
	conf_free(builtin);
	conf_free(shipped);
	free(text);
}

/* Each default is what its own printer prints. */
static void test_table(void **state)
{
	struct policy policy;
	char text[CONF_VALUE_MAX];

	(void)state;
	assert_int_equal(policy_default(&policy, NULL), 0);
	for (size_t i = 0; i < CONF_KEYS; i++) {
		conf_keys[i].print(&policy, text, sizeof(text));
		assert_string_equal(text, conf_keys[i].fallback);
		assert_ptr_equal(conf_key_find(conf_keys[i].name), &conf_keys[i]);
		assert_true(conf_keys[i].allowed);
	}
	assert_null(conf_key_find("containe"));
	assert_null(conf_key_find(""));
	for (size_t i = 0; i < NS_KINDS; i++)
		assert_holds("expects", conf_keys[KEY_NAMESPACES].expects, ns_table[i].key);
}

static void test_shipped_comments(void **state)
{
	char *text = document("nsbox.conf"), *paragraph;
	char line[256];

	(void)state;
	for (size_t i = 0; i < CONF_KEYS; i++) {
		char *copy = strdup(text);

		sentence(&conf_keys[i], line, sizeof(line));
		paragraph = cut(copy, line, "\n# ");
		assert_string_equal(paragraph, "");
		snprintf(line, sizeof(line), "\n%s =", conf_keys[i].name);
		paragraph = cut(paragraph + 1, "# ", line);
		assert_holds("nsbox.conf", paragraph, conf_keys[i].expects);
		assert_null(strstr(paragraph, "\n\n"));
		free(copy);
	}
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
		if (next)
			*next = '\n';
		item = next;
	}
	assert_null(item);
	free(text);
}

static void test_man_limits(void **state)
{
	char *text = document("nsbox.conf.5"), *part, line[64];

	(void)state;
	part = cut(text, ".Sh DIAGNOSTICS\n", ".Sh SEE ALSO\n");
	snprintf(line, sizeof(line), "more than %d bytes, and more than %d bytes between",
		 SCAN_LINE_MAX, SCAN_SECTION_MAX);
	assert_holds("DIAGNOSTICS", part, line);
	snprintf(line, sizeof(line), "more than %d MiB or %d sections", CONF_MAX_BYTES >> 20,
		 SCAN_MAX_SECTIONS);
	assert_holds("DIAGNOSTICS", part, line);
	free(text);
}

static void test_man_examples(void **state)
{
	char *text = document("nsbox.conf.5"), *rest;
	size_t examples = 0;

	(void)state;
	rest = cut(text, ".Sh EXAMPLES\n", ".Sh DIAGNOSTICS\n");
	while (strstr(rest, ".Bd ")) {
		char *example = cut(strstr(rest, ".Bd "), "\n", ".Ed\n");

		conf_free(load_good(example));
		rest = example + strlen(example) + 1;
		examples++;
	}
	assert_true(examples >= 3);
	free(text);
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

/* The order is told in three places, word for word the same. */
static void test_order_sentence(void **state)
{
	char *man = document("nsbox.conf.5"), *code = document("match.c");
	char *shipped = document("nsbox.conf"), *order;

	(void)state;
	order = cut(man, ".Sh ORDER\n", ".Pp\n");
	flatten(order);
	flatten(code);
	flatten(shipped);
	assert_true(strlen(order) > 100);
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
		cmocka_unit_test(test_man_keys),
		cmocka_unit_test(test_man_limits),
		cmocka_unit_test(test_man_examples),
		cmocka_unit_test(test_order_sentence),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
