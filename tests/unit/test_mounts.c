// SPDX-License-Identifier: MIT
/*
 * Mount plans, printed, against the files of tests/golden/mounts; and that none opens a hole.
 *
 * NSBOX_GOLDEN_MOUNTS names the folder. With NSBOX_GOLDEN_UPDATE set, the files are written anew:
 * read the difference before you believe it.
 */
#include "unit_helper.h"

#include <errno.h>
#include <linux/mount.h>

#include "mounts.h"
#include "places.h"
#include "root.h"

#ifndef NSBOX_GOLDEN_MOUNTS
#define NSBOX_GOLDEN_MOUNTS "tests/golden/mounts"
#endif

/* An image whose /home is a link, that lacks bash, and has no place for a file that is bound. */
static struct root_place image_places[] = {
	{ .target = (char []){ "/proc" }, .path = (char []){ "/proc" }, .folder = true },
	{ .target = (char []){ "/run" }, .path = (char []){ "/run" }, .folder = true },
	{ .target = (char []){ "/home/ann" }, .path = (char []){ "/usr/people/ann" },
	  .folder = true, .missing = true },
	{ .target = (char []){ "/srv/a/file" }, .path = (char []){ "/srv/a/file" },
	  .missing = true },
	{ .target = (char []){ "/srv/there" }, .path = (char []){ "/opt/there" }, .folder = true },
};

static const struct root_facts image = {
	.tree = -1, .shell = "/bin/sh", .places = image_places, .n_places = COUNT(image_places),
	.stand_ins = { (char []){ "/usr/bin/bash" } }, .n_stand_ins = 1,
	.text = { (char []){ "root:x:0:0::/:/\n" }, (char []){ "root:x:0:\n" },
		  (char []){ "127.0.0.1 localhost\n" } },
};

static const struct root_facts host_root = {
	.tree = -1, .host = true, .places = image_places, .n_places = 2,
};

static const struct {
	const char *name;
	const char *home;
	const char *tty;
	const char *resolv;
	uid_t home_owner;
	bool own_resolv;
	bool no_resolv;
	bool shared_tmp;
	bool places;
	enum proc_word proc;
	struct user_facts users;
	struct mount_device devices[2];
	const struct root_facts *root;
	enum overlay_word overlay;
	bool is_root;
} cases[] = {
	{ .name = "plain", .home = "/home/ann", .home_owner = 1000 },
	{ .name = "shared-tmp", .shared_tmp = true, .home = "/home/ann", .home_owner = 1000 },
	{ .name = "no-home" },
	{ .name = "roots-home", .home = "/srv/sftp/ann", .home_owner = 0 },
	{ .name = "su-pts", .home = "/home/ann", .home_owner = 1000, .tty = "/dev/pts/7" },
	{ .name = "login-tty1", .home = "/home/ann", .home_owner = 1000, .tty = "/dev/tty1" },
	{ .name = "login-console", .home = "/home/ann", .home_owner = 1000, .tty = "/dev/console" },
	{ .name = "resolved", .home = "/home/ann", .home_owner = 1000,
	  .resolv = "/run/systemd/resolve/stub-resolv.conf" },
	{ .name = "resolv-flat", .home = "/home/ann", .home_owner = 1000,
	  .resolv = "/run/resolv.conf" },
	{ .name = "own-resolv-run", .own_resolv = true, .resolv = "/run/resolv/conf" },
	{ .name = "own-resolv-etc", .own_resolv = true, .resolv = "/etc/resolv.conf" },
	{ .name = "own-resolv-elsewhere", .own_resolv = true, .resolv = "/tmp/made/by/resolv" },
	{ .name = "own-resolv-none", .own_resolv = true, .no_resolv = true,
	  .resolv = "/etc/resolv.conf", .users.etc_mounts = (char []){
		"/etc/passwd\0/etc/resolv.conf\0/etc/ssl\0" } },
	{ .name = "own-resolv-users-self", .own_resolv = true, .resolv = "/etc/resolv.conf",
	  .users = { .passwd = (char []){ "root:x:0:0::/:/\n" },
		     .group = (char []){ "root:x:0:\n" },
		     .etc_mounts = (char []){ "/etc/passwd\0/etc/resolv.conf\0/etc/ssl\0" } } },
	{ .name = "own-resolv-of-the-policy", .own_resolv = true, .places = true,
	  .home = "/home/ann", .home_owner = 1000, .resolv = "/srv/file" },
	{ .name = "own-resolv-image", .own_resolv = true, .resolv = "/etc/resolv.conf",
	  .root = &image, .is_root = true },
	{ .name = "pid-only", .home = "/home/ann", .home_owner = 1000, .proc = PROC_PID_ONLY },
	{ .name = "users-self", .home = "/home/ann", .home_owner = 1000, .users = {
		.passwd = (char []){ "root:x:0:0::/:/\n" }, .group = (char []){ "root:x:0:\n" },
		.hidden = (char []){ "/srv/homes\0/home\0" },
		.etc_mounts = (char []){ "/etc/hosts\0" } } },
	{ .name = "users-self-other-home", .users = {
		.passwd = (char []){ "root:x:0:0::/:/\n" }, .group = (char []){ "root:x:0:\n" },
		.hidden = (char []){ "/home\0" }, .shown = (char []){ "/home/all/ann\0" } } },
	{ .name = "devices", .home = "/home/ann", .home_owner = 1000, .devices = {
		{ "dri/by/card0", S_IFCHR | 0660, 0, 44, 0xe200 },
		{ "sda", S_IFBLK | 0660, 0, 6, 0x800 } } },
	{ .name = "image", .home = "/home/ann", .home_owner = 1000, .root = &image },
	{ .name = "image-session", .home = "/home/ann", .home_owner = 1000, .root = &image,
	  .overlay = OVERLAY_SESSION, .is_root = true },
	{ .name = "image-user", .home = "/home/ann", .home_owner = 1000, .root = &image,
	  .overlay = OVERLAY_USER, .is_root = true },
	{ .name = "host-session", .home = "/home/ann", .home_owner = 1000, .root = &host_root,
	  .overlay = OVERLAY_SESSION },
	{ .name = "everything", .shared_tmp = true, .home = "/home/ann", .home_owner = 1000,
	  .tty = "/dev/ttyS0", .resolv = "/run/a/b/c/d/resolv.conf" },
	{ .name = "places", .places = true, .home = "/home/ann", .home_owner = 1000 },
};

/* One of each kind, a home below a hidden folder, and things in one another. */
static struct mount_place places[] = {
	{ .kind = PLACE_HIDDEN, .target = "/home", .folder = true },
	{ .kind = PLACE_BIND, .target = "/home/ann/shared/ro", .source = "/srv/ro", .folder = true,
	  .read_only = true, .owner = MOUNT_OWNER_ANY },
	{ .kind = PLACE_BIND, .target = "/home/ann/shared", .source = "/srv/shared",
	  .folder = true, .owner = MOUNT_OWNER_ANY },
	{ .kind = PLACE_HIDDEN, .target = "/srv/secret", .folder = true },
	{ .kind = PLACE_HIDDEN, .target = "/srv/other", .folder = true },
	{ .kind = PLACE_HIDDEN, .target = "/srv/file" },
	{ .kind = PLACE_HIDDEN, .target = "/var/log", .folder = true },
	{ .kind = PLACE_BIND, .target = "/run/db/sock", .source = "/run/db/sock", .made = true,
	  .owner = MOUNT_OWNER_ANY },
	{ .kind = PLACE_OWN, .target = "/tmp/own", .folder = true, .made = true, .mode = 0700 },
	{ .kind = PLACE_BIND, .target = "/net", .source = "/net", .folder = true, .slave = true,
	  .read_only = true },
	{ .kind = PLACE_BIND, .target = "/srv/web", .source = "/srv/web", .folder = true,
	  .idmap = true, .owner = MOUNT_OWNER_ANY },
	{ .kind = PLACE_BARE, .target = "/srv/homes", .folder = true },
	{ .kind = PLACE_BIND, .target = "/srv/homes/bob", .source = "/srv/old/bob", .folder = true,
	  .made = true, .owner = 1000 },
	{ .kind = PLACE_TMPFS, .target = "/srv/big", .folder = true, .mode = 01777,
	  .size.bytes = 1048576, .inodes = 1088 },
};

static void plan_case(size_t i, struct mount_facts *facts, struct mount_plan *ret)
{
	static char text[] = "nameserver 127.0.0.53\n";
	struct policy policy = {
		.private_tmp = !cases[i].shared_tmp,
		.tmp_size.percent = 10,
		.proc = cases[i].proc,
	};
	struct wire_request req = { .uid = 1000, .gid = 100, .user = "ann" };
	struct idmap ids = { .inside_uid = cases[i].is_root ? 0 : 1000 };

	memset(facts, 0, sizeof(*facts));
	if (cases[i].home)
		strcpy(facts->home, cases[i].home);
	facts->home_owner = cases[i].home_owner;
	facts->users = cases[i].users;
	facts->own_resolv = cases[i].own_resolv;
	facts->no_resolv = cases[i].no_resolv;
	facts->devices = (struct mount_device *)cases[i].devices;
	facts->n_devices = cases[i].devices[0].path[0] ? 2 : 0;
	if (cases[i].tty)
		strcpy(facts->tty, cases[i].tty);
	if (cases[i].resolv) {
		strcpy(facts->resolv, cases[i].resolv);
		facts->resolv_text = text;
	}
	if (cases[i].places) {
		facts->places = places;
		facts->n_places = COUNT(places);
		facts->has_wtmp = facts->has_lastlog = true;
	}
	assert_int_equal(mounts_plan(&policy, &req, facts, ret), 0);
	policy.overlay = cases[i].overlay;
	if (cases[i].root)
		assert_int_equal(mounts_plan_root(&policy, &ids, &req, cases[i].root, ret), 0);
}

static char *read_text(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("cannot open %s", path);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

static void test_golden(void **state)
{
	const char *folder = getenv("NSBOX_GOLDEN_MOUNTS");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		static struct mount_plan plan;
		struct mount_facts facts;
		char path[PATH_MAX], *printed = NULL, *expected;
		size_t len;
		FILE *out = open_memstream(&printed, &len);

		plan_case(i, &facts, &plan);
		mounts_print(&plan, out);
		fclose(out);
		snprintf(path, sizeof(path), "%s/%s.expect", folder ? folder : NSBOX_GOLDEN_MOUNTS,
			 cases[i].name);
		if (getenv("NSBOX_GOLDEN_UPDATE"))
			put_file(path, printed, 0644);
		expected = read_text(path);
		if (strcmp(printed, expected))
			fail_msg("%s\nexpected:\n%s\nfound:\n%s", path, expected, printed);
		free(expected);
		free(printed);
	}
}

/* No mount without nosuid; a device only in /dev; no bind of the host that is not asked for. */
static void test_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		bool new_etc = cases[i].users.passwd || cases[i].no_resolv;
		static struct mount_plan plan;
		struct mount_facts facts;

		plan_case(i, &facts, &plan);
		for (size_t j = 0; j < plan.n_ops; j++) {
			const struct mount_op *op = &plan.ops[j];

			if (op->kind == MOUNT_CARRY) {	/* a copy, as it is */
				assert_int_equal(op->stage, MOUNT_CARRIED);
				continue;
			}
			assert_true(op->attr & MOUNT_ATTR_NOSUID);
			if (strncmp(op->target, "/dev", 4))
				assert_true(op->attr & MOUNT_ATTR_NODEV);
			if (op->kind != MOUNT_BIND)
				continue;
			assert_int_equal(op->stage, MOUNT_STAGING);
			if (cases[i].places)
				continue;
			assert_true((cases[i].home && !strcmp(op->source, cases[i].home)) ||
				    (new_etc && (op->attr & MOUNT_ATTR_RDONLY)) ||
				    (cases[i].tty && !strcmp(op->source, cases[i].tty)) ||
				    (cases[i].shared_tmp && (!strcmp(op->source, "/tmp") ||
							     !strcmp(op->source, "/var/tmp"))));
		}
	}
}

/* The walker makes entries in order: what an entry or a mount stands on is there before it. */
static void test_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		static struct mount_plan plan;
		struct mount_facts facts;

		plan_case(i, &facts, &plan);
		for (size_t j = 0; j < plan.n_scratch; j++) {
			const char *path = plan.scratch[j].path, *slash = strrchr(path, '/');
			size_t len = slash ? (size_t)(slash - path) : 0;
			int found = !slash;

			assert_true(path[0] && path[0] != '/');
			for (size_t k = 0; k < j; k++)
				found |= slash && plan.scratch[k].kind == SCRATCH_DIR &&
					 strlen(plan.scratch[k].path) == len &&
					 !strncmp(plan.scratch[k].path, path, len);
			if (!found)
				fail_msg("%s: %s has no folder", cases[i].name, path);
		}
		/* What lies below another place lies over it; a root is to be covered by /run. */
		for (size_t j = 0; j < plan.n_ops; j++)
			for (size_t k = 0; k < j; k++)
				assert_false(plan.ops[j].stage == plan.ops[k].stage &&
					     plan.ops[k].kind != MOUNT_ROOT &&
					     strcmp(plan.ops[j].target, plan.ops[k].target) != 0 &&
					     place_is_within(plan.ops[k].target,
							     plan.ops[j].target));
		/* An overlay names the scratch by path: it comes before what covers it. */
		for (size_t j = 0, covered = 0; j < plan.n_ops; j++) {
			covered |= !strcmp(plan.ops[j].target, "/run");
			assert_false(covered && plan.ops[j].kind == MOUNT_OVERLAY);
		}
	}
}

/* What does not fit is a failure, not a shorter plan. */
static void test_too_deep(void **state)
{
	static struct mount_plan plan;
	struct policy policy = { .private_tmp = true };
	struct wire_request req = { .uid = 1000, .gid = 100 };
	struct mount_facts facts = { .resolv = "/run" };

	(void)state;
	for (int i = 0; i < SCRATCH_ENTRIES_MAX; i++)
		strcat(facts.resolv, "/a");
	assert_int_equal(mounts_plan(&policy, &req, &facts, &plan), -E2BIG);
	strcpy(facts.resolv, "/run");
	for (int i = 0; i < 200; i++)	/* few entries, but their paths are long in all */
		strcat(facts.resolv, i % 2 ? "/a" : "/abcdefghijklmnopq");
	assert_int_equal(mounts_plan(&policy, &req, &facts, &plan), -E2BIG);
}

/* Whatever is left when the root comes, down to nothing; the sanitizers see what is read then. */
static void test_root_without_room(void **state)
{
	static struct mount_plan plan;
	struct policy policy = { .overlay = OVERLAY_SESSION };
	struct wire_request req = { .uid = 1000, .gid = 100 };
	struct mount_facts facts = { .n_places = 0 };
	struct root_facts root = image;
	struct idmap ids = { .inside_uid = 0 };
	char stand_in[] = "/a/shell";
	size_t left = 0;
	int r;

	(void)state;
	root.stand_ins[0] = stand_in;
	root.n_stand_ins = 1;
	do {
		assert_int_equal(mounts_plan(&policy, &req, &facts, &plan), 0);
		assert_true(plan.used < sizeof(plan.room) - left);
		plan.used = sizeof(plan.room) - left++;
		r = mounts_plan_root(&policy, &ids, &req, &root, &plan);
		assert_int_equal(r, plan.full ? -E2BIG : 0);
	} while (r < 0);
	assert_true(left > strlen("root/a/shell"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_too_deep),
		cmocka_unit_test(test_root_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
