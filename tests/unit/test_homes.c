// SPDX-License-Identifier: MIT
/*
 * What has to be covered so that other people's homes do not show.
 */
#include "unit_helper.h"

#include <errno.h>

#include "homes.h"

static const struct accounts_range range = { 1000, 1000 };

/* Homes of others, with blanks between them; folders that are hidden, in order. */
static const struct {
	const char *own;
	const char *homes;
	const char *hidden;
} cases[] = {
	{ "/home/ann", "", "/home" },
	{ "/home/ann", "/home/bob /home/carl", "/home" },
	{ "/home/ann/", "/home//bob /home/./carl/. /home/../x", "/home" },
	{ "/home/ann", "/srv/homes/bob /data/carl", "/data /home /srv/homes" },
	{ "/home/ann", "/srv/bob /opt/x /var/www", "/home /opt/x /srv/bob /var/www" },
	{ "/srv/ann", "/srv/bob", "/srv/bob" },
	/* what the container needs stays; what it has anew needs no cover */
	{ "/home/ann", "/ /usr /usr/bin /etc /var/lib /nonexistent /dev/null /tmp/x /run/x",
	  "/home /nonexistent" },
	{ "/home/ann", "/etc/x /usr/share/y /usr/people/z",
	  "/etc/x /home /usr/people /usr/share/y" },
	{ "/", "/home/bob", "/home" },
	{ "", "/home/bob", "/home" },
	/* one folder in another, and what lies in the tenant's own */
	{ "/home/ann", "/home/x/bob /home/x/y/carl", "/home" },
	{ "/home/ann", "/home/ann/bob /home/ann/x/carl", "/home" },
	{ "/srv", "/srv/bob /srv/x/carl", "" },
	{ "/home/ann", "/home/ann", "/home" },
	{ "/home/ann", "home/bob", "/home" },
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int hidden(const char *own, const char *homes, char *ret)
{
	const struct wire_request req = { .user = "ann", .uid = 1001, .home = own };
	char *copy = strdup(homes), *state = NULL, *passwd = NULL, *list = NULL;
	const char *names[HOMES_MAX] = { NULL };
	size_t size, n = 0;
	FILE *out = open_memstream(&passwd, &size);
	int r, uid = 2000;

	fprintf(out, "root:x:0:0::/root/x:/\nann:x:1001:1001::/elsewhere/ann:/\n"
		"sys:x:999:1::/systems/sys:/\nnobody:x:65534:1::/nobodies/nobody:/\n");
	for (char *s = strtok_r(copy, " ", &state); s; s = strtok_r(NULL, " ", &state), uid++)
		fprintf(out, "u%d:x:%d:1::%s:/\n", uid, uid, s);
	fclose(out);
	r = homes_hidden(passwd, &req, &range, &list, NULL);
	*ret = '\0';
	for (const char *s = list; r == 0 && *s; s += strlen(s) + 1)
		names[n++] = s;
	qsort(names, n, sizeof(names[0]), by_name);
	for (size_t i = 0; i < n; i++)
		sprintf(ret + strlen(ret), "%s%s", i ? " " : "", names[i]);
	free(list);
	free(passwd);
	free(copy);
	return r;
}

static void test_table(void **state)
{
	char found[4096];

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_int_equal(hidden(cases[i].own, cases[i].homes, found), 0);
		if (strcmp(found, cases[i].hidden) != 0)
			fail_msg("%s: %s: %s", cases[i].own, cases[i].homes, found);
	}
}

/* As many as there are letters, and letters of letters; and more than can be told. */
static void test_many(void **state)
{
	char *homes = calloc(1, 1 << 20), found[4096];
	size_t used = 0;

	(void)state;
	for (int i = 0; i < 26 * 26 * 4; i++)
		used += (size_t)sprintf(homes + used, "/home/%c%c/u%d ", 'a' + i % 26,
					'a' + i / 26 % 26, i);
	assert_int_equal(hidden("/home/aa/ann", homes, found), 0);
	assert_string_equal(found, "/home");
	used = 0;
	for (int i = 0; i < 65; i++)
		used += (size_t)sprintf(homes + used, "/h%d/u ", i);
	assert_int_equal(hidden("/home/ann", homes, found), -E2BIG);
	used = 0;
	for (int i = 0; i < 5000; i++)
		used += (size_t)sprintf(homes + used, "/h/h%d/x/u ", i);
	assert_int_equal(hidden("/home/ann", homes, found), -E2BIG);
	free(homes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
