// SPDX-License-Identifier: MIT
/*
 * Plan the tenant's tree. Pure; must never call the kernel.
 */
#include "mounts.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "session.h"

#define GID_TTY 5	/* fixed in every Debian, and what devpts(5) and grantpt(3) expect */

#define RO MOUNT_ATTR_RDONLY
#define NOSUID MOUNT_ATTR_NOSUID	/* no file may add privilege, whoever made it */
#define NODEV MOUNT_ATTR_NODEV		/* no device but those in our /dev */
#define NOEXEC MOUNT_ATTR_NOEXEC

static void add_scratch(struct mount_plan *p, const struct scratch_entry *e)
{
	if (p->n_scratch == SCRATCH_ENTRIES_MAX)
		p->full = true;
	else
		p->scratch[p->n_scratch++] = *e;
}

static void add_dir(struct mount_plan *p, const char *path, mode_t mode)
{
	struct scratch_entry e = { .kind = SCRATCH_DIR, .path = path, .mode = mode };

	add_scratch(p, &e);
}

static void add_file(struct mount_plan *p, const char *path, mode_t mode, const char *text)
{
	struct scratch_entry e = {
		.kind = SCRATCH_FILE, .path = path, .mode = mode, .text = text
	};

	add_scratch(p, &e);
}

static void add_link(struct mount_plan *p, const char *path, const char *target)
{
	struct scratch_entry e = { .kind = SCRATCH_LINK, .path = path, .text = target };

	add_scratch(p, &e);
}

static void add_node(struct mount_plan *p, const char *path, unsigned int minor_of_mem)
{
	struct scratch_entry e = {
		.kind = SCRATCH_NODE,
		.path = path,
		.mode = 0666,
		.dev = makedev(1, minor_of_mem),
	};

	add_scratch(p, &e);
}

static void add_op(struct mount_plan *p, const struct mount_op *op)
{
	if (p->n_ops == MOUNT_OPS_MAX)
		p->full = true;
	else
		p->ops[p->n_ops++] = *op;
}

static void bind_host(struct mount_plan *p, const char *source, uid_t owner, const char *target,
		      uint64_t attr)
{
	add_op(p, &(struct mount_op){ .kind = MOUNT_BIND,
				      .stage = MOUNT_STAGING,
				      .source = source,
				      .owner = owner,
				      .target = target,
				      .attr = attr });
}

static void mount_scratch(struct mount_plan *p, const char *source, const char *target,
			  uint64_t attr)
{
	add_op(p, &(struct mount_op){ .kind = MOUNT_SCRATCH,
				      .stage = MOUNT_STAGING,
				      .source = source,
				      .target = target,
				      .attr = attr });
}

static void mount_new(struct mount_plan *p, enum mount_stage stage, const char *type,
		      const char *target, const char *options, uint64_t attr)
{
	add_op(p, &(struct mount_op){ .kind = MOUNT_NEW,
				      .stage = stage,
				      .source = type,
				      .target = target,
				      .options = options,
				      .attr = attr });
}

static void plan_tmp(struct mount_plan *p, const struct policy *policy)
{
	static const struct {
		const char *dir, *target;
	} tmp[] = { { "tmp", "/tmp" }, { "var-tmp", "/var/tmp" } };

	for (size_t i = 0; i < 2; i++) {
		if (policy->private_tmp) {
			add_dir(p, tmp[i].dir, S_ISVTX | 0777);
			mount_scratch(p, tmp[i].dir, tmp[i].target, NOSUID | NODEV);
		} else {
			bind_host(p, tmp[i].target, 0, tmp[i].target, NOSUID | NODEV);
		}
	}
}

/* The nodes that every program may expect, and no other: no disk, no memory, no console. */
static void plan_dev(struct mount_plan *p, const struct mount_facts *facts)
{
	add_dir(p, "dev", 0755);
	add_node(p, "dev/null", 3);
	add_node(p, "dev/zero", 5);
	add_node(p, "dev/full", 7);
	add_node(p, "dev/random", 8);
	add_node(p, "dev/urandom", 9);
	add_scratch(p, &(struct scratch_entry){ .kind = SCRATCH_NODE,
						.path = "dev/tty",
						.mode = 0666,
						.gid = GID_TTY,
						.dev = makedev(5, 0) });
	add_dir(p, "dev/pts", 0755);
	add_dir(p, "dev/shm", 0755);
	add_dir(p, "dev/mqueue", 0755);
	add_link(p, "dev/ptmx", "pts/ptmx");
	add_link(p, "dev/fd", "/proc/self/fd");
	add_link(p, "dev/stdin", "/proc/self/fd/0");
	add_link(p, "dev/stdout", "/proc/self/fd/1");
	add_link(p, "dev/stderr", "/proc/self/fd/2");
	add_link(p, "dev/log", LANDING_DIR "/log");
	add_dir(p, "shm", S_ISVTX | 0777);
	if (facts->tty[0]) {
		add_file(p, "dev/console", 0600, NULL);
		snprintf(p->tty_node, sizeof(p->tty_node), "dev/%s", facts->tty + strlen("/dev/"));
		if (strncmp(p->tty_node, "dev/pts/", 8) && strcmp(p->tty_node, "dev/console"))
			add_file(p, p->tty_node, 0600, NULL);
	}
	/* Read-only, so that the nodes are all there is; a device on it can still be written to. */
	mount_scratch(p, "dev", "/dev", RO | NOSUID | NOEXEC);
	/*
	 * ptmxmode: the kernel's default of 0 lets nobody open a terminal. max: the host's pool of
	 * ptys (kernel.pty.max, 4096) is shared, and one tenant must not drain it.
	 */
	mount_new(p, MOUNT_STAGING, "devpts", "/dev/pts", "ptmxmode=0666,mode=0620,gid=5,max=256",
		  NOSUID | NOEXEC);
	mount_scratch(p, "shm", "/dev/shm", NOSUID | NODEV);
	if (facts->tty[0]) {
		/* A new devpts takes no node of another: su's terminal is bound here. */
		bind_host(p, facts->tty, MOUNT_OWNER_ANY, "/dev/console", NOSUID | NOEXEC);
		if (strncmp(facts->tty, "/dev/pts/", 9) && strcmp(facts->tty, "/dev/console"))
			bind_host(p, facts->tty, MOUNT_OWNER_ANY, facts->tty, NOSUID | NOEXEC);
	}
}

/*
 * sshd, as root, writes these: in the host's it would mix up ptys that are all called pts/0. And
 * whoever may read the host's can lock them, which delays others' logins, and see who logs in.
 */
static void plan_login_logs(struct mount_plan *p, const struct mount_facts *facts)
{
	if (facts->has_wtmp) {
		add_file(p, "wtmp", 0644, NULL);
		mount_scratch(p, "wtmp", "/var/log/wtmp", RO | NOSUID | NODEV | NOEXEC);
	}
	if (facts->has_lastlog) {
		add_file(p, "lastlog", 0644, NULL);
		mount_scratch(p, "lastlog", "/var/log/lastlog", RO | NOSUID | NODEV | NOEXEC);
	}
}

/* Keep @len bytes of @text as long as the plan lives. */
static const char *keep(struct mount_plan *p, const char *text, size_t len)
{
	char *room = p->dirs + p->dirs_used;

	if (len + 1 > sizeof(p->dirs) - p->dirs_used) {
		p->full = true;
		return "";
	}
	memcpy(room, text, len);
	room[len] = '\0';
	p->dirs_used += len + 1;
	return room;
}

/* Entries for the folders of @path, which begins with "run/". */
static void plan_parents(struct mount_plan *p, const char *path)
{
	for (const char *s = strchr(path + strlen("run/"), '/'); s; s = strchr(s + 1, '/'))
		add_dir(p, keep(p, path, (size_t)(s - path)), 0755);
}

/* Places in the fresh /run; elsewhere the tree of the host has them. */
static void plan_nss_places(struct mount_plan *p, const struct mount_facts *facts)
{
	for (size_t i = 0; i < facts->n_nss; i++) {
		const char *path = facts->nss[i].path;

		if (strncmp(path, "/run/", 5))
			continue;
		plan_parents(p, path + 1);
		if (facts->nss[i].folder)
			add_dir(p, path + 1, 0755);
		else
			add_file(p, path + 1, 0644, NULL);
	}
}

static void plan_nss(struct mount_plan *p, const struct policy *policy,
		     const struct mount_facts *facts)
{
	for (size_t i = 0; i < facts->n_nss; i++)
		add_op(p, &(struct mount_op){
				  .kind = MOUNT_BIND,
				  .stage = policy->nss_inside ? MOUNT_STAGING : MOUNT_LANDING,
				  .source = facts->nss[i].path,
				  .owner = MOUNT_OWNER_ANY,
				  .target = facts->nss[i].path,
				  .attr = RO | NOSUID | NODEV | NOEXEC });
}

/* Fresh: a socket is reachable across network namespaces and through a read-only mount. */
static void plan_run(struct mount_plan *p, const struct wire_request *req,
		     const struct mount_facts *facts)
{
	add_dir(p, "run", 0755);
	add_dir(p, "run/nsbox", 0755);
	add_dir(p, "run/lock", S_ISVTX | 0777);
	add_dir(p, "run/user", 0755);
	snprintf(p->run_user, sizeof(p->run_user), "run/user/%u", req->uid);
	add_scratch(p, &(struct scratch_entry){ .kind = SCRATCH_DIR,
						.path = p->run_user,
						.mode = 0700,
						.uid = req->uid,
						.gid = req->gid });
	add_file(p, "run/utmp", 0644, NULL);
	if (facts->resolv[0]) {
		snprintf(p->resolv, sizeof(p->resolv), "%s", facts->resolv + 1);
		plan_parents(p, p->resolv);
		add_file(p, p->resolv, 0644, facts->resolv_text);
	}
	plan_nss_places(p, facts);
	/* Last of the scratch's folders: walking the plan needs the scratch itself at /run. */
	mount_scratch(p, "run", "/run", NOSUID | NODEV);
}

int mounts_plan(const struct policy *policy, const struct wire_request *req,
		const struct mount_facts *facts, struct mount_plan *ret)
{
	memset(ret, 0, sizeof(*ret));
	/* All the tenant's session files together: a tenth of the memory, and so many files. */
	snprintf(ret->scratch_options, sizeof(ret->scratch_options),
		 "mode=0755,size=10%%,nr_inodes=%lu", facts->scratch_inodes);
	if (facts->home[0])
		bind_host(ret, facts->home, facts->home_owner, facts->home, NOSUID | NODEV);
	plan_tmp(ret, policy);
	plan_dev(ret, facts);
	plan_login_logs(ret, facts);
	plan_run(ret, req, facts);
	plan_nss(ret, policy, facts);
	mount_new(ret, MOUNT_JOINED, "sysfs", "/sys", NULL, RO | NOSUID | NODEV | NOEXEC);
	mount_new(ret, MOUNT_JOINED, "mqueue", "/dev/mqueue", NULL, NOSUID | NODEV | NOEXEC);
	/* Root inside owns limits of its namespaces that were set for it: user.max_*_namespaces. */
	add_op(ret, &(struct mount_op){ .kind = MOUNT_AGAIN,
					.stage = MOUNT_JOINED,
					.target = "/proc/sys",
					.attr = RO | NOSUID | NODEV | NOEXEC });
	return ret->full ? -E2BIG : 0;
}

static void print_attr(uint64_t attr, FILE *out)
{
	static const struct {
		uint64_t bit;
		const char *name;
	} names[] = {
		{ RO, "ro" }, { NOSUID, "nosuid" }, { NODEV, "nodev" }, { NOEXEC, "noexec" }
	};
	const char *comma = "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!(attr & names[i].bit))
			continue;
		fprintf(out, "%s%s", comma, names[i].name);
		comma = ",";
	}
}

void mounts_print(const struct mount_plan *plan, FILE *out)
{
	static const char *const kinds[] = { "bind", "scratch", "new", "again" };
	static const char *const scratch[] = { "dir", "file", "node", "link" };

	fprintf(out, "tmpfs %s\n", plan->scratch_options);
	for (size_t i = 0; i < plan->n_scratch; i++) {
		const struct scratch_entry *e = &plan->scratch[i];

		fprintf(out, "%s %s", scratch[e->kind], e->path);
		if (e->kind == SCRATCH_LINK)
			fprintf(out, " -> %s\n", e->text);
		else
			fprintf(out, " %04o %u:%u\n", e->mode, e->uid, e->gid);
	}
	for (size_t i = 0; i < plan->n_ops; i++) {
		const struct mount_op *op = &plan->ops[i];

		fprintf(out, "%s %s on %s ", kinds[op->kind], op->source ? op->source : "-",
			op->target);
		print_attr(op->attr, out);
		fprintf(out, "%s%s%s\n", op->options ? " " : "", op->options ? op->options : "",
			op->stage == MOUNT_LANDING ? " (in the landing alone)" : "");
	}
}
