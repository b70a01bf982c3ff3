// SPDX-License-Identifier: MIT
/*
 * The plan of the doors.
 *
 * Invariant 2: a door stands where only root can replace it.
 */
#include "unit_helper.h"

#include <errno.h>

#include "doors.h"

#define HOME "/srv/people/ann"

static void test_places(void **state)
{
	static const struct {
		const char *folder;
		int trusted;
		int r;
	} cases[] = {
		{ "/usr/bin", 1, 0 },
		{ "/usr/local/bin", 1, 0 },
		{ "/opt/shells", 1, 0 },
		{ "/srv/peoples", 1, 0 },
		{ "/srv/people/annex", 1, 0 },
		{ "/varx", 1, 0 },
		{ "/usr/bin", 0, -EPERM },
		/* what the landing needs must not be covered */
		{ "/", 1, -EPERM },
		{ "/etc", 1, -EPERM },
		{ "/etc/shells.d", 1, -EPERM },
		{ "/dev", 1, -EPERM },
		{ "/proc", 1, -EPERM },
		{ "/run/x", 1, -EPERM },
		{ "/sys", 1, -EPERM },
		{ "/tmp", 1, -EPERM },
		{ "/var", 1, -EPERM },
		{ "/var/tmp/x", 1, -EPERM },
		{ "/var/log", 1, -EPERM },
		/* nor the home, or what leads to it */
		{ "/srv", 1, -EPERM },
		{ "/srv/people", 1, -EPERM },
		{ HOME, 1, -EPERM },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct door_plan plan = { .n = 0 };
		struct nsbox_error err = { 0 };
		int r = doors_add(&plan, cases[i].folder, cases[i].trusted, "sh", HOME, &err);

		if (r != cases[i].r)
			fail_msg("%s gives %d: %s", cases[i].folder, r, err.text);
		assert_int_equal(plan.n, r == 0);
		assert_int_equal(!!err.text[0], r != 0);
		if (r == 0) {
			assert_int_equal(plan.doors[0].folder, strlen(cases[i].folder));
			assert_int_equal(strncmp(plan.doors[0].path, cases[i].folder,
						 plan.doors[0].folder), 0);
			assert_string_equal(plan.doors[0].path + plan.doors[0].folder, "/sh");
		}
	}
}

/* A home that is not writable inside covers nothing. */
static void test_no_home(void **state)
{
	struct door_plan plan = { .n = 0 };

	(void)state;
	assert_int_equal(doors_add(&plan, "/srv", true, "sh", "", NULL), 0);
}

static void test_several(void **state)
{
	struct door_plan plan = { .n = 0 };

	(void)state;
	assert_int_equal(doors_add(&plan, "/usr/bin", true, "bash", "", NULL), 0);
	assert_int_equal(doors_add(&plan, "/usr/bin", true, "bash", "", NULL), 0);
	assert_int_equal(plan.n, 1);
	assert_int_equal(doors_add(&plan, "/usr/bi", true, "bash", "", NULL), 0);
	assert_int_equal(doors_add(&plan, "/usr/bin", true, "sh", "", NULL), 0);
	assert_int_equal(plan.n, 3);
	assert_string_equal(plan.doors[0].path, "/usr/bin/bash");
	assert_string_equal(plan.doors[1].path, "/usr/bi/bash");
	assert_string_equal(plan.doors[2].path, "/usr/bin/sh");
	assert_true(doors_folder_is_new(&plan, 0));
	assert_true(doors_folder_is_new(&plan, 1));
	assert_false(doors_folder_is_new(&plan, 2));
	/* full: a known one is still no failure, a further one is */
	assert_int_equal(doors_add(&plan, "/usr/bin", true, "sh", "", NULL), 0);
	assert_int_equal(doors_add(&plan, "/usr/bin", true, "zsh", "", NULL), -E2BIG);
	assert_int_equal(plan.n, 3);
}

/* Two folders of the same length are two folders. */
static void test_same_length(void **state)
{
	struct door_plan plan = { .n = 0 };

	(void)state;
	assert_int_equal(doors_add(&plan, "/opt/a", true, "sh", "", NULL), 0);
	assert_int_equal(doors_add(&plan, "/opt/b", true, "sh", "", NULL), 0);
	assert_true(doors_folder_is_new(&plan, 1));
}

static void test_long(void **state)
{
	struct door_plan plan = { .n = 0 };
	char folder[PATH_MAX];

	(void)state;
	memset(folder, 'x', sizeof(folder));
	folder[0] = '/';
	folder[PATH_MAX - 4] = '\0';	/* "/sh" and the NUL just fit */
	assert_int_equal(doors_add(&plan, folder, true, "sh", "", NULL), 0);
	assert_int_equal(strlen(plan.doors[0].path), PATH_MAX - 1);
	assert_int_equal(doors_add(&plan, folder, true, "ash", "", NULL), -ENAMETOOLONG);
	assert_int_equal(plan.n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_no_home),
		cmocka_unit_test(test_several),
		cmocka_unit_test(test_same_length),
		cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
