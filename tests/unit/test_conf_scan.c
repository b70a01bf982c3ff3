// SPDX-License-Identifier: MIT
/*
 * The scan: what it refuses, and that inih sees in the rest exactly what it sees.
 *
 * Invariant 9: unknown or duplicate words, and whatever could be misread, refuse the whole file.
 */
#include "conf_helper.h"

#include <errno.h>
#include <ini.h>

#include "scan.h"

/* inih's side of the comparison: its items must be the scan's, in step. */
struct side {
	const char *at;
	size_t left;
	unsigned int line;
	const struct scan *scan;
	size_t next;
	int same;
};

static char *side_read(char *str, int num, void *stream)
{
	struct side *side = stream;
	int n = 0;

	if (!side->left)
		return NULL;
	while (n < num - 1 && side->left) {
		str[n++] = *side->at++;
		side->left--;
		if (str[n - 1] == '\n')
			break;
	}
	str[n] = '\0';
	side->line++;
	return str;
}

static int side_item(void *user, const char *section, const char *key, const char *value)
{
	struct side *side = user;
	const struct scan_setting *item = &side->scan->settings[side->next];

	if (side->next++ >= side->scan->n_settings || item->line != side->line ||
	    !scan_span_is(side->scan->sections[item->section].name, section) ||
	    !scan_span_is(item->key, key) || !scan_span_is(item->value, value))
		side->same = 0;
	return 1;
}

/* Whether the scan takes the text; if so, inih must agree on all of it. */
static int taken_alike(const char *text, size_t len)
{
	struct side side = { .at = text, .left = len, .same = 1 };
	struct fault_sink sink = { .all = NULL };
	struct scan scan = { .n_sections = 0 };
	int r;

	if (scan_text("t.conf", text, len, &scan, &sink) < 0)
		return 0;
	side.scan = &scan;
	r = ini_parse_stream(side_read, &side, side_item, &side);
	if (r || !side.same || side.left || side.next != scan.n_settings)
		fail_msg("inih reads this in another way (%d):\n%.*s", r, (int)len, text);
	scan_free(&scan);
	return 1;
}

/* Every text of up to six bytes that mean something, alone and where a key precedes it. */
static void test_same_as_inih_exhaustive(void **state)
{
	static const char alphabet[] = "[]=:;# \t\na";
	static const char *const before[] = { "", "[s]\nk=v\n", "[s]\nk=" };
	size_t base = strlen(alphabet), total = 0, taken = 0;
	char text[32];

	(void)state;
	for (size_t b = 0; b < 3; b++) {
		size_t prefix = strlen(before[b]), count = 1;

		memcpy(text, before[b], prefix);
		for (size_t len = 0; len <= 6; len++, count *= base) {
			for (size_t i = 0; i < count; i++) {
				for (size_t at = 0, rest = i; at < len; at++, rest /= base)
					text[prefix + at] = alphabet[rest % base];
				taken += (size_t)taken_alike(text, prefix + len);
				total++;
			}
		}
	}
	print_message("%zu texts, %zu taken\n", total, taken);
	assert_true(taken > 1000);
}

/* Random pieces, also long ones and bytes that the locale could have an opinion on. */
static void test_same_as_inih_random(void **state)
{
	static const char *const piece[] = {
		"[default]", "[group a]", "[user b]", "\n", "\n", "\n", "container", "=", " = ",
		"yes", ":", ";", "#", " ", "\t", "]", "[", "\xc2\xa0", "\r", "\v", "k", "v",
		"\xef\xbb\xbf",
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		"\"", "\\", "%u-%h", "/bin/sh", "a=b\n", "[c]\nd=e\n",
	};
	uint32_t seed = 1;
	size_t taken = 0;

	(void)state;
	for (int i = 0; i < 300000; i++) {
		char text[1024] = "";

		for (int n = i % 10; n >= 0; n--) {
			seed = seed * 1664525 + 1013904223;
			strcat(text, piece[(seed >> 16) % (sizeof(piece) / sizeof(*piece))]);
		}
		taken += (size_t)taken_alike(text, strlen(text));
	}
	assert_true(taken > 1000);
}

static void test_takes(void **state)
{
	static const char *const good[] = {
		"", "\n", "\n\n", " \t\n", "# c", "; c\n", "#\xc3\xa9\n", "# a;b\n", "[a]\nk=v",
		"[a]\nk=v\n", "[a]  \nk=v\n", "[a]\n\n# c\nk\t=\tv w \n", "[a]\nk=\n",
		"[a]\nk =a=b:c\n", "[a]\nk=#v\n", "[a]\nk=v#w\n", "[a]\nk=v\n[b]\nk=v\n",
		"[a b  c]\nk=v\n", "[a]\nk l=v\n", "[ a ]\nk=v\n", "[a]\nk=v\n \n\t\n[b]\nl=w",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
		if (!taken_alike(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void refuse(const char *text, size_t len, const char *error)
{
	struct scan scan = { .n_sections = 0 };
	struct nsbox_error err = { 0 };
	struct fault_sink sink = { .err = &err };

	assert_int_equal(scan_text("f", text, len, &scan, &sink), -EINVAL);
	assert_string_equal(err.text, error);
	assert_int_equal(err.code, EINVAL);
	assert_int_equal(scan.n_sections, 0);
	assert_null(scan.sections);
}

static void test_refuses(void **state)
{
	static const struct {
		const char *text;
		const char *error;
	} bad[] = {
		{ "k=v\n", "f:1:1: key \"k\" before any section" },
		{ "\xef\xbb\xbf[a]\nk=v\n", "f:1:1: byte order mark: save the file without it" },
		{ "[a]\r\nk=v\r\n", "f:1:4: carriage return: end lines with a newline only" },
		{ "[a]\nk=v\n# x\x1b[2J\n", "f:3:4: control character 0x1b" },
		{ "[a]\nk=\x7f\n", "f:2:3: control character 0x7f" },
		{ "[a]\nk\v=v\n", "f:2:2: control character 0x0b" },
		{ "[a]\nk=\xc3\xa9\n", "f:2:3: byte 0xc3 outside of a comment: expected ASCII" },
		{ "[\xa0]\nk=v\n", "f:1:2: byte 0xa0 outside of a comment: expected ASCII" },
		{ "[a\nk=v\n", "f:1:3: section without ']'" },
		{ "[a] b\nk=v\n", "f:1:5: text after ']': \"b\"" },
		{ "[a]]\nk=v\n", "f:1:4: text after ']': \"]\"" },
		{ "[a] # b\n", "f:1:5: '#' in a line: put a comment on its own line" },
		{ "[a] ; b\n", "f:1:5: ';' in a line: put a comment on its own line" },
		{ "[]\nk=v\n", "f:1:2: section without a name" },
		{ "[[a]\nk=v\n", "f:1:2: '[' in a section name" },
		{ "[a]\nk=v\n w\n", "f:3:1: indented line: begin it in the first column" },
		{ "[a]\nk=v\n\t# w\n", "f:3:1: indented line: begin it in the first column" },
		{ " [a]\nk=v\n", "f:1:1: indented line: begin it in the first column" },
		{ "[a]\nk: v\n", "f:2:2: ':' before '=': write \"key = value\"" },
		{ "[a]\nk:a=v\n", "f:2:2: ':' before '=': write \"key = value\"" },
		{ "[a]\nk=v ; c\n", "f:2:5: ';' in a line: put a comment on its own line" },
		{ "[a]\nk=v;c\n", "f:2:4: ';' in a line: put a comment on its own line" },
		{ "[a]\nk ; c = v\n", "f:2:3: ';' in a line: put a comment on its own line" },
		{ "[a]\nk=v # c\n", "f:2:5: '#' in a line: put a comment on its own line" },
		{ "[a]\nk\n", "f:2:1: expected \"key = value\" or \"[section]\"" },
		{ "[a]\n= v\n", "f:2:1: value without a key" },
		{ "[a]\nk=v\n[b]\nk=v\n[a]\nl=w\n",
		  "f:5:2: second section [a]: the first is line 1" },
		{ "[a]\n", "f:1:1: section [a] has no keys: give it one or remove it" },
		{ "[a]\n[b]\nk=v\n", "f:1:1: section [a] has no keys: give it one or remove it" },
		{ "[a]\nk=v\n\n[b]\n# l=w",
		  "f:4:1: section [b] has no keys: give it one or remove it" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		refuse(bad[i].text, strlen(bad[i].text), bad[i].error);
}

static void test_nul(void **state)
{
	(void)state;
	refuse("[a]\nk=v\0w\n", 10, "f:2:4: NUL byte: is this a text file?");
	refuse("[a]\nk=v\n# \0\n", 12, "f:3:3: NUL byte: is this a text file?");
	refuse("[a]\nk=v\n\0", 9, "f:3:1: NUL byte: is this a text file?");
}

/* At the limits inih still agrees; one byte more is refused. */
static void test_limits(void **state)
{
	char text[512], x[300];

	(void)state;
	memset(x, 'x', sizeof(x));
	for (int newline = 0; newline < 2; newline++) {
		snprintf(text, sizeof(text), "[a]\nk=%.196s%s", x, newline ? "\nl=w\n" : "");
		assert_true(taken_alike(text, strlen(text)));
		snprintf(text, sizeof(text), "[a]\nk=%.197s%s", x, newline ? "\nl=w\n" : "");
		refuse(text, strlen(text), "f:2:199: line of 199 bytes: 198 are the most");
	}
	snprintf(text, sizeof(text), "#%.198s\n[a]\nk=v\n", x);
	refuse(text, strlen(text), "f:1:199: line of 199 bytes: 198 are the most");
	snprintf(text, sizeof(text), "[%.49s]\nk=v\n", x);
	assert_true(taken_alike(text, strlen(text)));
	snprintf(text, sizeof(text), "[%.50s]\nk=v\n", x);
	refuse(text, strlen(text), "f:1:2: section name of 50 bytes: 49 are the most");
	snprintf(text, sizeof(text), "[a]\n%.100s=v\n", x);
	assert_true(taken_alike(text, strlen(text)));
}

static void test_counts(void **state)
{
	char *text = calloc(1, 400000);
	size_t len = 0;

	(void)state;
	assert_non_null(text);
	for (int i = 0; i < SCAN_MAX_SECTIONS; i++)
		len += (size_t)sprintf(text + len, "[%d]\nk=\n", i);
	assert_true(taken_alike(text, len));
	len += (size_t)sprintf(text + len, "[x]\nk=\n");
	refuse(text, len, "f:32769:1: more than 16384 sections");
	len = (size_t)sprintf(text, "[a]\n");
	for (int i = 0; i < SCAN_MAX_SETTINGS; i++)
		len += (size_t)sprintf(text + len, "k%d=\n", i);
	assert_true(taken_alike(text, len));
	len += (size_t)sprintf(text + len, "k\n=");
	refuse(text, len, "f:258:1: expected \"key = value\" or \"[section]\"");
	len -= 2;
	len += (size_t)sprintf(text + len, "=");
	refuse(text, len, "f:258:1: more than 256 keys in one section");
	free(text);
}

/* Who collects gets every line's fault, and what stands in a refused section is not lost. */
static void test_collects(void **state)
{
	static const char text[] = "k=v\nl=w\n[a]\nx\n[b\ny=z\n[a]\n u=v\n[c]\n[c] d\ne=f";
	static const char *const lines[] = {
		"f:1:1: key \"k\" before any section",
		"f:4:1: expected \"key = value\" or \"[section]\"",
		"f:5:3: section without ']'",
		"f:7:2: second section [a]: the first is line 3",
		"f:8:1: indented line: begin it in the first column",
		"f:9:1: section [c] has no keys: give it one or remove it",
		"f:10:5: text after ']': \"d\"",
	};
	struct conf_faults all = { .n = 0 };
	struct fault_sink sink = { .all = &all };
	char line[2 * NSBOX_ERROR_MAX];
	struct scan scan = { .n_sections = 0 };

	(void)state;
	assert_int_equal(scan_text("f", text, strlen(text), &scan, &sink), 0);
	assert_int_equal(sink.n, 7);
	assert_int_equal(all.n, 7);
	for (size_t i = 0; i < all.n; i++) {
		fault_print(&all.list[i], line, sizeof(line));
		assert_string_equal(line, lines[i]);
	}
	assert_int_equal(scan.n_sections, 6);
	assert_true(scan.sections[0].bad && scan.sections[2].bad && scan.sections[3].bad);
	assert_true(scan.sections[1].cut && !scan.sections[1].bad);
	assert_int_equal(scan.n_settings, 3);
	scan_free(&scan);
	faults_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_takes),
		cmocka_unit_test(test_refuses),
		cmocka_unit_test(test_nul),
		cmocka_unit_test(test_collects),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_same_as_inih_exhaustive),
		cmocka_unit_test(test_same_as_inih_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
