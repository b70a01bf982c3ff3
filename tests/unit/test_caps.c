// SPDX-License-Identifier: MIT
/*
 * Capabilities are given up, and whatever is left is seen. Each case in a child of its own.
 *
 * Invariant 7: after the drop the door proves that nothing is left.
 */
#include "unit_helper.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
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
	NO_BITS = 1 << 13,
	BIT_WITHOUT_LOCK = 1 << 14,
};

#define LOCKS (SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | \
	       SECBIT_NO_SETUID_FIXUP_LOCKED | \
	       SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

static const struct caps no_caps = { .flags = CAPS_LOCKED };

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
	const uint32_t ids = BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_SETPCAP);
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
	if (!(left & NO_BITS) && prctl(PR_SET_SECUREBITS, left & BIT_WITHOUT_LOCK ?
				       LOCKS & ~SECBIT_NOROOT_LOCKED : LOCKS) < 0)
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
	r = caps_prove(UID, GID, &no_caps, &err);
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
		{ NO_BITS, "secure bits" },
		{ BIT_WITHOUT_LOCK, "secure bits" },
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
	if (caps_become(UID, GID, &no_caps, NULL) < 0 || caps_prove(UID, GID, &no_caps, NULL) < 0)
		return 1;
	for (size_t i = 0; i < COUNT(sets); i++)
		if (!status_is(sets[i], "0000000000000000\n"))
			return 10 + (int)i;
	if (!status_is("NoNewPrivs:\t", "1\n"))
		return 20;
	if (!status_is("Uid:\t", "4321\t4321\t4321\t4321\n") ||
	    !status_is("Gid:\t", "5432\t5432\t5432\t5432\n"))
		return 21;
	return caps_prove(UID + 1, GID, &no_caps, NULL) == 0 ||
	       caps_prove(UID, GID + 1, &no_caps, NULL) == 0;
}

static void test_become(void **state)
{
	(void)state;
	assert_int_equal(in_child(become, NULL), 0);
}

/* A user namespace of its own, in which host id 0 is @inside. */
static int enter_namespace(int inside)
{
	static const char *const names[] = { "uid_map", "setgroups", "gid_map" };

	if (unshare(CLONE_NEWUSER) < 0)
		return -1;
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[64];
		FILE *file;

		snprintf(path, sizeof(path), "/proc/self/%s", names[i]);
		file = fopen(path, "w");
		if (!file)
			return -1;
		if (i == 1)
			fputs("deny", file);
		else
			fprintf(file, "%d 0 1\n", inside);
		if (fclose(file) != 0)
			return -1;
	}
	return 0;
}

/*
 * struct kept - what is kept in a namespace, and what the kernel says of it then
 * @id: who one is inside
 * @set: bounding, permitted and effective set; all that there are when CAPS_ALL
 * @after: the effective set once a plain program has been executed
 */
struct kept {
	int id;
	struct caps caps;
	uint64_t after;
};

#define RAW (UINT64_C(1) << CAP_NET_RAW)
#define CHECKPOINT (UINT64_C(1) << CAP_CHECKPOINT_RESTORE)

static uint64_t all_known(void)
{
	unsigned long cap = 0;

	while (prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0)
		cap++;
	return (UINT64_C(1) << cap) - 1;
}

static int line_is(const char *key, uint64_t set)
{
	char value[32];

	snprintf(value, sizeof(value), "%016llx\n", (unsigned long long)set);
	return status_is(key, value);
}

/* The effective set of a program of no privilege of its own that we execute. */
static uint64_t after_exec(void)
{
	FILE *pipe = popen("exec grep CapEff: /proc/self/status", "r");
	unsigned long long set = 1;

	if (!pipe || fscanf(pipe, "CapEff: %llx", &set) != 1)
		set = 1;
	if (pipe)
		pclose(pipe);
	return set;
}

static int keep(const void *data)
{
	const struct kept *k = data;
	uint64_t set = k->caps.kept & all_known(), after = k->after & all_known();
	uint64_t heir = k->caps.flags & CAPS_AMBIENT ? set : 0;
	uid_t id = (uid_t)k->id;
	struct caps other = k->caps;

	if (enter_namespace(k->id) < 0)
		return 2;
	if (caps_become(id, id, &k->caps, NULL) < 0 || caps_prove(id, id, &k->caps, NULL) < 0)
		return 3;
	if (!line_is("CapBnd:\t", set) || !line_is("CapPrm:\t", set) ||
	    !line_is("CapEff:\t", set) || !line_is("CapInh:\t", heir) ||
	    !line_is("CapAmb:\t", heir))
		return 4;
	if (!status_is("NoNewPrivs:\t", k->caps.flags & CAPS_GAIN ? "0\n" : "1\n"))
		return 5;
	/* what is more than it should be, or less, does not pass */
	other.kept = k->caps.kept ^ (UINT64_C(1) << CAP_KILL);
	if (caps_prove(id, id, &other, NULL) == 0)
		return 6;
	for (uint32_t flag = CAPS_AMBIENT; flag <= CAPS_GAIN; flag <<= 1) {
		other = k->caps;
		other.flags ^= flag;
		if (caps_prove(id, id, &other, NULL) == 0 && (set || flag != CAPS_AMBIENT))
			return 7;
	}
	return after_exec() == after ? 0 : 8;
}

static void test_keep(void **state)
{
	static const struct kept cases[] = {
		{ 0, { .kept = CAPS_ALL }, CAPS_ALL },
		{ 0, { .kept = CAPS_ALL, .flags = CAPS_GAIN }, CAPS_ALL },
		{ 0, { .kept = RAW | CHECKPOINT }, RAW | CHECKPOINT },
		{ 0, { .flags = CAPS_LOCKED }, 0 },
		{ 0, { .flags = CAPS_LOCKED | CAPS_GAIN }, 0 },
		{ UID, { .flags = CAPS_LOCKED }, 0 },
		{ UID, { .flags = CAPS_LOCKED | CAPS_GAIN }, 0 },
		{ UID, { .kept = RAW, .flags = CAPS_LOCKED | CAPS_AMBIENT }, RAW },
		{ UID, { .kept = RAW | CHECKPOINT, .flags = CAPS_LOCKED | CAPS_AMBIENT |
			 CAPS_GAIN }, RAW | CHECKPOINT },
		{ UID, { .kept = CAPS_ALL, .flags = CAPS_LOCKED | CAPS_AMBIENT }, CAPS_ALL },
		/* without the ambient set nothing comes through an exec */
		{ UID, { .kept = RAW, .flags = CAPS_LOCKED }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int r = in_child(keep, &cases[i]);

		if (r)
			fail_msg("case %zu: %d", i, r);
	}
}

/* What is locked cannot be unlocked, by who could else do it. */
static int locked(const void *data)
{
	static const struct caps able = {
		.kept = CAPS_ALL, .flags = CAPS_LOCKED | CAPS_AMBIENT,
	};

	(void)data;
	if (enter_namespace(UID) < 0 || caps_become(UID, UID, &able, NULL) < 0)
		return 2;
	for (int bit = 0; bit < 4; bit++) {
		int bits = prctl(PR_GET_SECUREBITS);

		if (prctl(PR_SET_SECUREBITS, bits ^ (1 << bit)) == 0)
			return 10 + bit;
	}
	/* What gives nothing back may be asked for: ping does. */
	return prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) < 0;
}

static void test_locked(void **state)
{
	(void)state;
	assert_int_equal(in_child(locked, NULL), 0);
}

/* Without privilege it must fail, not go on with half of it. */
static int powerless(const void *data)
{
	struct nsbox_error err = { 0 };

	(void)data;
	if (setresuid(UID, UID, UID) < 0)
		return 2;
	return caps_become(UID, GID, &no_caps, &err) != -EPERM || !err.text[0];
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
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_powerless),
	};

	if (lacks_root("give up what only root has"))
		return SKIPPED;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
