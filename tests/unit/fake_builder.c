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

/**
 * struct answer - what to say
 * @name: the request's rhost
 * @size: bytes of the message
 * @fds: how many descriptors come with it
 * @magic: as in struct wire_reply
 * @verdict: likewise
 * @endless: the error's text has no end
 */
struct answer {
	const char *name;
	size_t size;
	size_t fds;
	uint32_t magic;
	uint32_t verdict;
	bool endless;
};

#define WHOLE sizeof(struct wire_reply)

static const struct answer answers[] = {
	{ "right", WHOLE, 3, WIRE_MAGIC, WIRE_BOXED, false },
	{ "denied", WHOLE, 0, WIRE_MAGIC, WIRE_DENIED, false },
	{ "exempt", WHOLE, 0, WIRE_MAGIC, WIRE_EXEMPT, false },
	{ "empty", 0, 0, WIRE_MAGIC, WIRE_BOXED, false },
	{ "short", WHOLE - 1, 3, WIRE_MAGIC, WIRE_BOXED, false },
	{ "long", WHOLE + 1, 3, WIRE_MAGIC, WIRE_BOXED, false },
	{ "other version", WHOLE, 3, WIRE_MAGIC + 1, WIRE_BOXED, false },
	{ "other verdict", WHOLE, 3, WIRE_MAGIC, WIRE_FAILED + 1, false },
	{ "huge verdict", WHOLE, 3, WIRE_MAGIC, UINT32_MAX, false },
	{ "no descriptor", WHOLE, 0, WIRE_MAGIC, WIRE_BOXED, false },
	{ "two descriptors", WHOLE, 2, WIRE_MAGIC, WIRE_BOXED, false },
	{ "four descriptors", WHOLE, 4, WIRE_MAGIC, WIRE_BOXED, false },
	{ "endless text", WHOLE, 0, WIRE_MAGIC, WIRE_FAILED, true },
};

static int say(const struct answer *a)
{
	union {
		char room[CMSG_SPACE(MANY * sizeof(int))];
		struct cmsghdr align;
	} control = { .room = { 0 } };
	struct wire_reply reply = { .magic = a->magic, .verdict = a->verdict };
	char room[ROOM] = "";
	struct iovec iov = { .iov_base = room, .iov_len = a->size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	if (a->endless)
		memset(reply.error.text, 'x', sizeof(reply.error.text));
	memcpy(room, &reply, sizeof(reply));
	if (a->fds) {
		struct cmsghdr *c = (msg.msg_control = control.room, &control.align);
		int fds[MANY] = { -1 };

		for (size_t i = 0; i < a->fds; i++)
			fds[i] = open("/dev/null", O_RDWR | O_CLOEXEC);
		msg.msg_controllen = CMSG_SPACE(a->fds * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(a->fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, a->fds * sizeof(int));
	}
	return sendmsg(WIRE_FD, &msg, 0) == (ssize_t)a->size ? 0 : 3;
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
			return say(&answers[i]);
	return 1;	/* without an answer: it died */
}

void fake_builder(int argc, char **argv)
{
	if (argc == 1 && !strcmp(argv[0], "nsbox-build"))
		_exit(answer());
}
