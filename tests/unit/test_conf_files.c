// SPDX-License-Identifier: MIT
/*
 * The policy's files: which are read, in which order, and what nobody but root can have written.
 *
 * Invariant 9. Needs root, since only root's files are trusted: without, it skips.
 */
#include "conf_helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"

static char base[64], conf[128], folder[160];

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, 0644), 0);
}

static const char *in_folder(const char *name)
{
	static char path[320];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	/* /tmp is anybody's: not a place for what is to be trusted. */
	strcpy(base, "/var/lib/nsbox-test-XXXXXX");
	assert_non_null(mkdtemp(base));
	assert_int_equal(chmod(base, 0755), 0);
	snprintf(conf, sizeof(conf), "%s/nsbox.conf", base);
	snprintf(folder, sizeof(folder), "%s.d", conf);
	write_file(conf, "[default]\nhostname = main\n");
	assert_int_equal(mkdir(folder, 0755), 0);
	return 0;
}

static int teardown(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", base);
	return system(command);
}

static void assert_loads(const char *hostname, size_t sections)
{
	const struct match_subject who = login_of("alice", NULL, 0);
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;
	struct policy policy;

	if (conf_files_load(conf, NULL, &doc, &err) < 0)
		fail_msg("%s", err.text);
	assert_int_equal(doc->n_sections, sections);
	assert_int_equal(match_policy(doc, &who, &policy, NULL, NULL), 0);
	assert_string_equal(policy.hostname, hostname);
	conf_free(doc);
}

static void assert_refused(int code, const char *reason)
{
	struct conf_faults all = { .n = 0 };
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;
	int r = conf_files_load(conf, NULL, &doc, &err);

	if (r != -code || !strstr(err.text, reason))
		fail_msg("%d: %s", r, err.text);
	assert_int_equal(err.code, code);
	/* Who collects gets the same answer. */
	assert_int_equal(conf_files_load(conf, &all, &doc, &err), -code);
	assert_non_null(strstr(err.text, reason));
	assert_true(all.n);
	faults_free(&all);
	assert_null(doc);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(conf_files_name("a.conf"));
	assert_true(conf_files_name("10-A_b.c.conf"));
	assert_true(conf_files_name("_.conf"));
	assert_false(conf_files_name(".conf"));
	assert_false(conf_files_name(".a.conf"));
	assert_false(conf_files_name("a.conf~"));
	assert_false(conf_files_name("a.conf.dpkg-old"));
	assert_false(conf_files_name("a b.conf"));
	assert_false(conf_files_name("a\n.conf"));
	assert_false(conf_files_name("\xc3\xa9.conf"));
	assert_false(conf_files_name("a.CONF"));
	assert_false(conf_files_name("a"));
	assert_false(conf_files_name(""));
}

static void test_order(void **state)
{
	(void)state;
	write_file(in_folder("b.conf"), "[default]\nhostname = b\n");
	write_file(in_folder("B.conf"), "[default]\nhostname = B\n");
	write_file(in_folder("10.conf"), "[default]\nhostname = ten\n");
	write_file(in_folder("z.conf.off"), "not a policy");
	write_file(in_folder(".z.conf"), "not a policy");
	write_file(in_folder("README"), "not a policy");
	assert_loads("b", 4);
	assert_int_equal(unlink(in_folder("b.conf")), 0);
	assert_loads("B", 3);
}

static void test_missing(void **state)
{
	(void)state;
	assert_loads("main", 1);
	assert_int_equal(rmdir(folder), 0);
	assert_loads("main", 1);
	assert_int_equal(unlink(conf), 0);
	assert_loads("%u-%h", 0);
	assert_int_equal(mkdir(folder, 0755), 0);
	assert_loads("%u-%h", 0);
	write_file(in_folder("a.conf"), "[default]\nhostname = a\n");
	assert_loads("a", 1);
}

static void test_main_is_unsafe(void **state)
{
	(void)state;
	assert_int_equal(chmod(conf, 0664), 0);
	assert_refused(EPERM, "cannot trust");
	assert_int_equal(chmod(conf, 0644), 0);
	assert_int_equal(chown(conf, 1, 0), 0);
	assert_refused(EPERM, "cannot trust");
	assert_int_equal(unlink(conf), 0);
	assert_int_equal(mkfifo(conf, 0644), 0);
	assert_refused(EPERM, "not a regular file");
	assert_int_equal(unlink(conf), 0);
	assert_int_equal(symlink("nowhere", conf), 0);
	assert_refused(ENOENT, "No such file");
}

static void test_folder_is_unsafe(void **state)
{
	(void)state;
	assert_int_equal(chmod(folder, 0775), 0);
	assert_refused(EPERM, "nsbox.conf.d: it, or a folder on the way");
	assert_int_equal(chmod(folder, 0755), 0);
	assert_int_equal(chown(folder, 1, 0), 0);
	assert_refused(EPERM, "nsbox.conf.d: it, or a folder on the way");
	assert_int_equal(rmdir(folder), 0);
	write_file(folder, "");
	assert_refused(ENOTDIR, "it is not a folder");
	assert_int_equal(unlink(folder), 0);
	assert_int_equal(symlink("nowhere", folder), 0);
	assert_refused(ENOENT, "No such file");
}

static void test_piece_is_unsafe(void **state)
{
	(void)state;
	write_file(in_folder("a.conf"), "[default]\nhostname = a\n");
	assert_int_equal(chmod(in_folder("a.conf"), 0646), 0);
	assert_refused(EPERM, "a.conf: it, or a folder on the way");
	assert_int_equal(unlink(in_folder("a.conf")), 0);
	assert_int_equal(mkdir(in_folder("a.conf"), 0755), 0);
	assert_refused(EPERM, "not a regular file");
	assert_int_equal(rmdir(in_folder("a.conf")), 0);
	assert_int_equal(symlink("/dev/null", in_folder("a.conf")), 0);
	assert_refused(EPERM, "not a regular file");
	assert_int_equal(unlink(in_folder("a.conf")), 0);
	assert_int_equal(symlink("nowhere", in_folder("a.conf")), 0);
	assert_refused(ENOENT, "No such file");
	assert_int_equal(unlink(in_folder("a.conf")), 0);
	write_file(in_folder("elsewhere"), "[default]\nhostname = e\n");
	assert_int_equal(symlink("elsewhere", in_folder("a.conf")), 0);
	assert_loads("e", 2);
	assert_int_equal(truncate(in_folder("elsewhere"), CONF_MAX_BYTES + 1), 0);
	assert_refused(EFBIG, "File too large");
}

/* All of what is wrong, across the files. */
static void test_all_faults(void **state)
{
	struct conf_faults all = { .n = 0 };
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;

	(void)state;
	write_file(conf, "[default]\nhostnam = x\n");
	write_file(in_folder("a.conf"), "[default]\nmode = x\n");
	assert_int_equal(chmod(in_folder("a.conf"), 0666), 0);
	write_file(in_folder("b.conf"), "[default]\nmode = x\nshell = x\n");
	assert_int_equal(conf_files_load(conf, &all, &doc, &err), -EINVAL);
	assert_null(doc);
	assert_int_equal(all.n, 4);
	assert_string_equal(all.list[0].file, conf);
	assert_string_equal(all.list[0].hint, "hostname");
	assert_string_equal(all.list[1].file, in_folder("a.conf"));
	assert_int_equal(all.list[1].line, 0);
	assert_string_equal(all.list[3].file, in_folder("b.conf"));
	assert_int_equal(all.list[3].line, 3);
	faults_free(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test_setup_teardown(test_order, setup, teardown),
		cmocka_unit_test_setup_teardown(test_missing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_main_is_unsafe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_folder_is_unsafe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_piece_is_unsafe, setup, teardown),
		cmocka_unit_test_setup_teardown(test_all_faults, setup, teardown),
	};

	if (geteuid() != 0) {
		puts("only root's files are trusted: this test needs root");
		return 77;
	}
	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
