// SPDX-License-Identifier: MIT
/*
 * Walking paths, by the MUSTs of fs.h, in a tree that is not trusted: no root needed. What needs
 * files of root is in test_fs_trust.c.
 */
#include "unit_helper.h"

#include <errno.h>

#include "fs.h"

static char dir[] = "/tmp/nsbox-fs-XXXXXX";

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || chdir(dir) < 0)
		return -1;
	/* Whoever runs this: the tree can be written by others, so it is nobody's to trust. */
	if (mkdir("open", 0755) < 0 || chmod("open", 0777) < 0 || mkdir("open/sub", 0755) < 0)
		return -1;
	put_file("open/sub/file", "text\n", 0644);
	if (symlink("sub", "open/link") < 0 || symlink("file", "open/sub/end") < 0 ||
	    symlink("/etc", "open/away") < 0)
		return -1;
	return mkfifo("open/fifo", 0666);
}

static int teardown(void **state)
{
	static const char *const made[] = { "open/sub/file", "open/sub/end", "open/sub",
					    "open/link", "open/away", "open/fifo", "open/a",
					    "open/big", "open" };
	int r = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(made); i++)
		r |= remove(made[i]);
	return r || chdir("/") || rmdir(dir);
}

static const char *in_dir(const char *rest)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", dir, rest);
	return path;
}

static int walk(const char *path, struct fs_place *ret)
{
	struct nsbox_error err = { 0 };
	int before = open_fds();
	int r = fs_walk(path, ret, &err);

	assert_int_equal(open_fds(), before + (r == 0));
	assert_int_equal(!!err.text[0], r != 0);
	return r;
}

static void assert_walks(const char *path, const char *canonical)
{
	struct fs_place place;
	struct stat st;

	if (walk(path, &place) != 0)
		fail_msg("no way to %s", path);
	assert_string_equal(place.path, canonical);
	assert_int_equal(stat(canonical, &st), 0);
	assert_int_equal(st.st_ino, place.st.st_ino);
	assert_int_equal(fstat(place.fd, &st), 0);
	assert_int_equal(st.st_ino, place.st.st_ino);
	assert_true(fcntl(place.fd, F_GETFD) & FD_CLOEXEC);
	assert_true(fcntl(place.fd, F_GETFL) & O_PATH);
	close(place.fd);
}

static void test_path(void **state)
{
	char canonical[PATH_MAX];

	(void)state;
	snprintf(canonical, sizeof(canonical), "%s/open/sub/file", dir);
	assert_walks(in_dir("open/sub/file"), canonical);
	assert_walks(in_dir("/open//./sub/.///file"), canonical);
	assert_walks(in_dir("open/sub/../../open/sub/file"), canonical);
	assert_walks("/", "/");
	assert_walks("/../..//.", "/");
	assert_walks("/etc/passwd", "/etc/passwd");
}

static void test_no_such(void **state)
{
	static const struct {
		const char *path;
		int r;
	} cases[] = {
		{ "open/none", -ENOENT },
		{ "open/none/..", -ENOENT },
		{ "open/sub/file/x", -ENOTDIR },
		{ "open/fifo/x", -ENOTDIR },
	};
	struct fs_place place;
	char long_path[PATH_MAX + 2], name[NAME_MAX + 3];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(walk(in_dir(cases[i].path), &place), cases[i].r);
	assert_int_equal(walk("", &place), -EINVAL);
	assert_int_equal(walk("etc/passwd", &place), -EINVAL);
	memset(long_path, '/', sizeof(long_path));
	long_path[PATH_MAX] = '\0';
	assert_int_equal(walk(long_path, &place), -ENAMETOOLONG);
	long_path[PATH_MAX - 1] = '\0';
	assert_walks(long_path, "/");
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	assert_int_equal(walk(name, &place), -ENAMETOOLONG);
}

/* MUST 1: one folder on the way that others can write is enough */
static void test_must_1(void **state)
{
	struct fs_place place;

	(void)state;
	assert_int_equal(walk(in_dir("open/sub/file"), &place), 0);
	assert_false(place.trusted);
	close(place.fd);
	assert_int_equal(walk("/etc/passwd", &place), 0);
	assert_true(place.trusted);
	close(place.fd);
}

/* MUST 2: no link in a folder that is not trusted, neither on the way nor at the end */
static void test_must_2(void **state)
{
	static const char *const links[] = { "open/link", "open/link/file", "open/sub/end",
					     "open/away", "open/away/passwd",
					     "open/sub/../link/file" };
	struct fs_place place;

	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		memset(&place, 0x5a, sizeof(place));
		assert_int_equal(walk(in_dir(links[i]), &place), -ELOOP);
		assert_int_equal(place.fd, 0x5a5a5a5a);
	}
}

/* MUST 3: the place is the object that was judged, whatever has its name by now */
static void test_must_3(void **state)
{
	struct fs_place place;
	struct stat st;

	(void)state;
	put_file("open/a", "good\n", 0644);
	put_file("open/b", "evil, and longer\n", 0666);
	assert_int_equal(walk(in_dir("open/a"), &place), 0);
	assert_int_equal(rename("open/b", "open/a"), 0);
	assert_int_equal(fstat(place.fd, &st), 0);
	assert_int_equal(st.st_size, 5);
	assert_int_equal(place.st.st_size, 5);
	close(place.fd);
}

/* MUST 4: a FIFO has a place, but is never opened; nobody waits for its writer */
static void test_must_4(void **state)
{
	struct fs_place place;
	int fd = -1;

	(void)state;
	assert_int_equal(walk(in_dir("open/fifo"), &place), 0);
	assert_true(S_ISFIFO(place.st.st_mode));
	close(place.fd);
	assert_int_equal(fs_open_trusted(in_dir("open/fifo"), &fd, NULL), -EPERM);
	assert_int_equal(fs_open_trusted("/dev/null", &fd, NULL), -EPERM);
	assert_int_equal(fs_open_trusted("/etc", &fd, NULL), -EPERM);
	assert_int_equal(fs_open_trusted(in_dir("open/sub/file"), &fd, NULL), -EPERM);
	assert_int_equal(fs_open_trusted(in_dir("open/link/file"), &fd, NULL), -ELOOP);
	assert_int_equal(fs_open_trusted(in_dir("open/none"), &fd, NULL), -ENOENT);
	assert_int_equal(fd, -1);
}

static void test_read_all(void **state)
{
	char *text = NULL, big[1000];
	size_t len = 7;
	int fd;

	(void)state;
	memset(big, 'b', sizeof(big));
	big[sizeof(big) - 1] = '\0';
	put_file("open/big", big, 0644);
	fd = open("open/big", O_RDONLY);
	assert_int_equal(fs_read_all(fd, sizeof(big) - 2, &text, &len), -EFBIG);
	assert_null(text);
	assert_int_equal(len, 7);
	assert_int_equal(fs_read_all(fd, sizeof(big) - 1, &text, &len), 0);
	assert_int_equal(len, sizeof(big) - 1);
	assert_string_equal(text, big);
	free(text);
	close(fd);
	put_file("open/big", "", 0644);
	fd = open("open/big", O_RDONLY);
	assert_int_equal(fs_read_all(fd, 10, &text, &len), 0);
	assert_int_equal(len, 0);
	assert_string_equal(text, "");
	free(text);
	close(fd);
	text = NULL;
	/* It holds more than its size says, as a file that grows under us does. */
	fd = open("/proc/self/status", O_RDONLY);
	assert_int_equal(fs_read_all(fd, 10, &text, &len), -EAGAIN);
	close(fd);
	fd = open(".", O_RDONLY);
	assert_int_equal(fs_read_all(fd, 1 << 20, &text, &len), -EISDIR);
	close(fd);
	assert_int_equal(fs_read_all(-1, 10, &text, &len), -EBADF);
	assert_null(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_path),
		cmocka_unit_test(test_no_such),
		cmocka_unit_test(test_must_1),
		cmocka_unit_test(test_must_2),
		cmocka_unit_test(test_must_3),
		cmocka_unit_test(test_must_4),
		cmocka_unit_test(test_read_all),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
