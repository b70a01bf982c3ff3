// SPDX-License-Identifier: MIT
/*
 * The printer: every value once, with the places that the matcher has traced. The golden tests look
 * at the whole of it; here is what they cannot have.
 */
#include "conf_helper.h"

#include "print.h"

static void test_place(void **state)
{
	const struct conf_setting said = { .file = "a\x1b.conf", .line = 3 };
	const struct conf_setting via = { .file = "b.conf", .line = 4, .value = "p" };
	struct match_step step = { .setting = &said };
	char buf[128], tiny[8];

	(void)state;
	print_place(NULL, buf, sizeof(buf));
	assert_string_equal(buf, "built-in default");
	print_place(&step, buf, sizeof(buf));
	assert_string_equal(buf, "a?.conf:3");
	step.via = &via;
	print_place(&step, buf, sizeof(buf));
	assert_string_equal(buf, "a?.conf:3 (profile = p, b.conf:4)");
	print_place(&step, tiny, sizeof(tiny));
	assert_string_equal(tiny, "a?.conf");
}

/* What comes from outside must not write on the admin's terminal. */
static void test_why(void **state)
{
	struct conf_doc *doc = load_good("[match m]\nwhen-from = !local\nwhen-user = *\n"
					 "mode = audit\n[default]\nshell =\n");
	struct match_subject who = login_of("a\x1b[2J", NULL, 0);
	char buf[256], tiny[8];

	(void)state;
	who.rhost = "h\n";
	rule_why(doc, &doc->sections[0], &who, buf, sizeof(buf));
	assert_string_equal(buf, "when-from = !local (h?), when-user = * (a?[2J)");
	rule_why(doc, &doc->sections[0], &who, tiny, sizeof(tiny));
	assert_string_equal(tiny, "when-fr");
	rule_why(doc, &doc->sections[1], &who, buf, sizeof(buf));
	assert_string_equal(buf, "everyone");
	conf_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_place),
		cmocka_unit_test(test_why),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
