// SPDX-License-Identifier: MIT
/*
 * Values of keys: what each key takes, and that a value comes back as it went in.
 */
#include "conf_helper.h"

#include <errno.h>

/* A value that is good comes back from the printer as text that sets the same again. */
static void test_values(void **state)
{
	static const struct {
		enum conf_key_id key;
		const char *value;
		const char *printed;	/* NULL: refused */
	} cases[] = {
		{ KEY_CONTAINER, "yes", "yes" },
		{ KEY_CONTAINER, "no", "no" },
		{ KEY_CONTAINER, "deny", "deny" },
		{ KEY_CONTAINER, "Yes", NULL },
		{ KEY_CONTAINER, "ye", NULL },
		{ KEY_CONTAINER, "yesno", NULL },
		{ KEY_CONTAINER, "", NULL },
		{ KEY_CONTAINER, "true", NULL },
		{ KEY_CONTAINER, "1", NULL },
		{ KEY_CONTAINER, "\"yes\"", NULL },
		{ KEY_NAMESPACES, "mount pid", "pid mount" },
		{ KEY_NAMESPACES, " pid \t mount ", "pid mount" },
		{ KEY_NAMESPACES, "cgroup user net ipc uts mount pid",
		  "pid mount uts ipc net user cgroup" },
		{ KEY_NAMESPACES, "", NULL },
		{ KEY_NAMESPACES, "pid", NULL },
		{ KEY_NAMESPACES, "mount net", NULL },
		{ KEY_NAMESPACES, "pid mount pid", NULL },
		{ KEY_NAMESPACES, "pid mount time", NULL },
		{ KEY_NAMESPACES, "pid,mount", NULL },
		{ KEY_NAMESPACES, "pid mount ne", NULL },
		{ KEY_NAMESPACES, "PID mount", NULL },
		{ KEY_HOSTNAME, "%u", "%u" },
		{ KEY_HOSTNAME, "a_b.c-%i%%%h", "a_b.c-%i%%%h" },
		{ KEY_HOSTNAME, "", NULL },
		{ KEY_HOSTNAME, "%", NULL },
		{ KEY_HOSTNAME, "%x", NULL },
		{ KEY_HOSTNAME, "a b", NULL },
		{ KEY_HOSTNAME, "a/b", NULL },
		{ KEY_USER_MAP, "self", "self" },
		{ KEY_USER_MAP, "root", "root" },
		{ KEY_USER_MAP, "subids", "subids" },
		{ KEY_USER_MAP, "subid", NULL },
		{ KEY_PRIVATE_TMP, "yes", "yes" },
		{ KEY_PRIVATE_TMP, "no", "no" },
		{ KEY_PRIVATE_TMP, "deny", NULL },
		{ KEY_PROC, "hidepid", "hidepid" },
		{ KEY_PROC, "pid-only", "pid-only" },
		{ KEY_PROC, "pid", NULL },
		{ KEY_DEVICES, "/dev/fuse /dev/dri/*", "/dev/fuse /dev/dri/*" },
		{ KEY_DEVICES, "", "" },
		{ KEY_DEVICES, "fuse", NULL },
		{ KEY_DEVICES, "/dev", NULL },
		{ KEY_DEVICES, "/devices/x", NULL },
		{ KEY_DEVICES, "/dev/../etc/x", NULL },
		{ KEY_DEVICES, "/dev/./fuse", NULL },
		{ KEY_DEVICES, "/dev/pts/*", NULL },
		{ KEY_DEVICES, "/dev/null", NULL },
		{ KEY_USERS, "self", "self" },
		{ KEY_USERS, "me", NULL },
		{ KEY_SHELL, "", "" },
		{ KEY_SHELL, "/bin/sh", "/bin/sh" },
		{ KEY_SHELL, "/x", "/x" },
		{ KEY_SHELL, "/...", "/..." },
		{ KEY_SHELL, "/.a/..b/c.", "/.a/..b/c." },
		{ KEY_SHELL, "/", NULL },
		{ KEY_SHELL, "bin/sh", NULL },
		{ KEY_SHELL, "//bin/sh", NULL },
		{ KEY_SHELL, "/bin//sh", NULL },
		{ KEY_SHELL, "/bin/./sh", NULL },
		{ KEY_SHELL, "/bin/../sh", NULL },
		{ KEY_SHELL, "/bin/..", NULL },
		{ KEY_SHELL, "/bin/.", NULL },
		{ KEY_SHELL, "/bin/", NULL },
		{ KEY_SHELL, "/bin/sh -l", NULL },
		{ KEY_SHELL, "/bin/\xc3\xa9", NULL },
		{ KEY_SERVICES, "sshd cockpit", "sshd cockpit" },
		{ KEY_SERVICES, " sshd\t\tsu ", "sshd su" },
		{ KEY_SERVICES, "", "" },
		{ KEY_SERVICES, "sshd sshd", NULL },
		{ KEY_SERVICES, "!su", NULL },
		{ KEY_DEADLINE, "1s", "1s" },
		{ KEY_DEADLINE, "60s", "1m" },
		{ KEY_DEADLINE, "1m", "1m" },
		{ KEY_DEADLINE, "59s", "59s" },
		{ KEY_DEADLINE, "0s", NULL },
		{ KEY_DEADLINE, "61s", NULL },
		{ KEY_DEADLINE, "10", NULL },
		{ KEY_DEADLINE, "10 s", NULL },
		{ KEY_DEADLINE, "", NULL },
		{ KEY_MODE, "enforce", "enforce" },
		{ KEY_MODE, "audit", "audit" },
		{ KEY_MODE, "off", NULL },
		{ KEY_MESSAGE, "Hello %u, 100%% on %h: %i", "Hello %u, 100%% on %h: %i" },
		{ KEY_MESSAGE, "", "" },
		{ KEY_MESSAGE, "%", NULL },
		{ KEY_MESSAGE, "%g", NULL },
		{ KEY_MESSAGE, "a\tb", NULL },
		{ KEY_NSS_SOCKETS, "userdb winbind sssd nslcd nscd /run/x",
		  "userdb winbind sssd nslcd nscd /run/x" },
		{ KEY_NSS_SOCKETS, "", "" },
		{ KEY_NSS_SOCKETS, "nss", NULL },
		{ KEY_NSS_SOCKETS, "/", NULL },
		{ KEY_NSS_SOCKETS, "/run/x/", NULL },
		{ KEY_NSS_INSIDE, "yes", "yes" },
		{ KEY_NSS_INSIDE, "", NULL },
		{ KEY_PROFILE, "small", "" },
		{ KEY_PROFILE, "", NULL },
		{ KEY_PROFILE, "a b", NULL },
		{ KEY_WHEN_USER, "a* !b", "" },
		{ KEY_WHEN_USER, "", NULL },
		{ KEY_WHEN_GROUP, "!a", "" },
		{ KEY_WHEN_GROUP, "! a", NULL },
		{ KEY_WHEN_UID, "0 1-2 !3-4294967294", "" },
		{ KEY_WHEN_UID, "1-", NULL },
		{ KEY_WHEN_FROM, "local !::1 10.0.0.0/8", "" },
		{ KEY_WHEN_FROM, "localhost", NULL },
		{ KEY_WHEN_SERVICE, "su*", "" },
		{ KEY_WHEN_SERVICE, "", NULL },
		{ KEY_WHEN_TTY, "tty?", "" },
		{ KEY_ADDRESS_POOL, "fd00::/64  10.0.0.0/8", "fd00::/64  10.0.0.0/8" },
		{ KEY_ADDRESS_POOL, "", "" },
		{ KEY_ADDRESS_POOL, "10.0.0.0/30", NULL },
		{ KEY_PUBLISH_PORTS, "", "" },
		{ KEY_PUBLISH_PORTS, "1024-65535", "1024-65535" },
		{ KEY_PUBLISH_PORTS, "1023-65535", NULL },
		{ KEY_PUBLISH_BLOCK, "4096", "4096" },
		{ KEY_PUBLISH_BLOCK, "auto", NULL },
		{ KEY_PUBLISH_BLOCK, "0", NULL },
		{ KEY_NETWORK, "bridge br0", "bridge br0" },
		{ KEY_NETWORK, "", NULL },
		{ KEY_NETWORK_ADMIN, "no", "no" },
		{ KEY_NETWORK_ADMIN, "", NULL },
		{ KEY_ADDRESS, "192.0.2.%n/24", "192.0.2.%n/24" },
		{ KEY_ADDRESS, "", NULL },
		{ KEY_EGRESS, "::/0 192.0.2.1:80/tcp", "::/0 192.0.2.1:80/tcp" },
		{ KEY_EGRESS, "any none", NULL },
		{ KEY_EGRESS_DENY, "", "" },
		{ KEY_EGRESS_DENY, "none", NULL },
		{ KEY_REACH_HOST, "22 80-90/udp", "22 80-90/udp" },
		{ KEY_REACH_HOST, "any", NULL },
		{ KEY_DNS, "192.0.2.1", "192.0.2.1" },
		{ KEY_DNS, "::1", NULL },
		{ KEY_PUBLISH, "udp 4096", "udp 4096" },
		{ KEY_PUBLISH, "udp 4097", NULL },
		{ KEY_RATE, "8kbit", "8kbit" },
		{ KEY_RATE, "fast", NULL },
		{ KEY_LOW_PORTS, "no", "no" },
		{ KEY_LOW_PORTS, "0", NULL },
		{ KEY_WHEN_TTY, "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct conf_key *key = &conf_keys[cases[i].key];
		struct conf_values values, before;
		struct value_why why = { 0 };
		char text[CONF_VALUE_MAX];
		int r;

		memset(&values, 0x5a, sizeof(values));
		if (conf_key_appends(key))
			memset((char *)&values + key->at, 0, key->size);
		before = values;
		r = conf_set(key, cases[i].value, &values, &why);
		if ((r == 0) != !!cases[i].printed)
			fail_msg("%s = %s gives %d", key->name, cases[i].value, r);
		if (r < 0) {
			assert_int_equal(r, -EINVAL);
			assert_true(why.text[0]);
			assert_true(why.at <= strlen(cases[i].value));
			assert_memory_equal(&values, &before, sizeof(values));
			continue;
		}
		conf_print(key, &values, text, sizeof(text));
		assert_string_equal(text, cases[i].printed);
	}
}

static void test_long_values(void **state)
{
	char text[PATH_MAX + 8];
	struct conf_values values;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[0] = '/';
	text[PATH_MAX - 1] = '\0';
	assert_int_equal(conf_set(&conf_keys[KEY_SHELL], text, &values, NULL), 0);
	text[PATH_MAX - 1] = 'x';
	text[PATH_MAX] = '\0';
	assert_int_equal(conf_set(&conf_keys[KEY_SHELL], text, &values, NULL), -EINVAL);
	text[POLICY_HOSTNAME_MAX] = '\0';
	assert_int_equal(conf_set(&conf_keys[KEY_HOSTNAME], text + 1, &values, NULL), 0);
	assert_string_equal(values.policy.hostname, text + 1);
	text[POLICY_HOSTNAME_MAX] = 'x';
	text[POLICY_HOSTNAME_MAX + 1] = '\0';
	assert_int_equal(conf_set(&conf_keys[KEY_HOSTNAME], text + 1, &values, NULL), -EINVAL);
}

/* What was said before is kept, what is empty clears, and a list that is full takes nothing. */
static void test_append(void **state)
{
	const struct conf_key *key = &conf_keys[KEY_NSS_SOCKETS];
	struct conf_values values, before;
	char text[CONF_VALUE_MAX], word[64];
	struct value_why why = { 0 };
	int r = 0;

	(void)state;
	assert_int_equal(conf_default(&values, NULL), 0);
	assert_int_equal(conf_set(key, "nscd /a", &values, NULL), 0);
	assert_int_equal(conf_set(key, "/b nscd", &values, NULL), 0);
	conf_print(key, &values, text, sizeof(text));
	assert_string_equal(text, "nscd /a /b");
	assert_int_equal(conf_set(key, "", &values, NULL), 0);
	conf_print(key, &values, text, sizeof(text));
	assert_string_equal(text, "");
	conf_default(&before, NULL);
	assert_memory_equal(&values, &before, sizeof(values));
	for (int i = 0; r == 0; i++) {
		before = values;
		snprintf(word, sizeof(word), "/x /%d", i);
		r = conf_set(key, word, &values, &why);
	}
	assert_int_equal(r, -EINVAL);
	assert_int_equal(why.at, 3);
	assert_memory_equal(&values, &before, sizeof(values));
	conf_print(key, &values, text, sizeof(text));
	assert_true(strlen(text) > WORDS_MAX - 8);
}

static void assert_choice(const char *first, const char *then, const char *becomes)
{
	const struct conf_key *key = &conf_keys[KEY_DNS];
	struct conf_values values, before;
	char text[CONF_VALUE_MAX];
	struct value_why why = { 0 };

	assert_int_equal(conf_default(&values, NULL), 0);
	conf_clear(key, &values);
	if (first)
		assert_int_equal(conf_set(key, first, &values, NULL), 0);
	before = values;
	assert_int_equal(conf_set(key, then, &values, &why), becomes ? 0 : -EINVAL);
	conf_print(key, &values, text, sizeof(text));
	if (becomes)
		assert_string_equal(text, becomes);
	else
		assert_true(why.text[0] && !memcmp(&values, &before, sizeof(values)));
}

/* A word stands alone, in its line and among the lines. */
static void test_choice(void **state)
{
	(void)state;
	assert_choice(NULL, "none", "none");
	assert_choice(NULL, "192.0.2.1 192.0.2.2", "192.0.2.1 192.0.2.2");
	assert_choice("192.0.2.1", "2001:db8::1", "192.0.2.1 2001:db8::1");
	assert_choice("192.0.2.1", "192.0.2.1", "192.0.2.1");
	assert_choice(NULL, "", NULL);
	assert_choice("192.0.2.1", "", NULL);
	assert_choice(NULL, "auto none", NULL);
	assert_choice(NULL, "auto auto", NULL);
	assert_choice(NULL, "192.0.2.1 auto", NULL);
	assert_choice("auto", "none", NULL);
	assert_choice("auto", "192.0.2.1", NULL);
	assert_choice("192.0.2.1", "auto", NULL);
	assert_choice(NULL, "192.0.2.1 192.0.2.1", NULL);
	assert_choice(NULL, "192.0.2.1 192.0.2.2 192.0.2.3", "192.0.2.1 192.0.2.2 192.0.2.3");
	assert_choice(NULL, "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4", NULL);
	assert_choice("192.0.2.1 192.0.2.2 192.0.2.3", "192.0.2.4", NULL);
}

/* Each default is what its own printer prints, and nothing else is in the memory. */
static void test_default(void **state)
{
	struct conf_values values, other;
	char text[CONF_VALUE_MAX];

	(void)state;
	memset(&values, 0x5a, sizeof(values));
	memset(&other, 0xa5, sizeof(other));
	assert_int_equal(conf_default(&values, NULL), 0);
	assert_int_equal(conf_default(&other, NULL), 0);
	assert_memory_equal(&values, &other, sizeof(values));
	for (size_t i = 0; i < CONF_KEYS; i++) {
		conf_print(&conf_keys[i], &values, text, sizeof(text));
		assert_string_equal(text, conf_keys[i].fallback ? conf_keys[i].fallback : "");
		assert_int_equal(!!conf_keys[i].fallback, !!conf_keys[i].size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_long_values),
		cmocka_unit_test(test_append),
		cmocka_unit_test(test_choice),
		cmocka_unit_test(test_default),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
