// SPDX-License-Identifier: MIT
/*
 * What `nft list` prints, read: how two tables differ, and whose chains let nothing through.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net_audit.h"

static char said[4096];

static void hear(const char *word, const char *sentence)
{
	size_t used = strlen(said);

	snprintf(said + used, sizeof(said) - used, "%s: %s\n", word, sentence);
}

#define NOT_AS "table: the firewall's table inet nsbox is not as nsbox made it: "

static const char table[] =
	"table inet nsbox {\n"
	"\tcomment \"made\"\n"
	"\tchain one {\n"
	"\t\ttype filter hook input priority filter; policy accept;\n"
	"\t\taccept\n"
	"\t\tdrop\n"
	"\t}\n"
	"\n"
	"\tchain two {\n"
	"\t\tdrop\n"
	"\t\tth dport map {\n"
	"\t\t\t1 : 2,\n"
	"\t\t}\n"
	"\t}\n"
	"}\n";

/* @from of the table is @to in what there is. */
static void compare(const char *from, const char *to, const char *expected)
{
	char want[1024], have[1024];
	const char *at = strstr(table, from);
	int n, lines = 0;

	assert_non_null(at);
	snprintf(want, sizeof(want), "%s", table);
	snprintf(have, sizeof(have), "%.*s%s%s", (int)(at - table), table, to, at + strlen(from));
	*said = '\0';
	n = net_table_compare(want, have, hear);
	assert_string_equal(said, expected);
	for (const char *p = said; *p; p++)
		lines += *p == '\n';
	assert_true(lines ? n >= lines : n == 0);
}

static void test_table(void **state)
{
	(void)state;
	compare("", "", "");
	compare("\t\taccept\n", "", NOT_AS "its chain one lacks \"accept\"\n");
	compare("\t\tdrop\n\t\tth", "\t\tth", NOT_AS "its chain two lacks \"drop\"\n");
	compare("\t\tdrop\n\t}", "\t\tdrop\n\t\tdrop\n\t}",
		NOT_AS "its chain one has also \"drop\"\n");
	compare("accept\n\t\tdrop", "drop\n\t\taccept", NOT_AS "its rules are in another order\n");
	compare("comment", "flags dormant\n\tcomment", NOT_AS "it has also \"flags dormant\"\n");
	compare("\tchain two", "\tchain tow", NOT_AS "it lacks a chain two\n"
		NOT_AS "it has also a chain tow\n");
	compare("1 : 2", "1 : 3", NOT_AS "its chain two lacks \"1 : 2,\"\n"
		NOT_AS "its chain two has also \"1 : 3,\"\n");
	compare("\t}\n\n\tchain two {\n", "", NOT_AS "it lacks a chain two\n"
		NOT_AS "its chain one has also \"drop\"\n"
		NOT_AS "its chain one has also \"th dport map {\"\n"
		NOT_AS "its chain one has also \"1 : 2,\"\n");
}

#define END "\t}\n}\n"
#define CHAIN "\tchain forward {\n\t\ttype filter hook forward priority filter; policy "

static void find(const char *ruleset, const char *chain)
{
	char text[1024], expected[512] = "";
	int n;

	snprintf(text, sizeof(text), "%s", ruleset);
	if (chain)
		snprintf(expected, sizeof(expected), "firewall: the chain %s drops what it does "
			 "not know, and knows no nsb*\n", chain);
	*said = '\0';
	n = net_firewall_find(text, hear);
	assert_string_equal(said, expected);
	assert_int_equal(n, chain ? 1 : 0);
}

static void test_firewall(void **state)
{
	(void)state;
	find("", NULL);
	find("table ip a {\n" CHAIN "accept;\n" END, NULL);
	find("table ip a {\n" CHAIN "drop;\n" END, "forward of the firewall's table ip a");
	find("table inet a {\n" CHAIN "accept;\n"
	     "\t\tcounter reject with icmpx admin-prohibited\n" END,
	     "forward of the firewall's table inet a");
	find("table ip6 a {\n" CHAIN "accept;\n\t\tcounter drop\n" END,
	     "forward of the firewall's table ip6 a");
	find("table ip a {\n" CHAIN "accept;\n\t\ttcp dport 25 drop\n" END, NULL);
	/* In a chain that it jumps to, or by the group. */
	find("table ip a {\n" CHAIN "drop;\n\t}\n"
	     "\tchain b {\n\t\tiifname \"nsb*\" accept\n" END,
	     NULL);
	find("table ip a {\n" CHAIN "drop;\n\t\toifgroup 28275 accept\n" END, NULL);
	/* One table does not speak for another. */
	find("table ip b {\n\tchain b {\n\t\tiifname \"nsb*\" accept\n" END
	     "table ip a {\n" CHAIN "drop;\n" END, "forward of the firewall's table ip a");
	/* Neither at another hook, nor of another family, nor nsbox's own. */
	find("table ip a {\n\tchain in {\n\t\ttype filter hook input priority filter; policy "
	     "drop;\n\t}\n\tchain more {\n\t\tdrop\n" END, NULL);
	find("table bridge a {\n" CHAIN "drop;\n" END, NULL);
	find("table inet nsbox {\n" CHAIN "drop;\n" END, NULL);
}

/* Whatever it is, it is read to its end and not beyond. */
static void test_nonsense(void **state)
{
	static const char *const texts[] = { "table", "table ip ", "table ip a {", "\tchain ",
					     "\tchain", "}", "\n\n", "\t", "table ip {\n}\n" };

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		char want[64], have[64];

		find(texts[i], NULL);
		snprintf(want, sizeof(want), "%s", texts[i]);
		snprintf(have, sizeof(have), "%s", texts[i]);
		assert_int_equal(net_table_compare(want, have, hear), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_firewall),
		cmocka_unit_test(test_nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
