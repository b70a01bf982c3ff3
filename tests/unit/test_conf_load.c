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
	assert_int_equal(doc->settings[2].column, 14);
	assert_int_equal(doc->settings[3].line, 9);
	assert_string_equal(doc->settings[3].file, "t.conf");
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

#define KINDS "[nsbox], [default], [group NAME], [match LABEL], [user NAME] or [profile NAME]"

static void test_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} bad[] = {
		{ "[defaults]\nshell=\n", "f:1:2: unknown section [defaults]: expected " KINDS
		  ", did you mean `default`?" },
		{ "[ default]\nshell=\n", "f:1:2: unknown section [ default]: expected " KINDS },
		{ "[user\tx]\nshell=\n", "f:1:2: unknown section [user?x]: expected " KINDS },
		{ "[default ]\nshell=\n", "f:1:9: [default] takes no name: expected [default]" },
		{ "[nsbox x]\nshell=\n", "f:1:7: [nsbox] takes no name: expected [nsbox]" },
		{ "[group]\nshell=\n", "f:1:7: section without a name: expected [group NAME]" },
		{ "[match ]\nshell=\n", "f:1:7: section without a name: expected [match LABEL]" },
		{ "[user  x]\nshell=\n",
		  "f:1:7: blank in a name, [user  x]: expected [user NAME] with one space" },
		{ "[profile x ]\nshell=\n",
		  "f:1:11: blank in a name, [profile x ]: expected [profile NAME] with one space" },
		{ "[group a\tb]\nshell=\n",
		  "f:1:9: blank in a name, [group a?b]: expected [group NAME] with one space" },
		{ "[default]\nshel =\n", "f:2:1: unknown key \"shel\": did you mean `shell`?" },
		{ "[nsbox]\nshel =\n", "f:2:1: unknown key \"shel\": "
		  "expected one of services, deadline, address-pool, publish-ports, "
		  "publish-block" },
		{ "[default]\nshell = sh\n", "f:2:9: shell = \"sh\": it does not begin with '/': "
		  "expected an absolute path without //, /./, /../ or / at its end, or nothing" },
		{ "[default]\ncontainer = on\n",
		  "f:2:13: container = \"on\": it is not one of these: expected yes, no or deny" },
		{ "[default]\nshell =\nmode = audit\nshell = /x\n",
		  "f:4:1: second \"shell\" in [default]: the first is line 2" },
		{ "[user a]\nmode=audit\n[user a]\nshell=\n",
		  "f:3:2: second section [user a]: the first is line 1" },
		{ "[user a]\nwhen-user=a\nmode=audit\n",
		  "f:2:1: when-user cannot stand in a [user] section: expected it in [match]" },
		{ "[match a]\nwhen-user=a\n",
		  "f:1:2: section [match a] has no value: its conditions are for nothing" },
		{ "[match a]\nmode=audit\n",
		  "f:1:2: section [match a] has no condition: expected a when- key" },
		{ "[profile a]\nprofile=a\n", "f:2:1: a profile cannot take a profile" },
		{ "[user a]\nprofile=ab\n[profile abc]\nmode=audit\n",
		  "f:2:9: there is no [profile ab] in any file: did you mean `abc`?" },
		{ "[default]\non-error = refuse\n", "f:2:1: \"on-error\" is not a key: a login "
		  "that cannot get all that the policy asks for is always refused" },
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

static int add(struct conf_doc *doc, const char *file, const char *text, struct nsbox_error *err)
{
	return conf_add(doc, file, text, strlen(text), err);
}

static void test_files(void **state)
{
	struct nsbox_error err = { 0 };
	struct conf_doc *doc;
	size_t n;

	(void)state;
	assert_int_equal(conf_begin(NULL, &doc, &err), 0);
	assert_int_equal(add(doc, "a", "[profile p]\nmode = audit\n[user u]\nprofile = q\n", &err),
			 0);
	assert_int_equal(add(doc, "b", "[profile q]\nshell =\n[user u]\nprofile = p\n", &err), 0);
	assert_int_equal(add(doc, "c", "", &err), 0);
	assert_int_equal(add(doc, "d", "[profile p]\nshell = /x\n", &err), 0);
	assert_int_equal(conf_finish(doc, &err), 0);
	assert_int_equal(doc->n_sections, 5);
	assert_string_equal(doc->sections[1].file, "a");
	assert_string_equal(doc->sections[3].file, "b");
	assert_int_equal(doc->sections[3].line, 3);
	assert_ptr_equal(conf_profile(doc, "p", &n)[1], &doc->sections[4]);
	assert_ptr_equal(conf_profile(doc, "p", &n)[0], &doc->sections[0]);
	assert_int_equal(n, 2);
	assert_ptr_equal(conf_profile(doc, "q", &n)[0], &doc->sections[2]);
	assert_int_equal(n, 1);
	conf_profile(doc, "o", &n);
	assert_int_equal(n, 0);
	conf_profile(doc, "r", &n);
	assert_int_equal(n, 0);
	conf_free(doc);
}

/* A document that a file was not taken into stays refused, and says why whenever it is asked. */
static void test_stays_refused(void **state)
{
	const struct nsbox_error why = { EACCES, "cannot open b: Permission denied" };
	struct nsbox_error err = { 0 };
	struct conf_doc *doc;

	(void)state;
	assert_int_equal(conf_begin(NULL, &doc, &err), 0);
	assert_int_equal(add(doc, "a", "[default]\nx = y\n", &err), -EINVAL);
	assert_int_equal(add(doc, "b", "[default]\nmode = audit\n", NULL), 0);
	err.text[0] = '\0';
	assert_int_equal(conf_finish(doc, &err), -EINVAL);
	assert_memory_equal(err.text, "a:2:1: unknown key", 18);
	conf_free(doc);
	assert_int_equal(conf_begin(NULL, &doc, &err), 0);
	assert_int_equal(conf_refuse(doc, "b", &why, &err), -EACCES);
	assert_int_equal(err.code, EACCES);
	assert_string_equal(err.text, why.text);
	assert_int_equal(conf_finish(doc, &err), -EACCES);
	assert_int_equal(err.code, EACCES);
	conf_free(doc);
}

/* All faults of all files, in order; the first one told is the one of who stops there. */
static void test_collects(void **state)
{
	static const char *const lines[] = {
		"a:2:1: unknown key \"shel\": did you mean `shell`?",
		"a:3:9: mode = \"on\": it is not one of these: expected enforce or audit",
		"a:4:11: there is no [profile p] in any file",
		"c:1:9: section without ']'",
		"c:2:9: shell = \"x\": it does not begin with '/': expected an absolute path "
		"without //, /./, /../ or / at its end, or nothing",
	};
	struct conf_faults all = { .n = 0 };
	struct nsbox_error err = { 0 };
	char line[2 * NSBOX_ERROR_MAX];
	struct conf_doc *doc;

	(void)state;
	assert_int_equal(conf_begin(&all, &doc, &err), 0);
	assert_int_equal(add(doc, "a", "[default]\nshel=\nmode  = on\nprofile = p\n", &err),
			 -EINVAL);
	assert_int_equal(add(doc, "b", "[default]\nmode = audit\n", &err), 0);
	assert_int_equal(add(doc, "c", "[default\nshell = x\n", &err), -EINVAL);
	assert_int_equal(conf_finish(doc, &err), -EINVAL);
	assert_string_equal(err.text, lines[0]);
	assert_int_equal(all.n, 5);
	for (size_t i = 0; i < all.n; i++) {
		fault_print(&all.list[i], line, sizeof(line));
		assert_string_equal(line, lines[i]);
	}
	assert_false(all.cut);
	conf_free(doc);
	faults_free(&all);
}

/* A profile that may stand in what could not be read is not said to be missing. */
static void test_collects_without_a_file(void **state)
{
	const struct nsbox_error why = { EPERM, "cannot trust b" };
	struct conf_faults all = { .n = 0 };
	struct nsbox_error err = { 0 };
	struct conf_doc *doc;

	(void)state;
	assert_int_equal(conf_begin(&all, &doc, &err), 0);
	assert_int_equal(add(doc, "a", "[default]\nprofile = p\n", &err), 0);
	assert_int_equal(conf_refuse(doc, "b", &why, &err), -EPERM);
	assert_int_equal(conf_finish(doc, &err), -EPERM);
	assert_int_equal(all.n, 1);
	assert_string_equal(all.list[0].what, "cannot trust b");
	assert_string_equal(all.list[0].file, "b");
	assert_int_equal(all.list[0].line, 0);
	conf_free(doc);
	faults_free(&all);
}

static void test_too_much(void **state)
{
	char *text = malloc(CONF_MAX_BYTES);
	struct nsbox_error err = { 0 };
	struct conf_doc *doc;

	(void)state;
	assert_non_null(text);
	memset(text, '\n', CONF_MAX_BYTES);
	assert_int_equal(conf_begin(NULL, &doc, &err), 0);
	for (size_t i = 0; i < CONF_MAX_TOTAL / CONF_MAX_BYTES; i++)
		assert_int_equal(conf_add(doc, "f", text, CONF_MAX_BYTES, &err), 0);
	assert_int_equal(conf_add(doc, "g", text, 0, &err), 0);
	assert_int_equal(conf_add(doc, "h", text, 1, &err), -EFBIG);
	assert_string_equal(err.text, "cannot load h: File too large");
	conf_free(doc);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_stays_refused),
		cmocka_unit_test(test_collects),
		cmocka_unit_test(test_collects_without_a_file),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_other_inih),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
