// SPDX-License-Identifier: MIT
/*
 * Conditions: one of the patterns, and none of those with '!'.
 */
#include "conf_helper.h"

#include <errno.h>

static const char *const groups[] = { "staff", "cs-lab", "" };
static const struct match_subject who = {
	"alice", 1000, groups, 3, "192.0.2.7", "sshd", "ssh",
};

static void test_holds(void **state)
{
	static const struct {
		enum conf_key_id key;
		const char *value;
		bool holds;
	} cases[] = {
		{ KEY_WHEN_USER, "alice", true },
		{ KEY_WHEN_USER, "bob a*", true },
		{ KEY_WHEN_USER, "bob", false },
		{ KEY_WHEN_USER, "a* !alice", false },
		{ KEY_WHEN_USER, "!alice a*", false },
		{ KEY_WHEN_USER, "a* !bob", true },
		{ KEY_WHEN_USER, "!bob", true },
		{ KEY_WHEN_USER, "!bob !carol", true },
		{ KEY_WHEN_USER, "bob !carol", false },
		{ KEY_WHEN_USER, "1000", false },
		{ KEY_WHEN_GROUP, "staff", true },
		{ KEY_WHEN_GROUP, "cs-*", true },
		{ KEY_WHEN_GROUP, "cs-* !staff", false },
		{ KEY_WHEN_GROUP, "cs-* !cs-guests", true },
		{ KEY_WHEN_GROUP, "!staff", false },
		{ KEY_WHEN_GROUP, "!other", true },
		{ KEY_WHEN_GROUP, "alice", false },
		{ KEY_WHEN_UID, "1000", true },
		{ KEY_WHEN_UID, "1-999 1001-2000", false },
		{ KEY_WHEN_UID, "0-4294967294", true },
		{ KEY_WHEN_UID, "1000-1999 !1000", false },
		{ KEY_WHEN_UID, "!1001", true },
		{ KEY_WHEN_FROM, "192.0.2.0/24", true },
		{ KEY_WHEN_FROM, "192.0.2.0/24 !192.0.2.7", false },
		{ KEY_WHEN_FROM, "::/0", false },
		{ KEY_WHEN_FROM, "local", false },
		{ KEY_WHEN_FROM, "!local", true },
		{ KEY_WHEN_FROM, "!10.0.0.0/8", true },
		{ KEY_WHEN_SERVICE, "ssh?", true },
		{ KEY_WHEN_SERVICE, "!su !su-l", true },
		{ KEY_WHEN_SERVICE, "login", false },
		{ KEY_WHEN_TTY, "ssh", true },
		{ KEY_WHEN_TTY, "tty*", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct conf_key *key = &conf_keys[cases[i].key];

		assert_int_equal(key->check(cases[i].value, NULL), 0);
		if (key->holds(cases[i].value, &who) != cases[i].holds)
			fail_msg("%s = %s", key->name, cases[i].value);
	}
}

/* A host name is no address, whatever it looks like, and no login of a remote host is local. */
static void test_from(void **state)
{
	static const struct {
		const char *rhost, *value;
		bool holds;
	} cases[] = {
		{ "", "local", true },
		{ "", "0.0.0.0/0 ::/0", false },
		{ "", "!0.0.0.0/0 !::/0", true },
		{ "", "!local", false },
		{ "web1", "0.0.0.0/0 ::/0 local", false },
		{ "web1", "!10.0.0.0/8", true },
		{ "local", "local", false },
		{ "::1", "::1 local", true },
		{ "::ffff:10.1.1.1", "10.0.0.0/8", true },
		{ "fe80::2%eth0", "fe80::/64", true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct match_subject from = who;

		from.rhost = cases[i].rhost;
		if (cond_from(cases[i].value, &from) != cases[i].holds)
			fail_msg("%s of %s", cases[i].value, cases[i].rhost);
	}
}

/* A group without a name is nobody's pattern, and who is in no group is in none that is wanted. */
static void test_groups(void **state)
{
	struct match_subject none = who;

	(void)state;
	none.groups = groups + 2;
	none.n_groups = 1;
	assert_false(cond_group("*", &none));
	none.n_groups = 0;
	assert_false(cond_group("*", &none));
	assert_true(cond_group("!*", &none));
	assert_true(cond_group("*", &who));
}

static void test_checks(void **state)
{
	struct value_why why;

	(void)state;
	assert_int_equal(cond_check_globs("", NULL), -EINVAL);
	assert_int_equal(cond_check_uids("", NULL), -EINVAL);
	assert_int_equal(cond_check_from("", NULL), -EINVAL);
	assert_int_equal(cond_check_globs("a !", &why), -EINVAL);
	assert_int_equal(why.at, 3);
	assert_int_equal(cond_check_globs("!!a", &why), -EINVAL);
	assert_int_equal(why.at, 1);
	assert_int_equal(cond_check_uids("1 !2-1", &why), -EINVAL);
	assert_int_equal(why.at, 3);
	assert_int_equal(cond_check_from("local !10.0.0.0/99", &why), -EINVAL);
	assert_int_equal(why.at, 16);
	assert_int_equal(cond_check_from("!local !::1", &why), 0);
	assert_int_equal(cond_check_globs("a !a", &why), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_from),
		cmocka_unit_test(test_groups),
		cmocka_unit_test(test_checks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
