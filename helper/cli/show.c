// SPDX-License-Identifier: MIT
/*
 * nsbox show: what the policy says of one login, where it says so, and what comes of it.
 *
 * Runs with the caller's privilege. Must never judge by other code than the builder's.
 */
#include "show.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "verb.h"

/**
 * struct asked - the command line
 * @user, @from, @service, @tty: NULL where nothing was said
 */
struct asked {
	const char *user;
	const char *from;
	const char *service;
	const char *tty;
	bool plan;
	bool json;
};

static int read_words(struct asked *asked, int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, 'j' },
		{ "plan", no_argument, NULL, 'p' },
		{ "service", required_argument, NULL, 's' },
		{ "tty", required_argument, NULL, 't' },
		{ 0 },
	};
	int option;

	while (verb_option(&verb_show, argc, argv, options, &option)) {
		switch (option) {
		case 'f':
			asked->from = optarg;
			break;
		case 'j':
			asked->json = true;
			break;
		case 'p':
			asked->plan = true;
			break;
		case 's':
			asked->service = optarg;
			break;
		case 't':
			asked->tty = optarg;
			break;
		case 'h':
			return verb_help(&verb_show), 1;
		default:
			return -EINVAL;
		}
	}
	if (argc - optind != 1)
		return verb_misused(&verb_show, "one USER is wanted"), -EINVAL;
	asked->user = argv[optind];
	return 0;
}

static int find(struct show *show, const struct asked *asked)
{
	struct wire_request *req = &show->login.req;
	struct match_subject who;
	struct nsbox_error err;
	int r = login_find(asked->user, &show->login, &err);

	if (r < 0) {
		say(stderr, "nsbox: %s", err.text);
		return r;
	}
	r = verb_policy(&show->doc);
	if (r < 0) {
		say(stderr, "nsbox: %s will %s", req->user, req->uid ?
		    "be refused until this is mended, unless an exempt group lets the user in" :
		    "log in: uid 0 is never boxed");
		return r;
	}
	req->service = asked->service ? asked->service : req->service;
	req->tty = strcmp(req->service, "sshd") ? "" : req->tty;
	req->tty = asked->tty ? asked->tty : req->tty;
	req->rhost = asked->from ? asked->from : req->rhost;
	who = login_subject(&show->login);
	r = match_site(show->doc, &show->values.site, &show->trace, &err);
	if (r == 0)
		r = match_policy(show->doc, &who, &show->values.policy, &show->trace, &err);
	if (r < 0)
		say(stderr, "nsbox: %s will be refused: %s", req->user, err.text);
	return r;
}

static int print(struct show *show, const struct asked *asked)
{
	outlook_find(&show->login, &show->values, &show->trace, &show->outlook);
	if (asked->plan && show->outlook.parts.n) {
		plan_find(&show->login, &show->values, &show->plan);
		show->has_plan = true;
	}
	if (asked->json)
		return show_json(show) < 0 ? EXIT_BAD : EXIT_FINE;
	show_text(show);
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct asked asked = { .user = NULL };
	struct show show = { .doc = NULL };
	int status, r = read_words(&asked, argc, argv);

	if (r)
		return r > 0 ? EXIT_FINE : EXIT_BAD;
	status = find(&show, &asked) < 0 ? EXIT_BAD : print(&show, &asked);
	plan_free(&show.plan);
	outlook_free(&show.outlook);
	match_trace_free(&show.trace);
	conf_free(show.doc);
	login_release(&show.login);
	return verb_flushed(status);
}

const struct verb verb_show = {
	.name = "show",
	.usage = "[--from ADDRESS] [--service NAME] [--tty NAME] [--plan] [--json] USER",
	.does = "Show what a user's login will get, and which line of the policy says so",
	.help =
		"  --from ADDRESS  the login comes from there; without it: from no other host\n"
		"  --service NAME  the PAM service; without it: sshd\n"
		"  --tty NAME      what PAM is told of the terminal; without it: ssh for sshd\n"
		"  --plan          show also the doors, id maps, mounts and network\n"
		"  --json          print one JSON object\n"
		"  --help          print this\n"
		"\n"
		"Exit status: 0; 2 when there is no such user, when the policy has faults or\n"
		"refuses the login for them, or on a usage error.\n",
	.run = run,
};
