// SPDX-License-Identifier: MIT
/*
 * Templates: whatever goes in, what comes out is a host name, or a line that is safe to show.
 */
#include "conf_helper.h"

#include <errno.h>

#include "expand.h"
#include "policy.h"

#define LONG "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static void test_expands(void **state)
{
	static const struct {
		const char *template;
		const char *user;
		const char *host;
		const char *expanded;
	} cases[] = {
		{ "%u-%h", "alice", "web1", "alice-web1" },
		{ "%u-%h", "alice", "web1.example.org", "alice-web1.example.org" },
		{ "%i", "alice", "web1", "7f" },
		{ "a_B.9-%u", "alice", "web1", "a_B.9-alice" },
		{ "x%%u", "alice", "web1", "x-u" },
		{ "%u", "DOM\\a@b c", "web1", "DOM-a-b-c" },
		{ "%u", "j\xc3\xb6rg", "web1", "j--rg" },
		{ "%u", "a\n\x1b[2J", "web1", "a---2J" },
		{ "%u", "%h", "web1", "h" },
		{ "%u", "-x", "web1", "x" },
		{ "%u-%h", "", ".web1", "web1" },
		{ "%u", "...", "web1", "nsbox" },
		{ "%u%h", "", "", "nsbox" },
		{ "%%", "alice", "web1", "nsbox" },
		{ "--%u", "@@", "web1", "nsbox" },
		{ "%h%u", "yz", LONG, NULL },
		{ "%u%h", "...", LONG LONG, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *expected = cases[i].expanded;
		char name[EXPAND_HOSTNAME_MAX + 1];
		char longest[EXPAND_HOSTNAME_MAX + 1];

		snprintf(longest, sizeof(longest), "%.*s", EXPAND_HOSTNAME_MAX, LONG);
		memset(name, 'Z', sizeof(name));
		assert_int_equal(expand_hostname(cases[i].template, cases[i].user, cases[i].host,
						 "7f", name), 0);
		assert_string_equal(name, expected ? expected : longest);
	}
}

static void test_refuses(void **state)
{
	static const char *const bad[] = {
		"", "%", "a%", "%x", "%U", "a b", "a/b", "\xc3\xa9", "%%%",
	};
	char name[EXPAND_HOSTNAME_MAX + 1] = "kept", much[POLICY_HOSTNAME_MAX + 1];
	struct value_why why;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		why.text[0] = '\0';
		assert_int_equal(expand_check_hostname(bad[i], &why), -EINVAL);
		assert_true(why.text[0]);
		assert_int_equal(expand_hostname(bad[i], "u", "h", "i", name), -EINVAL);
		assert_string_equal(name, "kept");
	}
	memset(much, 'x', sizeof(much));
	much[POLICY_HOSTNAME_MAX] = '\0';
	assert_int_equal(expand_check_hostname(much, &why), -EINVAL);
	much[POLICY_HOSTNAME_MAX - 1] = '\0';
	assert_int_equal(expand_check_hostname(much, &why), 0);
}

static void test_message(void **state)
{
	char line[EXPAND_MESSAGE_MAX], longest[POLICY_MESSAGE_MAX + 1], user[200];

	(void)state;
	assert_int_equal(expand_message("Hi %u on %h (%i), 100%%!", "a\x1b[2J\n", "h\xc3\xa9", "7f",
					line), 0);
	assert_string_equal(line, "Hi a?[2J? on h?? (7f), 100%!");
	assert_int_equal(expand_message("", "u", "h", "i", line), 0);
	assert_string_equal(line, "");
	strcpy(line, "kept");
	assert_int_equal(expand_message("%", "u", "h", "i", line), -EINVAL);
	assert_int_equal(expand_message("%U", "u", "h", "i", line), -EINVAL);
	assert_int_equal(expand_message("a\tb", "u", "h", "i", line), -EINVAL);
	assert_int_equal(expand_message("a\nb", "u", "h", "i", line), -EINVAL);
	assert_string_equal(line, "kept");
	/* As long as a template can be, and longer than a line can be. */
	longest[0] = '\0';
	while (strlen(longest) < POLICY_MESSAGE_MAX - 1)
		strcat(longest, "%u");
	memset(user, 'x', sizeof(user));
	user[sizeof(user) - 1] = '\0';
	assert_int_equal(strlen(longest), 190);
	assert_int_equal(expand_message(longest, user, "h", "i", line), 0);
	assert_int_equal(strlen(line), EXPAND_MESSAGE_MAX - 1);
	strcat(longest, "x");
	assert_int_equal(expand_message(longest, user, "h", "i", line), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expands),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_message),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
