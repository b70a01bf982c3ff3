// SPDX-License-Identifier: MIT
/*
 * Good and bad policies, each with what must come of it.
 *
 *   bad/X.conf    X.expect: the error of who stops at the first fault, one line; where that is not
 *                 all, an empty line and all faults
 *   good/X.conf   X.subjects: a line each "USER GROUP..." with uid=N, from=ADDRESS, service=NAME or
 *                 tty=NAME; X.expect: the document, then for each subject the sections that
 *                 spoke and the policy with the place of every value, or the error
 *
 * X.conf.d may hold further files. NSBOX_GOLDEN names the folder. With NSBOX_GOLDEN_UPDATE set, the
 * .expect files are written anew: read the difference before you believe it.
 */
#include "conf_helper.h"

#include <dirent.h>

#include "files.h"
#include "print.h"

#ifndef NSBOX_GOLDEN
#define NSBOX_GOLDEN "tests/golden/policy"
#endif

#define SUBJECT_GROUPS 16

static void print_document(const struct conf_doc *doc, FILE *out)
{
	for (size_t i = 0; i < doc->n_sections; i++) {
		const struct conf_section *section = &doc->sections[i];

		fprintf(out, "%s:%u: [%s%s%s]\n", section->file, section->line,
			section_words[section->kind], *section->name ? " " : "", section->name);
		for (size_t j = section->first; j < section->first + section->count; j++)
			fprintf(out, "%s:%u:%u: %s = %s\n", doc->settings[j].file,
				doc->settings[j].line, doc->settings[j].column,
				doc->settings[j].key->name, doc->settings[j].value);
	}
}

static void print_subject(const struct conf_doc *doc, const struct match_subject *who, FILE *out)
{
	struct match_trace trace = { .n_steps = 0 };
	struct conf_values values;
	struct nsbox_error err;

	assert_int_equal(match_site(doc, &values.site, &trace, NULL), 0);
	if (match_policy(doc, who, &values.policy, &trace, &err) < 0) {
		fprintf(out, "%s\n", err.text);
	} else {
		print_sections(doc, who, &trace, out);
		print_values(&values, &trace, out);
		if (match_nothing(doc, who))
			fprintf(out, "nothing speaks of this login in particular\n");
	}
	match_trace_free(&trace);
}

/* Return: the value when @word is KEY=VALUE. */
static const char *option(const char *word, const char *key)
{
	size_t len = strlen(key);

	return !strncmp(word, key, len) && word[len] == '=' ? word + len + 1 : NULL;
}

static void take_word(struct match_subject *who, const char **groups, const char *word)
{
	if (option(word, "uid"))
		who->uid = (uint32_t)atoi(option(word, "uid"));
	else if (option(word, "from"))
		who->rhost = option(word, "from");
	else if (option(word, "service"))
		who->service = option(word, "service");
	else if (option(word, "tty"))
		who->tty = option(word, "tty");
	else if (who->n_groups < SUBJECT_GROUPS)
		groups[who->n_groups++] = word;
}

/* The subjects' lines are taken apart in place. */
static void print_subjects(const struct conf_doc *doc, char *subjects, FILE *out)
{
	char *line_state, *word_state, *word;

	for (char *line = strtok_r(subjects, "\n", &line_state); line;
	     line = strtok_r(NULL, "\n", &line_state)) {
		const char *groups[SUBJECT_GROUPS];
		struct match_subject who;

		fprintf(out, "\n%s\n", line);
		who = login_of(strtok_r(line, " ", &word_state), groups, 0);
		while ((word = strtok_r(NULL, " ", &word_state)))
			take_word(&who, groups, word);
		print_subject(doc, &who, out);
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

static int is_piece(const struct dirent *entry)
{
	return conf_files_name(entry->d_name);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_pieces(struct conf_doc *doc, const char *base, struct nsbox_error *err)
{
	struct dirent **list = NULL;
	char *folder, *path, *text;
	int n;
	size_t len;

	assert_true(asprintf(&folder, "%s.conf.d", base) > 0);
	n = scandir(folder, &list, is_piece, by_name);
	for (int i = 0; i < n; i++) {
		assert_true(asprintf(&path, "%s/%s", folder, list[i]->d_name) > 0);
		text = slurp(path, &len);
		if (!doc->refused || doc->sink.all)
			conf_add(doc, list[i]->d_name, text, len, err);
		free(text);
		free(path);
		free(list[i]);
	}
	free(list);
	free(folder);
}

/* Return: the document, or NULL with @err filled. */
static struct conf_doc *load(const char *name, const char *base, struct conf_faults *faults,
			     struct nsbox_error *err)
{
	struct conf_doc *doc;
	size_t len;
	char *text = slurp_part(base, ".conf", &len);

	assert_int_equal(conf_begin(faults, &doc, err), 0);
	conf_add(doc, name, text, len, err);
	add_pieces(doc, base, err);
	free(text);
	if (conf_finish(doc, err) == 0)
		return doc;
	conf_free(doc);
	return NULL;
}

static void print_bad(const char *name, const char *base, const struct nsbox_error *first,
		      FILE *out)
{
	struct conf_faults faults = { .n = 0 };
	struct nsbox_error err = { 0 };
	char line[2 * NSBOX_ERROR_MAX];
	bool found = false;

	fprintf(out, "%s\n", first->text);
	assert_null(load(name, base, &faults, &err));
	assert_string_equal(err.text, first->text);
	assert_int_equal(err.code, first->code);
	assert_true(faults.n);
	for (size_t i = 0; i < faults.n; i++) {
		fault_print(&faults.list[i], line, sizeof(line));
		found = found || !strncmp(line, first->text, NSBOX_ERROR_MAX - 1);
		if (faults.n > 1)
			fprintf(out, "%s%s\n", i ? "" : "\n", line);
	}
	assert_true(found);
	faults_free(&faults);
}

static void print_good(const char *base, const struct conf_doc *doc, FILE *out)
{
	size_t len;
	char *subjects = slurp_part(base, ".subjects", &len);

	print_document(doc, out);
	print_subjects(doc, subjects, out);
	free(subjects);
}

static char *outcome(const char *name, const char *base, int good)
{
	struct conf_doc *doc;
	struct nsbox_error err = { 0 };
	char *printed = NULL;
	size_t printed_len;
	FILE *out = open_memstream(&printed, &printed_len);

	assert_non_null(out);
	doc = load(name, base, NULL, &err);
	if (!!doc != good)
		fail_msg("%s: %s", base, doc ? "taken" : err.text);
	if (doc)
		print_good(base, doc, out);
	else
		print_bad(name, base, &err, out);
	conf_free(doc);
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
