// SPDX-License-Identifier: MIT
/*
 * The loader: what a document holds, what is refused, and that an inih which reads in another way
 * than the scan gets the file refused.
 *
 * Invariant 9: unknown or duplicate words refuse the whole file with file:line.
 */
#include "conf_helper.h"

#include <errno.h>
#include <ini.h>

/* What the inih of this test does to the file; the build links it in place of the real one. */
enum fake {
	FAKE_NOT,
	FAKE_CUTS_SECTION,
	FAKE_OTHER_VALUE,
	FAKE_OTHER_KEY,
	FAKE_NO_VALUE,
	FAKE_SKIPS_FIRST,
	FAKE_SKIPS_LAST,
	FAKE_ONE_MORE,
	FAKE_LATE,
	FAKE_FAILS,
	FAKE_NO_MEMORY,
	FAKE_ANNOUNCES,
	FAKES,
};

static enum fake fake;

int __real_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);
int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user);

int __wrap_ini_parse_stream(ini_reader reader, void *stream, ini_handler handler, void *user)
{
	char line[200];

	if (fake == FAKE_NOT)
		return __real_ini_parse_stream(reader, stream, handler, user);
	if (fake == FAKE_NO_MEMORY)
		return -2;
	for (int i = 0; i < (fake == FAKE_LATE ? 3 : 2); i++)
		reader(line, sizeof(line), stream);
	if (fake == FAKE_ANNOUNCES)
		handler(user, "user ab", NULL, NULL);
	if (fake != FAKE_SKIPS_FIRST)
		handler(user, fake == FAKE_CUTS_SECTION ? "user a" : "user ab",
			fake == FAKE_OTHER_KEY ? "shell" : "container",
			fake == FAKE_OTHER_VALUE ? "no" : fake == FAKE_NO_VALUE ? NULL : "yes");
	reader(line, sizeof(line), stream);
	if (fake != FAKE_SKIPS_LAST)
		handler(user, "user ab", "user-map", "self");
	if (fake == FAKE_ONE_MORE)
		handler(user, "user ab", "user-map", "root");
	return fake == FAKE_FAILS ? 3 : 0;
}

static void test_other_inih(void **state)
{
	static const char text[] = "[user ab]\ncontainer = yes\nuser-map = self\n";

	(void)state;
	for (fake = FAKE_NOT; fake < FAKES; fake++) {
		struct conf_doc *doc = NULL;
		struct nsbox_error err = { 0 };
		int good = fake == FAKE_NOT || fake == FAKE_ANNOUNCES;
		int r = conf_load("f", text, strlen(text), &doc, &err);

		if (r != (good ? 0 : fake == FAKE_NO_MEMORY ? -ENOMEM : -EINVAL))
			fail_msg("fake %d gives %d: %s", (int)fake, r, err.text);
		assert_true(!!doc == good);
		conf_free(doc);
	}
	fake = FAKE_NOT;
}

static void assert_section(const struct conf_section *section, enum section_kind kind,
			   const char *name, unsigned int line, size_t first, size_t count)
{
	assert_int_equal(section->kind, kind);
	assert_string_equal(section->name, name);
	assert_string_equal(section->file, "t.conf");
	assert_int_equal(section->line, line);
	assert_int_equal(section->first, first);
	assert_int_equal(section->count, count);
}

static void test_sections(void **state)
{
	struct conf_doc *doc = load_good("# c\n[user 1000]\nshell =\n\n[default]\n"
					 "container=no\nnamespaces\t= mount\tpid \n[group a.b$]\n"
					 "hostname = %u-x");

	(void)state;
	assert_int_equal(doc->n_sections, 3);
	assert_section(&doc->sections[0], SECTION_USER, "1000", 2, 0, 1);
	assert_section(&doc->sections[1], SECTION_DEFAULT, "", 5, 1, 2);
	assert_section(&doc->sections[2], SECTION_GROUP, "a.b$", 8, 3, 1);
	assert_int_equal(doc->n_settings, 4);
	assert_ptr_equal(doc->settings[0].key, &conf_keys[KEY_SHELL]);
	assert_string_equal(doc->settings[0].value, "");
	assert_int_equal(doc->settings[0].line, 3);
	assert_ptr_equal(doc->settings[2].key, &conf_keys[KEY_NAMESPACES]);
	assert_string_equal(doc->settings[2].value, "mount\tpid");
	assert_int_equal(doc->settings[2].line, 7);
	assert_int_equal(doc->settings[3].line, 9);
	conf_free(doc);
}

static void test_empty(void **state)
{
	struct conf_doc *doc = load_good("# nothing\n");

	(void)state;
	assert_int_equal(doc->n_sections, 0);
	assert_int_equal(doc->n_settings, 0);
	conf_free(doc);
	conf_free(NULL);
}

/* A value that is good comes back from the printer as text that sets the same again. */
static void test_values(void **state)
{
	static const struct {
		enum conf_key_id key;
		const char *value;
		const char *printed;	/* NULL: refused */
	} cases[] = {
		{ KEY_CONTAINER, "yes", "yes" },
		{ KEY_CONTAINER, "no", "no" },
		{ KEY_CONTAINER, "deny", "deny" },
		{ KEY_CONTAINER, "Yes", NULL },
		{ KEY_CONTAINER, "ye", NULL },
		{ KEY_CONTAINER, "yesno", NULL },
		{ KEY_CONTAINER, "", NULL },
		{ KEY_CONTAINER, "true", NULL },
		{ KEY_CONTAINER, "1", NULL },
		{ KEY_CONTAINER, "\"yes\"", NULL },
		{ KEY_NAMESPACES, "mount pid", "pid mount" },
		{ KEY_NAMESPACES, " pid \t mount ", "pid mount" },
		{ KEY_NAMESPACES, "cgroup user net ipc uts mount pid",
		  "pid mount uts ipc net user cgroup" },
		{ KEY_NAMESPACES, "", NULL },
		{ KEY_NAMESPACES, "pid", NULL },
		{ KEY_NAMESPACES, "mount net", NULL },
		{ KEY_NAMESPACES, "pid mount pid", NULL },
		{ KEY_NAMESPACES, "pid mount time", NULL },
		{ KEY_NAMESPACES, "pid,mount", NULL },
		{ KEY_NAMESPACES, "pid mount ne", NULL },
		{ KEY_NAMESPACES, "PID mount", NULL },
		{ KEY_HOSTNAME, "%u", "%u" },
		{ KEY_HOSTNAME, "a_b.c-%i%%%h", "a_b.c-%i%%%h" },
		{ KEY_HOSTNAME, "", NULL },
		{ KEY_HOSTNAME, "%", NULL },
		{ KEY_HOSTNAME, "%x", NULL },
		{ KEY_HOSTNAME, "a b", NULL },
		{ KEY_HOSTNAME, "a/b", NULL },
		{ KEY_USER_MAP, "self", "self" },
		{ KEY_USER_MAP, "root", "root" },
		{ KEY_USER_MAP, "subid", NULL },
		{ KEY_PRIVATE_TMP, "yes", "yes" },
		{ KEY_PRIVATE_TMP, "no", "no" },
		{ KEY_PRIVATE_TMP, "deny", NULL },
		{ KEY_SHELL, "", "" },
		{ KEY_SHELL, "/bin/sh", "/bin/sh" },
		{ KEY_SHELL, "/x", "/x" },
		{ KEY_SHELL, "/...", "/..." },
		{ KEY_SHELL, "/.a/..b/c.", "/.a/..b/c." },
		{ KEY_SHELL, "/", NULL },
		{ KEY_SHELL, "bin/sh", NULL },
		{ KEY_SHELL, "//bin/sh", NULL },
		{ KEY_SHELL, "/bin//sh", NULL },
		{ KEY_SHELL, "/bin/./sh", NULL },
		{ KEY_SHELL, "/bin/../sh", NULL },
		{ KEY_SHELL, "/bin/..", NULL },
		{ KEY_SHELL, "/bin/.", NULL },
		{ KEY_SHELL, "/bin/", NULL },
		{ KEY_SHELL, "/bin/sh -l", NULL },
		{ KEY_SHELL, "/bin/\xc3\xa9", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct conf_key *key = &conf_keys[cases[i].key];
		struct policy policy, before;
		struct nsbox_error why = { 0 };
		char text[CONF_VALUE_MAX];
		int r;

		memset(&policy, 0x5a, sizeof(policy));
		before = policy;
		r = key->set(cases[i].value, &policy, &why);
		if ((r == 0) != !!cases[i].printed)
			fail_msg("%s = %s gives %d", key->name, cases[i].value, r);
		if (r < 0) {
			assert_int_equal(r, -EINVAL);
			assert_true(why.text[0]);
			assert_memory_equal(&policy, &before, sizeof(policy));
			continue;
		}
		key->print(&policy, text, sizeof(text));
		assert_string_equal(text, cases[i].printed);
	}
}

static void test_long_values(void **state)
{
	char text[PATH_MAX + 8];
	struct policy policy;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[PATH_MAX - 1] = '\0';
	assert_int_equal(conf_keys[KEY_SHELL].set(text, &policy, NULL), 0);
	text[PATH_MAX - 1] = 'x';
	text[PATH_MAX] = '\0';
	assert_int_equal(conf_keys[KEY_SHELL].set(text, &policy, NULL), -EINVAL);
	text[POLICY_HOSTNAME_MAX] = '\0';
	assert_int_equal(conf_keys[KEY_HOSTNAME].set(text + 1, &policy, NULL), 0);
	assert_string_equal(policy.hostname, text + 1);
	text[POLICY_HOSTNAME_MAX] = 'x';
	text[POLICY_HOSTNAME_MAX + 1] = '\0';
	assert_int_equal(conf_keys[KEY_HOSTNAME].set(text + 1, &policy, NULL), -EINVAL);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} bad[] = {
		{ "[defaults]\nshell=\n", "f:1: unknown section [defaults]: "
		  "expected [default], [group NAME] or [user NAME]" },
		{ "[Default]\nshell=\n", "f:1: unknown section [Default]: "
		  "expected [default], [group NAME] or [user NAME]" },
		{ "[ default]\nshell=\n", "f:1: unknown section [ default]: "
		  "expected [default], [group NAME] or [user NAME]" },
		{ "[user\tx]\nshell=\n", "f:1: unknown section [user?x]: "
		  "expected [default], [group NAME] or [user NAME]" },
		{ "[default ]\nshell=\n", "f:1: [default] takes no name: expected [default]" },
		{ "[default x]\nshell=\n", "f:1: [default] takes no name: expected [default]" },
		{ "[group]\nshell=\n", "f:1: section without a name: expected [group NAME]" },
		{ "[user ]\nshell=\n", "f:1: section without a name: expected [user NAME]" },
		{ "[user  x]\nshell=\n",
		  "f:1: blank in a name, [user  x]: expected [user NAME] with one space" },
		{ "[user x ]\nshell=\n",
		  "f:1: blank in a name, [user x ]: expected [user NAME] with one space" },
		{ "[group a b]\nshell=\n",
		  "f:1: blank in a name, [group a b]: expected [group NAME] with one space" },
		{ "[group a\tb]\nshell=\n",
		  "f:1: blank in a name, [group a?b]: expected [group NAME] with one space" },
		{ "[default]\nshel =\n", "f:2: unknown key \"shel\": expected one of container, "
		  "namespaces, hostname, user-map, private-tmp, shell" },
		{ "[default]\nshell = sh\n", "f:2: shell = \"sh\": it does not begin with '/': "
		  "expected an absolute path without //, /./, /../ or / at its end, or nothing" },
		{ "[default]\ncontainer = on\n",
		  "f:2: container = \"on\": it is not one of these: expected yes, no or deny" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct conf_doc *doc = NULL;
		struct nsbox_error err = { 0 };
		int r = conf_load("f", bad[i].text, strlen(bad[i].text), &doc, &err);

		assert_int_equal(r, -EINVAL);
		assert_int_equal(err.code, EINVAL);
		assert_string_equal(err.text, bad[i].error);
		assert_null(doc);
	}
}

static void test_too_big(void **state)
{
	char *text = malloc(CONF_MAX_BYTES + 1);
	struct conf_doc *doc = NULL;
	struct nsbox_error err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, '\n', CONF_MAX_BYTES + 1);
	assert_int_equal(conf_load("f", text, CONF_MAX_BYTES + 1, &doc, &err), -EFBIG);
	assert_string_equal(err.text, "cannot load f: File too large");
	assert_null(doc);
	assert_int_equal(conf_load("f", text, CONF_MAX_BYTES, &doc, &err), 0);
	conf_free(doc);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_other_inih),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
