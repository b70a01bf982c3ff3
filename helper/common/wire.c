// SPDX-License-Identifier: MIT
/*
 * The codec of the request, and one message over a socket. Runs as root in sshd and in the
 * builder; must never trust a length that it did not check.
 */
#include "wire.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

/* The message: this head, then the gids, then the strings, each with its NUL. */
struct head {
	uint32_t magic;
	uint32_t verb;
	uint32_t uid;
	uint32_t gid;
	uint32_t groups;
	uint32_t strings;	/* bytes */
};

#define FIXED_STRINGS 7

static int add_string(char *buf, size_t size, size_t *used, const char *s)
{
	size_t len = strlen(s) + 1;

	if (len > size - *used)
		return -E2BIG;
	memcpy(buf + *used, s, len);
	*used += len;
	return 0;
}

long wire_encode(const struct wire_request *req, void *buf, size_t size)
{
	const char *fixed[FIXED_STRINGS] = { req->id,	   req->user,  req->home, req->shell,
					     req->service, req->rhost, req->tty };
	struct head head = {
		.magic = WIRE_MAGIC,
		.verb = req->verb,
		.uid = req->uid,
		.gid = req->gid,
		.groups = req->groups,
	};
	size_t start = sizeof(head) + req->groups * sizeof(uint32_t);
	size_t used = start;
	int r = 0;

	if (req->groups > WIRE_GROUPS_MAX || start > size)
		return -E2BIG;
	for (size_t i = 0; r == 0 && i < FIXED_STRINGS; i++)
		r = add_string(buf, size, &used, fixed[i]);
	for (size_t i = 0; r == 0 && i < req->groups; i++)
		r = add_string(buf, size, &used, req->names[i]);
	if (r < 0)
		return r;
	head.strings = (uint32_t)(used - start);
	memcpy(buf, &head, sizeof(head));
	if (req->groups)
		memcpy((char *)buf + sizeof(head), req->gids, req->groups * sizeof(uint32_t));
	return (long)used;
}

/* The next string of the @left bytes at *@at, which end with a NUL. NULL when there is none. */
static const char *take_string(const char **at, size_t *left)
{
	const char *s = *at;
	size_t len;

	if (*left == 0)
		return NULL;
	len = strlen(s) + 1;
	*at += len;
	*left -= len;
	return s;
}

static int id_is_well_formed(const char *id)
{
	return strlen(id) == WIRE_ID_LEN &&
	       strspn(id, "0123456789abcdefghijklmnopqrstuvwxyz") == WIRE_ID_LEN;
}

int wire_decode(const void *buf, size_t size, struct wire_request *ret)
{
	_cleanup_free_ const char **names = NULL;
	struct wire_request req = { 0 };
	const char **fixed[FIXED_STRINGS] = { &req.id,	    &req.user,	&req.home, &req.shell,
					      &req.service, &req.rhost, &req.tty };
	struct head head;
	const char *at;
	size_t left;

	if (size < sizeof(head))
		return -EBADMSG;
	memcpy(&head, buf, sizeof(head));
	if (head.magic != WIRE_MAGIC || head.verb > WIRE_OPEN || head.groups > WIRE_GROUPS_MAX)
		return -EBADMSG;
	if (head.strings > size ||
	    size != sizeof(head) + head.groups * sizeof(uint32_t) + head.strings)
		return -EBADMSG;
	if (head.strings == 0 || ((const char *)buf)[size - 1] != '\0')
		return -EBADMSG;
	names = calloc(head.groups + 1, sizeof(*names));
	if (!names)
		return -ENOMEM;
	req.verb = head.verb;
	req.uid = head.uid;
	req.gid = head.gid;
	req.groups = head.groups;
	req.gids = (const uint32_t *)((const char *)buf + sizeof(head));
	at = (const char *)(req.gids + head.groups);
	left = head.strings;
	for (size_t i = 0; i < FIXED_STRINGS; i++) {
		*fixed[i] = take_string(&at, &left);
		if (!*fixed[i])
			return -EBADMSG;
	}
	for (size_t i = 0; i < head.groups; i++) {
		names[i] = take_string(&at, &left);
		if (!names[i])
			return -EBADMSG;
	}
	if (left || !id_is_well_formed(req.id) || !*req.user || !*req.shell)
		return -EBADMSG;
	req.names = names;
	names = NULL;
	*ret = req;
	return 0;
}

int wire_send(int sock, const void *buf, size_t size, const int *fds, size_t n)
{
	union {
		char room[CMSG_SPACE(WIRE_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t r;

	if (n > WIRE_FDS)
		return -EINVAL;
	if (n) {
		struct cmsghdr *c;

		memset(&control, 0, sizeof(control));
		msg.msg_control = control.room;
		msg.msg_controllen = (socklen_t)CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = (socklen_t)CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	do
		r = sendmsg(sock, &msg, MSG_NOSIGNAL);
	while (r < 0 && errno == EINTR);
	return r < 0 ? -errno : 0;
}

long wire_recv(int sock, void *buf, size_t size, int ret_fds[WIRE_FDS])
{
	union {
		char room[CMSG_SPACE(WIRE_FDS * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room };
	struct cmsghdr *c;
	ssize_t r;

	for (size_t i = 0; i < WIRE_FDS; i++)
		ret_fds[i] = -1;
	/* Not the whole room: its padding has space for one more, which would stay open. */
	msg.msg_controllen = CMSG_LEN(WIRE_FDS * sizeof(int));
	do
		r = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return -errno;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len <= CMSG_LEN(WIRE_FDS * sizeof(int)))
		memcpy(ret_fds, CMSG_DATA(c), c->cmsg_len - CMSG_LEN(0));
	if (msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
		for (size_t i = 0; i < WIRE_FDS; i++) {
			if (ret_fds[i] >= 0)
				close(ret_fds[i]);
			ret_fds[i] = -1;
		}
		return -EBADMSG;
	}
	return r;
}
