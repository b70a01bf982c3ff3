// SPDX-License-Identifier: MIT
/*
 * nsbox try: open a container exactly as a login would, and run a command in it, without ssh.
 *
 * Runs as root. This process is the monitor of the session: it asks the builder, joins the landing
 * and starts the login shell there, where the door stands; its own death ends the container. Must
 * never start anything of the tenant's but through that door. No PAM session is opened.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "builder.h"
#include "cleanup.h"
#include "id.h"
#include "lines.h"
#include "login.h"
#include "net_link.h"
#include "travel.h"
#include "trial.h"
#include "verb.h"

/**
 * struct attempt - what was asked for
 * @user, @from, @service: @from and @service NULL where nothing was said
 * @command: NULL for the login shell
 * @id: of the session
 */
struct attempt {
	const char *user;
	const char *from;
	const char *service;
	char **command;
	char id[WIRE_ID_LEN + 1];
};

static int read_words(struct attempt *attempt, int argc, char **argv)
{
	static const struct option options[] = {
		{ "from", required_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "service", required_argument, NULL, 's' },
		{ 0 },
	};
	int option;

	while (verb_option(&verb_try, argc, argv, options, &option)) {
		switch (option) {
		case 'f':
			attempt->from = optarg;
			break;
		case 's':
			attempt->service = optarg;
			break;
		case 'h':
			return verb_help(&verb_try), 1;
		default:
			return -EINVAL;
		}
	}
	if (optind == argc)
		return verb_misused(&verb_try, "one USER is wanted"), -EINVAL;
	attempt->user = argv[optind++];
	attempt->command = optind < argc ? argv + optind : NULL;
	if (geteuid() != 0)
		return verb_misused(&verb_try, "only root can open a container"), -EPERM;
	return 0;
}

/* As a login says it, and the cause, which a login tells the log alone. */
static int refuse(const struct attempt *attempt, const char *reason, const char *cause)
{
	syslog(LOG_ERR, "%s: %s", attempt->id, cause);
	say(stderr, "nsbox: login refused: %s (reference %s)", reason, attempt->id);
	say(stderr, "nsbox: %s: %s", attempt->id, cause);
	return EXIT_REFUSED;
}

/* The builder's answer, when it is none that opens a container. */
static int explain(const struct attempt *attempt, const struct wire_reply *reply)
{
	if (reply->verdict == WIRE_DENIED)
		return refuse(attempt, "the policy of this host does not let you log in",
			      "the policy says container = deny");
	if (reply->verdict == WIRE_AUDITED)
		say(stderr, "nsbox: %s is not boxed, since mode = audit: %s %s", attempt->user,
		    attempt->user, reply->error.text);
	else if (reply->verdict == WIRE_UNSERVED)
		say(stderr, "nsbox: %s is not boxed: the service is none of `services`",
		    attempt->user);
	else if (reply->verdict == WIRE_EXEMPT)
		say(stderr, "nsbox: %s is not boxed by the policy: there is nothing to try (see "
		    "`nsbox show %s`)", attempt->user, attempt->user);
	else
		return refuse(attempt, "your container cannot be made", reply->error.text);
	return EXIT_REFUSED;
}

/* "10.213.8.2"; NULL for what is no address of the session's own. */
static const char *print_address(const struct ifaddrs *at, char buf[INET6_ADDRSTRLEN])
{
	/* Which of the two it is its family says. */
	const struct sockaddr_in *v4 = (const void *)at->ifa_addr;
	const struct sockaddr_in6 *v6 = (const void *)at->ifa_addr;

	if (!at->ifa_addr || strcmp(at->ifa_name, NET_INSIDE) != 0)
		return NULL;
	if (v4->sin_family == AF_INET)
		return inet_ntop(AF_INET, &v4->sin_addr, buf, INET6_ADDRSTRLEN);
	if (v6->sin6_family != AF_INET6 || IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr))
		return NULL;
	return inet_ntop(AF_INET6, &v6->sin6_addr, buf, INET6_ADDRSTRLEN);
}

/* This process is in the session's network now. */
static void say_addresses(void)
{
	char text[INET6_ADDRSTRLEN];
	struct ifaddrs *all = NULL;

	if (getifaddrs(&all) < 0)
		return;
	for (const struct ifaddrs *at = all; at; at = at->ifa_next)
		if (print_address(at, text))
			say(stderr, "nsbox: the session's address is %s", text);
	freeifaddrs(all);
}

static int run_inside(const struct attempt *attempt, const struct wire_request *req,
		      const char *ports)
{
	struct nsbox_error err;
	struct trial trial;

	if (trial_start(req, attempt->command, ports, &trial, &err) < 0)
		return refuse(attempt, "your container cannot be entered", err.text);
	return trial_wait(&trial);
}

static int land(const struct attempt *attempt, const struct wire_request *req,
		const struct wire_reply *reply, int fds[WIRE_FDS])
{
	struct travel travel;
	struct nsbox_error err;
	int status;

	for (size_t i = 0; i < WIRE_FDS; i++)
		if (fds[i] < 0)
			return refuse(attempt, "your container cannot be made", "cannot join the "
				      "container: nsbox-build sent too few descriptors");
	if (travel_in(reply->namespaces, fds, &travel, &err) < 0) {
		status = refuse(attempt, "your container cannot be made", err.text);
	} else {
		syslog(LOG_INFO, "%s: container opened for user %s by nsbox try", attempt->id,
		       req->user);
		if (reply->message[0])
			say(stderr, "%s", reply->message);
		if (reply->namespaces & CLONE_NEWNET)
			say_addresses();
		if (reply->ports[0])
			say(stderr, "nsbox: the session's ports are %s", reply->ports);
		status = run_inside(attempt, req, reply->ports);
	}
	if (travel_back(&travel, &err) < 0)
		say(stderr, "nsbox: %s", err.text);
	travel_end(&travel);
	syslog(LOG_INFO, "%s: container closed", attempt->id);
	return status;
}

static int try(const struct attempt *attempt, struct wire_request *req)
{
	int fds[WIRE_FDS] = { -1, -1, -1 };
	struct builder builder = { 0 };
	struct nsbox_error err = { 0 };
	struct wire_reply reply;
	int status;

	if (builder_ask(&builder, req, &reply, fds, &err) < 0)
		status = refuse(attempt, "your container cannot be made", err.text);
	else if (reply.verdict != WIRE_BOXED)
		status = explain(attempt, &reply);
	else
		status = land(attempt, req, &reply, fds);
	for (size_t i = 0; i < WIRE_FDS; i++)
		cleanup_close(&fds[i]);
	builder_end(&builder);
	return status;
}

static int find(struct attempt *attempt, struct login *login)
{
	struct wire_request *req = &login->req;
	struct nsbox_error err;

	if (login_find(attempt->user, login, &err) < 0) {
		say(stderr, "nsbox: %s", err.text);
		return EXIT_BAD;
	}
	if (req->uid == 0) {
		say(stderr, "nsbox: %s is not boxed: uid 0 never is", req->user);
		return EXIT_REFUSED;
	}
	if (id_draw(attempt->id) < 0) {
		say(stderr, "nsbox: cannot draw a session id");
		return EXIT_REFUSED;
	}
	req->verb = WIRE_OPEN;
	req->id = attempt->id;
	req->service = attempt->service ? attempt->service : req->service;
	req->rhost = attempt->from ? attempt->from : "";
	req->tty = trial_terminal();
	return EXIT_FINE;
}

static int run(int argc, char **argv)
{
	struct attempt attempt = { .user = NULL };
	struct login login = { .req.user = NULL };
	int status, r = read_words(&attempt, argc, argv);

	if (r)
		return r > 0 ? EXIT_FINE : EXIT_BAD;
	/* Now: the connection to the host's log comes along into the landing. */
	openlog("nsbox", LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	status = find(&attempt, &login);
	if (status == EXIT_FINE)
		status = try(&attempt, &login.req);
	login_release(&login);
	return status;
}

const struct verb verb_try = {
	.name = "try",
	.usage = "[--from ADDRESS] [--service NAME] USER [-- COMMAND...]",
	.does = "Open a container as a login of USER would, and run a command in it",
	.help =
		"For root. Without COMMAND: the login shell. No PAM session is opened: limits\n"
		"and environment are not those that PAM would give. When the command has ended,\n"
		"the container ends, with all that is still running in it.\n"
		"\n"
		"  --from ADDRESS  the login comes from there; without it: from no other host\n"
		"  --service NAME  the PAM service; without it: sshd\n"
		"  --help          print this\n"
		"\n"
		"Exit status: that of COMMAND, or 128 and the number of the signal that ended\n"
		"it; 254 when there is no container for this login; 2 on a usage error.\n",
	.run = run,
};
