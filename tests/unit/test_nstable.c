// SPDX-License-Identifier: MIT
/*
 * The namespace table against the running kernel: a wrong row would join the wrong namespace.
 */
#include "unit_helper.h"

#include "nstable.h"

static void test_rows(void **state)
{
	int seen = 0;

	(void)state;
	for (size_t i = 0; i < NS_KINDS; i++) {
		const struct ns_info *ns = &ns_table[i];

		assert_int_equal(__builtin_popcount((unsigned int)ns->flag), 1);
		assert_int_equal(seen & ns->flag, 0);
		seen |= ns->flag;
		assert_int_equal(ns_flag_of(ns->key, strlen(ns->key)), ns->flag);
	}
	assert_int_equal(ns_all(), seen);
}

/* The names below /proc are the kernel's own. */
static void test_kernel(void **state)
{
	(void)state;
	for (size_t i = 0; i < NS_KINDS; i++) {
		char path[64], target[64];
		ssize_t n;

		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_table[i].proc);
		n = readlink(path, target, sizeof(target) - 1);
		if (n < 0)
			fail_msg("no %s", path);
		target[n] = '\0';
		assert_int_equal(strncmp(target, ns_table[i].proc, strlen(ns_table[i].proc)), 0);
	}
}

static void test_words(void **state)
{
	static const char *const none[] = { "", "p", "pi", "pidx", "PID", "mnt", "time", "pid " };

	(void)state;
	for (size_t i = 0; i < COUNT(none); i++)
		assert_int_equal(ns_flag_of(none[i], strlen(none[i])), 0);
	assert_int_equal(ns_flag_of("network", 3), CLONE_NEWNET);
}

/*
 * The monitor must keep its user namespace, or it could neither allocate ptys nor come back; its
 * mount namespace is joined by another descriptor, the landing's.
 */
static void test_monitor(void **state)
{
	(void)state;
	assert_int_equal(ns_monitor(ns_all()),
			 CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET);
	assert_int_equal(ns_monitor(CLONE_NEWPID | CLONE_NEWNS), CLONE_NEWPID);
	assert_int_equal(ns_monitor(CLONE_NEWUSER | CLONE_NEWCGROUP), 0);
	assert_int_equal(ns_monitor(0), 0);
	for (size_t i = 0; i < NS_KINDS; i++)
		assert_int_equal(ns_table[i].frame, !!(ns_table[i].flag &
						       (CLONE_NEWPID | CLONE_NEWNS)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_monitor),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
