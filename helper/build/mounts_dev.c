// SPDX-License-Identifier: MIT
/*
 * Plan the tenant's /dev. Pure; must never call the kernel.
 */
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "mount_list.h"
#include "mounts_parts.h"
#include "session.h"

#define GID_TTY 5	/* fixed in every Debian, and what devpts(5) and grantpt(3) expect */

static void memory_node(struct mount_plan *p, const char *path, unsigned int minor_of_mem)
{
	struct scratch_entry e = {
		.kind = SCRATCH_NODE,
		.path = path,
		.mode = 0666,
		.dev = makedev(1, minor_of_mem),
	};

	list_scratch(p, &e);
}

/* A new devpts takes no node of another, and /dev/console is there for all. */
static bool has_own_node(const char *tty)
{
	return strncmp(tty, "/dev/pts/", 9) && strcmp(tty, "/dev/console");
}

/* The same numbers, mode and owner: what may open it is decided as on the host. */
static void plan_host_devices(struct mount_plan *p, const struct mount_facts *facts)
{
	for (size_t i = 0; i < facts->n_devices; i++) {
		const struct mount_device *device = &facts->devices[i];
		const char *path = list_text(p, "dev/%s", device->path);

		if (p->full)
			return;
		for (const char *s = strchr(path + 4, '/'); s; s = strchr(s + 1, '/'))
			list_dir(p, list_keep(p, path, (size_t)(s - path)), 0755);
		list_scratch(p, &(struct scratch_entry){
					.kind = S_ISBLK(device->mode) ? SCRATCH_BLOCK :
									SCRATCH_NODE,
					.path = path,
					.mode = device->mode & 07777,
					.uid = device->uid,
					.gid = device->gid,
					.dev = device->dev });
	}
}

/* The nodes that every program may expect, and no other: no disk, no memory, no console. */
void mounts_plan_dev(struct mount_plan *p, const struct mount_facts *facts)
{
	list_dir(p, "dev", 0755);
	memory_node(p, "dev/null", 3);
	memory_node(p, "dev/zero", 5);
	memory_node(p, "dev/full", 7);
	memory_node(p, "dev/random", 8);
	memory_node(p, "dev/urandom", 9);
	list_scratch(p, &(struct scratch_entry){ .kind = SCRATCH_NODE,
						.path = "dev/tty",
						.mode = 0666,
						.gid = GID_TTY,
						.dev = makedev(5, 0) });
	list_dir(p, "dev/pts", 0755);
	list_dir(p, "dev/shm", 0755);
	list_dir(p, "dev/mqueue", 0755);
	list_link(p, "dev/ptmx", "pts/ptmx");
	list_link(p, "dev/fd", "/proc/self/fd");
	list_link(p, "dev/stdin", "/proc/self/fd/0");
	list_link(p, "dev/stdout", "/proc/self/fd/1");
	list_link(p, "dev/stderr", "/proc/self/fd/2");
	list_link(p, "dev/log", LANDING_DIR "/log");
	list_dir(p, "shm", S_ISVTX | 0777);
	if (facts->tty[0]) {
		list_file(p, "dev/console", 0600, NULL);
		if (has_own_node(facts->tty))
			list_file(p, list_text(p, "%s", facts->tty + 1), 0600, NULL);
	}
	plan_host_devices(p, facts);
	/* Read-only, so that the nodes are all there is; a device on it can still be written to. */
	list_cover(p, "dev", "/dev", RO | NOSUID | NOEXEC);
	/*
	 * ptmxmode: the kernel's default of 0 lets nobody open a terminal. max: the host's pool of
	 * ptys (kernel.pty.max, 4096) is shared, and one tenant must not drain it.
	 */
	list_new(p, MOUNT_STAGING, "devpts", "/dev/pts", "ptmxmode=0666,mode=0620,gid=5,max=256",
		  NOSUID | NOEXEC);
	list_cover(p, "shm", "/dev/shm", NOSUID | NODEV);
	if (facts->tty[0]) {
		/* A new devpts takes no node of another: su's terminal is bound here. */
		list_bind(p, facts->tty, MOUNT_OWNER_ANY, "/dev/console", NOSUID | NOEXEC);
		if (has_own_node(facts->tty))
			list_bind(p, facts->tty, MOUNT_OWNER_ANY, facts->tty, NOSUID | NOEXEC);
	}
}
