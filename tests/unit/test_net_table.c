// SPDX-License-Identifier: MIT
/*
 * The firewall's table and the routing rules, printed, against the files of tests/golden/net. That
 * nft(8) takes the tables is shown by tests/faults/test_net_host.py; what they do with packets, by
 * tests/security/test_c15_net_table.py.
 *
 * NSBOX_GOLDEN_NET names the folder. With NSBOX_GOLDEN_UPDATE set, the files are written anew: read
 * the difference before you believe it.
 */
#include "unit_helper.h"

#include <errno.h>

#include "net_rules.h"
#include "net_seal.h"
#include "net_slots.h"
#include "net_table.h"

#ifndef NSBOX_GOLDEN_NET
#define NSBOX_GOLDEN_NET "tests/golden/net"
#endif

#define POOL "10.213.0.0/28 fd6e:7362:6f78::/64"

static const struct {
	const char *name;
	struct net_words words;
	bool router;
} cases[] = {
	{ "both", { POOL, "20000-20100", 16 }, false },
	{ "router", { POOL, "20000-20100", 16 }, true },
	{ "no-ports", { POOL, "", 16 }, true },
	{ "v4", { "10.213.0.0/28", "20000-20100", 1 }, false },
	{ "v6", { "fd6e:7362:6f78::/64", "50000-50031", 16 }, false },
	{ "high-ports", { POOL, "60000-65535", 4096 }, true },
	{ "most-ports", { POOL, "30000-65535", 1024 }, true },
	{ "all-ports", { POOL, "1024-65535", 1024 }, true },
};

static char *read_text(const char *path)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "r");
	size_t n;

	if (!file)
		return NULL;
	n = fread(text, 1, sizeof(text) - 1, file);
	text[n] = '\0';
	fclose(file);
	return text;
}

static struct net_site site_of(const struct net_words *words)
{
	struct nsbox_error err = { .text = "" };
	struct net_site site;

	if (net_words_parse(words, &site, &err) < 0)
		fail_msg("%s", err.text);
	return site;
}

static void test_golden(void **state)
{
	bool differs = false;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_site site = site_of(&cases[i].words);
		char path[256], *text, *golden;

		site.router4 = site.router6 = cases[i].router;
		assert_int_equal(net_table_text(&site, &text, NULL), 0);
		snprintf(path, sizeof(path), "%s/%s.nft", NSBOX_GOLDEN_NET, cases[i].name);
		if (getenv("NSBOX_GOLDEN_UPDATE"))
			put_file(path, text, 0644);
		golden = read_text(path);
		if (!golden || strcmp(text, golden)) {
			print_error("%s is not:\n%s\n", path, text);
			differs = true;
		}
		free(text);
	}
	assert_false(differs);
}

/* All that the default has: as many elements as slots with ports, and not more of anything. */
static void test_size(void **state)
{
	const struct net_words words = { "10.213.0.0/16 fd6e:7362:6f78::/64", "20000-32767", 16 };
	const struct net_site site = site_of(&words);
	unsigned int found = 0;
	char *text, *at;

	(void)state;
	assert_int_equal(net_table_text(&site, &text, NULL), 0);
	for (at = text; (at = strstr(at, " : ")); at++)
		found++;
	assert_int_equal(found, 2 * (798 + 16));	/* ports inside, slices outside */
	assert_non_null(strstr(text, "32752-32767 : 10.213.3.31,\n"));
	assert_null(strstr(text, "counter"));
	free(text);
}

static void test_none(void **state)
{
	struct net_site site = { .block = 16 };
	struct nsbox_error err = { .text = "" };
	char *text = NULL;

	(void)state;
	assert_int_equal(net_table_text(&site, &text, &err), -EINVAL);
	assert_null(text);
	assert_non_null(strstr(err.text, "address-pool is empty"));
}

static void test_words(void **state)
{
	static const struct {
		struct net_words words;
		const char *why;
	} bad[] = {
		{ { "10.0.0.1/8", "", 1 }, "cannot use address-pool: " },
		{ { "10.0.0.0/8", "1", 1 }, "cannot use publish-ports: " },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct nsbox_error err = { .text = "" };
		struct net_site site;

		assert_int_equal(net_words_parse(&bad[i].words, &site, &err), -EINVAL);
		assert_non_null(strstr(err.text, bad[i].why));
	}
}

static struct net_rules rules_of(const struct net_pool *pool)
{
	struct net_rules have = { .n = 2 * NET_RULES, .has_v6 = true };

	net_rules_wanted(&pool->v4, have.rules);
	net_rules_wanted(&pool->v6, have.rules + NET_RULES);
	return have;
}

/* Whatever is missing, other, twice or in another order is not good. */
static void test_rules(void **state)
{
	const struct net_words words = { POOL, "", 16 };
	const struct net_pool pool = site_of(&words).pool;
	const struct net_pool v4 = { .v4 = pool.v4 };
	struct net_rules have = rules_of(&pool);

	(void)state;
	assert_true(net_rules_good(&have, &pool));
	assert_true(net_rules_good(&have, &v4));
	for (size_t i = 0; i < have.n; i++) {
		have = rules_of(&pool);
		have.rules[i].mark ^= 1;
		assert_false(net_rules_good(&have, &pool));
		have = rules_of(&pool);
		have.rules[i].other = true;
		assert_false(net_rules_good(&have, &pool));
		have = rules_of(&pool);
		memmove(&have.rules[i], &have.rules[i + 1], (have.n - i) * sizeof(have.rules[0]));
		have.n--;
		assert_false(net_rules_good(&have, &pool));
		have = rules_of(&pool);
		have.rules[have.n++] = have.rules[i];
		assert_false(net_rules_good(&have, &pool));
		have = rules_of(&pool);
		have.rules[i] = have.rules[(i + 1) % have.n];
		have.rules[(i + 1) % have.n] = rules_of(&pool).rules[i];
		/* The last of one family and the first of the other may change places. */
		assert_int_equal(net_rules_good(&have, &pool), i == NET_RULES - 1);
	}
}

/* A kernel without IPv6 has no rules of it; one with IPv6 and without them is not good. */
static void test_without_v6(void **state)
{
	const struct net_words words = { POOL, "", 16 };
	const struct net_pool pool = site_of(&words).pool;
	struct net_rules have = rules_of(&pool);

	(void)state;
	have.n = NET_RULES;
	assert_false(net_rules_good(&have, &pool));
	have.has_v6 = false;
	assert_true(net_rules_good(&have, &pool));
	have.more = true;
	assert_false(net_rules_good(&have, &pool));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_without_v6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
