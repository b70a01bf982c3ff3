// SPDX-License-Identifier: MIT
/*
 * Where a user's groups come from, by nsswitch.conf and group.
 */
#include "unit_helper.h"

#include "groups.h"

static void test_files_first(void **state)
{
	(void)state;
	assert_true(groups_files_first("passwd: files\ngroup:          files systemd\n"));
	assert_true(groups_files_first("  group:files"));
	assert_true(groups_files_first("group:\tfiles\tsss\n#initgroups: x\n"));
	assert_false(groups_files_first(""));
	assert_false(groups_files_first("passwd: files\n"));
	assert_false(groups_files_first("group: sss files\n"));
	assert_false(groups_files_first("group: filesystem\n"));
	assert_false(groups_files_first("#group: files\n"));
	assert_false(groups_files_first("xgroup: files\n"));
	assert_false(groups_files_first("group:\nfiles\n"));
	assert_false(groups_files_first("group: files [NOTFOUND=return] sss\n"));
	assert_false(groups_files_first("group: files\ninitgroups: sss\n"));
	assert_false(groups_files_first("group: files\ngroup: sss\n"));
}

static void test_listed(void **state)
{
	static const uint32_t gids[] = { 100, 3001, 3002 };
	struct wire_request req = { .user = "ann", .gid = 100, .gids = gids, .groups = 3 };

	(void)state;
	assert_true(groups_are_listed("team:x:3001:bob,ann\ndeny:x:3002:ann", &req));
	assert_true(groups_are_listed("deny:x:3002:ann,bob\nbad\n\nteam:x:3001:ann\n", &req));
	assert_true(groups_are_listed("a:x:3001:bob\nb:x:3001:ann\ndeny::3002:ann\n", &req));
	assert_false(groups_are_listed("", &req));
	assert_false(groups_are_listed("team:x:3001:ann\n", &req));
	assert_false(groups_are_listed("team:x:3001:ann\ndeny:x:3002:\n", &req));
	assert_false(groups_are_listed("team:x:3001:ann\ndeny:x:3002:annie,jann\n", &req));
	assert_false(groups_are_listed("team:x:3001:ann\ndeny:x:3002\n", &req));
	assert_false(groups_are_listed("team:x:3001:ann\ndeny:x:3002x:ann\n", &req));
	assert_false(groups_are_listed("team:x:3001:ann\ndeny:x:\n3002:ann\n", &req));
	req.groups = 1;
	assert_true(groups_are_listed("", &req));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_first),
		cmocka_unit_test(test_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
