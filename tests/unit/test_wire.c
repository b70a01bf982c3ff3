// SPDX-License-Identifier: MIT
/*
 * The codec of the request: nothing but a whole, well-formed message is taken.
 */
#include "unit_helper.h"

#include <errno.h>

#include "wire.h"

#define ID "0123456789az"
#define HEAD 24		/* six words, see wire.c */

enum { MAGIC, VERB, UID, GID, GROUPS, STRINGS };

static const uint32_t some_gids[] = { 1000, 27, 4294967294U };
static const char *const some_names[] = { "ann", "", "group with blanks" };

static struct wire_request example(void)
{
	return (struct wire_request){
		.verb = WIRE_OPEN,
		.uid = 1000,
		.gid = 1000,
		.groups = COUNT(some_gids),
		.gids = some_gids,
		.names = (const char **)(uintptr_t)some_names,
		.id = ID,
		.user = "ann",
		.home = "/home/ann",
		.shell = "/bin/bash",
		.service = "sshd",
		.rhost = "",
		.tty = "ssh",
	};
}

static void assert_same(const struct wire_request *a, const struct wire_request *b)
{
	assert_int_equal(a->verb, b->verb);
	assert_int_equal(a->uid, b->uid);
	assert_int_equal(a->gid, b->gid);
	assert_int_equal(a->groups, b->groups);
	for (size_t i = 0; i < a->groups; i++) {
		assert_int_equal(a->gids[i], b->gids[i]);
		assert_string_equal(a->names[i], b->names[i]);
	}
	assert_string_equal(a->id, b->id);
	assert_string_equal(a->user, b->user);
	assert_string_equal(a->home, b->home);
	assert_string_equal(a->shell, b->shell);
	assert_string_equal(a->service, b->service);
	assert_string_equal(a->rhost, b->rhost);
	assert_string_equal(a->tty, b->tty);
}

/* Encode into a block of exactly its size, so that a sanitizer sees one byte too far. */
static void *message(const struct wire_request *req, size_t *ret_len)
{
	char *room = malloc(WIRE_REQUEST_MAX), *exact;
	long n = wire_encode(req, room, WIRE_REQUEST_MAX);

	assert_true(n > 0);
	exact = malloc((size_t)n);
	assert_non_null(exact);
	memcpy(exact, room, (size_t)n);
	free(room);
	*ret_len = (size_t)n;
	return exact;
}

static int decode_exact(const void *buf, size_t len, struct wire_request *ret)
{
	void *exact = malloc(len ? len : 1);
	int r;

	assert_non_null(exact);
	memcpy(exact, buf, len);
	r = wire_decode(exact, len, ret);
	if (r == 0)
		free(ret->names);
	free(exact);
	return r;
}

static void test_round_trip(void **state)
{
	struct wire_request req = example(), got;
	size_t len;
	void *msg = message(&req, &len);

	(void)state;
	assert_int_equal(wire_decode(msg, len, &got), 0);
	assert_same(&req, &got);
	free(got.names);
	free(msg);
	req.groups = 0;
	req.verb = WIRE_CHECK;
	msg = message(&req, &len);
	assert_int_equal(wire_decode(msg, len, &got), 0);
	assert_same(&req, &got);
	free(got.names);
	free(msg);
}

static void test_truncated(void **state)
{
	struct wire_request req = example(), got;
	size_t len;
	char *msg = message(&req, &len);

	(void)state;
	memset(&got, 0x5a, sizeof(got));
	for (size_t cut = 0; cut < len; cut++)
		assert_int_equal(decode_exact(msg, cut, &got), -EBADMSG);
	/* the caller's record is untouched by a failure */
	for (size_t i = 0; i < sizeof(got); i++)
		assert_int_equal(((unsigned char *)&got)[i], 0x5a);
	free(msg);
}

/* Too small a room at every size: never a partial success, nothing beyond the room. */
static void test_small_room(void **state)
{
	struct wire_request req = example();
	size_t len;
	char *msg = message(&req, &len);

	(void)state;
	for (size_t room = 0; room < len; room++) {
		char *small = malloc(room ? room : 1);

		assert_int_equal(wire_encode(&req, small, room), -E2BIG);
		free(small);
	}
	free(msg);
}

static void test_head(void **state)
{
	static const uint32_t values[] = { 0, 1, 2, 3, 4, 5, 23, 24, 4096, 4097, 0x3fffffff,
					   0x40000000, 0x7fffffff, 0x80000000, 0xfffffffe,
					   0xffffffff };
	struct wire_request req = example(), got;
	size_t len;
	char *msg = message(&req, &len);

	(void)state;
	for (int field = MAGIC; field <= STRINGS; field++) {
		uint32_t right;

		memcpy(&right, msg + field * 4, 4);
		for (size_t i = 0; i < COUNT(values); i++) {
			uint32_t v = values[i];
			int fine = v == right || field == UID || field == GID ||
				   (field == VERB && v <= WIRE_OPEN);

			memcpy(msg + field * 4, &v, 4);
			if (decode_exact(msg, len, &got) != (fine ? 0 : -EBADMSG))
				fail_msg("field %d = %u", field, v);
		}
		for (int bit = 0; bit < 32; bit++) {
			uint32_t v = right ^ (1U << bit);
			int fine = field == UID || field == GID ||
				   (field == VERB && v <= WIRE_OPEN);

			memcpy(msg + field * 4, &v, 4);
			if (decode_exact(msg, len, &got) != (fine ? 0 : -EBADMSG))
				fail_msg("field %d = %u", field, v);
		}
		memcpy(msg + field * 4, &right, 4);
	}
	assert_int_equal(decode_exact(msg, len, &got), 0);
	free(msg);
}

/* Another length of gids, made up for by the length of the strings. */
static void test_shifted(void **state)
{
	struct wire_request req = example(), got;
	size_t len;
	char *msg = message(&req, &len);
	uint32_t groups, strings;

	(void)state;
	for (uint32_t n = 0; n < 12; n++) {
		if (n == req.groups)
			continue;
		memcpy(&strings, msg + STRINGS * 4, 4);
		memcpy(&groups, msg + GROUPS * 4, 4);
		strings += (groups - n) * 4;
		memcpy(msg + GROUPS * 4, &n, 4);
		memcpy(msg + STRINGS * 4, &strings, 4);
		assert_int_equal(decode_exact(msg, len, &got), -EBADMSG);
	}
	free(msg);
}

/* One NUL more or less moves every string by one: a home would be read as a shell. */
static void test_nul(void **state)
{
	struct wire_request req = example(), got;
	size_t len, nuls = 0;
	char *msg = message(&req, &len);

	(void)state;
	for (size_t at = HEAD + sizeof(some_gids); at < len; at++) {
		char was = msg[at];

		msg[at] = was ? '\0' : 'x';
		nuls += !was;
		assert_int_equal(decode_exact(msg, len, &got), -EBADMSG);
		msg[at] = was;
	}
	assert_int_equal(nuls, 10);
	free(msg);
	msg = malloc(len + 1);
	memset(msg, 0, len + 1);
	assert_int_equal(decode_exact(msg, len + 1, &got), -EBADMSG);
	free(msg);
}

static void test_content(void **state)
{
	static const char *const ids[] = { "", "0123456789a", "0123456789azz", "0123456789aZ",
					   "../../../../x", "01234 6789az", "0123456789a/" };
	struct wire_request req, got;
	size_t len;
	char *msg;

	(void)state;
	for (size_t i = 0; i < COUNT(ids); i++) {
		req = example();
		req.id = ids[i];
		msg = message(&req, &len);
		assert_int_equal(wire_decode(msg, len, &got), -EBADMSG);
		free(msg);
	}
	req = example();
	req.user = "";
	msg = message(&req, &len);
	assert_int_equal(wire_decode(msg, len, &got), -EBADMSG);
	free(msg);
	req = example();
	req.shell = "";
	msg = message(&req, &len);
	assert_int_equal(wire_decode(msg, len, &got), -EBADMSG);
	free(msg);
}

static void test_many_groups(void **state)
{
	uint32_t *gids = calloc(WIRE_GROUPS_MAX + 1, sizeof(*gids));
	const char **names = calloc(WIRE_GROUPS_MAX + 1, sizeof(*names));
	char *name = strdup("a-group-name-of-32-bytes-at-most"), *room = malloc(WIRE_REQUEST_MAX);
	struct wire_request req = example(), got;
	size_t len;
	char *msg;

	(void)state;
	for (uint32_t i = 0; i <= WIRE_GROUPS_MAX; i++) {
		gids[i] = i * 7;
		names[i] = name;
	}
	req.gids = gids;
	req.names = names;
	req.groups = WIRE_GROUPS_MAX;
	msg = message(&req, &len);
	assert_true(len < WIRE_REQUEST_MAX);
	assert_int_equal(wire_decode(msg, len, &got), 0);
	assert_same(&req, &got);
	free(got.names);
	free(msg);
	req.groups = WIRE_GROUPS_MAX + 1;
	assert_int_equal(wire_encode(&req, room, WIRE_REQUEST_MAX), -E2BIG);
	req.groups = UINT32_MAX;
	assert_int_equal(wire_encode(&req, room, WIRE_REQUEST_MAX), -E2BIG);
	free(room);
	free(name);
	free(names);
	free(gids);
}

static void test_long_strings(void **state)
{
	char *home = malloc(WIRE_REQUEST_MAX + 1), *room = malloc(WIRE_REQUEST_MAX);
	struct wire_request req = example(), got;
	size_t len;
	char *msg;

	(void)state;
	memset(home, 'h', WIRE_REQUEST_MAX);
	home[WIRE_REQUEST_MAX] = '\0';
	req.home = home;
	assert_int_equal(wire_encode(&req, room, WIRE_REQUEST_MAX), -E2BIG);
	home[WIRE_REQUEST_MAX - 200] = '\0';
	msg = message(&req, &len);
	assert_int_equal(wire_decode(msg, len, &got), 0);
	assert_same(&req, &got);
	free(got.names);
	free(msg);
	free(room);
	free(home);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_small_room),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_shifted),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_many_groups),
		cmocka_unit_test(test_long_strings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
