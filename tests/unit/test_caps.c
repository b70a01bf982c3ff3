// SPDX-License-Identifier: MIT
/*
 * Capabilities are given up, and whatever is left is seen. Each case in a child of its own.
 *
 * Invariant 7: after the drop the door proves that nothing is left.
 */
#include "unit_helper.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "caps.h"

#define UID 4321
#define GID 5432
#define BIT(cap) (1U << (cap))

/* Containers for builds often lack this one; a set that has it could not be asked for there. */
static const uint32_t all_but_resource = ~BIT(CAP_SYS_RESOURCE);

/* What a case leaves undone, or does in addition. */
enum {
	REAL_UID = 1 << 0,
	SAVED_UID = 1 << 1,
	FS_UID = 1 << 2,
	REAL_GID = 1 << 3,
	SAVED_GID = 1 << 4,
	FS_GID = 1 << 5,
	BOUNDING = 1 << 6,
	INHERITABLE = 1 << 7,
	PERMITTED = 1 << 8,
	EFFECTIVE = 1 << 9,
	AMBIENT = 1 << 10,
	PRIVILEGES = 1 << 11,
	ONE_IN_BOUNDING = 1 << 12,
};

static int set_caps(uint32_t effective, uint32_t permitted, uint32_t inheritable)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = { { effective, permitted, inheritable } };

	return (int)syscall(SYS_capset, &head, data);
}

static int drop_bounding(int left)
{
	for (int cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++) {
		if (left & BOUNDING || (left & ONE_IN_BOUNDING && cap == CAP_KILL))
			continue;
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			return -1;
	}
	return 0;
}

/* Our own way down, with one step wrong: caps_become() cannot be told to make a mistake. */
static int go_down(int left)
{
	const uint32_t ids = BIT(CAP_SETUID) | BIT(CAP_SETGID);
	uint32_t own = 0, heir = 0;

	if (left & (INHERITABLE | AMBIENT))
		heir = BIT(CAP_KILL);
	if (left & (PERMITTED | EFFECTIVE | AMBIENT))
		own = BIT(CAP_KILL);
	/* A capability becomes inheritable only while it is in the bounding set. */
	if (heir && set_caps(all_but_resource, all_but_resource, heir) < 0)
		return -1;
	if (drop_bounding(left) < 0 || prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0)
		return -1;
	if (setresgid(left & REAL_GID ? 1 : GID, GID, left & SAVED_GID ? 1 : GID) < 0 ||
	    setresuid(left & REAL_UID ? 1 : UID, UID, left & SAVED_UID ? 1 : UID) < 0)
		return -1;
	if (set_caps(ids, ids | own, heir) < 0)
		return -1;
	if (left & FS_UID)
		setfsuid(1);
	if (left & FS_GID)
		setfsgid(1);
	if (left & AMBIENT && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) < 0)
		return -1;
	if (set_caps(left & EFFECTIVE ? own : 0, own, heir) < 0)
		return -1;
	return left & PRIVILEGES ? 0 : prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

struct leftover {
	int what;
	const char *word;	/* what the refusal speaks of; NULL for none */
};

static int prove_with(const void *data)
{
	const struct leftover *left = data;
	struct nsbox_error err = { 0 };
	int r;

	if (go_down(left->what) < 0)
		return 2;
	r = caps_prove(UID, GID, 0, &err);
	if (!left->word)
		return r != 0;
	return r != -EPERM || !strstr(err.text, left->word);
}

static void test_leftovers(void **state)
{
	static const struct leftover cases[] = {
		{ 0, NULL },
		{ REAL_UID, "user ids" },
		{ SAVED_UID, "user ids" },
		{ FS_UID, "user ids" },
		{ REAL_GID, "group ids" },
		{ SAVED_GID, "group ids" },
		{ FS_GID, "group ids" },
		{ BOUNDING, "a capability" },
		{ ONE_IN_BOUNDING, "a capability" },
		{ INHERITABLE, "a capability" },
		{ PERMITTED, "a capability" },
		{ PERMITTED | EFFECTIVE, "a capability" },
		{ AMBIENT, "a capability" },
		{ PRIVILEGES, "no_new_privs" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = in_child(prove_with, &cases[i]);

		if (r)
			fail_msg("leftover %#x: %d", cases[i].what, r);
	}
}

/* The kernel's own words, so that become and prove cannot be wrong together. */
static int status_is(const char *key, const char *value)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	int found = 0;

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, key, strlen(key)) && !strcmp(line + strlen(key), value))
			found = 1;
	if (file)
		fclose(file);
	return found;
}

static int become(const void *data)
{
	static const char *const sets[] = { "CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapBnd:\t",
					    "CapAmb:\t" };

	(void)data;
	/* the worst case: one that would come through every exec */
	if (set_caps(all_but_resource, all_but_resource, BIT(CAP_KILL)) < 0 ||
	    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0) < 0)
		return 3;
	if (caps_become(UID, GID, 0, NULL) < 0 || caps_prove(UID, GID, 0, NULL) < 0)
		return 1;
	for (size_t i = 0; i < COUNT(sets); i++)
		if (!status_is(sets[i], "0000000000000000\n"))
			return 10 + (int)i;
	if (!status_is("NoNewPrivs:\t", "1\n"))
		return 20;
	if (!status_is("Uid:\t", "4321\t4321\t4321\t4321\n") ||
	    !status_is("Gid:\t", "5432\t5432\t5432\t5432\n"))
		return 21;
	return caps_prove(UID + 1, GID, 0, NULL) == 0 || caps_prove(UID, GID + 1, 0, NULL) == 0;
}

static void test_become(void **state)
{
	(void)state;
	assert_int_equal(in_child(become, NULL), 0);
}

/* Root of an own user namespace keeps what it has there, and only when it is told to. */
static int keep(const void *data)
{
	const int *keeps = data;
	struct nsbox_error err = { 0 };
	FILE *map;

	if (unshare(CLONE_NEWUSER) < 0)
		return 2;
	map = fopen("/proc/self/uid_map", "w");
	if (!map || fputs("0 0 1\n", map) < 0 || fclose(map) != 0)
		return 3;
	map = fopen("/proc/self/setgroups", "w");
	if (!map || fputs("deny", map) < 0 || fclose(map) != 0)
		return 4;
	map = fopen("/proc/self/gid_map", "w");
	if (!map || fputs("0 0 1\n", map) < 0 || fclose(map) != 0)
		return 4;
	if (caps_become(0, 0, *keeps, &err) < 0 || caps_prove(0, 0, *keeps, &err) < 0)
		return 5;
	if (status_is("CapEff:\t", "0000000000000000\n") != !*keeps)
		return 6;
	/* with all of them kept, the strict proof must not be content */
	return (caps_prove(0, 0, 0, NULL) == 0) != !*keeps;
}

static void test_keep(void **state)
{
	static const int keeps[] = { 0, 1 };

	(void)state;
	for (size_t i = 0; i < COUNT(keeps); i++)
		assert_int_equal(in_child(keep, &keeps[i]), 0);
}

/* Without privilege it must fail, not go on with half of it. */
static int powerless(const void *data)
{
	struct nsbox_error err = { 0 };

	(void)data;
	if (setresuid(UID, UID, UID) < 0)
		return 2;
	return caps_become(UID, GID, 0, &err) != -EPERM || !err.text[0];
}

static void test_powerless(void **state)
{
	(void)state;
	assert_int_equal(in_child(powerless, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_leftovers),
		cmocka_unit_test(test_become),
		cmocka_unit_test(test_keep),
		cmocka_unit_test(test_powerless),
	};

	if (lacks_root("give up what only root has"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
