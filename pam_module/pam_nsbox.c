// SPDX-License-Identifier: MIT
/*
 * pam_nsbox.so: lands the session that is being opened in a container.
 *
 * Runs inside sshd, login or su, as root. It parses no file, exits never, and leaves nothing of its
 * host changed but the namespaces. What PAM's other four calls ask for is not its business.
 *
 * Two lines, or one: with `close` first and `open` last (pam_selinux's convention) the modules in
 * between open and close their sessions on the host; a plain line does both in its place.
 */
#include <errno.h>
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "builder.h"
#include "cleanup.h"
#include "id.h"
#include "identity.h"
#include "options.h"
#include "records.h"
#include "regroup.h"
#include "travel.h"

#define DATA "nsbox"
#define PORTS "NSBOX_PORTS"

/**
 * struct session - what one PAM handle keeps between its calls
 * @id: the session's id, the same for both lines
 * @refused: the first of two lines has refused, and said so
 * @silent: no message is wanted, pam_sm_open_session(3)
 * @exempt: the first of two lines has found the user exempt, and said so
 * @ssh: sshd will clean up a pty by name
 * @has_ports: PAM's environment has PORTS
 * @landed: @travel is in use
 * @travel: the way into the container and back
 * @records: what the host's login records say of it
 */
struct session {
	char id[WIRE_ID_LEN + 1];
	bool silent;
	bool refused;
	bool exempt;
	bool ssh;
	bool has_ports;
	bool landed;
	struct travel travel;
	struct records records;
};

/* One line for the log. What came from outside (names, hosts) cannot do harm in it. */
__attribute__((format(printf, 4, 5))) static void note(pam_handle_t *pamh, int priority,
						       const char *id, const char *fmt, ...)
{
	char text[NSBOX_ERROR_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	text_clean(text);
	pam_syslog(pamh, priority, "%s: %s", id, text);
}

/*
 * The session's ports, for its environment; "" takes those of an earlier one away. What a client or
 * a file of the user's says for the same name comes before what PAM says, and so does not hold.
 */
static int tell_ports(pam_handle_t *pamh, struct session *s, const char *ports)
{
	char text[sizeof(PORTS "=") + WIRE_PORTS_MAX];

	if (!*ports && !s->has_ports)
		return PAM_SUCCESS;
	snprintf(text, sizeof(text), PORTS "%s%s", *ports ? "=" : "", ports);
	s->has_ports = *ports;
	return pam_putenv(pamh, text);
}

/* Back to the host, where the records are; a fork of the process that went in does nothing. */
static int leave(pam_handle_t *pamh, struct session *s, struct nsbox_error *err)
{
	int r;

	if (!s->landed || !s->travel.inside || s->travel.owner != getpid())
		return 0;
	r = travel_back(&s->travel, err);
	if (r < 0)
		return r;
	/* Others end after the session; where one does not, it shall not stay in a dead landing. */
	if (!s->ssh)
		s->travel.unfinished = false;
	records_close(&s->records);
	tell_ports(pamh, s, "");
	note(pamh, LOG_INFO, s->id, "container closed");
	return 0;
}

static void end_travel(pam_handle_t *pamh, struct session *s)
{
	if (!s->landed)
		return;
	leave(pamh, s, NULL);
	s->landed = false;
	travel_end(&s->travel);
}

static void cleanup_session(pam_handle_t *pamh, void *data, int status)
{
	(void)status;
	end_travel(pamh, data);
	free(data);
}

static void cleanup_fds(int (*fds)[WIRE_FDS])
{
	for (size_t i = 0; i < WIRE_FDS; i++)
		cleanup_close(&(*fds)[i]);
}

/* The session of this handle; NULL when there is none yet. */
static struct session *find_session(pam_handle_t *pamh)
{
	const void *data = NULL;

	if (pam_get_data(pamh, DATA, &data) != PAM_SUCCESS)
		return NULL;
	return (struct session *)(uintptr_t)data;
}

/*
 * The session that this line opens: the one of the first line for the last of two lines; for any
 * other line a fresh one, with an id of its own, since a handle may be opened again.
 */
static struct session *begin_session(pam_handle_t *pamh, const struct options *o)
{
	struct session *s = find_session(pamh);

	if (s && o->open_line)
		return s;
	if (!s) {
		s = calloc(1, sizeof(*s));
		if (!s || pam_set_data(pamh, DATA, s, cleanup_session) != PAM_SUCCESS) {
			free(s);
			return NULL;
		}
	}
	s->refused = false;
	s->exempt = false;
	if (!s->landed || !s->travel.inside)
		return id_draw(s->id) < 0 ? NULL : s;
	return s;
}

/* What a refused user is told. The cause is for the log: it may name what is not the user's. */
static int refuse(pam_handle_t *pamh, struct session *s, const char *reason, const char *cause)
{
	s->refused = true;
	note(pamh, LOG_ERR, s->id, "%s", cause);
	/* Also under PAM_SILENT: login passes it for ~/.hushlogin, and silence is a riddle. */
	pam_error(pamh, "nsbox: login refused: %s (reference %s)", reason, s->id);
	return PAM_SESSION_ERR;
}

static bool is_exempt(pam_handle_t *pamh, struct session *s, const struct identity *id,
		      const struct options *o)
{
	for (unsigned int i = 0; i < o->n_exempt; i++) {
		if (!identity_in_group(pamh, id, o->exempt[i]))
			continue;
		if (!s->exempt)
			note(pamh, LOG_INFO, s->id, "%s is not boxed: in the group %s",
			     id->req.user, o->exempt[i]);
		s->exempt = true;
		return true;
	}
	return false;
}

static int land(pam_handle_t *pamh, struct session *s, const struct wire_request *req,
		const struct wire_reply *reply, int fds[WIRE_FDS], struct nsbox_error *err)
{
	int r;

	for (size_t i = 0; i < WIRE_FDS; i++)
		if (fds[i] < 0)
			return error_plain(err, EPROTO, "cannot join the container: nsbox-build "
					   "sent too few descriptors");
	records_open(req, &s->records);
	r = travel_in(reply->namespaces, fds, &s->travel, err);
	s->landed = true;
	if (r == 0 && !reply->groups_are_files) {
		r = regroup_check(req, err);
		if (r < 0)
			travel_back(&s->travel, NULL);
	}
	if (r < 0) {
		records_close(&s->records);
		/* A login that never stood has no pty: what was seen is the host's. */
		s->travel.unfinished = false;
		end_travel(pamh, s);
	}
	return r;
}

/* The policy lets this login be; of two lines, the first says so. */
static bool is_left_alone(pam_handle_t *pamh, struct session *s, const struct identity *id,
			  const struct wire_reply *reply)
{
	bool said = s->exempt;

	if (reply->verdict == WIRE_EXEMPT)
		return true;
	if (reply->verdict != WIRE_UNSERVED && reply->verdict != WIRE_AUDITED)
		return false;
	/* What would have been is known when all of it was tried: at the line that opens. */
	if (reply->verdict == WIRE_AUDITED && id->req.verb == WIRE_OPEN)
		note(pamh, LOG_NOTICE, s->id, "audit: %s %s", id->req.user, reply->error.text);
	if (reply->verdict == WIRE_UNSERVED && !said)
		note(pamh, LOG_INFO, s->id, "%s is not boxed: the service %s is none of the "
		     "policy's", id->req.user, id->req.service);
	s->exempt = true;
	return true;
}

static int box(pam_handle_t *pamh, struct session *s, struct identity *id, enum wire_verb verb)
{
	__attribute__((cleanup(cleanup_fds))) int fds[WIRE_FDS] = { -1, -1, -1 };
	__attribute__((cleanup(builder_end))) struct builder builder = { 0 };
	struct nsbox_error err = { 0 };
	struct wire_reply reply;

	id->req.verb = verb;
	if (builder_ask(&builder, &id->req, &reply, fds, &err) < 0)
		return refuse(pamh, s, "your container cannot be made", err.text);
	if (is_left_alone(pamh, s, id, &reply))
		return PAM_SUCCESS;
	if (reply.verdict == WIRE_DENIED)
		return refuse(pamh, s, "the policy of this host does not let you log in",
			      "the policy says container = deny");
	if (reply.verdict != WIRE_BOXED)
		return refuse(pamh, s, "your container cannot be made", reply.error.text);
	if (verb == WIRE_CHECK)
		return PAM_SUCCESS;
	if (tell_ports(pamh, s, reply.ports) != PAM_SUCCESS)
		return refuse(pamh, s, "your container cannot be made",
			      "cannot tell the session its ports: no memory");
	if (land(pamh, s, &id->req, &reply, fds, &err) < 0)
		return refuse(pamh, s, "your container cannot be made", err.text);
	note(pamh, LOG_INFO, s->id, "container opened for user %s%s%s%s%s", id->req.user,
	     *id->req.rhost ? " from " : "", id->req.rhost, *reply.ports ? ", ports " : "",
	     reply.ports);
	if (reply.message[0] && !s->silent)
		pam_info(pamh, "%s", reply.message);
	return PAM_SUCCESS;
}

/* A login that can be boxed: neither root's, nor exempt by the PAM line. */
static int open_for(pam_handle_t *pamh, struct session *s, struct identity *id,
		    const struct options *o)
{
	struct nsbox_error err = { 0 };

	if (o->unknown) {
		error_plain(&err, EINVAL, "cannot understand \"%s\" in the PAM line", o->unknown);
		return refuse(pamh, s, "this host is not set up correctly", err.text);
	}
	if (geteuid() != 0)
		return refuse(pamh, s, "this program cannot open a container",
			      "cannot make a container: the program is not run by root");
	/* A second container would hide the way back from the first. */
	if (s->landed && s->travel.inside)
		return refuse(pamh, s, "your container cannot be made",
			      "cannot open a container: the session is in one");
	/* This process is to be used again: not for the clean-up of the session before. */
	s->travel.unfinished = false;
	end_travel(pamh, s);
	s->ssh = !strcmp(id->req.tty, "ssh");
	/* With `requisite`, whom the policy refuses gets no other module's session either. */
	return box(pamh, s, id, o->close_line ? WIRE_CHECK : WIRE_OPEN);
}

int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	__attribute__((cleanup(identity_release))) struct identity id = { 0 };
	struct options o = options_read(argc, argv);
	struct session *s = begin_session(pamh, &o);
	struct nsbox_error err = { 0 };
	int r;

	if (s && o.open_line && s->refused)
		return PAM_SESSION_ERR;	/* one refusal for both lines */
	r = identity_user(pamh, &id, &err);
	if (r == 0 && id.req.uid == 0)
		return PAM_SUCCESS;	/* root is never boxed, whatever else is wrong here */
	if (!s)
		return PAM_BUF_ERR;
	s->silent = (unsigned int)flags & PAM_SILENT;
	id.req.id = s->id;
	if (r == 0)
		r = identity_groups(&id, &err);
	if (r < 0)
		return refuse(pamh, s, "your account cannot be looked up", err.text);
	if (is_exempt(pamh, s, &id, &o))
		return PAM_SUCCESS;
	return open_for(pamh, s, &id, &o);
}

int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	struct options o = options_read(argc, argv);
	struct session *s = find_session(pamh);
	struct nsbox_error err = { 0 };

	(void)flags;
	if (o.open_line || !s)
		return PAM_SUCCESS;
	if (leave(pamh, s, &err) < 0) {
		note(pamh, LOG_ERR, s->id, "%s", err.text);
		return PAM_SESSION_ERR;
	}
	return PAM_SUCCESS;
}

int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_IGNORE;
}

int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_IGNORE;
}

int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_IGNORE;
}

int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
	(void)pamh, (void)flags, (void)argc, (void)argv;
	return PAM_IGNORE;
}
