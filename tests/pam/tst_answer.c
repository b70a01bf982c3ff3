// SPDX-License-Identifier: MIT
/*
 * The whole module with an nsbox-build that answers nonsense: the login is refused with a cause in
 * the log, and the process stays where and as it was. What builder.c alone makes of an answer is in
 * tests/unit/test_builder.c.
 *
 * Invariants 1 and 8. Needs no root: the module is told that it is root, and no answer here is one
 * that it could follow.
 */
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "conv.h"
#include "fake_builder.h"
#include "logged.h"
#include "state.h"

#define SERVICE "nsbox-test"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static char dir[] = "/tmp/nsbox-answer-XXXXXX";
static char tenant[64];
static const char *module;

struct answer {
	const char *name;	/* see fake_builder.c */
	const char *cause;	/* in the log */
};

static const struct answer answers[] = {
	{ "none at all", "cannot have an answer: nsbox-build died" },
	{ "empty", "cannot have an answer: nsbox-build died" },
	{ "short", "cannot understand nsbox-build" },
	{ "long", "cannot have an answer of nsbox-build" },
	{ "other version", "cannot understand nsbox-build" },
	{ "other verdict", "cannot understand the answer" },
	{ "huge verdict", "cannot understand the answer" },
	{ "wait, none", "cannot have an answer: nsbox-build died" },
	{ "wait, wait", "cannot understand the answer" },
	{ "wait too long", "cannot wait " },
	{ "wait for nothing", "the deadline has passed" },
	{ "no descriptor", "nsbox-build sent too few descriptors" },
	{ "two descriptors", "nsbox-build sent too few descriptors" },
	{ "four descriptors", "cannot have an answer of nsbox-build" },
	{ "endless text", "xxxxxxxx" },
};

/* The module's, see logged.h. */
uid_t geteuid(void)
{
	return 0;
}

static int open_and_close(const char *answer)
{
	pam_handle_t *pamh = NULL;
	int r;

	told[0] = '\0';
	times_told = 0;
	assert_int_equal(pam_start_confdir(SERVICE, tenant, &conversation, dir, &pamh),
			 PAM_SUCCESS);
	times_logged = 0;	/* the library has something to say, too */
	assert_int_equal(pam_set_item(pamh, PAM_RHOST, answer), PAM_SUCCESS);
	r = pam_open_session(pamh, 0);
	pam_close_session(pamh, 0);
	pam_end(pamh, r);
	return r;
}

static void refused(const struct answer *a)
{
	static const char expected[] = "nsbox: login refused: your container cannot be made";
	char *before = state_text(STATE_ALL), *after;

	print_message("%s\n", a->name);
	assert_int_equal(open_and_close(a->name), PAM_SESSION_ERR);
	assert_memory_equal(told, expected, strlen(expected));
	assert_int_equal(times_told, 1);
	assert_int_equal(times_logged, 1);
	assert_non_null(strstr(logged[0], a->cause));
	after = state_text(STATE_ALL);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static void test_nonsense(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++)
		refused(&answers[i]);
}

/* The control: from this builder, too, the module takes the answers that make sense. */
static void test_sense(void **state)
{
	(void)state;
	assert_int_equal(open_and_close("exempt"), PAM_SUCCESS);
	assert_string_equal(told, "");
	assert_int_equal(open_and_close("denied"), PAM_SESSION_ERR);
	assert_non_null(strstr(told, "the policy of this host"));
}

static int setup(void **state)
{
	struct passwd *pw = getuid() == 0 ? getpwnam("nobody") : getpwuid(getuid());
	char line[1024];

	(void)state;
	if (!pw)
		return -1;
	snprintf(tenant, sizeof(tenant), "%s", pw->pw_name);
	snprintf(line, sizeof(line), "session required %s\n", module);
	if (!mkdtemp(dir) || write_service(dir, SERVICE, line) < 0)
		return -1;
	/* the library loads what it loads once: not to be counted as left over */
	return open_and_close("exempt") == PAM_SUCCESS ? 0 : -1;
}

static int teardown(void **state)
{
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/%s", dir, SERVICE);
	unlink(path);
	return rmdir(dir);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sense),
		cmocka_unit_test(test_nonsense),
	};

	fake_builder(argc, argv);
	if (argc != 2 || state_begin() < 0) {
		fprintf(stderr, "usage: tst_answer MODULE\n");
		return 2;
	}
	module = argv[1];
	return cmocka_run_group_tests(tests, setup, teardown);
}
