// SPDX-License-Identifier: MIT
/*
 * nsbox repair: mend what `nsbox check` has found and what nsbox itself has made.
 *
 * Runs as root. Must never change anything of the admin's: what is in the way is named.
 */
#include <errno.h>
#include <getopt.h>
#include <unistd.h>

#include "lines.h"
#include "match.h"
#include "router.h"
#include "verb.h"

/**
 * struct look - what is wrong
 * @ours: what can be mended
 * @others: what only the admin can, with what to do
 */
struct look {
	struct lines ours;
	struct lines others;
};

static int read_words(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	int option;

	while (verb_option(&verb_repair, argc, argv, options, &option)) {
		if (option != 'h')
			return -EINVAL;
		return verb_help(&verb_repair), 1;
	}
	if (optind < argc)
		return verb_misused(&verb_repair, "too many arguments: %s", argv[optind]), -EINVAL;
	if (geteuid() != 0)
		return verb_misused(&verb_repair, "only root can mend the host"), -EPERM;
	return 0;
}

static void note(void *arg, enum finding_code code, const char *what)
{
	struct look *look = arg;

	if (code == NAT_TABLE || code == NAT_RULES || code == NAT_FORWARDING)
		lines_add(&look->ours, "%s", what);
	else
		lines_add(&look->others, "%s; %s [%s]", what, finding_kinds[code].remedy,
			  finding_kinds[code].code);
}

static void forget(struct look *look)
{
	lines_free(&look->ours);
	lines_free(&look->others);
}

/* What was found before, and what is found still. */
static int report(const struct look *before, const struct look *after)
{
	for (size_t i = 0; i < before->ours.n; i++)
		if (!lines_have(&after->ours, before->ours.at[i]))
			say(stdout, "mended: %s", before->ours.at[i]);
	for (size_t i = 0; i < after->ours.n; i++)
		say(stdout, "not mended: %s", after->ours.at[i]);
	for (size_t i = 0; i < after->others.n; i++)
		say(stdout, "not mended: %s", after->others.at[i]);
	return after->ours.n || after->others.n ? EXIT_FOUND : EXIT_FINE;
}

static int mend(const struct site *site)
{
	struct look before = { .ours.n = 0 }, after = { .ours.n = 0 };
	bool made = router_is_made();
	struct nsbox_error err;
	int status = EXIT_BAD;

	router_look(site, note, &before);
	if (router_mend(site, &err) < 0) {
		say(stderr, "nsbox: %s", err.text);
	} else {
		router_look(site, note, &after);
		if (!made)
			say(stdout, "made: the host's side of networks");
		status = report(&before, &after);
	}
	forget(&before);
	forget(&after);
	return status;
}

static int run(int argc, char **argv)
{
	struct conf_doc *doc = NULL;
	struct nsbox_error err;
	struct site site;
	int status = EXIT_BAD, r = read_words(argc, argv);

	if (r)
		return r > 0 ? EXIT_FINE : EXIT_BAD;
	if (verb_policy(&doc) < 0)
		return EXIT_BAD;
	if (match_site(doc, &site, NULL, &err) < 0)
		say(stderr, "nsbox: %s", err.text);
	else if (router_is_wanted(doc) || router_is_made())
		status = mend(&site);
	else
		status = EXIT_FINE;	/* there is nothing that could be out of order */
	conf_free(doc);
	return verb_flushed(status);
}

const struct verb verb_repair = {
	.name = "repair",
	.usage = "",
	.does = "Mend what nsbox has made on the host and something has taken away",
	.help =
		"Makes the host's side of networks what it should be, where the policy has\n"
		"`network = nat`: the routing rules, the firewall's table inet nsbox, forwarding.\n"
		"What is others' is not touched. Sessions that are open go on. Prints a line for\n"
		"each thing that was mended, and nothing where all is well. Only root can do it.\n"
		"\n"
		"  --help  print this\n"
		"\n"
		"Exit status: 0 all is well now; 1 something is left that only the admin can\n"
		"mend; 2 it could not be mended, the policy has faults, or the command line has.\n",
	.run = run,
};
