// SPDX-License-Identifier: MIT
/*
 * Id maps: what the kernel takes, and nobody in them but the tenant.
 */
#include "unit_helper.h"

#include <errno.h>

#include "idmap.h"
#include "maps.h"

#define MANY 4096

struct extent {
	uint64_t inside, outside, count;
};

static struct wire_request of(uint32_t uid, uint32_t gid, const uint32_t *gids, size_t n)
{
	return (struct wire_request){
		.uid = uid, .gid = gid, .gids = gids, .groups = (uint32_t)n, .user = "ann"
	};
}

static void assert_maps(enum user_map_word word, const struct wire_request *req, const char *uid,
			const char *gid)
{
	struct nsbox_error err = { 0 };
	struct idmap map;

	if (idmap_plan(word, req, NULL, &map, &err) < 0)
		fail_msg("%s", err.text);
	assert_string_equal(map.uid, uid);
	assert_string_equal(map.gid, gid);
	assert_int_equal(map.inside_uid, word == USER_MAP_ROOT ? 0 : req->uid);
	assert_int_equal(map.inside_gid, word == USER_MAP_ROOT ? 0 : req->gid);
}

static void test_examples(void **state)
{
	static const struct {
		uint32_t gids[8];
		size_t n;
		const char *self, *root;
	} cases[] = {
		{ { 0 }, 0, "100 100 1\n", "0 100 1\n" },
		{ { 100 }, 1, "100 100 1\n", "0 100 1\n" },
		{ { 100, 100, 100 }, 3, "100 100 1\n", "0 100 1\n" },
		/* neighbours share a line; the primary's is first */
		{ { 100, 5, 6, 7 }, 4, "100 100 1\n5 5 3\n", "0 100 1\n5 5 3\n" },
		{ { 100, 102, 99, 101 }, 4, "99 99 4\n", "0 100 1\n99 99 1\n101 101 2\n" },
		{ { 100, 101, 5, 101, 5, 200 }, 6, "100 100 2\n5 5 1\n200 200 1\n",
		  "0 100 1\n5 5 1\n101 101 1\n200 200 1\n" },
		/* the primary is in the map even if the list forgets it */
		{ { 7 }, 1, "100 100 1\n7 7 1\n", "0 100 1\n7 7 1\n" },
		/* group 0: its number inside is the primary's under root */
		{ { 100, 0, 1 }, 3, "100 100 1\n0 0 2\n", "0 100 1\n1 1 1\n" },
		/* the last id there is, and the number that is none */
		{ { 100, 4294967294U, 4294967295U }, 3, "100 100 1\n4294967294 4294967294 1\n",
		  "0 100 1\n4294967294 4294967294 1\n" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_request req = of(1000, 100, cases[i].gids, cases[i].n);

		assert_maps(USER_MAP_SELF, &req, "1000 1000 1\n", cases[i].self);
		assert_maps(USER_MAP_ROOT, &req, "0 1000 1\n", cases[i].root);
	}
}

/* Root inside, the ids of the ranges after it, and groups whose numbers are free. */
static void test_subids(void **state)
{
	static const struct subid_list one = { 1, { { 100000, 65536 } } };
	static const struct subid_list two = { 3, { { 300000, 35 }, { 100000, 65500 }, { 9, 9 } } };
	static const uint32_t gids[] = { 100, 0, 27, 65534, 65535, 65536, 65537, 90000 };
	struct subids ids = { .uids = one, .gids = two };
	struct wire_request req = of(1000, 100, gids, COUNT(gids));
	struct idmap map = { .inside_uid = 7 };
	struct nsbox_error err = { 0 };

	(void)state;
	assert_int_equal(idmap_plan(USER_MAP_SUBIDS, &req, &ids, &map, &err), 0);
	assert_string_equal(map.uid, "0 1000 1\n1 100000 65535\n");
	assert_string_equal(map.gid, "0 100 1\n1 300000 35\n36 100000 65500\n"
			    "65536 65536 2\n90000 90000 1\n");
	assert_int_equal(map.inside_uid, 0);
	assert_int_equal(map.inside_gid, 0);
	assert_true(map.may_set_groups);
	ids.uids.runs[0].start = 0;
	map.inside_uid = 7;
	assert_int_equal(idmap_plan(USER_MAP_SUBIDS, &req, &ids, &map, &err), -EINVAL);
	assert_int_equal(map.inside_uid, 7);
	assert_int_equal(idmap_plan(USER_MAP_ROOT, &req, NULL, &map, &err), 0);
	assert_false(map.may_set_groups);
}

/* Root's group as the primary one: a user like any other. */
static void test_primary_zero(void **state)
{
	static const uint32_t gids[] = { 0, 1, 27 };
	struct wire_request req = of(1000, 0, gids, COUNT(gids));

	(void)state;
	assert_maps(USER_MAP_SELF, &req, "1000 1000 1\n", "0 0 2\n27 27 1\n");
	assert_maps(USER_MAP_ROOT, &req, "0 1000 1\n", "0 0 1\n1 1 1\n27 27 1\n");
}

static void test_refused(void **state)
{
	static const struct {
		uint32_t uid, gid;
		int r;
	} cases[] = {
		{ 0, 100, -EPERM },
		{ UINT32_MAX, 100, -EINVAL },
		{ 1000, UINT32_MAX, -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct wire_request req = of(cases[i].uid, cases[i].gid, NULL, 0);
		struct nsbox_error err = { 0 };
		struct idmap map = { .inside_uid = 7 };

		assert_int_equal(idmap_plan(USER_MAP_SELF, &req, NULL, &map, &err), cases[i].r);
		assert_int_equal(idmap_plan(USER_MAP_ROOT, &req, NULL, &map, &err), cases[i].r);
		assert_true(err.text[0]);
		assert_int_equal(map.inside_uid, 7);
	}
}

static int is_mine(const struct wire_request *req, uint64_t gid)
{
	if (gid == req->gid)
		return 1;
	for (size_t i = 0; i < req->groups; i++)
		if (req->gids[i] == gid)
			return 1;
	return 0;
}

static int overlap(uint64_t a, uint64_t n, uint64_t b, uint64_t m)
{
	return a < b + m && b < a + n;
}

static size_t parse(const char *text, struct extent ret[IDMAP_LINES_MAX])
{
	size_t n = 0;

	for (const char *line = text; *line; n++) {
		uint64_t number[3];
		char *end;

		assert_true(n < IDMAP_LINES_MAX);
		for (int i = 0; i < 3; i++) {
			assert_in_range(*line, '0', '9');
			number[i] = strtoull(line, &end, 10);
			assert_true(number[i] <= UINT32_MAX);
			assert_int_equal(*end, i < 2 ? ' ' : '\n');
			line = end + 1;
		}
		ret[n] = (struct extent){ number[0], number[1], number[2] };
	}
	return n;
}

/* What new_idmap_permitted() and verify_map() of the kernel ask, and what we ask. */
static void assert_valid(enum user_map_word word, const struct wire_request *req)
{
	struct extent e[IDMAP_LINES_MAX];
	struct idmap map;
	size_t n;

	assert_int_equal(idmap_plan(word, req, NULL, &map, NULL), 0);
	assert_true(strlen(map.gid) < IDMAP_TEXT_MAX);
	n = parse(map.gid, e);
	assert_true(n >= 1);
	assert_in_range(req->gid, e[0].outside, e[0].outside + e[0].count - 1);
	assert_int_equal(map.inside_gid, e[0].inside + (req->gid - e[0].outside));
	for (size_t i = 0; i < n; i++) {
		assert_true(e[i].count >= 1);
		assert_true(e[i].outside + e[i].count <= UINT32_MAX);
		assert_true(e[i].inside + e[i].count <= UINT32_MAX);
		for (uint64_t id = 0; id < e[i].count; id++)
			assert_true(is_mine(req, e[i].outside + id));
		if (word == USER_MAP_SELF || i > 0)
			assert_int_equal(e[i].inside, e[i].outside);
		for (size_t j = 0; j < i; j++) {
			assert_false(overlap(e[i].inside, e[i].count, e[j].inside, e[j].count));
			assert_false(overlap(e[i].outside, e[i].count, e[j].outside, e[j].count));
		}
	}
}

/* As long as there is room nobody is left out. */
static void assert_complete(enum user_map_word word, const struct wire_request *req)
{
	struct extent e[IDMAP_LINES_MAX];
	struct idmap map;
	size_t n;

	assert_int_equal(idmap_plan(word, req, NULL, &map, NULL), 0);
	n = parse(map.gid, e);
	for (size_t i = 0; i < req->groups; i++) {
		uint32_t gid = req->gids[i];
		int found = gid == UINT32_MAX ||
			    (word == USER_MAP_ROOT && gid == 0 && req->gid != 0);

		for (size_t j = 0; j < n; j++)
			found |= gid - e[j].outside < e[j].count && gid >= e[j].outside;
		if (!found)
			fail_msg("group %u is left out", gid);
	}
}

/* Deterministic: a failure can be looked at again. */
static uint32_t draw(void)
{
	static uint64_t seed = 42;

	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(seed >> 33);
}

static void test_random(void **state)
{
	static const uint32_t ranges[] = { 4, 30, 1000, 100000, UINT32_MAX };
	static uint32_t gids[MANY];

	(void)state;
	for (int round = 0; round < 400; round++) {
		uint32_t range = ranges[draw() % COUNT(ranges)];
		size_t n = round % 40 == 0 ? 700 : draw() % 60;
		struct wire_request req;

		for (size_t i = 0; i < n; i++)
			gids[i] = range == UINT32_MAX ? draw() * 2 + 1 : draw() % range;
		req = of(1 + draw() % 70000, draw() % (range / 2), gids, n);
		for (int word = USER_MAP_SELF; word <= USER_MAP_ROOT; word++) {
			assert_valid((enum user_map_word)word, &req);
			if (n < 100)
				assert_complete((enum user_map_word)word, &req);
		}
	}
}

/* More than the kernel's lines, and more than its page: cut after whole lines, no earlier. */
static void test_no_room(void **state)
{
	static uint32_t gids[MANY];
	struct extent e[IDMAP_LINES_MAX];
	struct wire_request req;
	struct idmap map;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		gids[i] = i * 2;
	req = of(1000, 8001, gids, MANY);
	assert_valid(USER_MAP_SELF, &req);
	assert_int_equal(idmap_plan(USER_MAP_SELF, &req, NULL, &map, NULL), 0);
	/* "NNN NNN 1\n" and the like: here the lines end before the page */
	assert_int_equal(parse(map.gid, e), IDMAP_LINES_MAX);
	assert_int_equal(e[0].outside, 8000);
	assert_int_equal(e[0].count, 3);

	for (uint32_t i = 0; i < MANY; i++)
		gids[i] = 4000000000U + i * 2;
	req = of(1000, 7, gids, MANY);
	assert_valid(USER_MAP_ROOT, &req);
	assert_int_equal(idmap_plan(USER_MAP_ROOT, &req, NULL, &map, NULL), 0);
	assert_true(parse(map.gid, e) < IDMAP_LINES_MAX);
	assert_true(strlen(map.gid) > IDMAP_TEXT_MAX - 70);
}

/* Whatever is left of the theory is the kernel's to judge: it takes what was planned. */
static int write_maps(const void *data)
{
	const struct idmap *map = data;
	struct nsbox_error err = { 0 };
	int to_child[2], to_parent[2], proc = open("/proc", O_PATH);
	char byte;
	pid_t pid;
	int r;

	if (pipe(to_child) < 0 || pipe(to_parent) < 0)
		return 2;
	pid = fork();
	if (pid == 0) {
		r = unshare(CLONE_NEWUSER);
		_exit(write(to_parent[1], "x", 1) != 1 || read(to_child[0], &byte, 1) < 0 || r < 0);
	}
	if (read(to_parent[0], &byte, 1) != 1)
		return 3;
	r = maps_write(proc, pid, map, &err);
	if (r < 0)
		print_message("%s\n", err.text);
	close(to_child[1]);
	close(to_child[0]);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return r;
}

static void test_shown(void **state)
{
	static const char planned[] = "0 1000 1\n5 5 3\n";

	(void)state;
	assert_true(idmap_is_shown(planned, "         0       1000          1\n  5 5 3\n"));
	assert_true(idmap_is_shown(planned, "5 5 3\n0 1000 1\n"));
	assert_false(idmap_is_shown(planned, ""));
	assert_false(idmap_is_shown(planned, "0 1000 1\n"));
	assert_false(idmap_is_shown(planned, "0 1000 1\n5 5 3"));
	assert_false(idmap_is_shown(planned, "0 1000 1\n5 5 3\n7 7 1\n"));
	assert_false(idmap_is_shown(planned, "0 1000 1\n5 5 4\n"));
	assert_false(idmap_is_shown(planned, "0 1000 1\n5 5 3\n0 1000 1\n"));
	assert_false(idmap_is_shown(planned, "0 1000 1\n5 5 3\nx"));
	assert_false(idmap_is_shown("x", "x"));
}

static void test_kernel(void **state)
{
	struct subids ids = { .uids.n = SUBIDS_RUNS_MAX, .gids.n = SUBIDS_RUNS_MAX };
	static uint32_t gids[MANY];
	struct wire_request req;
	struct idmap map;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: root is needed to map groups\n");
		skip();
	}
	for (uint32_t stride = 1; stride < 2000000; stride = stride * 9 + 1) {
		for (uint32_t i = 0; i < MANY; i++)
			gids[i] = i * stride;
		req = of(1000, 8 * stride, gids, 500);
		for (int word = USER_MAP_SELF; word <= USER_MAP_ROOT; word++) {
			assert_int_equal(idmap_plan((enum user_map_word)word, &req, NULL, &map,
						    NULL), 0);
			assert_int_equal(in_child(write_maps, &map), 0);
		}
	}
	for (uint32_t i = 0; i < SUBIDS_RUNS_MAX; i++)
		ids.uids.runs[i] = ids.gids.runs[i] =
			(struct subid_run){ SUBIDS_ID_END - (i + 1) * 70000, 1024 };
	assert_int_equal(idmap_plan(USER_MAP_SUBIDS, &req, &ids, &map, NULL), 0);
	assert_int_equal(in_child(write_maps, &map), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_subids),
		cmocka_unit_test(test_primary_zero),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_shown),
		cmocka_unit_test(test_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
