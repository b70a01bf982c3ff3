// SPDX-License-Identifier: MIT
/*
 * resolv.conf: what is read in the host's, whom a session asks then, and what is written.
 */
#include "unit_helper.h"

#include <arpa/inet.h>

#include "resolv.h"

static const char *show(const struct net_resolvers *servers, char buf[256])
{
	char *at = buf;

	*at = '\0';
	for (unsigned int i = 0; i < servers->n; i++) {
		at += sprintf(at, i ? " " : "");
		inet_ntop(servers->at[i].family, servers->at[i].addr, at, INET6_ADDRSTRLEN);
		at += strlen(at);
	}
	if (servers->ask_host)
		sprintf(at, "%shost", at > buf ? " " : "");
	return buf;
}

static const struct {
	const char *text;
	const char *behind;
	const char *servers;
} cases[] = {
	{ "nameserver 192.0.2.53\n", NULL, "192.0.2.53" },
	{ "nameserver 192.0.2.53", NULL, "192.0.2.53" },	/* no newline */
	{ "nameserver\t \t192.0.2.53 \t\n", NULL, "192.0.2.53" },
	{ "nameserver 192.0.2.53;comment\nnameserver 192.0.2.54#\n", NULL,
	  "192.0.2.53 192.0.2.54" },
	{ "nameserver 2001:db8::53\nnameserver 192.0.2.53\n", NULL, "2001:db8::53 192.0.2.53" },
	/* As AWS has it. */
	{ "nameserver 169.254.169.253\n", NULL, "169.254.169.253" },
	/* The first three, whatever they are: a resolver knows no more. */
	{ "nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
	  "nameserver 192.0.2.4\n", NULL, "192.0.2.1 192.0.2.2 192.0.2.3" },
	{ "nameserver 127.0.0.1\nnameserver ::1\nnameserver 192.0.2.3\nnameserver 192.0.2.4\n",
	  NULL, "192.0.2.3" },
	/* What is no line of a server's. */
	{ "#nameserver 192.0.2.1\n;nameserver 192.0.2.2\n nameserver 192.0.2.3\n"
	  "nameservers 192.0.2.4\nnameserver192.0.2.5\nNAMESERVER 192.0.2.6\n"
	  "options nameserver 192.0.2.7\nnameserver 192.0.2.8\n", NULL, "192.0.2.8" },
	/* What is no server's address. */
	{ "nameserver\nnameserver \nnameserver ns.example\nnameserver 192.0.2.256\n"
	  "nameserver 192.0.2.1/24\nnameserver 1::2::3\nnameserver 192.0.2.9\n", NULL,
	  "192.0.2.9" },
	{ "nameserver 192.0.2.1 192.0.2.2\n", NULL, "192.0.2.1" },
	{ "nameserver aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	  "nameserver 192.0.2.1\n", NULL, "192.0.2.1" },
	/* A neighbour's, which is the host's alone; it is one, so that the host asks not itself. */
	{ "nameserver fe80::1%eth0\nnameserver 192.0.2.1\n", NULL, "192.0.2.1" },
	{ "nameserver fe80::1%eth0\n", NULL, "" },
	{ "nameserver fe80::1\nnameserver ff02::fb\nnameserver 224.0.0.251\n", NULL, "" },
	/* None at all is the machine itself. */
	{ "", NULL, "host" },
	{ "search example.test\n", NULL, "host" },
	{ "nameserver 127.0.0.1\n", NULL, "host" },
	{ "nameserver ::1\nnameserver 127.0.0.1\n", NULL, "host" },
	/* Out of reach. */
	{ "nameserver ::1\n", NULL, "" },
	{ "nameserver 127.0.1.1\n", NULL, "" },
	{ "nameserver 127.0.0.53\n", NULL, "" },
	{ "nameserver 127.0.0.53\n", "nameserver 192.0.2.53\nnameserver 2001:db8::53\n",
	  "192.0.2.53 2001:db8::53" },
	{ "nameserver 127.0.0.54\n", "nameserver 192.0.2.53\n", "192.0.2.53" },
	{ "nameserver 127.0.0.53\n", "nameserver 127.0.0.1\n", "host" },
	{ "nameserver 127.0.0.53\n", "# No DNS servers known.\n", "" },
	{ "nameserver 127.0.0.53\nnameserver 127.0.0.1\n", NULL, "host" },
	/* Not of systemd-resolved: what it would ask does not count. */
	{ "nameserver 127.0.0.1\n", "nameserver 192.0.2.53\n", "host" },
	{ "nameserver 127.1.0.53\n", "nameserver 192.0.2.53\n", "" },
	{ "nameserver 127.0.0.53\nnameserver 192.0.2.1\n", "nameserver 192.0.2.53\n", "192.0.2.1" },
};

static void test_choose(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_resolvers servers;
		struct resolv host, behind;
		char buf[256];

		resolv_read(cases[i].text, &host);
		if (cases[i].behind)
			resolv_read(cases[i].behind, &behind);
		resolv_choose(&host, cases[i].behind ? &behind : NULL, &servers);
		if (strcmp(show(&servers, buf), cases[i].servers) != 0)
			fail_msg("%s: %s, not %s", cases[i].text, buf, cases[i].servers);
		/* It is hashed, with what the compiler leaves between the members. */
		for (unsigned int j = servers.n; j < NET_RESOLVERS; j++)
			assert_int_equal(servers.at[j].family, 0);
	}
}

static void check_text(const struct net_filter *filter, const char *host, const char *want)
{
	struct nsbox_error err;
	char *text = host ? strdup(host) : NULL;

	assert_int_equal(resolv_write(filter, &text, &err), 0);
	assert_string_equal(text, want);
	free(text);
}

#define HEAD "# Made by nsbox for this session.\n"
#define NOBODY "# There is no name server that can be asked from here.\n"

static void test_write(void **state)
{
	struct net_filter filter = {
		.pool.v4 = { AF_INET, 16, { 10, 213 } },
		.resolvers_n = 2,
		.resolvers = { { AF_INET, 32, { 192, 0, 2, 53 } },
			       { AF_INET6, 128, { 0x20, 0x01, 0x0d, 0xb8, [15] = 0x53 } } },
	};

	(void)state;
	check_text(&filter, NULL, HEAD "nameserver 192.0.2.53\nnameserver 2001:db8::53\n");
	check_text(&filter, "# x\nnameserver 127.0.0.53\noptions edns0 trust-ad\nsearch a b",
		   HEAD "nameserver 192.0.2.53\nnameserver 2001:db8::53\n"
		   "options edns0 trust-ad\nsearch a b\n");
	filter.ask_host = true;
	filter.resolvers_n = 0;
	check_text(&filter, "domain\texample.test\nsearching x\n search y\nsortlist 192.0.2.0\n",
		   HEAD "nameserver 10.213.0.1\ndomain\texample.test\n");
	filter.ask_host = false;
	check_text(&filter, "nameserver 127.0.0.53\nsearch a\n", HEAD NOBODY "search a\n");
	check_text(&filter, "", HEAD NOBODY);
}

/* The longest that there can be; the sanitizers see what is written beyond it. */
static void test_room(void **state)
{
	static const struct net_prefix longest = { AF_INET6, 128, {
		0xfd, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	struct net_filter filter = { .resolvers_n = 3,
				     .resolvers = { longest, longest, longest } };
	struct nsbox_error err;

	(void)state;
	for (size_t len = 0; len < 70; len++) {
		char *text = calloc(1, len + 1);

		assert_non_null(text);
		memcpy(text, "search a.very.long.domain.example", len < 33 ? len : 33);
		memset(text + (len < 33 ? len : 33), 'x', len < 33 ? 0 : len - 33);
		assert_int_equal(resolv_write(&filter, &text, &err), 0);
		assert_int_equal(strlen(text), strlen(HEAD) + 3 * strlen("nameserver \n") +
				 3 * 39 + (len < 7 ? 0 : len + 1));
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_choose),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
