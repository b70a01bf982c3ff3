// SPDX-License-Identifier: MIT
/*
 * Good and bad policies, each with what must come of it.
 *
 *   bad/X.conf    X.expect: the error, one line
 *   good/X.conf   X.subjects: a line each "USER GROUP..."; X.expect: the document, then the policy
 *                 of each subject with the place of every value, or the error
 *
 * NSBOX_GOLDEN names the folder. With NSBOX_GOLDEN_UPDATE set, the .expect files are written anew:
 * read the difference before you believe it.
 */
#include "conf_helper.h"

#include <dirent.h>

#ifndef NSBOX_GOLDEN
#define NSBOX_GOLDEN "tests/golden/policy"
#endif

#define SUBJECT_GROUPS 16

static void print_document(const struct conf_doc *doc, FILE *out)
{
	for (size_t i = 0; i < doc->n_sections; i++) {
		const struct conf_section *section = &doc->sections[i];

		fprintf(out, "%u: [%s%s%s]\n", section->line, section_words[section->kind],
			*section->name ? " " : "", section->name);
		for (size_t j = section->first; j < section->first + section->count; j++)
			fprintf(out, "%u: %s = %s\n", doc->settings[j].line,
				doc->settings[j].key->name, doc->settings[j].value);
	}
}

static void print_policy(const struct conf_doc *doc, const struct match_subject *who, FILE *out)
{
	struct match_origin origin[CONF_KEYS];
	char value[CONF_VALUE_MAX];
	struct nsbox_error err;
	struct policy policy;

	if (match_policy(doc, who, &policy, origin, &err) < 0) {
		fprintf(out, "%s\n", err.text);
		return;
	}
	for (size_t i = 0; i < CONF_KEYS; i++) {
		conf_keys[i].print(&policy, value, sizeof(value));
		fprintf(out, "%s = %s (", conf_keys[i].name, value);
		if (origin[i].file)
			fprintf(out, "%s:%u)\n", origin[i].file, origin[i].line);
		else
			fprintf(out, "built-in default)\n");
	}
}

/* The subjects' lines are taken apart in place. */
static void print_subjects(const struct conf_doc *doc, char *subjects, FILE *out)
{
	char *line_state, *word_state;

	for (char *line = strtok_r(subjects, "\n", &line_state); line;
	     line = strtok_r(NULL, "\n", &line_state)) {
		const char *groups[SUBJECT_GROUPS];
		struct match_subject who = { .groups = groups };

		fprintf(out, "\n%s\n", line);
		who.user = strtok_r(line, " ", &word_state);
		while (who.n_groups < SUBJECT_GROUPS &&
		       (groups[who.n_groups] = strtok_r(NULL, " ", &word_state)))
			who.n_groups++;
		print_policy(doc, &who, out);
	}
}

/* The file @base@end, whole. */
static char *slurp_part(const char *base, const char *end, size_t *ret_len)
{
	char *path, *text;

	assert_true(asprintf(&path, "%s%s", base, end) > 0);
	text = slurp(path, ret_len);
	free(path);
	return text;
}

static char *outcome(const char *name, const char *base, int good)
{
	char *text, *subjects, *printed = NULL;
	struct conf_doc *doc = NULL;
	struct nsbox_error err;
	size_t len, printed_len;
	FILE *out = open_memstream(&printed, &printed_len);

	assert_non_null(out);
	text = slurp_part(base, ".conf", &len);
	if (conf_load(name, text, len, &doc, &err) < 0)
		fprintf(out, "%s\n", err.text);
	if (!!doc != good)
		fail_msg("%s: %s", base, doc ? "taken" : err.text);
	if (doc) {
		subjects = slurp_part(base, ".subjects", &len);
		print_document(doc, out);
		print_subjects(doc, subjects, out);
		free(subjects);
	}
	conf_free(doc);
	free(text);
	fclose(out);
	return printed;
}

static void update(const char *base, const char *printed)
{
	FILE *file;
	char *path;

	assert_true(asprintf(&path, "%s.expect", base) > 0);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(printed, file);
	fclose(file);
	free(path);
}

static void check(const char *name, const char *base, int good)
{
	char *expected, *printed = outcome(name, base, good);
	size_t len;

	if (getenv("NSBOX_GOLDEN_UPDATE"))
		update(base, printed);
	expected = slurp_part(base, ".expect", &len);
	if (strcmp(printed, expected))
		fail_msg("%s\nexpected:\n%s\nfound:\n%s", base, expected, printed);
	free(expected);
	free(printed);
}

static size_t walk(const char *folder, int good)
{
	const char *golden = path_from("NSBOX_GOLDEN", NSBOX_GOLDEN);
	char path[PATH_MAX];
	struct dirent *entry;
	size_t files = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", golden, folder);
	dir = opendir(path);
	if (!dir) {
		fail_msg("cannot open %s", path);
		return 0;
	}
	while ((entry = readdir(dir))) {
		char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".conf"))
			continue;
		snprintf(path, sizeof(path), "%s/%s/%.*s", golden, folder,
			 (int)(end - entry->d_name), entry->d_name);
		check(entry->d_name, path, good);
		files++;
	}
	closedir(dir);
	return files;
}

static void test_good(void **state)
{
	(void)state;
	assert_true(walk("good", 1) >= 5);
}

static void test_bad(void **state)
{
	(void)state;
	assert_true(walk("bad", 0) >= 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
