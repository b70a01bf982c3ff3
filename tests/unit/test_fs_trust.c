// SPDX-License-Identifier: MIT
/*
 * Trusted paths, by the MUSTs of fs.h: as root, on a tmpfs that only this test sees.
 */
#include "unit_helper.h"

#include <errno.h>

#include "fs.h"

#define TOP "/mnt"	/* every Debian has it, and only root writes it */
#define TENANT 4321

/* The build puts these in place of open(2) and openat(2), for fs.c: see test_must_3. */
static void (*before_open)(void);
int __real_open64(const char *path, int flags, ...);
int __real_openat64(int folder, const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open64(const char *path, int flags, ...);
int __wrap_openat(int folder, const char *path, int flags, ...);
int __wrap_openat64(int folder, const char *path, int flags, ...);

static int opens(const char *path, int flags)
{
	if (before_open && strcmp(path, "/"))
		before_open();
	return __real_open64(path, flags);
}

/* With O_PATH nothing is opened that could be read. */
static int opens_at(int folder, const char *path, int flags)
{
	if (before_open && !(flags & O_PATH))
		before_open();
	return __real_openat64(folder, path, flags);
}

int __wrap_open(const char *path, int flags, ...)
{
	return opens(path, flags);
}

int __wrap_open64(const char *path, int flags, ...)
{
	return opens(path, flags);
}

int __wrap_openat(int folder, const char *path, int flags, ...)
{
	return opens_at(folder, path, flags);
}

int __wrap_openat64(int folder, const char *path, int flags, ...)
{
	return opens_at(folder, path, flags);
}

static void write_policy(void)
{
	mkdir(TOP "/etc", 0755);
	put_file(TOP "/etc/policy", "good\n", 0644);
}

/* The other way: first the folder, then in it; as fs_open_trusted() where there is no folder. */
static int open_in(const char *path, int *ret_fd, struct nsbox_error *err)
{
	char folder[64];
	const char *slash = strrchr(path, '/');
	struct fs_place place;
	int r;

	snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	if (fs_walk(folder, &place, NULL) < 0)
		return fs_open_trusted(path, ret_fd, err);
	r = fs_open_trusted_in(&place, slash + 1, ret_fd, err);
	close(place.fd);
	return r;
}

typedef int (*open_fn)(const char *path, int *ret_fd, struct nsbox_error *err);
static const open_fn ways[] = { fs_open_trusted, open_in };

static void assert_way_opens(open_fn way, const char *path, const char *text)
{
	char found[32] = "";
	int fd = -1;
	struct nsbox_error err;

	if (way(path, &fd, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(read(fd, found, sizeof(found) - 1) >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
	assert_string_equal(found, text);
}

static void assert_opens(const char *path, const char *text)
{
	for (size_t i = 0; i < COUNT(ways); i++)
		assert_way_opens(ways[i], path, text);
}

static void assert_refused(const char *path, int expected)
{
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct nsbox_error err = { 0 };
		int before = open_fds();
		int fd = -1;

		if (ways[i](path, &fd, &err) != expected)
			fail_msg("%s: %s", path, err.text);
		assert_int_equal(fd, -1);
		assert_int_equal(open_fds(), before);
	}
}

/* MUST 1: every folder, and the end, belong to root and cannot be written by group or others */
static void test_must_1(void **state)
{
	static const char *const way[] = { TOP, TOP "/etc", TOP "/etc/policy" };
	static const mode_t modes[] = { 0777, 0775, 0757, 01777, 02775 };

	(void)state;
	write_policy();
	assert_opens(TOP "/etc/policy", "good\n");
	for (size_t i = 0; i < COUNT(way); i++) {
		for (size_t j = 0; j < COUNT(modes); j++) {
			assert_int_equal(chmod(way[i], modes[j]), 0);
			assert_refused(TOP "/etc/policy", -EPERM);
		}
		assert_int_equal(chmod(way[i], 0755), 0);
		assert_int_equal(chown(way[i], TENANT, 0), 0);
		assert_refused(TOP "/etc/policy", -EPERM);
		assert_int_equal(chown(way[i], 0, TENANT), 0);	/* a group that cannot write */
		assert_opens(TOP "/etc/policy", "good\n");
		assert_int_equal(chown(way[i], 0, 0), 0);
	}
}

/* MUST 1, where trust ends, it does not come back below */
static void test_must_1_below(void **state)
{
	(void)state;
	mkdir(TOP "/home", 0755);
	mkdir(TOP "/home/ann", 0755);
	mkdir(TOP "/home/ann/etc", 0755);
	put_file(TOP "/home/ann/etc/policy", "evil\n", 0644);
	assert_int_equal(chown(TOP "/home/ann", TENANT, TENANT), 0);
	assert_refused(TOP "/home/ann/etc/policy", -EPERM);
	/* up and down again leads to the same judgement, and out of it to another */
	assert_refused(TOP "/home/ann/etc/../etc/policy", -EPERM);
	write_policy();
	assert_opens(TOP "/home/ann/../../etc/policy", "good\n");
}

/* MUST 2: a link counts when only root can have made it; then its target is judged as any path */
static void test_must_2(void **state)
{
	(void)state;
	write_policy();
	mkdir(TOP "/links", 0755);
	assert_int_equal(symlink("../etc", TOP "/links/relative"), 0);
	assert_int_equal(symlink(TOP "/etc/policy", TOP "/links/absolute"), 0);
	assert_int_equal(symlink("relative/policy", TOP "/links/chain"), 0);
	assert_int_equal(symlink("loop", TOP "/links/loop"), 0);
	assert_int_equal(symlink("nowhere", TOP "/links/dangling"), 0);
	assert_int_equal(symlink(TOP "/home/ann/etc/policy", TOP "/links/astray"), 0);
	assert_opens(TOP "/links/relative/policy", "good\n");
	assert_opens(TOP "/links/absolute", "good\n");
	assert_opens(TOP "/links/chain", "good\n");
	assert_refused(TOP "/links/loop", -ELOOP);
	assert_refused(TOP "/links/dangling", -ENOENT);
	assert_refused(TOP "/links/astray", -EPERM);
	/* the link itself has no say: who owns the folder has */
	assert_int_equal(lchown(TOP "/links/absolute", TENANT, TENANT), 0);
	assert_opens(TOP "/links/absolute", "good\n");
	assert_int_equal(chown(TOP "/links", TENANT, TENANT), 0);
	assert_refused(TOP "/links/absolute", -ELOOP);
	assert_refused(TOP "/links/relative/policy", -ELOOP);
}

/* MUST 2, a link that leads through more links than the kernel would follow */
static void test_must_2_many(void **state)
{
	char name[64], target[64];

	(void)state;
	write_policy();
	mkdir(TOP "/many", 0755);
	assert_int_equal(symlink(TOP "/etc/policy", TOP "/many/0"), 0);
	for (int i = 1; i <= 40; i++) {
		snprintf(name, sizeof(name), TOP "/many/%d", i);
		snprintf(target, sizeof(target), "%d", i - 1);
		assert_int_equal(symlink(target, name), 0);
	}
	assert_opens(TOP "/many/39", "good\n");
	assert_refused(TOP "/many/40", -ELOOP);
}

static void swap_policy(void)
{
	before_open = NULL;
	assert_int_equal(rename(TOP "/etc/evil", TOP "/etc/policy"), 0);
}

/* To a good file, but others can put another in its place. */
static void swap_for_link(void)
{
	before_open = NULL;
	mkdir(TOP "/open", 0755);
	put_file(TOP "/open/evil", "evil\n", 0644);
	assert_int_equal(chmod(TOP "/open", 0777), 0);
	assert_int_equal(unlink(TOP "/etc/policy"), 0);
	assert_int_equal(symlink("../open/evil", TOP "/etc/policy"), 0);
}

static void swap_for_fifo(void)
{
	before_open = NULL;
	assert_int_equal(unlink(TOP "/etc/policy"), 0);
	assert_int_equal(mkfifo(TOP "/etc/policy", 0644), 0);
}

/* In a folder the file is opened by its name: what has the name then is judged as well. */
static void assert_swapped(void (*swap)(void), mode_t mode, int expected)
{
	struct nsbox_error err;
	int fd = -1;

	unlink(TOP "/etc/policy");
	write_policy();
	put_file(TOP "/etc/evil", "evil\n", mode);
	before_open = swap;
	assert_int_equal(open_in(TOP "/etc/policy", &fd, &err), expected);
	assert_null(before_open);
	assert_int_equal(fd >= 0, expected == 0);
	if (fd >= 0)
		close(fd);
	unlink(TOP "/etc/policy");
}

/* MUST 3: what is read was judged, whatever has had its name before and has it then */
static void test_must_3(void **state)
{
	(void)state;
	write_policy();
	put_file(TOP "/etc/evil", "evil\n", 0666);
	before_open = swap_policy;
	assert_way_opens(fs_open_trusted, TOP "/etc/policy", "good\n");
	assert_null(before_open);
	assert_refused(TOP "/etc/policy", -EPERM);
	assert_swapped(swap_policy, 0666, -EPERM);
	assert_swapped(swap_policy, 0644, 0);
	assert_swapped(swap_for_link, 0644, -EPERM);
	assert_swapped(swap_for_fifo, 0644, -EPERM);
}

/* MUST 4: root's own FIFOs, devices and folders are no files either */
static void test_must_4(void **state)
{
	(void)state;
	write_policy();
	assert_int_equal(mkfifo(TOP "/etc/fifo", 0644), 0);
	assert_int_equal(mknod(TOP "/etc/null", S_IFCHR | 0644, 0x103), 0);
	assert_int_equal(mknod(TOP "/etc/socket", S_IFSOCK | 0644, 0), 0);
	assert_refused(TOP "/etc/fifo", -EPERM);
	assert_refused(TOP "/etc/null", -EPERM);
	assert_refused(TOP "/etc/socket", -EPERM);
	assert_refused(TOP "/etc", -EPERM);
	assert_refused(TOP "/etc/none", -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_must_1),
		cmocka_unit_test(test_must_1_below),
		cmocka_unit_test(test_must_2),
		cmocka_unit_test(test_must_2_many),
		cmocka_unit_test(test_must_3),
		cmocka_unit_test(test_must_4),
	};

	if (lacks_root("own trusted files"))
		return SKIPPED;
	umask(022);
	if (private_tmpfs(TOP) < 0) {
		fprintf(stderr, "skipped: no private mount namespace can be made here\n");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
