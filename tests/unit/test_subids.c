// SPDX-License-Identifier: MIT
/*
 * Subordinate ids: what is read from the files, what may be mapped, and whatever nsbox-subids says.
 *
 * C11: 0, -1, numbers that are none or too large, ranges that overlap or hold the user's own id.
 */
#include "unit_helper.h"

#include <errno.h>

#include "subids.h"
#include "subids_file.h"

#define UID 2001
#define GID 3001

static const uint32_t groups[] = { GID, 90000 };
static const struct subid_list usual = { .n = 1, .runs = { { 100000, SUBIDS_NEEDED } } };

static struct wire_request request(const char *user)
{
	return (struct wire_request){
		.uid = UID, .gid = GID, .gids = groups, .groups = COUNT(groups), .user = user,
	};
}

/* All lines of @text as "NUMBER:OWNER:START+COUNT ", then the error. */
static void read_all(const char *text, char *ret, size_t size)
{
	struct subids_line line = { .number = 0 };
	struct nsbox_error err = { .text = "" };
	size_t used = 0;
	int r;

	*ret = '\0';
	while ((r = subids_next_line("f", &text, &line, &err)) > 0)
		used += (size_t)snprintf(ret + used, size - used, "%u:%.*s:%u+%u ", line.number,
					 (int)line.owner_len, line.owner, line.run.start,
					 line.run.count);
	assert_int_equal(r, err.code ? -EINVAL : 0);
	snprintf(ret + used, size - used, "%s", err.text);
}

static void test_lines(void **state)
{
	static const char range[] = "the first is 1, the last 4294967294";
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "" },
		{ "ann:1:65536\n", "1:ann:1+65536 " },
		{ "# of ann\n\n2001:100000:65536\nbob:7:1", "3:2001:100000+65536 4:bob:7+1 " },
		{ "ann:4294967294:1\n", "1:ann:4294967294+1 " },
		{ "ann:1:2\nann:0:5\n", range },
		{ "ann:1:0\n", range },
		{ "ann:-1:5\n", "f:1: \"-1\" is not a number of an id" },
		{ "ann:4294967295:1\n", range },
		{ "ann:4294967294:2\n", range },
		{ "ann:1:4294967295\n", range },
		{ "ann:4294967296:1\n", "\"4294967296\" is not" },
		{ "ann:99999999999999999999999:1\n", "\"99999999999999999999999\" is not" },
		{ "ann:1x:1\n", "\"1x\" is not" },
		{ "ann: 1:1\n", "\" 1\" is not" },
		{ "ann:1:1 \n", "\"1 \" is not" },
		{ "ann:01:1\n", "\"01\" is not" },
		{ "ann:0x1:1\n", "\"0x1\" is not" },
		{ "ann:+1:1\n", "\"+1\" is not" },
		{ "ann::1\n", "\"\" is not" },
		{ "ann:1:\n", "\"\" is not" },
		{ "ann:1:1\r\n", "\"1?\" is not" },
		{ ":1:1\n", "f:1: it is not OWNER:START:COUNT" },
		{ "ann\n", "OWNER:START:COUNT" },
		{ "ann:1\n", "OWNER:START:COUNT" },
		{ "ann:1:1:1\n", "OWNER:START:COUNT" },
		{ " \n", "OWNER:START:COUNT" },
	};
	char says[1024];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		read_all(cases[i].text, says, sizeof(says));
		if (!strstr(says, cases[i].says) || (!*cases[i].says && *says))
			fail_msg("%s: %s", cases[i].text, says);
	}
}

static void test_owner(void **state)
{
	static const struct {
		const char *owner;
		bool is;
	} cases[] = {
		{ "ann", true }, { "2001", true }, { "an", false }, { "anna", false },
		{ "200", false }, { "20011", false }, { "02001", false }, { "ANN", false },
	};
	struct subids_line line;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		line.owner = cases[i].owner;
		line.owner_len = strlen(line.owner);
		assert_int_equal(subids_line_is_of(&line, "ann", UID), cases[i].is);
	}
}

static void test_judge(void **state)
{
	static const struct {
		struct subid_list uids, gids;
		int code;
		const char *text;
	} cases[] = {
		{ usual, usual, 0, "" },
		{ { 2, { { 200000, 65000 }, { 100000, 535 } } }, usual, 0, "" },
		{ { 1, { { SUBIDS_ID_END - SUBIDS_NEEDED, SUBIDS_NEEDED } } }, usual, 0, "" },
		/* another number space */
		{ { 1, { { GID, SUBIDS_NEEDED } } }, usual, 0, "" },
		{ usual, { 1, { { 10000, 75535 } } }, 0, "" },
		{ { 0 }, usual, ERANGE, "cannot map 0 subordinate uids: 65535 are needed" },
		{ usual, { 1, { { 100000, 65534 } } }, ERANGE, "65534 subordinate gids" },
		{ { 1, { { 0, SUBIDS_NEEDED } } }, usual, EINVAL, "from 0 on" },
		{ { 2, { { 100000, SUBIDS_NEEDED }, { 5, 0 } } }, usual, EINVAL, "0 subordinate" },
		{ { 1, { { SUBIDS_ID_END - SUBIDS_NEEDED + 1, SUBIDS_NEEDED } } }, usual, EINVAL,
		  "those from 1 to 2147483647 can be" },
		{ { 1, { { SUBIDS_ID_END | UID, SUBIDS_NEEDED } } }, usual, EINVAL, "those from" },
		{ { 1, { { 4294967295U, SUBIDS_NEEDED } } }, usual, EINVAL, "those from" },
		{ { 1, { { 100000, UINT32_MAX } } }, usual, EINVAL, "those from" },
		{ { 2, { { 100000, 65535 }, { 165534, 1 } } }, usual, EINVAL, "165534: it is" },
		{ { 2, { { 100005, 65535 }, { 100000, 6 } } }, usual, EINVAL, "100005: it is" },
		{ { 2, { { 100000, 65535 }, { 100000, 65535 } } }, usual, EINVAL, "there twice" },
		{ { 1, { { 2000, SUBIDS_NEEDED } } }, usual, EINVAL, "uid 2001: it is the user's" },
		{ usual, { 1, { { 3001, SUBIDS_NEEDED } } }, EINVAL, "gid 3001: it is the user's" },
		{ usual, { 1, { { 80000, SUBIDS_NEEDED } } }, EINVAL, "gid 90000" },
		{ { SUBIDS_RUNS_MAX + 1, { { 1, 1 } } }, usual, EINVAL, "65 ranges" },
		{ usual, { UINT32_MAX, { { 1, 1 } } }, EINVAL, "4294967295 ranges" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct subids ids = { cases[i].uids, cases[i].gids };
		struct wire_request req = request("ann");
		struct nsbox_error err = { .text = "" };

		assert_int_equal(subids_judge(&ids, &req, &err), -cases[i].code);
		if (!strstr(err.text, cases[i].text))
			fail_msg("%zu: %s", i, err.text);
	}
}

/* What the fake nsbox-subids does for each user. */
static const struct {
	const char *user;
	int code;
	const char *text;
} answers[] = {
	{ "right", 0, "" },
	{ "error", EEXIST, "cannot because" },
	{ "endless", EEXIST, "xxxx" },
	{ "none", EPIPE, "nsbox-subids died" },
	{ "short", EPROTO, "of another version" },
	{ "long", EPROTO, "of another version" },
	{ "magic", EPROTO, "of another version" },
	{ "hangs", ETIMEDOUT, "cannot have an answer of nsbox-subids" },
	{ "stays", 0, "" },
};

static int fake(const char *user, const char *uid)
{
	struct {
		struct subids_answer answer;
		char more;
	} said = { .answer = { .magic = SUBIDS_MAGIC, .ids = { usual, usual } } };
	size_t size = sizeof(said.answer);

	if (strcmp(uid, "2001") != 0 || environ[0] || fcntl(3, F_GETFD) >= 0)
		return 3;
	if (!strcmp(user, "error")) {
		error_plain(&said.answer.error, EEXIST, "cannot because");
	} else if (!strcmp(user, "endless")) {
		said.answer.error.code = EEXIST;
		memset(said.answer.error.text, 'x', sizeof(said.answer.error.text));
	}
	said.answer.magic += !strcmp(user, "magic");
	size += !strcmp(user, "long");
	size -= !strcmp(user, "short");
	if (!strcmp(user, "none"))
		return 0;
	if (!strcmp(user, "hangs"))
		pause();
	if (write(STDOUT_FILENO, &said, size) != (ssize_t)size)
		return 4;
	if (!strcmp(user, "stays")) {
		close(STDOUT_FILENO);
		pause();
	}
	return 0;
}

static void test_ask(void **state)
{
	int null = open("/dev/null", O_RDONLY);

	(void)state;
	dup2(null, 3);	/* the module's socket, which the program must not get */
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct wire_request req = request(answers[i].user);
		struct nsbox_error err = { .text = "" };
		struct subids ids = { .uids.n = 7 };
		int before = open_fds();

		assert_int_equal(subids_ask(&req, &ids, &err), -answers[i].code);
		if (!strstr(err.text, answers[i].text))
			fail_msg("%s: %s", answers[i].user, err.text);
		assert_int_equal(ids.uids.n, answers[i].code ? 7 : 1);
		assert_int_equal(open_fds(), before);
		assert_true(waitpid(-1, NULL, 0) < 0 && errno == ECHILD);
	}
	close(3);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_owner),
		cmocka_unit_test(test_judge),
		cmocka_unit_test(test_ask),
	};

	if (argc == 3 && !strcmp(argv[0], "nsbox-subids"))
		_exit(fake(argv[1], argv[2]));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
