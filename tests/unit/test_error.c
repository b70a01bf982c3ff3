// SPDX-License-Identifier: MIT
/*
 * The error record: always one whole line, harmless wherever it is shown.
 */
#include "unit_helper.h"

#include <errno.h>

#include "error.h"

static void test_sentence(void **state)
{
	struct nsbox_error err = { 0 };

	(void)state;
	assert_int_equal(error_errno(&err, ENOENT, "cannot open %s", "/x"), -ENOENT);
	assert_int_equal(err.code, ENOENT);
	assert_string_equal(err.text, "cannot open /x: No such file or directory");
	error_errno(&err, EUCLEAN, "x");
	assert_string_equal(err.text, "x: Structure needs cleaning");
	assert_int_equal(error_plain(&err, EPERM, "cannot enter: %d", 7), -EPERM);
	assert_int_equal(err.code, EPERM);
	assert_string_equal(err.text, "cannot enter: 7");
}

/* Either sign means the same, and no code at all is still a failure. */
static void test_code(void **state)
{
	static const struct {
		int given, code;
	} cases[] = { { ENOENT, ENOENT }, { -ENOENT, ENOENT }, { 0, EIO } };
	struct nsbox_error err;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(error_errno(&err, cases[i].given, "x"), -cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(error_plain(&err, cases[i].given, "x"), -cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(error_errno(NULL, cases[i].given, "x"), -cases[i].code);
		assert_int_equal(error_plain(NULL, cases[i].given, "x"), -cases[i].code);
	}
}

static void test_clean(void **state)
{
	struct nsbox_error err;
	char all[256];

	(void)state;
	for (int i = 0; i < 255; i++)
		all[i] = (char)(i + 1);
	all[255] = '\0';
	text_clean(all);
	for (int i = 0; i < 255; i++) {
		int byte = i + 1;

		assert_int_equal(all[i], byte >= 0x20 && byte <= 0x7e ? byte : '?');
	}
	error_plain(&err, EPERM, "a\nb\033[31mc\xc3\xa9\x7f");
	assert_string_equal(err.text, "a?b?[31mc???");
}

/* A text that is too long is cut and still ends; with the reason at any place of the cut. */
static void test_cut(void **state)
{
	struct {
		struct nsbox_error err;
		char after;
	} room;
	char text[NSBOX_ERROR_MAX + 50];

	(void)state;
	for (size_t len = NSBOX_ERROR_MAX - 40; len < sizeof(text) - 1; len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		memset(&room, 0x55, sizeof(room));
		error_errno(&room.err, ENOENT, "%s", text);
		assert_non_null(memchr(room.err.text, '\0', NSBOX_ERROR_MAX));
		assert_true(strlen(room.err.text) >= NSBOX_ERROR_MAX - 40);
		assert_int_equal(strspn(room.err.text, "x"),
				 len < NSBOX_ERROR_MAX ? len : NSBOX_ERROR_MAX - 1);
		assert_int_equal(room.after, 0x55);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sentence),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
