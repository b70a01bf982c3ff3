// SPDX-License-Identifier: MIT
/*
 * nsbox check: all faults of the policy at once, and what is wrong with the host.
 *
 * Runs with the caller's privilege. Must never judge a policy by other rules than the builder.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "cleanup.h"
#include "files.h"
#include "fs.h"
#include "json.h"
#include "paths.h"
#include "verb.h"

/**
 * struct check - one check
 * @file: the only file to look at; NULL: the system's policy
 * @json: print JSON
 * @faults: of the policy
 * @doc: the policy; NULL when it has faults
 * @err: the first fault, or why there is no document
 * @audit: of the host, all zero when there was none
 */
struct check {
	const char *file;
	bool json;
	struct conf_faults faults;
	struct conf_doc *doc;
	struct nsbox_error err;
	struct audit audit;
};

static int read_words(struct check *check, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ 0 },
	};
	int option;

	while (verb_option(&verb_check, argc, argv, options, &option)) {
		if (option == 'h')
			return verb_help(&verb_check), 1;
		if (option != 'j')
			return -EINVAL;
		check->json = true;
	}
	if (optind < argc)
		check->file = argv[optind++];
	if (optind < argc)
		return verb_misused(&verb_check, "too many arguments: %s", argv[optind]), -EINVAL;
	return 0;
}

static int open_file(const char *file, struct nsbox_error *err)
{
	/* O_NONBLOCK: a FIFO is refused below, not waited for. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		error_errno(err, errno, "cannot open %s", file);
	else if (S_ISREG(st.st_mode))
		return fd;
	else
		error_plain(err, EINVAL, "cannot read %s: it is not a regular file", file);
	if (fd >= 0)
		close(fd);
	return -err->code;
}

/* One file of anybody's, which says nothing of how the builder would like its owner. */
static int load_file(struct check *check)
{
	_cleanup_close_ int fd = open_file(check->file, &check->err);
	_cleanup_free_ char *text = NULL;
	size_t len;
	int r;

	if (fd < 0)
		return fd;
	r = fs_read_all(fd, CONF_MAX_BYTES, &text, &len);
	if (r < 0)
		return error_errno(&check->err, r, "cannot read %s", check->file);
	r = conf_begin(&check->faults, &check->doc, &check->err);
	if (r < 0)
		return r;
	conf_add(check->doc, check->file, text, len, &check->err);
	r = conf_finish(check->doc, &check->err);
	if (r < 0) {
		conf_free(check->doc);
		check->doc = NULL;
	}
	return r;
}

static int load(struct check *check)
{
	if (check->file)
		return load_file(check);
	return conf_files_load(NSBOX_CONF, &check->faults, &check->doc, &check->err);
}

static void print_text(const struct check *check)
{
	char line[2 * NSBOX_ERROR_MAX];

	for (size_t i = 0; i < check->faults.n; i++) {
		fault_print(&check->faults.list[i], line, sizeof(line));
		say(stdout, "%s", line);
	}
	if (check->faults.cut)
		say(stdout, "there are more than these %d faults", FAULTS_MAX);
	for (size_t i = 0; i < check->audit.n; i++) {
		const struct finding *finding = &check->audit.findings[i];

		say(stdout, "host: %s; %s; %s [%s]", finding->what, finding->kind->why,
		    finding->kind->remedy, finding->kind->code);
	}
}

static json_t *json_fault(const struct conf_fault *fault)
{
	return json_pack("{so si si so so so}", "file", json_text(fault->file), "line",
			 (int)fault->line, "column", (int)fault->column, "what",
			 json_text(fault->what), "expected", json_text(fault->expected), "hint",
			 json_text(fault->hint));
}

static json_t *json_finding(const struct finding *finding)
{
	return json_pack("{ss so ss ss}", "code", finding->kind->code, "what",
			 json_text(finding->what), "why", finding->kind->why, "remedy",
			 finding->kind->remedy);
}

static int print_json(const struct check *check)
{
	json_t *faults = json_array(), *findings = json_array();

	for (size_t i = 0; i < check->faults.n; i++)
		json_array_append_new(faults, json_fault(&check->faults.list[i]));
	for (size_t i = 0; i < check->audit.n; i++)
		json_array_append_new(findings, json_finding(&check->audit.findings[i]));
	return json_out(json_pack("{so sb so}", "faults", faults, "cut", check->faults.cut,
				  "findings", findings));
}

static int report(const struct check *check)
{
	/* Neither fault nor policy: what there is to be said is no fault of a line. */
	if (!check->doc && !check->faults.n) {
		say(stderr, "nsbox: %s", check->err.text);
		return EXIT_BAD;
	}
	if (check->audit.failed)
		say(stderr, "nsbox: cannot audit the host: out of memory");
	if (!check->json)
		print_text(check);
	else if (print_json(check) < 0)
		return EXIT_BAD;
	if (!check->doc || check->audit.failed)
		return EXIT_BAD;
	return check->audit.n ? EXIT_FOUND : EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct check check = { .file = NULL };
	int status, r = read_words(&check, argc, argv);

	if (r)
		return r > 0 ? EXIT_FINE : EXIT_BAD;
	load(&check);
	if (!check.file && geteuid() == 0)
		audit_run(check.doc, &check.audit);
	status = report(&check);
	audit_release(&check.audit);
	faults_free(&check.faults);
	conf_free(check.doc);
	return verb_flushed(status);
}

const struct verb verb_check = {
	.name = "check",
	.usage = "[--json] [FILE]",
	.does = "Find the faults of the policy and, for root, what is wrong with the host",
	.help =
		"Without FILE: " NSBOX_CONF " and the files of " NSBOX_CONF ".d, as a\n"
		"login reads them. With FILE: this file alone, whoever owns it, and not the host.\n"
		"Prints nothing when there is nothing to be said.\n"
		"\n"
		"  --json  print one JSON object\n"
		"  --help  print this\n"
		"\n"
		"Exit status: 0 nothing was found; 1 the host has findings; 2 the policy has\n"
		"faults, or the command line has.\n",
	.run = run,
};
