// SPDX-License-Identifier: MIT
/*
 * Patterns of devices.
 */
#include "conf_helper.h"

#include "devices.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void test_match(void **state)
{
	const char *rest = NULL;

	(void)state;
	assert_true(devices_match("dri/card*", "dri", &rest));
	assert_string_equal(rest, "card*");
	assert_true(devices_match(rest, "card0", &rest));
	assert_string_equal(rest, "");
	assert_false(devices_match("dri/card*", "dri2", &rest));
	assert_false(devices_match("*", ".x", &rest));
	assert_true(devices_match(".*", ".x", &rest));
}

static void test_own(void **state)
{
	(void)state;
	assert_true(devices_are_own("null"));
	assert_true(devices_are_own("pts/0"));
	assert_false(devices_are_own("null0"));
	assert_false(devices_are_own("ttyS0"));
	assert_false(devices_are_own("net/null"));
}

static void test_danger(void **state)
{
	static const char *const bad[] = {
		"/dev/mem", "/dev/*", "/dev/?mem", "/dev/sd*", "/dev/sda", "/dev/nvme*",
		"/dev/loop*", "/dev/mapper/*", "/dev/*/*", "/dev/kmsg", "/dev/port",
		"/dev/input/event*",
	};
	static const char *const good[] = {
		"/dev/fuse", "/dev/nvidia*", "/dev/dri/*", "/dev/kvm", "/dev/kfd", "/dev/snd/*",
		"/dev/infiniband/*", "/dev/mapper", "/dev/ttyUSB*",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		if (!devices_danger(bad[i]))
			fail_msg("%s", bad[i]);
	for (size_t i = 0; i < COUNT(good); i++)
		if (devices_danger(good[i]))
			fail_msg("%s: %s", good[i], devices_danger(good[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_danger),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
