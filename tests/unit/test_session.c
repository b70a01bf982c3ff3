// SPDX-License-Identifier: MIT
/*
 * The session record, by the MUSTs of session.h. As root: the record must be root's own file.
 * MUST 4 (the pid namespace) is join.c's, and shown on a real login.
 */
#include "unit_helper.h"

#include <errno.h>

#include "session.h"

#define UID 4321

static char dir[] = "/tmp/nsbox-session-XXXXXX";
static char path[64];

static struct session_record example(void)
{
	return (struct session_record){
		.magic = SESSION_MAGIC,
		.size = sizeof(struct session_record),
		.uid = UID,
		.gid = 100,
		.namespaces = CLONE_NEWPID,
		.pidns_ino = 7,
		.id = "0123456789az",
		.door = "/usr/bin/bash",
		.shell = "/usr/bin/bash",
	};
}

static void store(const void *bytes, size_t len, mode_t mode)
{
	int fd;

	unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void assert_refused(int expected)
{
	struct session_record rec, untouched;
	struct nsbox_error err = { 0 };
	int before = open_fds();

	memset(&rec, 0x5a, sizeof(rec));
	memset(&untouched, 0x5a, sizeof(untouched));
	assert_int_equal(session_read(path, UID, &rec, &err), expected);
	assert_int_equal(strncmp(err.text, "cannot ", 7), 0);
	assert_memory_equal(&rec, &untouched, sizeof(rec));
	assert_int_equal(open_fds(), before);
}

static void test_round_trip(void **state)
{
	struct session_record rec = example(), got;
	struct stat st;
	int fd;

	(void)state;
	unlink(path);
	umask(0);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
	assert_int_equal(session_write(fd, &rec), 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	close(fd);
	assert_int_equal(session_read(path, UID, &got, NULL), 0);
	assert_memory_equal(&rec, &got, sizeof(rec));
}

static void test_write_fails(void **state)
{
	struct session_record rec = example();
	int fd = open(path, O_RDONLY | O_CREAT, 0600);

	(void)state;
	assert_int_equal(session_write(-1, &rec), -EBADF);
	assert_int_equal(session_write(fd, &rec), -EBADF);
	close(fd);
}

/* MUST 1: a regular file of root, mode 0600 */
static void test_must_1(void **state)
{
	static const mode_t modes[] = { 0644, 0620, 0602, 0700, 0400, 0604, 04600, 01600 };
	struct session_record rec = example();
	char target[80];

	(void)state;
	for (size_t i = 0; i < COUNT(modes); i++) {
		store(&rec, sizeof(rec), modes[i]);
		assert_refused(-EPERM);
	}
	store(&rec, sizeof(rec), 0600);
	assert_int_equal(chown(path, UID, 0), 0);
	assert_refused(-EPERM);

	snprintf(target, sizeof(target), "%s.real", path);
	store(&rec, sizeof(rec), 0600);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_refused(-ELOOP);
	unlink(path);
	unlink(target);
	assert_refused(-ENOENT);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_refused(-EPERM);		/* and at once: a FIFO without a writer */
	unlink(path);
	assert_int_equal(mkdir(path, 0600), 0);
	assert_refused(-EPERM);
	rmdir(path);
}

/* MUST 2: of this layout, whole, every string ends */
static void test_must_2(void **state)
{
	struct session_record rec = example();
	char longer[sizeof(rec) + 1] = { 0 };

	(void)state;
	for (size_t len = 0; len < sizeof(rec); len += len < 64 ? 1 : 61) {
		store(&rec, len, 0600);
		assert_refused(-EPERM);
	}
	memcpy(longer, &rec, sizeof(rec));
	store(longer, sizeof(longer), 0600);
	assert_refused(-EPERM);
	rec.magic++;
	store(&rec, sizeof(rec), 0600);
	assert_refused(-EPERM);
	rec = example();
	rec.size--;
	store(&rec, sizeof(rec), 0600);
	assert_refused(-EPERM);
	rec = example();
	memset(rec.id, 'x', sizeof(rec.id));
	store(&rec, sizeof(rec), 0600);
	assert_refused(-EPERM);
	rec = example();
	memset(rec.door, '/', sizeof(rec.door));
	store(&rec, sizeof(rec), 0600);
	assert_refused(-EPERM);
	rec = example();
	memset(rec.shell, '/', sizeof(rec.shell));
	store(&rec, sizeof(rec), 0600);
	assert_refused(-EPERM);
}

/* MUST 3: its uid is the caller's */
static void test_must_3(void **state)
{
	static const uint32_t others[] = { 0, UID - 1, UID + 1, UINT32_MAX };
	struct session_record rec;

	(void)state;
	for (size_t i = 0; i < COUNT(others); i++) {
		rec = example();
		rec.uid = others[i];
		store(&rec, sizeof(rec), 0600);
		assert_refused(-EPERM);
	}
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_write_fails),
		cmocka_unit_test(test_must_1),
		cmocka_unit_test(test_must_2),
		cmocka_unit_test(test_must_3),
	};

	if (lacks_root("own a session record"))
		return SKIPPED;
	if (!mkdtemp(dir))
		return 1;
	snprintf(path, sizeof(path), "%s/session", dir);
	return cmocka_run_group_tests(tests, NULL, teardown);
}
