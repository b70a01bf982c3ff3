// SPDX-License-Identifier: MIT
/*
 * The module's side of the talk: whatever nsbox-build answers, the caller has one clear cause, and
 * neither a descriptor nor a child is left over. Also invariant 8: SIGCHLD is as it was.
 */
#include "unit_helper.h"

#include <errno.h>

#include "builder.h"
#include "cleanup.h"
#include "fake_builder.h"

/**
 * struct talk - one answer, and what is to come of it
 * @answer: its name, see fake_builder.c
 * @code: the error's, 0 when it is an answer
 * @text: in the error
 * @verdict: of an answer
 * @fds: that come with it
 */
struct talk {
	const char *answer;
	int code;
	const char *text;
	uint32_t verdict;
	size_t fds;
};

static const char died[] = "nsbox-build died";
static const char strange[] = "cannot understand nsbox-build";
static const char cut[] = "cannot have an answer of nsbox-build";

static const struct talk talks[] = {
	{ "right", 0, "", WIRE_BOXED, 3 },
	{ "denied", 0, "", WIRE_DENIED, 0 },
	{ "exempt", 0, "", WIRE_EXEMPT, 0 },
	{ "none at all", EPIPE, died, 0, 0 },
	{ "empty", EPIPE, died, 0, 0 },
	{ "short", EPROTO, strange, 0, 3 },
	{ "long", EBADMSG, cut, 0, 0 },
	{ "other version", EPROTO, strange, 0, 3 },
	{ "four descriptors", EBADMSG, cut, 0, 0 },
	{ "wait, right", 0, "", WIRE_BOXED, 3 },
	{ "wait, none", EPIPE, died, 0, 0 },
	{ "wait, short", EPROTO, strange, 0, 0 },
	{ "wait for nothing", ETIMEDOUT, "deadline", 0, 0 },
	{ "other verdict", EPROTO, "cannot understand the answer", 0, 3 },
	{ "huge verdict", EPROTO, "cannot understand the answer", 0, 3 },
	{ "wait, wait", EPROTO, "cannot understand the answer", 0, 0 },
	{ "wait too long", EPROTO, "cannot wait ", 0, 0 },
	/* an answer to builder_ask(): the module refuses them, see tst_answer.c */
	{ "no descriptor", 0, "", WIRE_BOXED, 0 },
	{ "two descriptors", 0, "", WIRE_BOXED, 2 },
	{ "endless text", 0, "", WIRE_FAILED, 0 },
};

static struct wire_request request(const char *answer)
{
	static const uint32_t gids[] = { 1000 };
	static const char *names[] = { "group" };

	return (struct wire_request){
		.verb = WIRE_OPEN, .uid = 1000, .gid = 1000, .groups = 1, .gids = gids,
		.names = names, .id = "abcdefghijkl", .user = "user", .home = "/home/user",
		.shell = "/bin/sh", .service = "sshd", .rhost = answer, .tty = "ssh",
	};
}

/* Close them; how many there were. */
static size_t close_all(const int fds[WIRE_FDS])
{
	size_t n = 0;

	for (size_t i = 0; i < WIRE_FDS; i++)
		if (fds[i] >= 0)
			n += close(fds[i]) == 0;
	return n;
}

static void talk(const struct talk *t)
{
	struct sigaction odd = { .sa_handler = SIG_IGN, .sa_flags = SA_RESTART }, now;
	struct wire_request req = request(t->answer);
	struct nsbox_error err = { 0 };
	struct builder b = { 0 };
	struct wire_reply reply = { .verdict = 77 };
	int fds[WIRE_FDS], before = open_fds();

	assert_int_equal(sigaction(SIGCHLD, &odd, NULL), 0);
	assert_int_equal(builder_ask(&b, &req, &reply, fds, &err), -t->code);
	builder_end(&b);
	builder_end(&b);
	assert_int_equal(err.code, t->code);
	assert_non_null(strstr(err.text, t->text));
	assert_int_equal(reply.verdict, t->code ? 77 : t->verdict);
	if (t->code == 0) {
		assert_non_null(memchr(reply.error.text, '\0', NSBOX_ERROR_MAX));
		assert_non_null(memchr(reply.message, '\0', WIRE_MESSAGE_MAX));
	}
	assert_int_equal(close_all(fds), t->fds);
	assert_int_equal(open_fds(), before);
	assert_int_equal(sigaction(SIGCHLD, NULL, &now), 0);
	assert_ptr_equal(now.sa_handler, SIG_IGN);
	assert_int_equal(now.sa_flags & SA_RESTART, SA_RESTART);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(talks); i++) {
		print_message("%s\n", talks[i].answer);
		talk(&talks[i]);
	}
}

/* Only an answer has descriptors: those of a wait do not stay open beside it. */
static void test_wait_with_descriptors(void **state)
{
	static const struct talk waits = { "wait with descriptors, right", 0, "", WIRE_BOXED, 3 };

	(void)state;
	talk(&waits);
}

/* What does not fit into a message is not asked, and the builder does not wait for it. */
static void test_too_long(void **state)
{
	_cleanup_free_ char *home = malloc(WIRE_REQUEST_MAX + 1);
	struct wire_request req = request("right");
	struct nsbox_error err = { 0 };
	struct builder b = { 0 };
	struct wire_reply reply;
	int fds[WIRE_FDS];

	(void)state;
	assert_non_null(home);
	memset(home, 'h', WIRE_REQUEST_MAX);
	home[WIRE_REQUEST_MAX] = '\0';
	req.home = home;
	assert_int_equal(builder_ask(&b, &req, &reply, fds, &err), -E2BIG);
	builder_end(&b);
	assert_int_equal(close_all(fds), 0);
	assert_true(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_wait_with_descriptors),
		cmocka_unit_test(test_too_long),
	};

	fake_builder(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
