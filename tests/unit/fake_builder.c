// SPDX-License-Identifier: MIT
/*
 * The answers by name; see fake_builder.h.
 */
#include "fake_builder.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire.h"

#define MANY 4
#define ROOM (sizeof(struct wire_reply) + 1)

#define WHOLE sizeof(struct wire_reply)

/**
 * struct message - one message of an answer
 * @size: its bytes
 * @fds: how many descriptors come with it
 * @verdict: as in struct wire_reply
 * @magic: what it is off by
 * @deadline_ms: as in struct wire_reply
 * @endless: the texts in it have no end
 */
struct message {
	size_t size;
	size_t fds;
	uint32_t verdict;
	uint32_t magic;
	uint32_t deadline_ms;
	bool endless;
};

/**
 * struct answer - what to say
 * @name: the request's rhost
 * @first: the first message, or the only one
 * @second: another one, when its size is not 0
 * @hangs: and then stay, rather than end
 */
struct answer {
	const char *name;
	struct message first;
	struct message second;
	bool hangs;
};

#define PLAIN(verdict, fds) { WHOLE, fds, verdict, 0, 0, false }
#define WAIT(ms, fds) { WHOLE, fds, WIRE_WAIT, 0, ms, false }
#define NONE { 0, 0, 0, 0, 0, false }

static const struct answer answers[] = {
	{ "right", PLAIN(WIRE_BOXED, 3), NONE, false },
	{ "denied", PLAIN(WIRE_DENIED, 0), NONE, false },
	{ "exempt", PLAIN(WIRE_EXEMPT, 0), NONE, false },
	{ "empty", { 0, 0, WIRE_BOXED, 0, 0, false }, NONE, false },
	{ "short", { WHOLE - 1, 3, WIRE_BOXED, 0, 0, false }, NONE, false },
	{ "long", { WHOLE + 1, 3, WIRE_BOXED, 0, 0, false }, NONE, false },
	{ "other version", { WHOLE, 3, WIRE_BOXED, 1, 0, false }, NONE, false },
	{ "other verdict", PLAIN(WIRE_WAIT + 1, 3), NONE, false },
	{ "huge verdict", PLAIN(UINT32_MAX, 3), NONE, false },
	{ "no descriptor", PLAIN(WIRE_BOXED, 0), NONE, false },
	{ "two descriptors", PLAIN(WIRE_BOXED, 2), NONE, false },
	{ "four descriptors", PLAIN(WIRE_BOXED, 4), NONE, false },
	{ "endless text", { WHOLE, 0, WIRE_FAILED, 0, 0, true }, NONE, false },
	{ "wait, right", WAIT(50000, 0), PLAIN(WIRE_BOXED, 3), false },
	{ "wait, none", WAIT(50000, 0), NONE, false },
	{ "wait, short", WAIT(50000, 0), { WHOLE - 1, 0, WIRE_BOXED, 0, 0, false }, false },
	{ "wait, wait", WAIT(50000, 0), WAIT(50000, 0), false },
	{ "wait with descriptors, right", WAIT(50000, 3), PLAIN(WIRE_BOXED, 3), false },
	{ "wait too long", WAIT(3600 * 1000, 0), PLAIN(WIRE_BOXED, 3), false },
	{ "wait for nothing", WAIT(1, 0), NONE, true },
};

static int say(const struct message *m)
{
	union {
		char room[CMSG_SPACE(MANY * sizeof(int))];
		struct cmsghdr align;
	} control = { .room = { 0 } };
	struct wire_reply reply = { .magic = WIRE_MAGIC + m->magic, .verdict = m->verdict,
				    .deadline_ms = m->deadline_ms };
	char room[ROOM] = "";
	struct iovec iov = { .iov_base = room, .iov_len = m->size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	int fds[MANY] = { -1 };

	if (m->endless) {
		memset(reply.error.text, 'x', sizeof(reply.error.text));
		memset(reply.message, 'x', sizeof(reply.message));
	}
	memcpy(room, &reply, sizeof(reply));
	for (size_t i = 0; i < m->fds; i++)
		fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (m->fds) {
		msg.msg_control = control.room;
		msg.msg_controllen = CMSG_SPACE(m->fds * sizeof(int));
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(m->fds * sizeof(int));
		memcpy(CMSG_DATA(&control.align), fds, m->fds * sizeof(int));
	}
	return sendmsg(WIRE_FD, &msg, 0) == (ssize_t)m->size ? 0 : 3;
}

static int say_all(const struct answer *a)
{
	int r = say(&a->first);

	if (r == 0 && a->second.size)
		r = say(&a->second);
	while (r == 0 && a->hangs)
		pause();
	return r;
}

static int answer(void)
{
	char *buf = malloc(WIRE_REQUEST_MAX);
	struct wire_request req;
	int fds[WIRE_FDS];
	long n = buf ? wire_recv(WIRE_FD, buf, WIRE_REQUEST_MAX, fds) : -1;

	if (n <= 0 || fds[0] < 0 || wire_decode(buf, (size_t)n, &req) < 0)
		return 2;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		if (!strcmp(req.rhost, answers[i].name))
			return say_all(&answers[i]);
	return 1;	/* without an answer: it died */
}

void fake_builder(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], "nsbox-build"))
		_exit(answer());
}
