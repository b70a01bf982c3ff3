// SPDX-License-Identifier: MIT
/*
 * The words of a PAM line.
 *
 * Invariant 1: an exemption holds whatever else is wrong in the line.
 */
#include "unit_helper.h"

#include "options.h"

#define WORDS 12

static void test_words(void **state)
{
	static const struct {
		const char *argv[WORDS];
		int close_line, open_line;
		const char *exempt[3];
		const char *unknown;
	} cases[] = {
		{ { NULL }, 0, 0, { NULL }, NULL },
		{ { "close" }, 1, 0, { NULL }, NULL },
		{ { "open" }, 0, 1, { NULL }, NULL },
		{ { "open", "open" }, 0, 1, { NULL }, NULL },
		{ { "close", "open" }, 1, 1, { NULL }, "close with open" },
		{ { "open", "close" }, 1, 1, { NULL }, "close with open" },
		{ { "exempt-group=a", "close", "exempt-group=b c" }, 1, 0, { "a", "b c" }, NULL },
		{ { "exempt-group=a=b" }, 0, 0, { "a=b" }, NULL },
		{ { "exempt-group=" }, 0, 0, { NULL }, "exempt-group=" },
		{ { "exempt-group" }, 0, 0, { NULL }, "exempt-group" },
		{ { "exempt-groups=a" }, 0, 0, { NULL }, "exempt-groups=a" },
		{ { "Close" }, 0, 0, { NULL }, "Close" },
		{ { "closed" }, 0, 0, { NULL }, "closed" },
		{ { "clos" }, 0, 0, { NULL }, "clos" },
		{ { "" }, 0, 0, { NULL }, "" },
		{ { "debug", "exempt-group=a" }, 0, 0, { "a" }, "debug" },
		{ { "exempt-group=a", "debug", "open" }, 0, 1, { "a" }, "debug" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *argv[WORDS];
		struct options o;
		unsigned int n = 0;
		int argc = 0;

		while (cases[i].argv[argc]) {
			argv[argc] = cases[i].argv[argc];
			argc++;
		}
		o = options_read(argc, argv);
		assert_int_equal(o.close_line, cases[i].close_line);
		assert_int_equal(o.open_line, cases[i].open_line);
		for (; cases[i].exempt[n]; n++)
			assert_string_equal(o.exempt[n], cases[i].exempt[n]);
		assert_int_equal(o.n_exempt, n);
		if (!cases[i].unknown)
			assert_null(o.unknown);
		else
			assert_string_equal(o.unknown, cases[i].unknown);
	}
}

/* One group more than there is room for must not be dropped without a word. */
static void test_too_many_groups(void **state)
{
	const char *argv[OPTIONS_EXEMPT_MAX + 1];
	char words[OPTIONS_EXEMPT_MAX + 1][32];
	struct options o;

	(void)state;
	for (int i = 0; i <= OPTIONS_EXEMPT_MAX; i++) {
		snprintf(words[i], sizeof(words[i]), "exempt-group=g%d", i);
		argv[i] = words[i];
	}
	o = options_read(OPTIONS_EXEMPT_MAX, argv);
	assert_null(o.unknown);
	assert_int_equal(o.n_exempt, OPTIONS_EXEMPT_MAX);
	o = options_read(OPTIONS_EXEMPT_MAX + 1, argv);
	assert_string_equal(o.unknown, words[OPTIONS_EXEMPT_MAX]);
	assert_int_equal(o.n_exempt, OPTIONS_EXEMPT_MAX);
	assert_string_equal(o.exempt[OPTIONS_EXEMPT_MAX - 1], "g7");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_too_many_groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
