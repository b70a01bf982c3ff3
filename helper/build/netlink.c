// SPDX-License-Identifier: MIT
/*
 * Netlink messages. Runs as root of the host in the builder. Must never believe a message that does
 * not come from the kernel, or take an old answer for a new one.
 */
#include "netlink.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"

/* One dump message of the kernel is at most this long: NLMSG_GOODSIZE's upper limit. */
#define ANSWER_MAX 32768
/* One interface with all that the kernel has to say of it takes less than half of this. */
#define THING_MAX 8192

/* NLA_HDRLEN is the same number as an int. */
#define ATTR_HEAD sizeof(struct nlattr)

int netlink_open(int protocol, int *ret_fd)
{
	_cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	int one = 1;

	if (fd < 0)
		return -errno;
	/* Of a message that failed, its head comes back and not all of it: answers stay small. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one)) < 0)
		return -errno;
	*ret_fd = take_fd(&fd);
	return 0;
}

int netlink_strict(int fd)
{
	int one = 1;

	if (setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &one, sizeof(one)) < 0)
		return -errno;
	return 0;
}

void netlink_reset(struct netlink_batch *batch)
{
	batch->used = 0;
	batch->count = 0;
	batch->at = 0;
	batch->full = 0;
}

/* Take @size bytes behind what is there, zeroed, aligned. Return: where, or NULL. */
static void *grow(struct netlink_batch *batch, size_t size)
{
	size_t whole = NLMSG_ALIGN(size);
	char *at = batch->buf + batch->used;

	if (batch->full || whole < size || whole > sizeof(batch->buf) - batch->used) {
		batch->full = 1;
		return NULL;
	}
	memset(at, 0, whole);
	batch->used += whole;
	if (batch->count) {
		struct nlmsghdr *head = (struct nlmsghdr *)(batch->buf + batch->at);

		head->nlmsg_len = (uint32_t)(batch->used - batch->at);
	}
	return at;
}

void netlink_put_raw(struct netlink_batch *batch, const void *data, size_t size)
{
	void *at = grow(batch, size);

	if (at && size)
		memcpy(at, data, size);
}

void netlink_begin(struct netlink_batch *batch, uint16_t type, uint16_t flags, const void *body,
		   size_t size)
{
	struct nlmsghdr *head;

	batch->at = batch->used;
	batch->count++;
	head = grow(batch, sizeof(*head));
	if (!head)
		return;
	head->nlmsg_type = type;
	head->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	head->nlmsg_seq = batch->count;
	netlink_put_raw(batch, body, size);
}

void netlink_put(struct netlink_batch *batch, uint16_t type, const void *data, size_t size)
{
	struct nlattr *attr = grow(batch, ATTR_HEAD + size);

	if (!attr)
		return;
	attr->nla_type = type;
	attr->nla_len = (uint16_t)(ATTR_HEAD + size);
	if (size)
		memcpy((char *)attr + ATTR_HEAD, data, size);
}

void netlink_put_u8(struct netlink_batch *batch, uint16_t type, uint8_t value)
{
	netlink_put(batch, type, &value, sizeof(value));
}

void netlink_put_u32(struct netlink_batch *batch, uint16_t type, uint32_t value)
{
	netlink_put(batch, type, &value, sizeof(value));
}

void netlink_put_text(struct netlink_batch *batch, uint16_t type, const char *text)
{
	netlink_put(batch, type, text, strlen(text) + 1);
}

size_t netlink_nest(struct netlink_batch *batch, uint16_t type)
{
	size_t at = batch->used;

	netlink_put(batch, type, NULL, 0);
	return at;
}

void netlink_end(struct netlink_batch *batch, size_t nest)
{
	struct nlattr *attr = (struct nlattr *)(batch->buf + nest);

	if (!batch->full)
		attr->nla_len = (uint16_t)(batch->used - nest);
}

static int send_batch(int fd, const struct netlink_batch *batch)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t n;

	if (batch->full)
		return -ENOBUFS;
	do
		n = sendto(fd, batch->buf, batch->used, 0, (const struct sockaddr *)&kernel,
			   sizeof(kernel));
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

/* One datagram of the kernel's. Return: its bytes or -errno. */
static ssize_t receive(int fd, void *buf, size_t size)
{
	struct sockaddr_nl from = { 0 };
	struct iovec iov = { .iov_base = buf, .iov_len = size };
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
	};
	ssize_t n;

	do
		n = recvmsg(fd, &msg, 0);
	while ((n < 0 && errno == EINTR) || (n >= 0 && from.nl_pid != 0));
	if (n < 0)
		return -errno;
	return (msg.msg_flags & MSG_TRUNC) ? -EMSGSIZE : n;
}

int netlink_talk(int fd, struct netlink_batch *batch, unsigned int *ret_failed)
{
	char buf[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned int heard = 0, failed = 0;
	int r = send_batch(fd, batch), first = 0;

	if (r < 0)
		return r;
	while (heard < batch->count) {
		ssize_t left = receive(fd, buf, sizeof(buf));
		struct nlmsghdr *msg = (struct nlmsghdr *)buf;

		if (left < 0)
			return (int)left;
		for (; NLMSG_OK(msg, left); msg = NLMSG_NEXT(msg, left)) {
			const struct nlmsgerr *end = NLMSG_DATA(msg);

			if (msg->nlmsg_type != NLMSG_ERROR || msg->nlmsg_seq != heard + 1 ||
			    msg->nlmsg_len < NLMSG_LENGTH(sizeof(end->error)))
				return -EPROTO;
			if (end->error < 0 && !first) {
				first = end->error;
				failed = heard;
			}
			heard++;
		}
	}
	if (first && ret_failed)
		*ret_failed = failed;
	return first;
}

/* To its end in any case: what is left unread would be taken for the next answer. */
int netlink_dump(int fd, struct netlink_batch *batch,
		 int (*each)(const struct nlmsghdr *msg, void *data), void *data)
{
	char buf[ANSWER_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *head = (struct nlmsghdr *)batch->buf;
	int r, result = 0;

	head->nlmsg_flags = (uint16_t)((head->nlmsg_flags & ~NLM_F_ACK) | NLM_F_DUMP);
	r = send_batch(fd, batch);
	while (r == 0) {
		ssize_t left = receive(fd, buf, sizeof(buf));
		struct nlmsghdr *msg = (struct nlmsghdr *)buf;

		if (left <= 0)
			return left < 0 ? (int)left : -EPROTO;
		for (; NLMSG_OK(msg, left); msg = NLMSG_NEXT(msg, left)) {
			if (msg->nlmsg_type == NLMSG_ERROR)
				return ((struct nlmsgerr *)NLMSG_DATA(msg))->error ?: -EPROTO;
			if (msg->nlmsg_flags & NLM_F_DUMP_INTR)
				result = -EAGAIN;
			if (msg->nlmsg_type == NLMSG_DONE)
				return result ?: *(int *)NLMSG_DATA(msg);
			if (result == 0)
				result = each(msg, data);
		}
	}
	return r;
}

int netlink_get(int fd, struct netlink_batch *batch,
		int (*each)(const struct nlmsghdr *msg, void *data), void *data)
{
	char buf[THING_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *head = (struct nlmsghdr *)batch->buf, *msg = (struct nlmsghdr *)buf;
	ssize_t left;
	int r;

	head->nlmsg_flags = (uint16_t)(head->nlmsg_flags & ~NLM_F_ACK);
	r = send_batch(fd, batch);
	if (r < 0)
		return r;
	left = receive(fd, buf, sizeof(buf));
	if (left < 0)
		return (int)left;
	if (!NLMSG_OK(msg, left))
		return -EPROTO;
	if (msg->nlmsg_type == NLMSG_ERROR)
		return ((struct nlmsgerr *)NLMSG_DATA(msg))->error ?: -EPROTO;
	return each(msg, data);
}

const struct nlattr *netlink_attr(const struct nlmsghdr *msg, size_t body,
				  const struct nlattr *before)
{
	const char *end = (const char *)msg + msg->nlmsg_len;
	const char *at = (const char *)msg + NLMSG_HDRLEN + NLMSG_ALIGN(body);
	const struct nlattr *attr;
	size_t left;

	if (before)
		at = (const char *)before + NLA_ALIGN(before->nla_len);
	left = at < end ? (size_t)(end - at) : 0;
	attr = (const struct nlattr *)at;
	if (left < sizeof(*attr) || attr->nla_len < sizeof(*attr) || attr->nla_len > left)
		return NULL;
	return attr;
}

const void *netlink_data(const struct nlattr *attr, size_t *ret_size)
{
	*ret_size = attr->nla_len - sizeof(*attr);
	return attr + 1;
}

uint32_t netlink_u32(const struct nlattr *attr)
{
	uint32_t value = 0;
	size_t size;
	const void *data = netlink_data(attr, &size);

	if (size >= sizeof(value))
		memcpy(&value, data, sizeof(value));
	return value;
}
