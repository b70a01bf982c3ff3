// SPDX-License-Identifier: MIT
/*
 * The parsers of values: one spelling, whole or not at all; and their properties over random text.
 */
#include "conf_helper.h"

#include <errno.h>
#include <inttypes.h>

#define KEPT 0x5a5a5a5a5a5a5a5aULL

static uint32_t seed = 1;

static uint32_t random_below(uint32_t n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static uint64_t random_number(void)
{
	uint64_t n = (uint64_t)random_below(1 << 24) << 40 ^ (uint64_t)random_below(1 << 24) << 20 ^
		     random_below(1 << 24);

	return n >> random_below(64);
}

struct parsed {
	const char *text;
	uint64_t value;	/* KEPT: refused */
	size_t at;
};

/* Parsed as expected; a refusal tells where and leaves the result as it was. */
static void assert_parsed(const struct parsed *c, int r, uint64_t n, const struct value_why *why)
{
	if ((r == 0) != (c->value != KEPT) || n != c->value)
		fail_msg("\"%s\" gives %d, %" PRIu64, c->text, r, n);
	if (r < 0 && (r != -EINVAL || !why->text[0] || why->at != c->at))
		fail_msg("\"%s\" gives %d at %zu: %s", c->text, r, why->at, why->text);
}

static void test_number(void **state)
{
	static const struct parsed cases[] = {
		{ "7", 7, 0 }, { "100", 100, 0 }, { "99", 99, 0 }, { "10", 10, 0 },
		{ "", KEPT, 0 }, { "6", KEPT, 0 }, { "101", KEPT, 0 }, { "07", KEPT, 0 },
		{ "+7", KEPT, 0 }, { "-7", KEPT, 0 }, { " 7", KEPT, 0 }, { "7 ", KEPT, 1 },
		{ "7x", KEPT, 1 }, { "0x7", KEPT, 1 }, { "7.0", KEPT, 1 }, { "1e1", KEPT, 1 },
		{ "00", KEPT, 0 }, { "18446744073709551616", KEPT, 0 },
		{ "18446744073709551623", KEPT, 0 }, { "184467440737095516160", KEPT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct value_why why = { 0 };
		uint64_t n = KEPT;
		int r = value_number(cases[i].text, 7, 100, &n, &why);

		assert_parsed(&cases[i], r, n, &why);
		assert_int_equal(value_number(cases[i].text, 7, 100, &n, NULL), r);
	}
}

static void test_size(void **state)
{
	static const struct parsed cases[] = {
		{ "0", 0, 0 }, { "1", 1, 0 }, { "256M", 256 << 20, 0 }, { "1K", 1024, 0 },
		{ "2G", 2ULL << 30, 0 }, { "3T", 3ULL << 40, 0 }, { "0T", 0, 0 },
		{ "8388607T", 8388607ULL << 40, 0 }, { "9223372036854775807", INT64_MAX, 0 },
		{ "9223372036854775808", KEPT, 0 }, { "8388608T", KEPT, 0 },
		{ "16777216T", KEPT, 0 }, { "18014398509481985K", KEPT, 0 },
		{ "", KEPT, 0 }, { "M", KEPT, 0 }, { "1k", KEPT, 1 }, { "1KB", KEPT, 1 },
		{ "1KK", KEPT, 1 }, { "1 K", KEPT, 1 }, { "1.5G", KEPT, 1 }, { "-1K", KEPT, 0 },
		{ "01K", KEPT, 0 }, { "10%", KEPT, 2 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct value_why why = { 0 };
		uint64_t n = KEPT;
		int r = value_size(cases[i].text, &n, &why);

		assert_parsed(&cases[i], r, n, &why);
	}
}

static void test_amount(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes, percent;
		const char *printed;	/* NULL: it is refused */
	} cases[] = {
		{ "64K", 65536, 0, "64K" }, { "65536", 65536, 0, "64K" },
		{ "65537", 65537, 0, "65537" }, { "2048M", 2147483648, 0, "2G" },
		{ "3T", 3298534883328, 0, "3T" }, { "2048T", 2251799813685248, 0, "2048T" },
		{ "1%", 0, 1, "1%" }, { "10%", 0, 10, "10%" }, { "100%", 0, 100, "100%" },
		{ "0%", 0, 0, NULL }, { "101%", 0, 0, NULL }, { "010%", 0, 0, NULL },
		{ "%", 0, 0, NULL }, { "10%%", 0, 0, NULL }, { "10 %", 0, 0, NULL },
		{ "1.5%", 0, 0, NULL }, { "99999999999999999999%", 0, 0, NULL },
		{ "0", 0, 0, NULL }, { "63K", 0, 0, NULL }, { "65535", 0, 0, NULL },
		{ "1MB", 0, 0, NULL }, { "1m", 0, 0, NULL }, { "", 0, 0, NULL },
		{ "-1", 0, 0, NULL }, { "9999999T", 0, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct amount amount = { KEPT, KEPT };
		struct value_why why = { 0 };
		char text[32];
		int r = value_amount(cases[i].text, 65536, &amount, &why);

		assert_int_equal(r, cases[i].printed ? 0 : -EINVAL);
		assert_true(amount.bytes == (cases[i].printed ? cases[i].bytes : KEPT));
		assert_true(amount.percent == (cases[i].printed ? cases[i].percent : KEPT));
		assert_int_equal(!why.text[0], !!cases[i].printed);
		if (!cases[i].printed)
			continue;
		value_print_amount(&amount, text, sizeof(text));
		assert_string_equal(text, cases[i].printed);
	}
}

static void test_time(void **state)
{
	static const struct parsed cases[] = {
		{ "1s", 1000, 0 }, { "90s", 90000, 0 }, { "2m", 120000, 0 }, { "2h", 7200000, 0 },
		{ "7d", 604800000, 0 }, { "100s", 100000, 0 },
		{ "0s", KEPT, 0 }, { "8d", KEPT, 0 }, { "", KEPT, 0 }, { "s", KEPT, 0 },
		{ "1", KEPT, 1 }, { "1ms", KEPT, 1 }, { "1S", KEPT, 1 }, { "1s ", KEPT, 1 },
		{ "1m30s", KEPT, 1 }, { "1.5h", KEPT, 1 }, { "-1s", KEPT, 0 }, { "1w", KEPT, 1 },
		{ "18446744073709552s", KEPT, 0 }, { "213503982335d", KEPT, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct value_why why = { 0 };
		uint64_t n = KEPT;
		int r = value_time(cases[i].text, 1000, 604800000, &n, &why);

		assert_parsed(&cases[i], r, n, &why);
	}
}

/* What is printed is read again as the same; what does not fit is refused, never another number. */
static void test_round_trips(void **state)
{
	static const char units[] = "KMGT";
	char text[64];
	uint64_t n, back;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		unsigned int unit = random_below(4), shift = 10 * (unit + 1);

		n = random_number();
		snprintf(text, sizeof(text), "%" PRIu64, n);
		assert_int_equal(value_number(text, 0, UINT64_MAX, &back, NULL), 0);
		assert_true(back == n);
		assert_int_equal(value_number(text, n, n, &back, NULL), 0);
		if (n && n < UINT64_MAX) {
			assert_int_equal(value_number(text, 0, n - 1, &back, NULL), -EINVAL);
			assert_int_equal(value_number(text, n + 1, UINT64_MAX, &back, NULL),
					 -EINVAL);
		}
		snprintf(text, sizeof(text), "%" PRIu64 "%c", n, units[unit]);
		back = KEPT;
		if (n > (uint64_t)INT64_MAX >> shift)
			assert_int_equal(value_size(text, &back, NULL), -EINVAL);
		else
			assert_int_equal(value_size(text, &back, NULL), 0);
		assert_true(back == KEPT || back >> shift == n);
		n = n / 2000 * 1000;
		value_print_time(n, text, sizeof(text));
		assert_int_equal(value_time(text, 0, UINT64_MAX, &back, NULL), 0);
		assert_true(back == n);
	}
}

static void test_bool_and_name(void **state)
{
	char much[257];
	bool b = true;

	(void)state;
	assert_int_equal(value_bool("no", &b, NULL), 0);
	assert_false(b);
	assert_int_equal(value_bool("yes", &b, NULL), 0);
	assert_true(b);
	assert_int_equal(value_bool("true", &b, NULL), -EINVAL);
	assert_int_equal(value_bool("", &b, NULL), -EINVAL);
	assert_true(b);
	assert_int_equal(value_name("a", NULL), 0);
	assert_int_equal(value_name("DOM\\a$*?", NULL), 0);
	assert_int_equal(value_name("", NULL), -EINVAL);
	assert_int_equal(value_name("!a", NULL), -EINVAL);
	assert_int_equal(value_name("a b", NULL), -EINVAL);
	assert_int_equal(value_name("a\x7f", NULL), -EINVAL);
	assert_int_equal(value_name("\xc3\xa9", NULL), -EINVAL);
	memset(much, 'x', sizeof(much));
	much[256] = '\0';
	assert_int_equal(value_name(much, NULL), -EINVAL);
	assert_int_equal(value_name(much + 1, NULL), 0);
}

static void test_template(void **state)
{
	struct value_why why;

	(void)state;
	assert_int_equal(value_template("", "u", 5, NULL), 0);
	assert_int_equal(value_template("a %u%", "u", 5, &why), -EINVAL);
	assert_int_equal(why.at, 4);
	assert_int_equal(value_template("a%u%%", "u", 5, NULL), 0);
	assert_int_equal(value_template("%%%x", "u", 5, &why), -EINVAL);
	assert_int_equal(why.at, 2);
	assert_int_equal(value_template("%%x", "u", 3, NULL), 0);
	assert_int_equal(value_template("123456", "u", 5, NULL), -EINVAL);
	assert_int_equal(value_template("a\nb", "u", 5, &why), -EINVAL);
	assert_int_equal(why.at, 1);
	assert_int_equal(value_path("/home/%u/%U-%h%i%g", "uUhig", NULL), 0);
	assert_int_equal(value_path("/home/%x", "uUhig", NULL), -EINVAL);
	assert_int_equal(value_path("/home/%x", "", NULL), 0);
	assert_int_equal(value_path("/a%", "u", &why), -EINVAL);
	assert_int_equal(why.at, 2);
}

/* The same question, asked in another way. */
static bool is_path(const char *text)
{
	char copy[16], *rest = copy, *part;

	snprintf(copy, sizeof(copy), "%s", text);
	part = strsep(&rest, "/");
	if (*part || !rest)
		return false;
	while ((part = strsep(&rest, "/")))
		if (!*part || !strcmp(part, ".") || !strcmp(part, "..") || strchr(part, ' '))
			return false;
	return true;
}

static void test_path_exhaustive(void **state)
{
	static const char alphabet[] = "/.a ";
	struct value_why why;
	size_t good = 0;

	(void)state;
	for (uint32_t i = 0; i < 1 << 18; i++) {
		char text[10] = "";
		uint32_t len = 0;

		for (uint32_t rest = i; len < 9; rest >>= 2)
			text[len++] = alphabet[rest & 3];
		text[i % 10] = '\0';
		if ((value_path(text, "", &why) == 0) != is_path(text))
			fail_msg("%s: %s", text, why.text);
		good += is_path(text);
	}
	assert_true(good > 1000);
}

static int check_short(const char *word, struct value_why *why)
{
	return strlen(word) > 3 ? value_bad(why, 3, "it is long") : 0;
}

static void test_list(void **state)
{
	struct value_why why;
	char text[1024] = "";
	const char *at = " ab\tc  ", *word;
	size_t len;

	(void)state;
	word = value_next(&at, &len);
	assert_int_equal(len, 2);
	assert_memory_equal(word, "ab\tc", 4);
	word = value_next(&at, &len);
	assert_int_equal(len, 1);
	assert_memory_equal(word, "c  ", 3);
	assert_null(value_next(&at, &len));
	assert_null(value_next(&at, &len));
	assert_int_equal(value_list("", check_short, NULL), 0);
	assert_int_equal(value_list("abc ab a", check_short, NULL), 0);
	assert_int_equal(value_list("ab abc ab", check_short, &why), -EINVAL);
	assert_int_equal(why.at, 7);
	assert_string_equal(why.text, "ab stands there twice");
	assert_int_equal(value_list("ab  abcd", check_short, &why), -EINVAL);
	assert_int_equal(why.at, 7);
	assert_string_equal(why.text, "\"abcd\": it is long");
	assert_int_equal(value_list("abcd", check_short, &why), -EINVAL);
	assert_string_equal(why.text, "it is long");
	memset(text, 'x', 256);
	assert_int_equal(value_list(text, check_short, &why), -EINVAL);
	assert_string_equal(why.text, "a word is longer than 255 bytes");
	text[0] = '\0';
	for (int i = 0; i < 129; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%d ", i);
	assert_int_equal(value_list(text, check_short, &why), -EINVAL);
	assert_string_equal(why.text, "more than 128 words");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_number),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_amount),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_round_trips),
		cmocka_unit_test(test_bool_and_name),
		cmocka_unit_test(test_template),
		cmocka_unit_test(test_path_exhaustive),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
