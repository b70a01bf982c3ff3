// SPDX-License-Identifier: MIT
/*
 * Say what a login will get. Runs with any privilege; must never promise what the policy does not
 * say, nor leave out what it takes away.
 */
#include "outlook.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "expand.h"
#include "keys.h"
#include "nss.h"
#include "nstable.h"
#include "pamstack.h"
#include "print.h"
#include "privileges.h"

const char *const outlook_words[] = { "boxed", "audit", "exempt", "denied" };

/* What it means when the container does not have a namespace of its own. */
static const struct {
	const char *key;
	const char *shared;
} shared[] = {
	{ "uts", "host name: the host's" },
	{ "ipc", "ipc: System V objects and message queues of the host, and of all its users" },
	{ "user", "ids: the host's; the kernel does not lock the mounts, but there is no "
		  "capability to change them" },
	{ "cgroup", "control groups: seen as on the host" },
};

static bool has(const struct policy *policy, const char *key)
{
	return policy->namespaces & ns_flag_of(key, strlen(key));
}

static void tell_namespaces(const struct policy *policy, struct lines *parts)
{
	char list[128] = "";

	for (size_t i = 0; i < NS_KINDS; i++) {
		size_t used = strlen(list);

		if (policy->namespaces & ns_table[i].flag)
			snprintf(list + used, sizeof(list) - used, " %s", ns_table[i].key);
	}
	lines_add(parts, "namespaces of its own:%s", list);
	for (size_t i = 0; i < sizeof(shared) / sizeof(shared[0]); i++)
		if (!has(policy, shared[i].key))
			lines_add(parts, "%s", shared[i].shared);
}

static void tell_who(const struct wire_request *req, const struct policy *policy,
		     struct lines *parts)
{
	uint64_t kept = privileges_kept(policy);
	const char *with = !kept ? "no capability" : kept == UINT64_MAX ?
		"capabilities over the container alone" :
		"some capabilities over the container alone";

	if (policy->user_map == USER_MAP_SELF)
		lines_add(parts, "who: %s (uid %u) inside as on the host, with %s", req->user,
			  req->uid, with);
	else
		lines_add(parts, "who: uid 0 inside, with %s; to the host still %s (uid %u)", with,
			  req->user, req->uid);
	if (policy->user_map == USER_MAP_SUBIDS)
		lines_add(parts, "ids: 1 to 65535 inside are the user's subordinate ids; groups "
			  "can be left, so a file that its mode closes to a group of the user's "
			  "is not closed to the container");
}

static void tell_hostname(const struct wire_request *req, const struct policy *policy,
			  struct lines *parts)
{
	char name[EXPAND_HOSTNAME_MAX + 1];
	struct utsname host;

	if (!has(policy, "uts") || uname(&host) < 0 ||
	    expand_hostname(policy->hostname, req->user, host.nodename, "ID", name) < 0)
		return;
	lines_add(parts, "host name: %s%s", name, strstr(policy->hostname, "%i") ?
		  ", where ID is the session's id" : "");
}

static struct expand_who who_of(const struct wire_request *req)
{
	return (struct expand_who){ req->user, req->uid, req->groups ? req->names[0] : "",
				    req->gid, req->home, "ID" };
}

static void tell_places(const struct wire_request *req, const struct policy *policy,
			struct lines *parts)
{
	const struct expand_who who = who_of(req);
	const struct {
		const struct words *words;
		const char *text;
	} places[] = {
		{ &policy->hide, "hidden, if it is there" },
		{ &policy->bind, "shown as on the host" },
		{ &policy->bind_ro, "shown read-only" },
		{ &policy->bind_idmap, "shown as the user's own" },
		{ &policy->tmpfs, "an empty folder, gone at logout" },
		{ &policy->slave, "what the host mounts there later is seen, but not by sftp" },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		const char *word = NULL;
		char path[PATH_MAX];

		while ((word = words_next(places[i].words, word)))
			lines_add(parts, "%s: %s", places[i].text,
				  expand_path(word, &who, path) < 0 ? word : path);
	}
}

static void tell_root(const struct policy *policy, struct lines *parts)
{
	static const char *const overlays[] = {
		"read-only", "what is written over them is gone at logout",
		"what is written over them is kept for the next login",
	};
	bool host = !strcmp(policy->root, "/"), plain = policy->overlay == OVERLAY_NONE;

	if (host && plain && !policy->read_only)
		lines_add(parts, "files: the host's, writable as they are there");
	else
		lines_add(parts, "files: %s%s, %s", host ? "the host's" : "those of ",
			  host ? "" : policy->root, overlays[policy->overlay]);
	if (!host || !plain)
		lines_add(parts, "sftp and forwarding: with the host's files, as if there were no "
			  "`root` and no `overlay`");
}

static void tell_home(const struct wire_request *req, const struct policy *policy,
		      struct lines *parts)
{
	const struct expand_who who = who_of(req);
	char path[PATH_MAX];

	if (!strcmp(policy->home, "host"))
		lines_add(parts, "home: %s of the host, writable if it is the user's own",
			  req->home);
	else if (!strcmp(policy->home, "session"))
		lines_add(parts, "home: an empty folder on %s, gone at logout", req->home);
	else if (!strcmp(policy->home, "none"))
		lines_add(parts, "home: an empty folder on %s that cannot be written", req->home);
	else
		lines_add(parts, "home: %s, seen at %s",
			  expand_path(policy->home, &who, path) < 0 ? policy->home : path,
			  req->home);
}

static void tell_tree(const struct wire_request *req, const struct policy *policy,
		      struct lines *parts)
{
	char size[24], files[32] = "";

	tell_root(policy, parts);
	tell_home(req, policy, parts);
	tell_places(req, policy, parts);
	if (policy->private_tmp)
		lines_add(parts, "/tmp and /var/tmp: empty ones, gone at logout");
	else
		lines_add(parts, "/tmp and /var/tmp: the host's, shared with everybody on it");
	value_print_amount(&policy->tmp_size, size, sizeof(size));
	if (policy->tmp_files)
		snprintf(files, sizeof(files), " in %u files", policy->tmp_files);
	lines_add(parts, "session files (%s/dev/shm, /run): %s%s%s at most, in memory",
		  policy->private_tmp ? "/tmp, /var/tmp, " : "", size,
		  policy->tmp_size.percent ? " of the memory" : "", files);
}

static void tell_proc(const struct policy *policy, struct lines *parts)
{
	if (policy->proc == PROC_HIDEPID)
		lines_add(parts, "/proc: the session's processes that the reader may trace");
	else if (policy->proc == PROC_PID_ONLY)
		lines_add(parts, "/proc: the session's processes, and no file of the machine's");
}

static void tell_users(const struct wire_request *req, const struct policy *policy,
		       struct lines *parts)
{
	if (policy->users == USERS_SELF)
		lines_add(parts, "users: root, the system's accounts and %s; other homes, and the "
			  "folders that they lie in, are hidden", req->user);
}

static void tell_devices(const struct policy *policy, struct lines *parts)
{
	const char *word = NULL;

	while ((word = words_next(&policy->devices, word)))
		lines_add(parts, "devices: the host's %s, for whom their modes let in", word);
}

static void tell_nss(const struct policy *policy, struct lines *parts)
{
	const char *word = NULL;

	while ((word = words_next(&policy->nss_sockets, word)))
		lines_add(parts, "NSS: sshd asks the host's %s, and the container %s",
			  nss_path(word), policy->nss_inside ? "can, too" : "cannot");
}

static void tell_shell(const struct wire_request *req, const struct policy *policy,
		       struct lines *parts)
{
	if (*policy->shell)
		lines_add(parts, "shell: %s, in place of %s", policy->shell, req->shell);
	else
		lines_add(parts, "shell: %s", req->shell);
}

static void tell_message(const struct wire_request *req, const struct policy *policy,
			 struct lines *parts)
{
	char text[EXPAND_MESSAGE_MAX];
	struct utsname host;

	if (*policy->message && uname(&host) == 0 &&
	    expand_message(policy->message, req->user, host.nodename, "ID", text) == 0)
		lines_add(parts, "message at login: %s", text);
}

static void tell_container(const struct wire_request *req, const struct conf_values *values,
			   struct lines *parts)
{
	const struct policy *policy = &values->policy;

	tell_namespaces(policy, parts);
	outlook_network(values, parts);
	tell_who(req, policy, parts);
	outlook_privileges(policy, parts);
	tell_hostname(req, policy, parts);
	tell_tree(req, policy, parts);
	tell_proc(policy, parts);
	tell_users(req, policy, parts);
	tell_devices(policy, parts);
	tell_nss(policy, parts);
	tell_shell(req, policy, parts);
	tell_message(req, policy, parts);
}

static bool in_group(const struct wire_request *req, const char *name)
{
	for (size_t i = 0; i < req->groups; i++)
		if (!strcmp(req->names[i], name))
			return true;
	return false;
}

/* The line that exempts this login before the policy is read, and the group by which it does. */
static const struct pam_line *find_exemption(const struct wire_request *req,
					     const struct pam_stack *stack, const char **ret_group)
{
	for (size_t i = 0; i < stack->n; i++) {
		struct options o;

		if (!pam_line_is_ours(&stack->lines[i]))
			continue;
		o = pam_line_options(&stack->lines[i]);
		for (unsigned int j = 0; j < o.n_exempt; j++) {
			*ret_group = o.exempt[j];
			if (in_group(req, o.exempt[j]))
				return &stack->lines[i];
		}
	}
	return NULL;
}

/* Is the module asked at all? */
static void note_pam(const struct wire_request *req, const struct pam_stack *stack,
		     struct lines *notes)
{
	if (stack->missing)
		lines_add(notes, "there is no PAM file for the service %s", req->service);
	else if (pam_stack_find(stack, "pam_nsbox.so", 0) == stack->n)
		lines_add(notes, "the PAM service %s has no session line of pam_nsbox: as long as "
			  "that is so, nobody who logs in by it is boxed or refused", req->service);
}

static void judge_policy(const struct login *login, const struct conf_values *values,
			 const struct match_trace *trace, struct outlook *ret)
{
	const struct wire_request *req = &login->req;
	const struct policy *policy = &values->policy;
	char place[2 * CONF_VALUE_MAX], mode[2 * CONF_VALUE_MAX];

	print_place(match_origin(trace, KEY_CONTAINER, 0), place, sizeof(place));
	print_place(match_origin(trace, KEY_MODE, 0), mode, sizeof(mode));
	if (policy->container == CONTAINER_NO) {
		ret->word = OUTLOOK_EXEMPT;
		lines_add(&ret->head, "%s will not be boxed: container = no (%s)", req->user,
			  place);
	} else if (policy->mode == MODE_AUDIT && policy->container == CONTAINER_DENY) {
		ret->word = OUTLOOK_AUDIT;
		lines_add(&ret->head, "%s will not be boxed: mode = audit (%s) only logs that "
			  "container = deny (%s) would refuse the login", req->user, mode, place);
	} else if (policy->container == CONTAINER_DENY) {
		ret->word = OUTLOOK_DENIED;
		lines_add(&ret->head, "%s cannot log in: container = deny (%s)", req->user, place);
	} else if (policy->mode == MODE_AUDIT) {
		ret->word = OUTLOOK_AUDIT;
		lines_add(&ret->head, "%s will not be boxed: mode = audit (%s) builds this "
			  "container and logs it, and the login stays outside:", req->user, mode);
	} else {
		ret->word = OUTLOOK_BOXED;
		lines_add(&ret->head, "%s will be boxed:", req->user);
	}
	if (policy->container == CONTAINER_YES)
		tell_container(req, values, &ret->parts);
}

void outlook_find(const struct login *login, const struct conf_values *values,
		  const struct match_trace *trace, struct outlook *ret)
{
	const struct wire_request *req = &login->req;
	const struct pam_line *exempt;
	struct pam_stack stack;
	struct nsbox_error err;
	const char *group = NULL;

	memset(ret, 0, sizeof(*ret));
	if (pam_stack_read(req->service, &stack, &err) < 0)
		lines_add(&ret->notes, "%s", err.text);
	else
		note_pam(req, &stack, &ret->notes);
	exempt = find_exemption(req, &stack, &group);
	ret->word = OUTLOOK_EXEMPT;
	if (req->uid == 0)
		lines_add(&ret->head, "%s will not be boxed: uid 0 never is, whatever the policy "
			  "says", req->user);
	else if (exempt)
		lines_add(&ret->head, "%s will not be boxed: exempt-group=%s (%s:%u)", req->user,
			  group, exempt->file, exempt->line);
	else if (!words_have(&values->site.services, req->service))
		lines_add(&ret->head, "%s will not be boxed: %s is not one of `services`",
			  req->user, req->service);
	else
		judge_policy(login, values, trace, ret);
	pam_stack_free(&stack);
}

void outlook_free(struct outlook *outlook)
{
	lines_free(&outlook->head);
	lines_free(&outlook->parts);
	lines_free(&outlook->notes);
}
