// SPDX-License-Identifier: MIT
/*
 * The matcher: which section speaks of whom, and in which order.
 *
 * Invariant 1: nothing that the policy asks for is silently missing.
 */
#include "conf_helper.h"

#include <errno.h>
#include <sched.h>

static const char *const groups[] = { "alice", "staff", "boxed" };
static const struct match_subject alice = {
	"alice", 1000, groups, 3, "192.0.2.7", "sshd", "ssh",
};

static struct conf_section section(enum section_kind kind, const char *name)
{
	return (struct conf_section){ .kind = kind, .name = name };
}

static void test_rule(void **state)
{
	static const struct {
		enum section_kind kind;
		const char *name;
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
		{ SECTION_USER, "*", false },
		{ SECTION_PROFILE, "alice", false },
		{ SECTION_SITE, "", false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf_section rule = section(cases[i].kind, cases[i].name);

		if (rule_matches(NULL, &rule, &alice) != cases[i].matches)
			fail_msg("%s %s", section_words[rule.kind], rule.name);
	}
}

/* A name of digits is no id, and a user without groups is in none. */
static void test_rule_names(void **state)
{
	const struct match_subject digits = login_of("1000", NULL, 0);
	struct conf_section user = section(SECTION_USER, "1000");
	struct conf_section group = section(SECTION_GROUP, "1000");

	(void)state;
	assert_true(rule_matches(NULL, &user, &digits));
	assert_false(rule_matches(NULL, &user, &alice));
	assert_false(rule_matches(NULL, &group, &digits));
}

/* Where the value of a key was said: its lines, "" for the built-in one. */
static void assert_lines(const struct match_trace *trace, enum conf_key_id key, const char *lines)
{
	const struct match_step *step;
	char found[256] = "";

	for (size_t i = 0; (step = match_origin(trace, key, i)); i++)
		snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%u",
			 i ? " " : "", step->setting->line);
	if (strcmp(found, lines))
		fail_msg("%s: lines %s, not %s", conf_keys[key].name, found, lines);
}

static void test_default(void **state)
{
	struct conf_doc *doc = load_good("");
	struct match_trace trace = { .n_steps = 0 };
	struct conf_values values, builtin;

	(void)state;
	memset(&values, 0x5a, sizeof(values));
	assert_int_equal(match_site(doc, &values.site, &trace, NULL), 0);
	assert_int_equal(match_policy(doc, &alice, &values.policy, &trace, NULL), 0);
	assert_int_equal(values.policy.container, CONTAINER_YES);
	assert_int_equal(values.policy.mode, MODE_ENFORCE);
	assert_int_equal(values.policy.namespaces,
			 CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET |
			 CLONE_NEWUSER | CLONE_NEWCGROUP);
	assert_string_equal(values.policy.hostname, "%u-%h");
	assert_int_equal(values.policy.user_map, USER_MAP_SELF);
	assert_true(values.policy.private_tmp);
	assert_string_equal(values.policy.shell, "");
	assert_string_equal(values.policy.message, "");
	assert_int_equal(values.policy.nss_sockets.n, 0);
	assert_false(values.policy.nss_inside);
	assert_int_equal(values.site.services.n, 4);
	assert_true(words_have(&values.site.services, "su-l"));
	assert_int_equal(values.site.deadline_ms, 10000);
	assert_int_equal(trace.n_steps, 0);
	assert_int_equal(trace.n_sections, 0);
	assert_true(match_nothing(doc, &alice));
	assert_int_equal(conf_default(&builtin, NULL), 0);
	assert_memory_equal(&values.policy, &builtin.policy, sizeof(values.policy));
	assert_memory_equal(&values.site, &builtin.site, sizeof(values.site));
	match_trace_free(&trace);
	conf_free(doc);
}

/* The user's section first, the default last: their places in the file do not count. */
static void test_order(void **state)
{
	struct conf_doc *doc = load_good("[user alice]\nhostname = user\n"
					 "[group boxed]\nshell = /boxed\nuser-map = root\n"
					 "hostname = boxed\n"
					 "[group other]\nprivate-tmp = no\n"
					 "[match m]\nwhen-from = 192.0.2.0/24\nshell = /match\n"
					 "mode = audit\n"
					 "[group staff]\nshell = /staff\nhostname = staff\n"
					 "[match n]\nwhen-from = 192.0.3.0/24\nshell = /not\n"
					 "[user bob]\ncontainer = deny\n"
					 "[default]\nshell = /default\nuser-map = self\n"
					 "hostname = default\nnamespaces = pid mount user\n"
					 "[nsbox]\ndeadline = 5s\n");
	struct match_trace trace = { .n_steps = 0 };
	struct policy policy;
	struct site site;

	(void)state;
	assert_int_equal(match_policy(doc, &alice, &policy, &trace, NULL), 0);
	assert_string_equal(policy.hostname, "user");
	assert_lines(&trace, KEY_HOSTNAME, "2");
	assert_string_equal(policy.shell, "/staff");
	assert_lines(&trace, KEY_SHELL, "14");
	assert_int_equal(policy.user_map, USER_MAP_ROOT);
	assert_lines(&trace, KEY_USER_MAP, "5");
	assert_int_equal(policy.namespaces, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER);
	assert_lines(&trace, KEY_NAMESPACES, "25");
	assert_true(policy.private_tmp);
	assert_lines(&trace, KEY_PRIVATE_TMP, "");
	assert_int_equal(policy.mode, MODE_AUDIT);
	assert_int_equal(policy.container, CONTAINER_YES);
	assert_int_equal(trace.n_sections, 5);
	assert_int_equal(trace.sections[0]->line, 21);
	assert_int_equal(trace.sections[2]->line, 9);
	assert_int_equal(trace.sections[4]->line, 1);
	assert_int_equal(match_site(doc, &site, &trace, NULL), 0);
	assert_int_equal(site.deadline_ms, 5000);
	assert_lines(&trace, KEY_DEADLINE, "27");
	assert_lines(&trace, KEY_SERVICES, "");
	assert_false(match_nothing(doc, &alice));
	match_trace_free(&trace);
	conf_free(doc);
}

/* The empty shell takes back an earlier one. */
static void test_empty_value(void **state)
{
	struct conf_doc *doc = load_good("[default]\nshell = /x\n[user alice]\nshell =\n");
	struct match_trace trace = { .n_steps = 0 };
	struct policy policy;

	(void)state;
	assert_int_equal(match_policy(doc, &alice, &policy, &trace, NULL), 0);
	assert_string_equal(policy.shell, "");
	assert_lines(&trace, KEY_SHELL, "4");
	match_trace_free(&trace);
	conf_free(doc);
}

/* Lists append, an empty line clears, and what is built in is not appended to. */
static void test_lists(void **state)
{
	struct conf_doc *doc = load_good("[nsbox]\nservices = sshd\n"
					 "[default]\nnss-sockets = nscd\n"
					 "[group staff]\nnss-sockets = sssd nscd\n"
					 "[group boxed]\nnss-sockets =\nnss-sockets = /a\n"
					 "nss-sockets = /b\n"
					 "[user bob]\nnss-sockets = userdb\n");
	const struct match_subject bob = login_of("bob", groups + 1, 1);
	struct match_trace trace = { .n_steps = 0 }, other = { .n_steps = 0 };
	struct policy policy;
	struct site site;

	(void)state;
	assert_int_equal(match_site(doc, &site, &trace, NULL), 0);
	assert_int_equal(site.services.n, 1);
	assert_lines(&trace, KEY_SERVICES, "2");
	assert_int_equal(match_policy(doc, &alice, &policy, &trace, NULL), 0);
	assert_string_equal(words_next(&policy.nss_sockets, NULL), "/a");
	assert_int_equal(policy.nss_sockets.n, 2);
	assert_lines(&trace, KEY_NSS_SOCKETS, "9 10");
	assert_int_equal(match_policy(doc, &bob, &policy, &other, NULL), 0);
	assert_int_equal(policy.nss_sockets.n, 3);
	assert_lines(&other, KEY_NSS_SOCKETS, "4 6 12");
	match_trace_free(&trace);
	match_trace_free(&other);
	conf_free(doc);
}

/* Templates of all sections are known to every login, each once; and so many of them. */
static void test_templates(void **state)
{
	struct conf_doc *doc = load_good("[profile p]\naddress = 192.0.2.%n/24\n"
					 "[default]\naddress = pool\n"
					 "[user bob]\naddress = 192.0.2.%n/24\n"
					 "[user alice]\naddress = 10.0.0.%U/8\n");
	struct nsbox_error err = { 0 };
	char text[8192] = "";
	struct site site;

	(void)state;
	assert_int_equal(match_site(doc, &site, NULL, NULL), 0);
	assert_int_equal(site.templates, 2);
	assert_string_equal(site.template[0], "192.0.2.%n/24");
	assert_string_equal(site.template[1], "10.0.0.%U/8");
	conf_free(doc);
	for (unsigned int i = 0; i <= SITE_TEMPLATES_MAX; i++)
		snprintf(text + strlen(text), 64, "[user u%u]\naddress = 10.%u.0.%%n/24\n", i, i);
	doc = load_good(text);
	assert_int_equal(match_site(doc, &site, NULL, &err), -EINVAL);
	assert_non_null(strstr(err.text, ":66: address has more than 32"));
	conf_free(doc);
}

/* A profile stands in the place of the line that takes it, all of its sections together. */
static void test_profiles(void **state)
{
	struct conf_doc *doc = load_good("[profile p]\nhostname = p\nshell = /p\nmode = audit\n"
					 "[default]\nhostname = before\nprofile = p\n"
					 "shell = /after\n"
					 "[group staff]\nmode = enforce\n");
	struct match_trace trace = { .n_steps = 0 };
	const struct match_step *step;
	struct policy policy;

	(void)state;
	assert_int_equal(match_policy(doc, &alice, &policy, &trace, NULL), 0);
	assert_string_equal(policy.hostname, "p");
	assert_string_equal(policy.shell, "/after");
	assert_int_equal(policy.mode, MODE_ENFORCE);
	step = match_origin(&trace, KEY_HOSTNAME, 0);
	assert_int_equal(step->setting->line, 2);
	assert_int_equal(step->via->line, 7);
	assert_int_equal(step->section->line, 5);
	step = match_origin(&trace, KEY_SHELL, 0);
	assert_null(step->via);
	match_trace_free(&trace);
	conf_free(doc);
}

/* What only a login can find out: the words of all sections together are too many. */
static void test_list_too_long(void **state)
{
	static const char xs[] =
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
	struct policy policy, untouched;
	struct nsbox_error err = { 0 };
	struct conf_doc *doc;
	char text[4096] = "[default]\n";

	(void)state;
	for (int i = 0; i < 20; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "nss-sockets = /%d%s\n", i, xs);
	memset(&untouched, 0x5a, sizeof(untouched));
	policy = untouched;
	doc = load_good(text);
	assert_int_equal(match_policy(doc, &alice, &policy, NULL, &err), -EINVAL);
	assert_memory_equal(err.text, "t.conf:14:15: nss-sockets = \"/12xx", 33);
	assert_non_null(strstr(err.text, "with what was said before it is longer than 2048 bytes"));
	assert_memory_equal(&policy, &untouched, sizeof(policy));
	conf_free(doc);
}

/* Lines of one section are one list, in a profile too; what another section says begins anew. */
static void test_choices(void **state)
{
	struct conf_doc *doc = load_good("[default]\negress = 10.0.0.0/8\negress = 192.0.2.1\n"
					 "[profile p]\negress = none\n"
					 "[group staff]\negress = 10.1.0.0/16\n"
					 "egress = 10.2.0.0/16 10.1.0.0/16\n"
					 "[group boxed]\nprofile = p\n"
					 "[match x]\nwhen-uid = 1000\nprofile = p\n"
					 "[match y]\nwhen-uid = 1000\negress = 10.1.0.0/16\n"
					 "[user bob]\nreach-host = 22\negress = any\n"
					 "[user carol]\negress = none\n");
	const struct match_subject bob = { "bob", 7, groups + 1, 1, "", "sshd", "ssh" };
	const struct match_subject carol = { "carol", 7, groups + 1, 2, "", "sshd", "ssh" };
	const struct match_subject dave = { "dave", 7, groups, 2, "", "sshd", "ssh" };
	const struct {
		const struct match_subject *who;
		const char *egress, *lines;
	} cases[] = {
		{ &alice, "10.1.0.0/16", "16" }, { &bob, "any", "19" }, { &carol, "none", "21" },
		{ &dave, "10.1.0.0/16 10.2.0.0/16", "7 8" },
	};
	char text[CONF_VALUE_MAX];
	struct conf_values values;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct match_trace trace = { .n_steps = 0 };

		assert_int_equal(match_policy(doc, cases[i].who, &values.policy, &trace, NULL), 0);
		conf_print(&conf_keys[KEY_EGRESS], &values, text, sizeof(text));
		assert_string_equal(text, cases[i].egress);
		assert_lines(&trace, KEY_EGRESS, cases[i].lines);
		match_trace_free(&trace);
	}
	conf_free(doc);
}

/* network = host is no net namespace, and both lines are where that is said. */
static void test_host_network(void **state)
{
	struct conf_doc *doc = load_good("[default]\nnamespaces = pid mount net user\n"
					 "[user alice]\nnetwork = host\n");
	struct match_trace trace = { .n_steps = 0 };
	struct policy policy;

	(void)state;
	assert_int_equal(match_policy(doc, &alice, &policy, &trace, NULL), 0);
	assert_int_equal(policy.namespaces, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUSER);
	assert_lines(&trace, KEY_NAMESPACES, "2 4");
	assert_lines(&trace, KEY_NETWORK, "4");
	match_trace_free(&trace);
	conf_free(doc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule),
		cmocka_unit_test(test_rule_names),
		cmocka_unit_test(test_default),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_empty_value),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_profiles),
		cmocka_unit_test(test_list_too_long),
		cmocka_unit_test(test_choices),
		cmocka_unit_test(test_host_network),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
