// SPDX-License-Identifier: MIT
/*
 * The matcher: which section speaks of whom, in which order, and what cannot be had together.
 *
 * Invariant 1: nothing that the policy asks for is silently missing.
 */
#include "conf_helper.h"

#include <errno.h>
#include <sched.h>

static const char *const groups[] = { "alice", "staff", "boxed" };
static const struct match_subject alice = { "alice", groups, 3 };

static struct conf_section section(enum section_kind kind, char *name)
{
	return (struct conf_section){ .kind = kind, .name = name };
}

static void test_rule(void **state)
{
	static const struct {
		enum section_kind kind;
		char name[16];
		bool matches;
	} cases[] = {
		{ SECTION_DEFAULT, "", true },
		{ SECTION_USER, "alice", true },
		{ SECTION_USER, "alic", false },
		{ SECTION_USER, "alice2", false },
		{ SECTION_USER, "Alice", false },
		{ SECTION_USER, "staff", false },
		{ SECTION_GROUP, "alice", true },
		{ SECTION_GROUP, "staff", true },
		{ SECTION_GROUP, "boxed", true },
		{ SECTION_GROUP, "box", false },
		{ SECTION_GROUP, "boxed2", false },
		{ SECTION_GROUP, "", false },
		{ SECTION_GROUP, "*", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char name[16];
		struct conf_section rule = section(cases[i].kind, strcpy(name, cases[i].name));

		if (rule_matches(&rule, &alice) != cases[i].matches)
			fail_msg("%s %s", section_words[rule.kind], name);
	}
}

/* A name of digits is no id, and a user without groups is in none. */
static void test_rule_names(void **state)
{
	const struct match_subject digits = { "1000", NULL, 0 };
	struct conf_section user = section(SECTION_USER, (char[]){ "1000" });
	struct conf_section group = section(SECTION_GROUP, (char[]){ "1000" });

	(void)state;
	assert_true(rule_matches(&user, &digits));
	assert_false(rule_matches(&user, &alice));
	assert_false(rule_matches(&group, &digits));
}

static void test_default(void **state)
{
	struct conf_doc *doc = load_good(""), *builtin;
	struct match_origin origin[CONF_KEYS];
	struct policy policy, other;

	(void)state;
	memset(origin, 0x5a, sizeof(origin));
	assert_int_equal(match_policy(doc, &alice, &policy, origin, NULL), 0);
	assert_int_equal(policy.container, CONTAINER_YES);
	assert_int_equal(policy.namespaces,
			 CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
			 CLONE_NEWUSER | CLONE_NEWCGROUP);
	assert_string_equal(policy.hostname, "%u-%h");
	assert_int_equal(policy.user_map, USER_MAP_SELF);
	assert_true(policy.private_tmp);
	assert_string_equal(policy.shell, "");
	for (size_t i = 0; i < CONF_KEYS; i++) {
		assert_null(origin[i].file);
		assert_int_equal(origin[i].line, 0);
	}
	assert_int_equal(conf_load_builtin(&builtin, NULL), 0);
	assert_int_equal(match_policy(builtin, &alice, &other, NULL, NULL), 0);
	assert_memory_equal(&policy, &other, sizeof(policy));
	conf_free(builtin);
	conf_free(doc);
}

/* The user's section first, the default last: their places in the file do not count. */
static void test_order(void **state)
{
	struct conf_doc *doc = load_good("[user alice]\nhostname = user\n"
					 "[group boxed]\nshell = /boxed\nuser-map = root\n"
					 "hostname = boxed\n"
					 "[group other]\nprivate-tmp = no\n"
					 "[group staff]\nshell = /staff\nhostname = staff\n"
					 "[user bob]\ncontainer = deny\n"
					 "[default]\nshell = /default\nuser-map = self\n"
					 "hostname = default\nnamespaces = pid mount user\n");
	struct match_origin origin[CONF_KEYS];
	struct policy policy;

	(void)state;
	assert_int_equal(match_policy(doc, &alice, &policy, origin, NULL), 0);
	assert_string_equal(policy.hostname, "user");
	assert_int_equal(origin[KEY_HOSTNAME].line, 2);
	assert_string_equal(origin[KEY_HOSTNAME].file, "t.conf");
	assert_string_equal(policy.shell, "/staff");
	assert_int_equal(origin[KEY_SHELL].line, 10);
	assert_int_equal(policy.user_map, USER_MAP_ROOT);
	assert_int_equal(origin[KEY_USER_MAP].line, 5);
	assert_int_equal(policy.namespaces, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER);
	assert_int_equal(origin[KEY_NAMESPACES].line, 18);
	assert_true(policy.private_tmp);
	assert_null(origin[KEY_PRIVATE_TMP].file);
	assert_int_equal(policy.container, CONTAINER_YES);
	conf_free(doc);
}

/* The empty shell takes back an earlier one. */
static void test_empty_value(void **state)
{
	struct conf_doc *doc = load_good("[default]\nshell = /x\n[user alice]\nshell =\n");
	struct match_origin origin[CONF_KEYS];
	struct policy policy;

	(void)state;
	assert_int_equal(match_policy(doc, &alice, &policy, origin, NULL), 0);
	assert_string_equal(policy.shell, "");
	assert_int_equal(origin[KEY_SHELL].line, 4);
	conf_free(doc);
}

static void together(const char *text, int result, const char *error)
{
	struct conf_doc *doc = load_good(text);
	struct match_origin origin[CONF_KEYS], no_origin[CONF_KEYS];
	struct policy policy, untouched;
	struct nsbox_error err = { 0 };

	memset(&untouched, 0x5a, sizeof(untouched));
	memset(no_origin, 0x5a, sizeof(no_origin));
	policy = untouched;
	memcpy(origin, no_origin, sizeof(origin));
	assert_int_equal(match_policy(doc, &alice, &policy, origin, &err), result);
	assert_string_equal(err.text, error);
	if (result < 0) {
		assert_memory_equal(&policy, &untouched, sizeof(policy));
		assert_memory_equal(origin, no_origin, sizeof(origin));
	}
	conf_free(doc);
}

static void test_together(void **state)
{
	(void)state;
	together("[default]\nnamespaces = pid mount\n[user alice]\nuser-map = root\n", -EINVAL,
		 "t.conf:4: user-map = root needs the user namespace, which t.conf:2 leaves out");
	together("[default]\nnamespaces = pid mount\n[user bob]\nuser-map = root\n", 0, "");
	together("[default]\nnamespaces = pid mount\nuser-map = root\n"
		 "[user alice]\nuser-map = self\n", 0, "");
	together("[default]\nnamespaces = pid mount\nuser-map = root\n"
		 "[user alice]\ncontainer = no\n", 0, "");
	together("[default]\nnamespaces = pid mount user\nuser-map = root\n", 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_rule_names),
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_empty_value),
		cmocka_unit_test(test_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
