// SPDX-License-Identifier: MIT
/*
 * Faults: the first one or all, in order, within bounds; the hint; and the set that finds doubles.
 */
#include "conf_helper.h"

#include <errno.h>

#include "hint.h"
#include "scan.h"
#include "seen.h"

static void test_first(void **state)
{
	const struct conf_fault at = { .file = "f", .line = 3, .column = 4, .expected = "x" };
	struct nsbox_error err = { 0 };
	struct fault_sink sink = { .err = &err };

	(void)state;
	assert_int_equal(fault_add(&sink, &at, "bad \"%s\"", "\x1b[2J"), -EINVAL);
	assert_string_equal(err.text, "f:3:4: bad \"?[2J\": expected x");
	assert_int_equal(err.code, EINVAL);
	assert_int_equal(fault_add(&sink, &at, "worse"), -EINVAL);
	assert_string_equal(err.text, "f:3:4: bad \"?[2J\": expected x");
	assert_int_equal(sink.n, 2);
}

static void test_all(void **state)
{
	struct conf_fault at = { .file = "f", .line = 1, .hint = "h" };
	struct conf_faults all = { .n = 0 };
	struct fault_sink sink = { .all = &all };
	char line[2 * NSBOX_ERROR_MAX];

	(void)state;
	for (unsigned int i = 0; i < FAULTS_MAX; i++) {
		at.line = 1 + (i * 7) % FAULTS_MAX;
		assert_int_equal(fault_add(&sink, &at, "w"), 0);
	}
	assert_false(all.cut);
	assert_int_equal(fault_add(&sink, &at, "w"), -EINVAL);
	assert_true(all.cut);
	assert_int_equal(all.n, FAULTS_MAX);
	faults_sort(&all);
	for (unsigned int i = 0; i < FAULTS_MAX; i++)
		assert_int_equal(all.list[i].line, 1 + i);
	fault_print(&all.list[0], line, sizeof(line));
	assert_string_equal(line, "f:1: w: did you mean `h`?");
	strcpy(all.list[0].expected, "e");
	all.list[0].line = 0;
	fault_print(&all.list[0], line, sizeof(line));
	assert_string_equal(line, "w: expected e, did you mean `h`?");
	faults_free(&all);
	assert_int_equal(all.n, 0);
	faults_sort(&all);
	faults_free(&all);
}

/* The order of the files comes before that of the lines. */
static void test_sort(void **state)
{
	const struct conf_fault at[] = {
		{ .file = "b", .line = 1 }, { .file = "a", .line = 2, .column = 2 },
		{ .file = "a", .line = 2, .column = 1 }, { .file = "a", .line = 0 },
	};
	struct conf_faults all = { .n = 0 };
	struct fault_sink sink = { .all = &all };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		sink.order = i == 0;
		fault_add(&sink, &at[i], "w");
	}
	faults_sort(&all);
	assert_int_equal(all.list[0].line, 0);
	assert_int_equal(all.list[1].column, 1);
	assert_int_equal(all.list[2].column, 2);
	assert_string_equal(all.list[3].file, "b");
	faults_free(&all);
}

static const char *nearest(const char *typed)
{
	static struct hint hint;

	memset(&hint, 0, sizeof(hint));
	for (size_t i = 0; i < CONF_KEYS; i++)
		hint_try(&hint, conf_keys[i].name, typed, strlen(typed));
	return hint.word;
}

static void test_hint(void **state)
{
	(void)state;
	assert_string_equal(nearest("hostnmae"), "hostname");
	assert_string_equal(nearest("host-name"), "hostname");
	assert_string_equal(nearest("HOSTNAME"), "hostname");
	assert_string_equal(nearest("user_map"), "user-map");
	assert_string_equal(nearest("contianer"), "container");
	assert_string_equal(nearest("containers"), "container");
	assert_string_equal(nearest("mod"), "mode");
	assert_string_equal(nearest("moed"), "mode");
	assert_string_equal(nearest("mxdx"), "");
	assert_string_equal(nearest("x"), "");
	assert_string_equal(nearest(""), "");
	assert_string_equal(nearest("when-usre"), "when-user");
	assert_string_equal(nearest("nss-socket"), "nss-sockets");
	assert_string_equal(nearest("averylongwordthatnokeycouldeverbe"), "");
}

static void test_seen(void **state)
{
	static struct scan_section sections[40000];
	static char names[20000][8];
	struct seen seen = { .n = 0 };
	size_t first = 0;

	(void)state;
	for (size_t i = 0; i < 40000; i++) {
		char *name = names[i % 20000];

		snprintf(name, sizeof(names[0]), "%zx", i % 20000);
		sections[i].name = (struct scan_span){ name, strlen(name) };
		assert_int_equal(seen_add(&seen, sections, i, &first), 0);
		assert_int_equal(first, i % 20000);
	}
	assert_int_equal(seen.n, 20000);
	seen_clear(&seen);
	assert_int_equal(seen_add(&seen, sections, 7, &first), 0);
	assert_int_equal(first, 7);
	assert_int_equal(seen.n, 1);
	seen_free(&seen);
	seen_free(&seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_first),
		cmocka_unit_test(test_all),
		cmocka_unit_test(test_sort),
		cmocka_unit_test(test_hint),
		cmocka_unit_test(test_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
