// SPDX-License-Identifier: MIT
/*
 * nsbox-build: answers one question of the PAM module, and builds the container that it is about.
 *
 * Root only; started by pam_nsbox.so with one end of a socket pair as descriptor 3, an empty
 * environment and no arguments. It must never talk to anybody but the module, and logs nothing:
 * the module says what went wrong, once.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "box.h"
#include "cleanup.h"
#include "expand.h"
#include "groups.h"
#include "paths.h"
#include "sys.h"
#include "verdict.h"
#include "wire.h"
#include "words.h"

/* One request's room, aligned for its parts. */
union message {
	uint32_t align;
	char bytes[WIRE_REQUEST_MAX];
};

/* The name of a limit: glibc has a type of its own for it. */
#ifdef __GLIBC__
typedef __rlimit_resource_t limit_name;
#else
typedef int limit_name;
#endif

/*
 * su is setuid: its caller chose these limits, and is still the real uid. What is refused (a
 * process without CAP_SYS_RESOURCE cannot raise a hard limit) stays as it is: too little of
 * something fails the login, nothing worse.
 */
static int become_plain_root(void)
{
	/* Not NPROC and MEMLOCK: the user namespace keeps those for all its processes together. */
	static const limit_name limits[] = { RLIMIT_FSIZE, RLIMIT_AS, RLIMIT_DATA, RLIMIT_CPU };
	struct rlimit none = { .rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY };
	/* init inherits it; we hold some thirty at once, the sources of binds included */
	struct rlimit files = { .rlim_cur = 256, .rlim_max = 256 };
	struct rlimit core = { .rlim_cur = 0, .rlim_max = 0 };

	if (setgroups(0, NULL) < 0 || setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
		return -1;
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		setrlimit(limits[i], &none);
	setrlimit(RLIMIT_NOFILE, &files);
	setrlimit(RLIMIT_CORE, &core);
	umask(0);	/* modes are meant as they are written */
	return chdir("/");
}

/* The module waits for the default deadline, until it hears of another one. */
static int tell_deadline(unsigned int deadline_ms)
{
	struct wire_reply wait = {
		.magic = WIRE_MAGIC,
		.verdict = WIRE_WAIT,
		.deadline_ms = deadline_ms,
	};

	if (deadline_ms == WIRE_DEADLINE_MS)
		return 0;
	return wire_send(WIRE_FD, &wait, sizeof(wait), NULL, 0);
}

static void make_message(const struct policy *policy, const struct wire_request *req,
			 struct wire_reply *reply)
{
	struct utsname host;

	if (policy->message[0] && uname(&host) == 0)
		expand_message(policy->message, req->user, host.nodename, req->id, reply->message);
}

/* What enforcing would do is done, but for the entering; what would have been is told. */
static void audit(const struct policy *policy, int r, struct wire_reply *reply)
{
	struct nsbox_error cause = reply->error;

	reply->verdict = WIRE_AUDITED;
	if (policy->container == CONTAINER_DENY)
		error_plain(&reply->error, EPERM, "would be refused: the policy says container = "
			    "deny");
	else if (r == 0)
		error_plain(&reply->error, EPERM, "would be boxed");
	else
		error_plain(&reply->error, -r, "would be refused: %s", cause.text);
}

static void judge(const struct wire_request *req, int monitor, struct box *box,
		  struct wire_reply *reply)
{
	static struct policy policy;
	static struct site site;
	int r = 0;

	reply->verdict = WIRE_FAILED;
	if (verdict_find(NSBOX_CONF, req, &policy, &site, &reply->error) < 0)
		return;
	reply->namespaces = policy.namespaces;
	if (!words_have(&site.services, req->service)) {
		reply->verdict = WIRE_UNSERVED;
		return;
	}
	if (policy.container == CONTAINER_NO) {
		reply->verdict = WIRE_EXEMPT;
		return;
	}
	if (policy.container == CONTAINER_YES && req->verb == WIRE_OPEN) {
		/* As long as this is the host: in the landing root looks nothing up. */
		reply->groups_are_files = groups_are_files(req);
		r = tell_deadline(site.deadline_ms);
		if (r == 0)
			r = box_open(&policy, &site, req, monitor, box, &reply->error);
	}
	if (policy.mode == MODE_AUDIT)
		audit(&policy, r, reply);
	else if (policy.container == CONTAINER_DENY)
		reply->verdict = WIRE_DENIED;
	else if (r == 0)
		reply->verdict = WIRE_BOXED;
	make_message(&policy, req, reply);
}

static int serve(void)
{
	static union message msg;
	struct wire_reply reply = { .magic = WIRE_MAGIC };
	struct box box = { .fds = { -1, -1, -1 } };
	struct wire_request req;
	int fds[WIRE_FDS];
	size_t n = 0;
	long len;

	len = wire_recv(WIRE_FD, msg.bytes, sizeof(msg.bytes), fds);
	if (len <= 0 || wire_decode(msg.bytes, (size_t)len, &req) < 0 || fds[0] < 0)
		return 1;
	judge(&req, fds[0], &box, &reply);
	memcpy(reply.ports, box.ports, sizeof(reply.ports));
	while (reply.verdict == WIRE_BOXED && n < WIRE_FDS && box.fds[n] >= 0)
		n++;
	/* If this fails the module is gone; init ends when the control socket closes with us. */
	return wire_send(WIRE_FD, &reply, sizeof(reply), box.fds, n) < 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1 || geteuid() != 0) {
		fputs("nsbox-build: cannot be run by hand: pam_nsbox.so starts it\n", stderr);
		return 2;
	}
	sys_close_from(WIRE_FD + 1);
	if (become_plain_root() < 0)
		return 1;
	return serve();
}
