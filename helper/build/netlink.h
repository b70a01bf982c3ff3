/* SPDX-License-Identifier: MIT */
/*
 * Netlink messages: as many as are wanted in one send, an answer to each.
 *
 * A library would do it (libnl-route-3), but nsbox-build is static, and to start a program with
 * that library costs more than all that is sent at a login.
 */
#ifndef NSBOX_NETLINK_H
#define NSBOX_NETLINK_H

#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>

#define NETLINK_BATCH_MAX 4096	/* bytes of all messages sent at once */

/**
 * struct netlink_batch - messages that are sent together
 * @used: bytes of @buf
 * @count: how many messages
 * @at: where in @buf the last one begins
 * @full: something did not fit; netlink_talk() says so
 *
 * All zero it is an empty batch; @buf need not be.
 */
struct netlink_batch {
	size_t used;
	unsigned int count;
	size_t at;
	int full;
	char buf[NETLINK_BATCH_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
};

/**
 * netlink_open() - a socket to the kernel, of the network namespace that the caller is in now
 * @protocol: NETLINK_ROUTE, NETLINK_NETFILTER; see netlink(7)
 * @ret_fd: close-on-exec, the caller's; untouched on failure
 *
 * Return: 0 or -errno.
 */
int netlink_open(int protocol, int *ret_fd);

/* From now on a list has what the question says, not all that there is. Return: 0 or -errno. */
int netlink_strict(int fd);

/* Forget what is in @batch. */
void netlink_reset(struct netlink_batch *batch);

/**
 * netlink_begin() - begin a message
 * @batch: gets it, behind those before
 * @type: as RTM_NEWLINK; see rtnetlink(7)
 * @flags: NLM_F_*; a request with an acknowledgement in any case
 * @body: what comes before the attributes, as struct ifinfomsg
 * @size: its bytes
 */
void netlink_begin(struct netlink_batch *batch, uint16_t type, uint16_t flags, const void *body,
		   size_t size);

/* Add an attribute to the message begun last. @data may be NULL when @size is 0. */
void netlink_put(struct netlink_batch *batch, uint16_t type, const void *data, size_t size);
void netlink_put_u8(struct netlink_batch *batch, uint16_t type, uint8_t value);
void netlink_put_u32(struct netlink_batch *batch, uint16_t type, uint32_t value);
void netlink_put_text(struct netlink_batch *batch, uint16_t type, const char *text);

/* Bytes that are no attribute: what stands before the attributes of a veth's peer. */
void netlink_put_raw(struct netlink_batch *batch, const void *data, size_t size);

/* Begin an attribute that holds attributes. Return: what netlink_end() wants. */
size_t netlink_nest(struct netlink_batch *batch, uint16_t type);
void netlink_end(struct netlink_batch *batch, size_t nest);

/**
 * netlink_talk() - send the messages and hear what became of each
 * @fd: of netlink_open()
 * @batch: at least one message
 * @ret_failed: which message failed first, from 0; untouched when none did; may be NULL
 *
 * The kernel goes on behind a message that failed.
 *
 * Return: 0, -errno of the first that failed, or -ENOBUFS for a batch that is too long.
 */
int netlink_talk(int fd, struct netlink_batch *batch, unsigned int *ret_failed);

/**
 * netlink_dump() - ask for a list
 * @fd: of netlink_open()
 * @batch: one message; NLM_F_DUMP is added
 * @each: called with every message of the answer, until it returns other than 0
 * @data: passed to it
 *
 * The answer is read to its end, so that @fd can be asked again.
 *
 * Return: 0, what @each returned, or -errno; -EAGAIN if the list changed while it was read.
 */
int netlink_dump(int fd, struct netlink_batch *batch,
		 int (*each)(const struct nlmsghdr *msg, void *data), void *data);

/**
 * netlink_get() - ask for one thing
 * @fd: of netlink_open()
 * @batch: one message
 * @each: called with the answer, of at most 8192 bytes
 * @data: passed to it
 *
 * Return: what @each returned, or -errno.
 */
int netlink_get(int fd, struct netlink_batch *batch,
		int (*each)(const struct nlmsghdr *msg, void *data), void *data);

/**
 * netlink_attr() - walk the attributes of an answer
 * @msg: the answer
 * @body: bytes that come before the attributes
 * @before: the last one, or NULL to begin
 *
 * Return: the next one, all of it within @msg, or NULL.
 */
const struct nlattr *netlink_attr(const struct nlmsghdr *msg, size_t body,
				  const struct nlattr *before);

/* What an attribute holds. */
const void *netlink_data(const struct nlattr *attr, size_t *ret_size);

/* The number that an attribute holds; 0 if it is too short. */
uint32_t netlink_u32(const struct nlattr *attr);

#endif
