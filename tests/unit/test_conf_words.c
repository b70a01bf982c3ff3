// SPDX-License-Identifier: MIT
/*
 * The list of words: each once, whole, and comparable as memory. And where NSS words lead.
 */
#include "conf_helper.h"

#include <errno.h>

#include "nss.h"

static void test_words(void **state)
{
	struct words words = { .n = 0 }, same = { .n = 0 };

	(void)state;
	assert_null(words_next(&words, NULL));
	assert_false(words_have(&words, ""));
	assert_int_equal(words_add(&words, "ab c", 2), 0);
	assert_int_equal(words_add(&words, "a", 1), 0);
	assert_int_equal(words_add(&words, "abc", 3), 0);
	assert_int_equal(words_add(&words, "ab", 2), 0);
	assert_int_equal(words.n, 3);
	assert_string_equal(words_next(&words, NULL), "ab");
	assert_string_equal(words_next(&words, words_next(&words, NULL)), "a");
	assert_true(words_have(&words, "abc"));
	assert_false(words_have(&words, "bc"));
	assert_int_equal(words_add(&same, "longer than the others", 22), 0);
	words_clear(&same);
	assert_int_equal(words_add(&same, "ab", 2), 0);
	assert_int_equal(words_add(&same, "a", 1), 0);
	assert_int_equal(words_add(&same, "abc", 3), 0);
	assert_memory_equal(&words, &same, sizeof(words));
}

/* What is cut leaves nothing behind. */
static void test_cut(void **state)
{
	struct words words = { .n = 0 }, before, none = { .n = 0 };

	(void)state;
	words_add(&words, "ab", 2);
	before = words;
	words_add(&words, "cde", 3);
	words_add(&words, "f", 1);
	words_cut(&words, before.n, before.used);
	assert_memory_equal(&words, &before, sizeof(words));
	words_cut(&words, before.n, before.used);
	assert_memory_equal(&words, &before, sizeof(words));
	words_clear(&words);
	assert_memory_equal(&words, &none, sizeof(words));
	words_clear(&words);
	assert_memory_equal(&words, &none, sizeof(words));
}

static void test_full(void **state)
{
	char word[WORDS_MAX + 1];
	struct words words = { .n = 0 }, before;

	(void)state;
	memset(word, 'x', sizeof(word));
	before = words;
	assert_int_equal(words_add(&words, word, WORDS_MAX), -ENOSPC);
	assert_memory_equal(&words, &before, sizeof(words));
	assert_int_equal(words_add(&words, word, WORDS_MAX - 3), 0);
	assert_int_equal(words_add(&words, "ab", 2), -ENOSPC);
	assert_int_equal(words_add(&words, "a", 1), 0);
	assert_int_equal(words_add(&words, "b", 1), -ENOSPC);
	assert_int_equal(words.n, 2);
	assert_int_equal(words.used, WORDS_MAX);
}

static void test_nss(void **state)
{
	(void)state;
	for (size_t i = 0; i < NSS_SERVICES; i++) {
		assert_int_equal(nss_check(nss_table[i].word, NULL), 0);
		assert_int_equal(nss_check(nss_table[i].path, NULL), 0);
		assert_string_equal(nss_path(nss_table[i].word), nss_table[i].path);
		assert_string_equal(nss_path(nss_table[i].path), nss_table[i].path);
	}
	assert_int_equal(nss_check("NSCD", NULL), -EINVAL);
	assert_int_equal(nss_check("run", NULL), -EINVAL);
	assert_int_equal(nss_check("/run/", NULL), -EINVAL);
	assert_int_equal(nss_check("/", NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_full),
		cmocka_unit_test(test_nss),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
