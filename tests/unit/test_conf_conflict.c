// SPDX-License-Identifier: MIT
/*
 * Values that cannot be had together, and those that can.
 *
 * Invariant 1: nothing that the policy asks for is silently missing.
 */
#include "conf_helper.h"

#include <errno.h>

static void together(const char *text, int result, const char *error)
{
	const struct match_subject login = login_of("alice", NULL, 0);
	struct conf_doc *doc = load_good(text);
	struct policy policy, untouched;
	struct nsbox_error err = { 0 };

	memset(&untouched, 0x5a, sizeof(untouched));
	policy = untouched;
	assert_int_equal(match_policy(doc, &login, &policy, NULL, &err), result);
	assert_string_equal(err.text, error);
	if (result < 0)
		assert_memory_equal(&policy, &untouched, sizeof(policy));
	conf_free(doc);
}

static void test_user_map(void **state)
{
	(void)state;
	together("[default]\nnamespaces = pid mount\n[user alice]\nuser-map = root\n", -EINVAL,
		 "t.conf:4: user-map = root needs the user namespace, which t.conf:2 leaves out");
	together("[default]\nnamespaces = pid mount\n[user alice]\nuser-map = subids\n", -EINVAL,
		 "t.conf:4: user-map = subids needs the user namespace, which t.conf:2 leaves out");
	together("[default]\nnamespaces = pid mount\n[user bob]\nuser-map = root\n", 0, "");
	together("[default]\nnamespaces = pid mount\nuser-map = root\n"
		 "[user alice]\nuser-map = self\n", 0, "");
	together("[default]\nnamespaces = pid mount\nuser-map = root\n"
		 "[user alice]\ncontainer = no\n", 0, "");
	together("[default]\nnamespaces = pid mount user\nuser-map = root\n", 0, "");
}

static void test_privileges(void **state)
{
	(void)state;
	together("[default]\nnamespaces = pid mount\n[user alice]\ncapabilities = cap_kill\n",
		 -EINVAL, "t.conf:4: capabilities need the user namespace, which t.conf:2 leaves "
		 "out");
	together("[default]\nnamespaces = pid mount\ncapabilities = namespace\n", -EINVAL,
		 "t.conf:3: capabilities need the user namespace, which t.conf:2 leaves out");
	together("[default]\nnamespaces = pid mount\nno-new-privileges = no\n", -EINVAL,
		 "t.conf:3: no-new-privileges = no needs the user namespace, which t.conf:2 leaves "
		 "out");
	together("[default]\nnamespaces = pid mount\ncapabilities = namespace\n"
		 "[user alice]\ncapabilities = none\n", 0, "");
	together("[default]\nnamespaces = pid mount\ncapabilities = auto\numask = 022\n"
		 "nested-user-namespaces = no\ncore-dumps = yes\n", 0, "");
	together("[default]\ncapabilities = namespace\nno-new-privileges = no\n", 0, "");
	together("[default]\ncapabilities = none\nuser-map = root\n", 0, "");
}

static void test_users(void **state)
{
	(void)state;
	together("[default]\nusers = self\n[user alice]\nnss-inside = yes\n", -EINVAL,
		 "t.conf:2: users = self hides what nss-inside = yes (t.conf:4) shows");
	together("[default]\nusers = self\nnss-inside = yes\ncontainer = deny\n", 0, "");
}

static void test_network(void **state)
{
	(void)state;
	together("[default]\nnamespaces = pid mount\n[user alice]\nnetwork = nat\n", -EINVAL,
		 "t.conf:4: network = nat needs the net namespace, which t.conf:2 leaves out");
	together("[default]\nnamespaces = pid mount\nnetwork = bridge br0\n", -EINVAL,
		 "t.conf:3: network = bridge br0 needs the net namespace, which t.conf:2 leaves "
		 "out");
	together("[default]\nnamespaces = pid mount\nnetwork = nat\ncontainer = no\n", 0, "");
	together("[default]\nnamespaces = pid mount\nnetwork = host\n", 0, "");
	/* As the shipped file has it for all, beside what a section says of its own. */
	together("[default]\nnetwork = loopback\n[user alice]\nnamespaces = pid mount\n", 0, "");
}

static void test_address(void **state)
{
	(void)state;
	together("[default]\naddress = 192.0.2.%n/24\n", -EINVAL,
		 "t.conf:2: address = 192.0.2.%n/24 is for a bridge; network = loopback (built-in "
		 "default)");
	together("[default]\naddress = 192.0.2.%n/24\nnetwork = nat\n", -EINVAL,
		 "t.conf:2: address = 192.0.2.%n/24 is for a bridge; network = nat (t.conf:3)");
	together("[default]\naddress = 192.0.2.%n/24\nnetwork = bridge br0\n", 0, "");
	together("[nsbox]\naddress-pool =\n[default]\nnetwork = nat\n", -EINVAL,
		 "t.conf:4: network = nat takes an address of address-pool, which is empty "
		 "(t.conf:2)");
	together("[nsbox]\naddress-pool =\n[default]\nnetwork = bridge br0\n", -EINVAL,
		 "t.conf:4: network = bridge br0 takes an address of address-pool, which is empty "
		 "(t.conf:2)");
	together("[nsbox]\naddress-pool =\n[default]\nnetwork = bridge br0\n"
		 "address = 192.0.2.%n/24\n", 0, "");
	together("[nsbox]\naddress-pool =\n[default]\nhide = /srv\n", 0, "");
}

static void test_publish(void **state)
{
	(void)state;
	together("[default]\npublish = tcp 4\n", -EINVAL, "t.conf:2: publish = tcp 4 is for "
		 "network = nat; network = loopback (built-in default)");
	together("[default]\npublish = tcp 4\nnetwork = bridge br0\n", -EINVAL, "t.conf:2: publish "
		 "= tcp 4 is for network = nat; network = bridge br0 (t.conf:3)");
	together("[default]\npublish = tcp,udp 16\nnetwork = nat\n", 0, "");
	together("[default]\npublish = tcp,udp 17\nnetwork = nat\n", -EINVAL, "t.conf:2: publish "
		 "= tcp,udp 17: a session has publish-block = 16 (built-in default) at most");
	together("[nsbox]\npublish-block = 32\n[default]\npublish = udp 17\nnetwork = nat\n", 0,
		 "");
	together("[nsbox]\npublish-ports =\n[default]\npublish = udp 1\nnetwork = nat\n", -EINVAL,
		 "t.conf:4: publish = udp 1: no publish-block = 16 (built-in default) is in "
		 "publish-ports = (t.conf:2)");
	together("[nsbox]\npublish-ports = 3000-3014\n[default]\npublish = udp 1\nnetwork = nat\n",
		 -EINVAL, "t.conf:4: publish = udp 1: no publish-block = 16 (built-in default) is "
		 "in publish-ports = 3000-3014 (t.conf:2)");
	together("[nsbox]\npublish-ports = 3000-3015\n[default]\npublish = udp 1\nnetwork = nat\n",
		 0, "");
	together("[nsbox]\npublish-ports =\n[default]\nnetwork = nat\n", 0, "");
}

static void test_rate(void **state)
{
	(void)state;
	together("[default]\nrate = 1mbit\nnetwork = nat\nnetwork-admin = yes\n", -EINVAL,
		 "t.conf:2: rate = 1mbit can be lifted by root inside: network-admin = yes "
		 "(t.conf:4)");
	together("[default]\nrate = 1mbit\nnetwork = nat\nuser-map = root\n", 0, "");
	together("[default]\nrate = 1mbit\nnetwork-admin = yes\n", 0, "");
	together("[default]\nnetwork = nat\nnetwork-admin = yes\n", 0, "");
}

/* A default says for all what comes to nothing for some. */
static void test_pointless(void **state)
{
	(void)state;
	together("[default]\negress = none\negress-deny = ::/0\nreach-host = 22\ndns = none\n"
		 "rate = 8kbit\nlow-ports = no\n[user alice]\nnetwork = host\n", 0, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_map), cmocka_unit_test(test_privileges),
		cmocka_unit_test(test_users), cmocka_unit_test(test_network),
		cmocka_unit_test(test_address),
		cmocka_unit_test(test_publish), cmocka_unit_test(test_rate),
		cmocka_unit_test(test_pointless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
