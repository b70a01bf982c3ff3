// SPDX-License-Identifier: MIT
/*
 * nsbox-enter, the door: the only setuid program. It stands in the landing where the login shell
 * was, takes its caller into the container, and becomes the real shell.
 *
 * Static, no library but libc, parses nothing, allocates one list. It believes its caller nothing:
 * not the arguments, environment, working directory, descriptors, limits, signals or umask; they
 * are handed on to the shell, which has no more privilege than the caller, but for what the policy
 * says of them.
 *
 *  1. know    should close the caller's descriptors (its table may be full), then read the
 *             session's record, which only root can have written, and see that it is the caller's.
 *             Mustn't use anything of the caller's to find it.
 *  2. ready   should see that nothing leads back, open the log while it can be reached, and leave
 *             the keyring of the host. Mustn't fail silently: from here on the log has the cause.
 *  3. join    should enter the container. Mustn't resolve a path as root from then on: the tree
 *             is the tenant's.
 *  4. drop    should install the filter, change all ids, give up every capability that the policy
 *             does not leave, and prove it. Mustn't go on if another one is left.
 *  5. go      should be where the caller was, and execute the real shell, as the tenant.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <syslog.h>
#include <unistd.h>

#include "caps.h"
#include "environ.h"
#include "filter.h"
#include "id.h"
#include "join.h"
#include "session.h"
#include "sys.h"

#define LOG_NAME "nsbox-enter"
#define EXIT_REFUSED 254	/* what sshd exits with when a session cannot be opened */

/**
 * struct entry - one passage
 * @record: the session's
 * @door: where this door stands
 * @cwd: where the caller was
 * @argv0: name of the shell when it is another one than the door's
 * @dropped: the ids are the tenant's by now: the cause may be shown
 */
struct entry {
	struct session_record record;
	char door[PATH_MAX];
	char cwd[PATH_MAX];
	char argv0[PATH_MAX + 1];
	int dropped;
};

static int know(struct entry *e, struct nsbox_error *err)
{
	uid_t caller = getuid();
	int r;

	if (caller == 0)
		return error_plain(err, EPERM, "cannot enter: root is never boxed");
	if (geteuid() != 0)
		return error_plain(err, EPERM, "cannot enter: this program is not setuid here");
	/* With fs.suid_dumpable = 1 root inside could trace us once we have joined. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return error_errno(err, errno, "cannot forbid tracing");
	r = sys_close_from(STDERR_FILENO + 1);
	if (r < 0)
		return error_errno(err, r, "cannot close the caller's descriptors");
	r = session_read(SESSION_RECORD, caller, &e->record, err);
	return r < 0 ? r : join_door_name(e->door, err);
}

static int ready(struct entry *e, struct nsbox_error *err)
{
	int r;

	/* A folder that is gone, or out of reach, is none to go back to. */
	if (!getcwd(e->cwd, sizeof(e->cwd)) || e->cwd[0] != '/')
		strcpy(e->cwd, "/");
	r = join_check_place(&e->record, err);
	if (r < 0)
		return r;
	openlog(LOG_NAME, LOG_PID | LOG_NDELAY, LOG_AUTHPRIV);
	return join_leave_keyring(err);
}

static int drop(struct entry *e, struct nsbox_error *err)
{
	const struct session_record *rec = &e->record;
	/* First: without no_new_privs only who has CAP_SYS_ADMIN may install one. */
	int r = filter_install(err);

	if (r == 0)
		r = caps_become(rec->inside_uid, rec->inside_gid, &rec->caps, err);
	if (r == 0)
		r = caps_prove(rec->inside_uid, rec->inside_gid, &rec->caps, err);
	/* The change of ids has undone it, and until the exec we hold the log's socket. */
	if (r == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		r = error_errno(err, errno, "cannot forbid tracing");
	e->dropped = r == 0;
	return r;
}

/* What the policy says of every program that the shell starts. */
static int limit(const struct session_record *rec, struct nsbox_error *err)
{
	static const struct rlimit none;

	if (!rec->core_dumps && setrlimit(RLIMIT_CORE, &none) < 0)
		return error_errno(err, errno, "cannot forbid core dumps");
	if (rec->umask != SESSION_KEEP_UMASK)
		umask(rec->umask);
	return 0;
}

/* The policy's shell has its own name; a leading dash still says that it is a login shell. */
static char *name_for(struct entry *e, char *given)
{
	const char *slash = strrchr(e->record.shell, '/');

	if (given && !strcmp(e->record.shell, e->record.door))
		return given;
	snprintf(e->argv0, sizeof(e->argv0), "%s%s", given && given[0] == '-' ? "-" : "",
		 slash ? slash + 1 : e->record.shell);
	return e->argv0;
}

static int go(struct entry *e, int argc, char **argv, char **env, struct nsbox_error *err)
{
	char *just_name[] = { e->door, NULL };
	const char *program = e->door;

	if (chdir(e->cwd) < 0 && chdir("/") < 0)
		return error_errno(err, errno, "cannot go to /");
	if (argc < 1)
		argv = just_name;
	if (!strcmp(e->door, e->record.door)) {
		program = e->record.shell;
		argv[0] = name_for(e, argv[0]);
	}
	execve(program, argv, env);
	return error_errno(err, errno, "cannot execute %s", program);
}

static int enter(struct entry *e, int argc, char **argv, struct nsbox_error *err)
{
	char **env = environ_whole(argc, argv, environ);
	int r;

	if (!env)
		return error_errno(err, ENOMEM, "cannot hand on the environment");
	r = know(e, err);
	if (r == 0)
		r = ready(e, err);
	if (r == 0)
		r = join_container(&e->record, err);
	if (r == 0)
		r = drop(e, err);
	if (r == 0)
		r = limit(&e->record, err);
	return r < 0 ? r : go(e, argc, argv, env, err);
}

/* Say it to the log with its cause, and to the caller with what the caller may know. */
static void refuse(const struct entry *e, const struct nsbox_error *err)
{
	char id[WIRE_ID_LEN + 1] = "-";

	/* Without a record there is no session's id; the two lines need a common one even so. */
	if (e->record.id[0])
		memcpy(id, e->record.id, sizeof(id));
	else
		id_draw(id);
	syslog(LOG_ERR, "%s: %s", id, err->text);
	dprintf(STDERR_FILENO, "nsbox: login refused: %s (reference %s)\n",
		e->dropped ? err->text : "the container cannot be entered", id);
}

int main(int argc, char **argv)
{
	static struct entry entry;
	struct nsbox_error err = { 0 };

	openlog(LOG_NAME, LOG_PID, LOG_AUTHPRIV);
	enter(&entry, argc, argv, &err);
	refuse(&entry, &err);	/* only a failure comes back here */
	return EXIT_REFUSED;
}
