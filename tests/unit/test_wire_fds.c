// SPDX-License-Identifier: MIT
/*
 * One message over a socket, with descriptors: whatever the other side sends, none is leaked.
 *
 * Invariant 5: what arrives by mistake must not stay open in the monitor.
 */
#include "unit_helper.h"

#include <errno.h>
#include <sys/socket.h>

#include "wire.h"

#define MANY 8

static int pair[2];
static int opened;

static int setup(void **state)
{
	(void)state;
	opened = open_fds();
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return open_fds() - opened;
}

static void assert_none(const int fds[WIRE_FDS])
{
	for (size_t i = 0; i < WIRE_FDS; i++)
		assert_int_equal(fds[i], -1);
}

/* What wire_send() refuses to send: @n descriptors. */
static void send_raw(const void *buf, size_t size, const int *fds, size_t n)
{
	union {
		char room[CMSG_SPACE(MANY * sizeof(int))];
		struct cmsghdr align;
	} control = { .room = { 0 } };
	struct iovec iov = { .iov_base = (void *)(uintptr_t)buf, .iov_len = size };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control.room };
	struct cmsghdr *c;

	msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
	c = CMSG_FIRSTHDR(&msg);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	assert_int_equal(sendmsg(pair[0], &msg, 0), size);
}

static void test_message(void **state)
{
	char buf[8] = { 0 };
	int fds[WIRE_FDS];

	(void)state;
	assert_int_equal(wire_send(pair[0], "hello", 5, NULL, 0), 0);
	assert_int_equal(wire_recv(pair[1], buf, sizeof(buf), fds), 5);
	assert_string_equal(buf, "hello");
	assert_none(fds);
}

static void test_descriptors(void **state)
{
	int mine[WIRE_FDS], fds[WIRE_FDS];
	struct stat a, b;
	char buf[8];

	(void)state;
	for (size_t i = 0; i < WIRE_FDS; i++) {
		int pipes[2];

		assert_int_equal(pipe(pipes), 0);
		mine[i] = pipes[0];
		close(pipes[1]);
	}
	for (size_t n = 1; n <= WIRE_FDS; n++) {
		assert_int_equal(wire_send(pair[0], "x", 1, mine, n), 0);
		assert_int_equal(wire_recv(pair[1], buf, sizeof(buf), fds), 1);
		for (size_t i = 0; i < WIRE_FDS; i++) {
			if (i >= n) {
				assert_int_equal(fds[i], -1);
				continue;
			}
			assert_int_equal(fstat(mine[i], &a), 0);
			assert_int_equal(fstat(fds[i], &b), 0);
			assert_int_equal(a.st_ino, b.st_ino);
			assert_true(fcntl(fds[i], F_GETFD) & FD_CLOEXEC);
			close(fds[i]);
		}
	}
	for (size_t i = 0; i < WIRE_FDS; i++)
		close(mine[i]);
}

static void test_too_many(void **state)
{
	int same[MANY], fds[WIRE_FDS];
	int before = open_fds();
	char buf[8];

	(void)state;
	for (size_t i = 0; i < MANY; i++)
		same[i] = pair[0];
	assert_int_equal(wire_send(pair[0], "x", 1, same, WIRE_FDS + 1), -EINVAL);
	for (size_t n = WIRE_FDS + 1; n <= MANY; n++) {
		send_raw("x", 1, same, n);
		assert_int_equal(wire_recv(pair[1], buf, sizeof(buf), fds), -EBADMSG);
		assert_none(fds);
		assert_int_equal(open_fds(), before);
	}
}

static void test_cut(void **state)
{
	int same[WIRE_FDS] = { pair[0], pair[0], pair[0] }, fds[WIRE_FDS];
	int before = open_fds();
	char buf[4];

	(void)state;
	assert_int_equal(wire_send(pair[0], "hello", 5, same, WIRE_FDS), 0);
	assert_int_equal(wire_recv(pair[1], buf, sizeof(buf), fds), -EBADMSG);
	assert_none(fds);
	assert_int_equal(open_fds(), before);
	assert_int_equal(wire_send(pair[0], "hello", 5, NULL, 0), 0);
	assert_int_equal(wire_recv(pair[1], buf, sizeof(buf), fds), -EBADMSG);
	assert_none(fds);
}

static void test_other_side_gone(void **state)
{
	int fds[WIRE_FDS];
	char buf[8];

	(void)state;
	assert_int_equal(shutdown(pair[0], SHUT_RDWR), 0);
	assert_int_equal(wire_recv(pair[1], buf, sizeof(buf), fds), 0);
	assert_none(fds);
	/* an error, and no SIGPIPE: it would end sshd */
	assert_int_equal(wire_send(pair[1], "x", 1, NULL, 0), -EPIPE);
}

static void test_bad_socket(void **state)
{
	int fds[WIRE_FDS];
	char buf[8];

	(void)state;
	assert_int_equal(wire_recv(-1, buf, sizeof(buf), fds), -EBADF);
	assert_none(fds);
	assert_int_equal(wire_send(-1, buf, 1, NULL, 0), -EBADF);
}

/* The longest request must pass with the kernel's default buffers, in one piece. */
static void test_longest(void **state)
{
	char *out = malloc(WIRE_REQUEST_MAX), *in = malloc(WIRE_REQUEST_MAX);
	int fds[WIRE_FDS];

	(void)state;
	memset(out, 'a', WIRE_REQUEST_MAX);
	assert_int_equal(wire_send(pair[0], out, WIRE_REQUEST_MAX, NULL, 0), 0);
	assert_int_equal(wire_recv(pair[1], in, WIRE_REQUEST_MAX, fds), WIRE_REQUEST_MAX);
	assert_memory_equal(in, out, WIRE_REQUEST_MAX);
	free(out);
	free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_message, setup, teardown),
		cmocka_unit_test_setup_teardown(test_descriptors, setup, teardown),
		cmocka_unit_test_setup_teardown(test_too_many, setup, teardown),
		cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
		cmocka_unit_test_setup_teardown(test_other_side_gone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_bad_socket, setup, teardown),
		cmocka_unit_test_setup_teardown(test_longest, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
