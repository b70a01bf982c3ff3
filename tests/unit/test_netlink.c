// SPDX-License-Identifier: MIT
/*
 * Netlink messages: many in one send, an answer to each, and nothing behind the end of a batch.
 */
#include "unit_helper.h"

#include <errno.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "netlink.h"

static void begin_dummy_name(struct netlink_batch *b, const char *name, unsigned int flags)
{
	struct ifinfomsg body = { .ifi_family = AF_UNSPEC };
	size_t info;

	netlink_begin(b, RTM_NEWLINK, (uint16_t)(NLM_F_CREATE | flags), &body, sizeof(body));
	netlink_put_text(b, IFLA_IFNAME, name);
	info = netlink_nest(b, IFLA_LINKINFO);
	netlink_put_text(b, IFLA_INFO_KIND, "veth");
	netlink_end(b, info);
}

static void test_layout(void **state)
{
	struct netlink_batch b = { 0 };
	struct nlmsghdr *first, *second;
	uint32_t body = 0x01020304;
	size_t nest;

	(void)state;
	netlink_begin(&b, 7, NLM_F_EXCL, &body, sizeof(body));
	netlink_put_text(&b, 3, "ab");
	netlink_begin(&b, 8, 0, &body, sizeof(body));
	nest = netlink_nest(&b, 5);
	netlink_put_u8(&b, 1, 9);
	netlink_end(&b, nest);

	first = (struct nlmsghdr *)b.buf;
	assert_int_equal(first->nlmsg_len, 16 + 4 + 8);
	assert_int_equal(first->nlmsg_flags, NLM_F_REQUEST | NLM_F_ACK | NLM_F_EXCL);
	assert_int_equal(first->nlmsg_seq, 1);
	assert_memory_equal(b.buf + 20, "\x07\x00\x03\x00" "ab\0\0", 8);
	second = (struct nlmsghdr *)(b.buf + first->nlmsg_len);
	assert_int_equal(second->nlmsg_seq, 2);
	assert_int_equal(second->nlmsg_len, 16 + 4 + 4 + 8);
	assert_memory_equal((char *)second + 20, "\x0c\x00\x05\x00\x05\x00\x01\x00\x09\0\0\0", 12);
	assert_int_equal(b.used, first->nlmsg_len + second->nlmsg_len);
}

static void test_too_much(void **state)
{
	struct {
		struct netlink_batch b;
		char canary[64];
	} it = { 0 };
	char data[100];

	(void)state;
	memset(data, 'x', sizeof(data));
	memset(it.canary, 'c', sizeof(it.canary));
	for (int i = 0; i < 200; i++) {
		netlink_begin(&it.b, 1, 0, data, 1 + (size_t)i % sizeof(data));
		netlink_put(&it.b, 1, data, (size_t)(i * 7) % sizeof(data));
		netlink_end(&it.b, netlink_nest(&it.b, 2));
	}
	assert_true(it.b.full);
	assert_true(it.b.used <= sizeof(it.b.buf));
	for (size_t i = 0; i < sizeof(it.canary); i++)
		assert_int_equal(it.canary[i], 'c');
	assert_int_equal(netlink_talk(-1, &it.b, NULL), -ENOBUFS);
}

struct seen {
	unsigned int links;
	bool lo;
};

static int see(const struct nlmsghdr *msg, void *data)
{
	const struct ifinfomsg *link = NLMSG_DATA(msg);
	struct seen *seen = data;

	seen->links++;
	seen->lo |= link->ifi_index == 1;
	return 0;
}

/* In a network namespace of its own: links that are made, refused, and listed. */
static int talk(const void *data)
{
	struct ifinfomsg all = { .ifi_family = AF_UNSPEC };
	struct netlink_batch b = { 0 };
	struct seen seen = { 0 };
	unsigned int failed = 9;
	int fd;

	(void)data;
	if (unshare(CLONE_NEWUSER | CLONE_NEWNET) < 0 || netlink_open(NETLINK_ROUTE, &fd) < 0)
		return 1;
	begin_dummy_name(&b, "one", NLM_F_EXCL);
	begin_dummy_name(&b, "two", NLM_F_EXCL);
	if (netlink_talk(fd, &b, &failed) != 0 || failed != 9 || !if_nametoindex("two"))
		return 2;
	netlink_reset(&b);
	begin_dummy_name(&b, "three", NLM_F_EXCL);
	begin_dummy_name(&b, "two", NLM_F_EXCL);
	begin_dummy_name(&b, "four", NLM_F_EXCL);
	/* The first failure is told, and the rest is done all the same. */
	if (netlink_talk(fd, &b, &failed) != -EEXIST || failed != 1 || !if_nametoindex("four"))
		return 3;
	netlink_reset(&b);
	netlink_begin(&b, RTM_GETLINK, 0, &all, sizeof(all));
	if (netlink_dump(fd, &b, see, &seen) != 0 || seen.links != 9 || !seen.lo)
		return 4;
	/* A list that the kernel does not have. */
	netlink_reset(&b);
	netlink_begin(&b, RTM_MAX + 1, 0, &all, sizeof(all));
	return netlink_dump(fd, &b, see, &seen) == -EOPNOTSUPP ? 0 : 5;
}

static void test_kernel(void **state)
{
	(void)state;
	assert_int_equal(in_child(talk, NULL), 0);
}

/* A message of the kernel's, as a test plays it. Return: its bytes, aligned. */
static size_t answer(char *at, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *head = (struct nlmsghdr *)at;

	memset(at, 0, NLMSG_SPACE(sizeof(int)));
	head->nlmsg_len = NLMSG_LENGTH(sizeof(int));
	head->nlmsg_type = type;
	head->nlmsg_flags = (uint16_t)(NLM_F_MULTI | flags);
	head->nlmsg_seq = 1;
	return NLMSG_SPACE(sizeof(int));
}

static int count_to(const struct nlmsghdr *msg, void *data)
{
	unsigned int *left = data;

	(void)msg;
	return --*left ? 0 : 7;
}

/*
 * A list is read to its end, also where it was interrupted or nobody wants the rest: else the
 * kernel would not begin another, and what is left would be the answer to the next question.
 */
static void test_dump_to_its_end(void **state)
{
	char buf[256] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct netlink_batch b = { 0 };
	unsigned int left = 9;
	int pair[2];
	size_t size;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	for (int i = 0; i < 2; i++) {
		size = answer(buf, RTM_NEWLINK, 0);
		size += answer(buf + size, RTM_NEWLINK, i ? 0 : NLM_F_DUMP_INTR);
		assert_int_equal(send(pair[1], buf, size, 0), size);
		size = answer(buf, RTM_NEWLINK, 0);
		assert_int_equal(send(pair[1], buf, size, 0), size);
		size = answer(buf, NLMSG_DONE, 0);
		assert_int_equal(send(pair[1], buf, size, 0), size);
	}
	netlink_begin(&b, RTM_GETLINK, 0, NULL, 0);
	assert_int_equal(netlink_dump(pair[0], &b, count_to, &left), -EAGAIN);
	assert_int_equal(left, 8);
	left = 1;
	assert_int_equal(netlink_dump(pair[0], &b, count_to, &left), 7);
	assert_int_equal(recv(pair[0], buf, sizeof(buf), MSG_DONTWAIT), -1);
	assert_int_equal(errno, EAGAIN);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_too_much),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_dump_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
