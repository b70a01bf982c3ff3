// SPDX-License-Identifier: MIT
/*
 * A whole container is built, by root, again and again; each time another kernel call fails. Every
 * time all of it must fail: an error with the cause, no process left, no descriptor left.
 *
 * Invariant 1: everything that the policy asks for, or nothing. Invariant 6: death is complete.
 */
#include "unit_helper.h"

#include <errno.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>

#include "box.h"
#include "fake_sys.h"
#include "nstable.h"

#define TOP "/mnt"	/* see box/paths.h */
#define IMAGE TOP "/image"
#define TENANT 4321
#define CODE EDQUOT	/* an errno that none of these calls has a reason for */
#define DEADLINE_MS 5000

static const char *const places[] = { TOP "/secret", TOP "/data", TOP "/big", TOP "/net" };
static const char *const programs[] = { "nsbox-enter", "nsbox-init" };

static void copy_program(int from, const char *name)
{
	char path[64], block[4096];
	ssize_t n;
	int to;

	snprintf(path, sizeof(path), TOP "/%s", name);
	to = open(path, O_WRONLY | O_CREAT | O_EXCL, 0700);
	while ((n = read(from, block, sizeof(block))) > 0)
		assert_int_equal(write(to, block, (size_t)n), n);
	/* 0711: what cannot be read by whom init becomes is not dumpable, as when installed */
	assert_int_equal(fchmod(to, 0711), 0);
	close(to);
	close(from);
}

/* A host of our own: the programs, a home, and a log socket in a /dev that nothing else needs. */
static int make_host(void)
{
	struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = "/dev/log" };
	int from[COUNT(programs)], sock;
	char path[PATH_MAX];

	for (size_t i = 0; i < COUNT(programs); i++) {
		snprintf(path, sizeof(path), "%s/%s", getenv("NSBOX_PROGRAMS"), programs[i]);
		from[i] = open(path, O_RDONLY);
		if (from[i] < 0)
			return -1;
	}
	if (private_tmpfs(TOP) < 0 || mount("tmpfs", "/dev", "tmpfs", 0, "mode=0755") < 0)
		return -1;
	if (mkdir("/dev/pts", 0755) < 0 || mkdir(TOP "/home", 0755) < 0 ||
	    mkdir(TOP "/home/ann", 0700) < 0 || chown(TOP "/home/ann", TENANT, TENANT) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(places); i++)
		if (mkdir(places[i], 0755) < 0)
			return -1;
	sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (sock < 0 || bind(sock, (struct sockaddr *)&log, sizeof(log)) < 0)
		return -1;
	close(sock);
	for (size_t i = 0; i < COUNT(programs); i++)
		copy_program(from[i], programs[i]);
	return 0;
}

/* What an image must have at least, with a home that a link leads to. */
static void make_image(void)
{
	static const char *const folders[] = { "", "/bin", "/etc", "/people" };
	char path[64];

	for (size_t i = 0; i < COUNT(folders); i++) {
		snprintf(path, sizeof(path), IMAGE "%s", folders[i]);
		assert_int_equal(mkdir(path, 0755), 0);
	}
	put_file(IMAGE "/bin/sh", "#!/bin/false\n", 0755);
	put_file(IMAGE "/etc/passwd", "root:x:0:0::/:/bin/sh\n", 0644);
	assert_int_equal(symlink("people", IMAGE TOP), 0);
}

static int setup(void **state)
{
	(void)state;
	fake_sys = mmap(NULL, sizeof(*fake_sys), PROT_READ | PROT_WRITE,
			MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	umask(0);
	return fake_sys == MAP_FAILED ? -1 : make_host();
}

/* All children are gone, or have been: a pidfd for a child that is not waited for. */
static int none_left(void)
{
	int pidfd;
	struct pollfd p = { .events = POLLIN };

	if (!fake_sys->init)
		return waitpid(-1, NULL, 0) < 0 && errno == ECHILD;
	pidfd = (int)syscall(SYS_pidfd_open, fake_sys->init, 0);
	p.fd = pidfd;
	if (pidfd < 0 || poll(&p, 1, DEADLINE_MS) != 1) {
		kill(fake_sys->init, SIGKILL);	/* or it would outlive the test as well */
		return 0;
	}
	close(pidfd);
	return waitpid(fake_sys->init, NULL, 0) == fake_sys->init &&
	       waitpid(-1, NULL, 0) < 0 && errno == ECHILD;
}

struct attempt {
	enum user_map_word user_map;
	const char *root;
	enum overlay_word overlay;
	int namespaces;
	bool places;
	int fails;
};

/* One of each kind of place that calls the kernel in a way of its own. */
static void name_places(struct policy *policy)
{
	const struct {
		struct words *words;
		const char *word;
	} names[] = {
		{ &policy->hide, TOP "/secret" }, { &policy->bind, TOP "/data:/run/data" },
		{ &policy->bind_ro, TOP "/data" }, { &policy->tmpfs, TOP "/big:size=64K" },
		{ &policy->slave, TOP "/net" },
	};

	for (size_t i = 0; i < COUNT(names); i++)
		assert_int_equal(words_add(names[i].words, names[i].word,
					   strlen(names[i].word)), 0);
	strcpy(policy->home, "session");
}

static int say(const char *what, const struct nsbox_error *err)
{
	print_message("%s (%s failed): %d %s\n", what, fake_sys->failed, err->code, err->text);
	return 1;
}

static int judge_failure(int r, const struct box *box, const struct nsbox_error *err, int before)
{
	if (r != -CODE || err->code != CODE || strncmp(err->text, "cannot ", 7) ||
	    !strstr(err->text, strerror(CODE)))
		return say("the cause is not told", err);
	for (size_t i = 0; i < WIRE_FDS; i++)
		if (box->fds[i] != -1)
			return say("a descriptor is handed over", err);
	if (open_fds() != before)
		return say("a descriptor is left", err);
	return none_left() ? 0 : say("a process is left", err);
}

static int judge_success(int r, struct box *box, const struct nsbox_error *err, int before)
{
	if (r < 0)
		return say("cannot be built at all", err);
	if (open_fds() != before + WIRE_FDS)
		return say("a descriptor is left beside those handed over", err);
	/* not committed: the end of the control socket is init's end */
	close(box->fds[WIRE_FD_CONTROL]);
	close(box->fds[WIRE_FD_LANDING]);
	close(box->fds[WIRE_FD_INIT]);
	return none_left() ? 0 : say("init outlives its socket", err);
}

static int build(const void *data)
{
	const struct attempt *a = data;
	struct policy policy = {
		.home = "host",
		.read_only = true,
		.namespaces = a->namespaces,
		.hostname = "%u",
		.user_map = a->user_map,
		.overlay = a->overlay,
		.private_tmp = true,
		.low_ports = true,
	};
	uint32_t gid = TENANT;
	const char *name = "ann";
	struct wire_request req = {
		.verb = WIRE_OPEN, .uid = TENANT, .gid = TENANT, .groups = 1, .gids = &gid,
		.names = &name, .id = "0123456789az", .user = "ann", .home = TOP "/home/ann",
		.shell = "/bin/sh", .service = "test", .rhost = "", .tty = "",
	};
	struct site site = { 0 };
	struct box box = { .fds = { -1, -1, -1 } };
	struct nsbox_error err = { 0 };
	int monitor = (int)syscall(SYS_pidfd_open, getppid(), 0);
	int before = open_fds(), r;

	if (a->places)
		name_places(&policy);
	strcpy(policy.root, a->root ? a->root : "/");
	r = box_open(&policy, &site, &req, monitor, &box, &err);
	return a->fails ? judge_failure(r, &box, &err, before) :
			  judge_success(r, &box, &err, before);
}

static int attempt(const struct attempt *a, enum fake_role role, unsigned int nth, int no_signal)
{
	*fake_sys = (struct fake_sys){
		.role = role, .nth = nth, .code = CODE, .no_signal = no_signal, .failed = "nothing"
	};
	return in_child(build, a);
}

/* As many containers as there are calls, less one: each of them must not come into being. */
static void fail_each(const struct attempt *plan, int no_signal)
{
	unsigned int calls[FAKE_ROLES];
	struct attempt a = *plan;

	assert_int_equal(attempt(&a, FAKE_BUILDER, 0, no_signal), 0);
	memcpy(calls, fake_sys->calls, sizeof(calls));
	assert_true(calls[FAKE_BUILDER] > 50 && calls[FAKE_INIT] >= 3);
	a.fails = 1;
	for (int role = FAKE_BUILDER; role < FAKE_ROLES; role++)
		for (unsigned int n = 1; n <= calls[role]; n++)
			if (attempt(&a, (enum fake_role)role, n, no_signal))
				fail_msg("%s call %u, %s", role == FAKE_INIT ? "init's" :
					 "the builder's", n, fake_sys->failed);
}

static void test_each_call(void **state)
{
	const struct attempt all = { .user_map = USER_MAP_SELF, .namespaces = ns_all() };

	(void)state;
	fail_each(&all, 0);
}

static void test_each_call_with_places(void **state)
{
	const struct attempt all = { .user_map = USER_MAP_SELF, .namespaces = ns_all(),
				     .places = true };

	(void)state;
	fail_each(&all, 0);
}

/* Where the kill is refused, init still ends: the builder's end of the socket is gone. */
static void test_without_kill(void **state)
{
	const struct attempt all = { .user_map = USER_MAP_ROOT, .namespaces = ns_all() };

	(void)state;
	fail_each(&all, 1);
}

/* The same with an image, whose mounts go another way; both ways its ids are mapped. */
static void test_each_call_with_a_root(void **state)
{
	const struct attempt image = {
		.user_map = USER_MAP_ROOT, .root = IMAGE, .overlay = OVERLAY_SESSION,
		.namespaces = ns_all(),
	};

	(void)state;
	make_image();
	fail_each(&image, 0);
}

static void test_each_call_over_the_host(void **state)
{
	const struct attempt host = {
		.user_map = USER_MAP_SELF, .overlay = OVERLAY_SESSION, .namespaces = ns_all(),
	};

	(void)state;
	fail_each(&host, 0);
}

/* The smallest container, and each that lacks one namespace, can be built. */
static void test_fewer(void **state)
{
	struct attempt a = { .user_map = USER_MAP_ROOT, .namespaces = CLONE_NEWPID | CLONE_NEWNS };

	(void)state;
	assert_int_equal(attempt(&a, FAKE_BUILDER, 0, 0), 0);
	for (size_t i = 0; i < NS_KINDS; i++) {
		if (ns_table[i].frame)
			continue;
		a.namespaces = ns_all() & ~ns_table[i].flag;
		if (attempt(&a, FAKE_BUILDER, 0, 0))
			fail_msg("without %s", ns_table[i].key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_call),
		cmocka_unit_test(test_each_call_with_places),
		cmocka_unit_test(test_without_kill),
		cmocka_unit_test(test_each_call_with_a_root),
		cmocka_unit_test(test_each_call_over_the_host),
		cmocka_unit_test(test_fewer),
	};

	if (lacks_root("build containers"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, setup, NULL);
}
