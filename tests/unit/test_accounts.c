// SPDX-License-Identifier: MIT
/*
 * passwd(5) and group(5) as one tenant is to see them.
 */
#include "unit_helper.h"

#include <errno.h>

#include "accounts.h"

static const uint32_t gids[] = { 1001, 27, 5000, 70000 };
static const char *names[] = { "ann", "sudo", "far", "" };

static const struct wire_request ann = {
	.user = "ann", .uid = 1001, .gid = 1001, .home = "/srv/h/ann", .shell = "/bin/sh",
	.groups = COUNT(gids), .gids = gids, .names = names,
};
static const struct accounts_range range = { 1000, 1000 };

#define LINE "ann:x:1001:1001::/srv/h/ann:/bin/sh\n"

static const struct {
	const char *base;
	const char *passwd;
} passwd_cases[] = {
	{ "", LINE },
	{ "root:x:0:0:root:/root:/bin/bash\nbob:x:1002:1002::/home/bob:/bin/sh\n"
	  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
	  "root:x:0:0:root:/root:/bin/bash\n"
	  "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n"
	  LINE },
	/* her own entry: only its comment is taken */
	{ "ann:!:1001:1:Ann B.:/home/ann:/bin/bash\n",
	  "ann:x:1001:1001:Ann B.:/srv/h/ann:/bin/sh\n" },
	/* another name of hers, and her name for another id */
	{ "ann2:x:1001:1::/:/bin/sh\nann:x:3:3::/:/bin/sh\n", LINE },
	/* lines that are none, the last one without an end */
	{ "+::::::\n-bob\n\n:x:1:1:::\nx:x:1:1::/\nx:x:1:1::/:/bin/sh:y\nx:x::1::/:/\n"
	  "x:x:-1:1::/:/\n"
	  "x:x:4294967295:1::/:/\nx:x:99999999999:1::/:/\nx:x:4294967296:1::/:/\n"
	  "ok:x:999:1::/:/bin/sh",
	  "ok:x:999:1::/:/bin/sh\n" LINE },
	{ "anna:x:1003:1::/:/bin/sh\nan:x:1004:1::/:/bin/sh\n", LINE },
};

static void test_passwd(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(passwd_cases); i++) {
		char *text = NULL;

		assert_int_equal(accounts_passwd(passwd_cases[i].base, &ann, &range, &text, NULL),
				 0);
		assert_string_equal(text, passwd_cases[i].passwd);
		free(text);
	}
}

#define SEEN "root:x:0:0::/:/\ngames:x:5:5::/:/\nann:x:1001:1001::/:/\n"
#define OWN "ann:x:1001:\nfar:x:5000:ann\n"

static const struct {
	const char *base;
	const char *group;
} group_cases[] = {
	{ "", "ann:x:1001:\nsudo:x:27:ann\nfar:x:5000:ann\n" },
	{ "root:x:0:\nsudo:x:27:bob,ann,carol\nusers:x:100:bob,games,anna,root\nbob:x:1002:ann\n"
	  "nogroup:x:65534:bob\n",
	  "root:x:0:\nsudo:x:27:ann\nusers:x:100:games,root\nnogroup:x:65534:\n" OWN },
	/* what NSS says of her counts: in the file or not */
	{ "sudo:x:27:bob\nadm:x:4:ann\n", "sudo:x:27:ann\nadm:x:4:\n" OWN },
	/* her group's name for another id */
	{ "far:x:30:\nsudo:x:27:", "sudo:x:27:ann\n" OWN },
	{ "+:::\nx:x:1\nx:x:1::y\nx:x:a:\nx:x:4294967295:\nsudo:x:27:,,ann,,games,",
	  "sudo:x:27:games,ann\n" OWN },
};

static void test_group(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(group_cases); i++) {
		char *text = NULL;

		assert_int_equal(accounts_group(group_cases[i].base, SEEN, &ann, &range, &text,
						NULL), 0);
		assert_string_equal(text, group_cases[i].group);
		free(text);
	}
}

/* What would become two fields or two lines. */
static void test_unwritable(void **state)
{
	static const char *const bad[] = { "a:b", "a\nroot::0:0::/:/bin/sh" };
	struct nsbox_error err;
	char *text = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct wire_request req = ann;
		const char *odd[] = { "ann", bad[i], "a,b", "+x" };

		req.user = bad[i];
		assert_int_equal(accounts_passwd("", &req, &range, &text, &err), -EINVAL);
		req = ann;
		req.home = bad[i];
		assert_int_equal(accounts_passwd("", &req, &range, &text, &err), -EINVAL);
		req = ann;
		req.shell = bad[i];
		assert_int_equal(accounts_passwd("", &req, &range, &text, &err), -EINVAL);
		assert_null(text);
		req = ann;
		req.names = odd;
		assert_int_equal(accounts_group("", SEEN, &req, &range, &text, &err), 0);
		assert_string_equal(text, "ann:x:1001:\n");
		free(text);
		text = NULL;
	}
}

static void test_range(void **state)
{
	(void)state;
	assert_int_equal(accounts_range(NULL).uid, 1000);
	assert_int_equal(accounts_range("").gid, 1000);
	assert_int_equal(accounts_range("#UID_MIN 5\nUID_MIN_X 6\nUID_MIN\nUID_MIN x\n").uid, 1000);
	assert_int_equal(accounts_range("SYS_UID_MIN 100\n UID_MIN\t  500\nGID_MIN 600").uid, 500);
	assert_int_equal(accounts_range("UID_MIN 500\nGID_MIN 600").gid, 600);
}

static void test_others(void **state)
{
	const char *at = "root:x:0:0::/root:/\nx\nann:x:1001:1::/a:/\nbob:x:1002:1::/home/bob:/\n"
			 "nobody:x:65534:1::/:/\n";
	struct accounts_entry e;
	int others = 0;

	(void)state;
	while (accounts_next(&at, &e)) {
		if (!accounts_is_other(&e, &ann, &range))
			continue;
		others++;
		assert_int_equal(e.home_len, 9);
		assert_memory_equal(e.home, "/home/bob", 9);
	}
	assert_int_equal(others, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_passwd),
		cmocka_unit_test(test_group),
		cmocka_unit_test(test_unwritable),
		cmocka_unit_test(test_range),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
