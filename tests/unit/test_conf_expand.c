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

/* What comes of a path's template is one path of that kind, or none. */
static void test_path(void **state)
{
	static const struct {
		const char *template;
		const char *user;
		const char *home;
		const char *expanded;	/* NULL: refused */
	} cases[] = {
		{ "/srv/a", "ann", "/home/ann", "/srv/a" },
		{ "/srv/%u-%U/%g.%G/%i", "ann", "/home/ann", "/srv/ann-1000/staff.100/7f" },
		{ "%h", "ann", "/home/ann", "/home/ann" },
		{ "%h/x", "ann", "/home/ann/", "/home/ann/x" },
		{ "%h/x", "ann", "/", "/x" },
		{ "%h", "ann", "/", "/" },
		{ "/srv%h", "ann", "/home/ann", "/srv/home/ann" },
		{ "/srv/100%%", "ann", "/home/ann", "/srv/100%" },
		{ "/srv/%u", "a b\n\x1b", "/home/ann", "/srv/a b\n\x1b" },
		{ "/srv/%u", "%h", "/home/ann", "/srv/%h" },
		{ "/srv/x-%u", "..", "/home/ann", "/srv/x-.." },
		{ "/srv/%u", "..", "/home/ann", NULL },
		{ "/srv/.%u", ".", "/home/ann", NULL },
		{ "/srv/%u", ".", "/home/ann", NULL },
		{ "/srv/%u", "", "/home/ann", NULL },
		{ "/srv/%u", "../etc", "/home/ann", NULL },
		{ "/srv/%u", "a/b", "/home/ann", NULL },
		{ "/srv/%u", "/", "/home/ann", NULL },
		{ "%h/x", "ann", "/home/../etc", NULL },
		{ "%h/x", "ann", "/home//ann", NULL },
		{ "%h/x", "ann", "home", NULL },
		{ "%h/x", "ann", "", NULL },
		{ "/srv/%h", "ann", "/home/ann", NULL },
		{ "/srv/%x", "ann", "/home/ann", NULL },
		{ "srv", "ann", "/home/ann", NULL },
		{ "%hx", "ann", "/home/ann", NULL },
	};
	static char much[PATH_MAX + 8];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct expand_who who = { cases[i].user, 1000, "staff", 100, cases[i].home, "7f" };
		char path[PATH_MAX] = "kept";
		int r = expand_path(cases[i].template, &who, path);

		assert_int_equal(r, cases[i].expanded ? 0 : -EINVAL);
		assert_string_equal(path, cases[i].expanded ? cases[i].expanded : "kept");
	}
	memset(much, 'x', sizeof(much) - 1);
	for (size_t len = PATH_MAX - 16; len < PATH_MAX + 8; len++) {
		struct expand_who who = { much + sizeof(much) - 1 - len, 1, "", 1, "/", "7f" };
		char path[PATH_MAX] = "kept";

		assert_int_equal(expand_path("/srv/%u", &who, path),
				 len + 5 < PATH_MAX ? 0 : -ENAMETOOLONG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expands),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_message),
		cmocka_unit_test(test_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
