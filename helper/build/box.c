// SPDX-License-Identifier: MIT
/*
 * The order of a login. Runs as root of the host in the builder; all order is here, the rooms that
 * it calls (mountns, birth, landing) do not know each other.
 *
 *  1. plan    should make the plans that init needs, and hold what must come from the host; the
 *             host's side of networks must be there. Mustn't make anything of the session's.
 *  2. birth   should leave the host's mount namespace and clone init: the kernel needs longer for a
 *             network namespace than we for all the mounts, so it begins first.
 *  3. look    should find out all that depends on the host's names and files, and plan the mounts
 *             and doors, in a tree that is still the host's. Mustn't mount anything.
 *  4. stage   should take from the tree what is to stay as it is, make the rest read-only, then
 *             mount what does not depend on a namespace.
 *             Mustn't attach init's /proc before: it would be sealed with the rest.
 *  5. join    should write the id maps, connect init's network namespace, and mount sysfs and
 *             mqueue in init's net and ipc namespaces.
 *             should part the landing from a root of the container's own, if there is one.
 *             Mustn't let init copy the tree before everything that must be locked is in it.
 *  6. land    should turn the tree into the landing once init has its copy.
 *             Mustn't do so earlier, or the container would get the doors and no program.
 *  7. hand    should open what the module needs, when init is ready.
 *
 * Undo is one thing: kill init. Mounts live in the builder's own mount namespace and end with it,
 * the wire of its network with that namespace; nothing else is made.
 */
#include "box.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "box_work.h"
#include "cleanup.h"
#include "maps.h"
#include "paths.h"
#include "privileges.h"
#include "resolv.h"
#include "sys.h"

/* A procfs, and ours: what is written to a fake one would not be what we think it is. */
static int open_proc(int *ret_fd, struct nsbox_error *err)
{
	_cleanup_close_ int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	char self[16], pid[16];
	struct statfs fs;
	ssize_t n;

	if (fd < 0 || fstatfs(fd, &fs) < 0)
		return error_errno(err, errno, "cannot open /proc");
	n = readlinkat(fd, "self", self, sizeof(self) - 1);
	snprintf(pid, sizeof(pid), "%d", getpid());
	if (fs.f_type != PROC_SUPER_MAGIC || n < 0 || (size_t)n != strlen(pid) ||
	    memcmp(self, pid, (size_t)n))
		return error_plain(err, EPERM, "cannot trust /proc: not a procfs of this process");
	*ret_fd = take_fd(&fd);
	return 0;
}

static void plan_caps(const struct policy *policy, struct caps *caps)
{
	bool self = policy->user_map == USER_MAP_SELF;

	caps->kept = privileges_kept(policy);
	/* Who is not uid 0 inside has them in plain programs by the ambient set only. */
	if (self && caps->kept)
		caps->flags |= CAPS_AMBIENT;
	/* Where uid 0 is root, su and what apt starts go by the usual rules. */
	if (self || !caps->kept)
		caps->flags |= CAPS_LOCKED;
	if (!policy->no_new_privileges)
		caps->flags |= CAPS_GAIN;
}

static void plan_record(struct work *w, const struct policy *policy, const struct wire_request *req)
{
	struct session_record *rec = &w->record;

	rec->magic = SESSION_MAGIC;
	rec->size = sizeof(*rec);
	rec->uid = req->uid;
	rec->gid = req->gid;
	rec->inside_uid = w->birth.uid;
	rec->inside_gid = w->birth.gid;
	rec->namespaces = w->namespaces;
	rec->core_dumps = policy->core_dumps;
	if (!privileges_umask(policy->umask, &rec->umask))
		rec->umask = SESSION_KEEP_UMASK;
	plan_caps(policy, &rec->caps);
	snprintf(rec->id, sizeof(rec->id), "%s", req->id);
	strcpy(rec->door, w->doors.doors[0].path);
	if (w->root.shell[0])
		strcpy(rec->shell, w->root.shell);
	else
		strcpy(rec->shell, policy->shell[0] ? policy->shell : rec->door);
}

static int plan_birth(struct work *w, const struct policy *policy, const struct wire_request *req,
		      struct nsbox_error *err)
{
	bool mapped = w->namespaces & CLONE_NEWUSER;
	struct utsname host;
	int r;

	if (uname(&host) < 0)
		return error_errno(err, errno, "cannot read the host's name");
	r = expand_hostname(policy->hostname, req->user, host.nodename, req->id, w->birth.hostname);
	if (r < 0)
		return error_errno(err, r, "cannot make a host name of \"%s\"", policy->hostname);
	w->birth.namespaces = w->namespaces;
	w->birth.proc = mounts_proc_options(policy);
	w->birth.host_net = (w->namespaces & CLONE_NEWNET) && net_is_hosts(policy);
	w->birth.low_ports = policy->low_ports;
	w->birth.nested = policy->nested_user_namespaces;
	w->birth.bare_proc = policy->proc == PROC_PID_ONLY;
	w->birth.owner = w->ids.owner;
	w->birth.uid = mapped ? w->ids.inside_uid : req->uid;
	w->birth.gid = mapped ? w->ids.inside_gid : req->gid;
	w->birth.init = open(NSBOX_INIT, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (w->birth.init < 0)
		return error_errno(err, errno, "cannot open %s", NSBOX_INIT);
	return 0;
}

static int plan_ids(struct work *w, const struct policy *policy, const struct wire_request *req,
		    struct nsbox_error *err)
{
	struct subids subids;
	int r;

	if (policy->user_map != USER_MAP_SUBIDS)
		return idmap_plan(policy->user_map, req, NULL, &w->ids, err);
	r = subids_ask(req, &subids, err);
	return r < 0 ? r : idmap_plan(policy->user_map, req, &subids, &w->ids, err);
}

/* Whom the session asks for names is a part of what it can reach, and of its tree. */
static int plan_net(struct work *w, const struct policy *policy, const struct site *site,
		    const struct wire_request *req, struct nsbox_error *err)
{
	struct net_resolvers servers = { .n = 0 };
	int r;

	if (!net_is_wired(policy))
		return 0;
	r = facts_names(policy, &w->facts, &servers, err);
	if (r == 0)
		r = net_prepare(policy, site, req->uid, &servers, &w->net, err);
	return r < 0 ? r : resolv_write(&w->net.plan.filter, &w->facts.resolv_text, err);
}

static int plan(struct work *w, const struct policy *policy, const struct site *site,
		const struct wire_request *req, struct nsbox_error *err)
{
	int r;

	facts_wake(policy, req);
	w->namespaces = policy->namespaces;
	r = open_proc(&w->proc, err);
	if (r == 0)
		r = plan_ids(w, policy, req, err);
	if (r == 0)
		r = plan_net(w, policy, site, req, err);
	return r < 0 ? r : plan_birth(w, policy, req, err);
}

static int give_birth(struct work *w, struct nsbox_error *err)
{
	int r = sys_unshare(CLONE_NEWNS);

	if (r < 0)
		return error_errno(err, r, "cannot leave the host's mount namespace");
	return birth_begin(&w->birth, &w->pid, &w->init, &w->control, err);
}

static int look(struct work *w, const struct policy *policy, const struct wire_request *req,
		struct nsbox_error *err)
{
	int r = facts_find(policy, req, &w->facts, err);

	if (r == 0)
		r = facts_doors(req, w->facts.home, &w->doors, err);
	if (r == 0)
		r = facts_check_doors(&w->facts, &w->doors, err);
	if (r < 0)
		return r;
	r = mounts_plan(policy, req, &w->facts, &w->mounts);
	if (r < 0)
		return error_errno(err, r, "cannot plan the mounts");
	r = root_is_wanted(policy) ? box_look_at_root(w, policy, req, err) : 0;
	if (r == 0)
		plan_record(w, policy, req);
	return r;
}

/* Wait for init's namespaces, and say who is who in them; once. */
static int map_ids(struct work *w, struct nsbox_error *err)
{
	int r;

	if (w->mapped)
		return 0;
	r = birth_await(w->control, BIRTH_UNSHARED, err);
	if (r == 0 && (w->namespaces & CLONE_NEWUSER))
		r = maps_write(w->proc, w->pid, &w->ids, err);
	w->mapped = r == 0;
	return r;
}

static int stage(struct work *w, const struct policy *policy, const struct wire_request *req,
		 struct nsbox_error *err)
{
	_cleanup_close_ int proc = -1;
	int r;

	r = landing_take(req->uid, &w->host, err);
	if (r == 0)
		r = mountns_take(&w->mounts, req, &w->tree, err);
	if (r == 0)
		r = mountns_seal(policy->read_only, err);
	if (r == 0)
		r = birth_take_proc(w->control, &proc, err);
	if (r == 0)
		r = mount_attach(proc, 0, 0, "/proc", err);
	/* An image is mapped to the ids of a user namespace: then there has to be one already. */
	if (r == 0 && w->tree.root.lower >= 0)
		r = map_ids(w, err);
	if (r == 0 && w->tree.root.lower >= 0 && w->ids.inside_uid == 0 && !w->root.host)
		r = maps_open(w->proc, w->pid, &w->tree.root.userns, err);
	if (r == 0)
		r = mountns_apply(&w->mounts, MOUNT_STAGING, &w->tree, err);
	return r < 0 ? r : map_ids(w, err);
}

static int join(struct work *w, struct nsbox_error *err)
{
	int theirs = w->namespaces & (CLONE_NEWNET | CLONE_NEWIPC);
	_cleanup_close_ int landing = -1;
	int r = net_connect(&w->net, w->proc, w->pid, err);

	if (r < 0)
		return r;
	r = theirs ? sys_setns(w->init, theirs) : 0;
	if (r < 0)
		return error_errno(err, r, "cannot join the container");
	r = net_raise(&w->net, w->proc, err);
	if (r < 0)
		return r;
	r = mountns_apply(&w->mounts, MOUNT_JOINED, &w->tree, err);
	if (r == 0 && w->tree.root.root >= 0)
		r = box_leave_root(w, &landing, err);
	if (r == 0)
		r = birth_tell(w->control, BIRTH_MAPPED, w->store.dir < 0 ? -1 : landing, err);
	return r < 0 ? r : birth_await(w->control, BIRTH_COPIED, err);
}

static int land(struct work *w, const struct policy *policy, struct nsbox_error *err)
{
	struct stat st;
	char path[32];
	int r;

	snprintf(path, sizeof(path), "%d/ns/pid", w->pid);
	if (fstatat(w->proc, path, &st, 0) < 0)
		return error_errno(err, errno, "cannot identify the container's pid namespace");
	w->record.pidns_dev = st.st_dev;
	w->record.pidns_ino = st.st_ino;
	net_tell(&w->net, w->record.addresses, w->record.ports);
	/* First: what has come until now gets the landing's flags with all the rest. */
	r = mountns_settle(&w->mounts, err);
	if (r == 0)
		r = landing_make(&w->doors, &w->record, &w->host, err);
	if (r == 0)
		r = mountns_apply(&w->mounts, MOUNT_LANDING, &w->tree, err);
	if (r == 0 && w->store.dir >= 0)
		r = store_publish(&w->store, policy, w->proc, w->pid, &w->record, err);
	return r;
}

static int hand(struct work *w, struct box *ret, struct nsbox_error *err)
{
	int landing = openat(w->proc, "self/ns/mnt", O_RDONLY | O_CLOEXEC);
	int r;

	if (landing < 0)
		return error_errno(err, errno, "cannot open the landing");
	r = birth_await(w->control, BIRTH_READY, err);
	if (r < 0) {
		close(landing);
		return r;
	}
	memcpy(ret->ports, w->record.ports, sizeof(ret->ports));
	ret->fds[WIRE_FD_LANDING] = landing;
	ret->fds[WIRE_FD_INIT] = take_fd(&w->init);
	ret->fds[WIRE_FD_CONTROL] = take_fd(&w->control);
	return 0;
}

static void finish(struct work *w)
{
	if (w->init >= 0)
		sys_pidfd_signal(w->init, SIGKILL);	/* hand() took it if all went well */
	cleanup_close(&w->init);
	cleanup_close(&w->control);
	cleanup_close(&w->proc);
	cleanup_close(&w->host.log);
	cleanup_close(&w->host.overlay);
	cleanup_close(&w->birth.init);
	mountns_release(&w->tree);
	facts_release(&w->facts);
	root_release(&w->root);
	store_release(&w->store);
	net_release(&w->net);
}

int box_open(const struct policy *policy, const struct site *site, const struct wire_request *req,
	     int monitor, struct box *ret, struct nsbox_error *err)
{
	struct work w = {
		.proc = -1,
		.init = -1,
		.control = -1,
		.host = { .log = -1, .overlay = -1 },
		.root.tree = -1,
		.birth = { .init = -1, .monitor = monitor },
	};
	int r;

	mountns_begin(&w.tree);
	store_init(&w.store);
	net_init(&w.net);
	r = plan(&w, policy, site, req, err);
	if (r == 0)
		r = give_birth(&w, err);
	if (r == 0)
		r = look(&w, policy, req, err);
	if (r == 0)
		r = stage(&w, policy, req, err);
	if (r == 0)
		r = join(&w, err);
	if (r == 0)
		r = land(&w, policy, err);
	if (r == 0)
		r = hand(&w, ret, err);
	finish(&w);
	return r;
}
