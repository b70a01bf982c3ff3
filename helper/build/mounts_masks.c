// SPDX-License-Identifier: MIT
/*
 * Plan what hides the machine behind /proc and /sys. Pure; must never call the kernel.
 *
 * Most of these belong to the host's root, whom no tenant is, and are closed to tenants by their
 * modes. The mounts are there for the day when one of them is not, and hold against root inside.
 */
#include <string.h>

#include "mount_list.h"
#include "mounts_parts.h"

enum mask_kind {
	MASK_WRITES,	/* it can be read, and not written */
	MASK_FILE,	/* an empty file in its place */
	MASK_FOLDER,	/* an empty folder in its place */
};

struct mask {
	const char *path;
	enum mask_kind kind;
	enum mount_stage stage;
};

/* While staging, init's child still takes its namespaces: what is mounted then costs no time. */
static const struct mask masks[] = {
	{ "/proc/sysrq-trigger", MASK_WRITES, MOUNT_STAGING },
	{ "/proc/bus", MASK_WRITES, MOUNT_STAGING },
	{ "/proc/fs", MASK_WRITES, MOUNT_STAGING },
	{ "/proc/irq", MASK_WRITES, MOUNT_STAGING },
	{ "/proc/kcore", MASK_FILE, MOUNT_STAGING },
	{ "/proc/keys", MASK_FILE, MOUNT_STAGING },
	{ "/proc/key-users", MASK_FILE, MOUNT_STAGING },
	{ "/proc/timer_list", MASK_FILE, MOUNT_STAGING },
	{ "/proc/latency_stats", MASK_FILE, MOUNT_STAGING },
	{ "/proc/sched_debug", MASK_FILE, MOUNT_STAGING },
	{ "/proc/acpi", MASK_FOLDER, MOUNT_STAGING },
	{ "/proc/scsi", MASK_FOLDER, MOUNT_STAGING },
	/*
	 * Root inside owns limits of its namespaces that were set for it: user.max_*_namespaces.
	 * Late, for the child sets them through this very mount of /proc.
	 */
	{ "/proc/sys", MASK_WRITES, MOUNT_JOINED },
	/* The container's sysfs belongs to its network namespace. */
	{ "/sys/firmware", MASK_FOLDER, MOUNT_JOINED },
	{ "/sys/devices/virtual/powercap", MASK_FOLDER, MOUNT_JOINED },
};

static const char *cover_for(struct mount_plan *p, enum mask_kind kind)
{
	if (kind == MASK_FILE)
		list_file(p, "no-file", 0444, NULL);
	else
		list_dir(p, "no-folder", 0555);
	return kind == MASK_FILE ? "no-file" : "no-folder";
}

const char *mounts_proc_options(const struct policy *policy)
{
	static const char *const options[] = {
		[PROC_OWN] = NULL,
		[PROC_HIDEPID] = "hidepid=invisible",
		[PROC_PID_ONLY] = "subset=pid",
	};

	return options[policy->proc];
}

/*
 * Whoever has a procfs without a locked mount in it may mount a whole one, in a pid namespace of
 * root's inside. So there is one, over what it is itself, and as long as there is a process 1.
 */
static void plan_lock(struct mount_plan *p)
{
	list_op(p, &(struct mount_op){ .kind = MOUNT_AGAIN,
				       .stage = MOUNT_STAGING,
				       .target = "/proc/1/task",
				       .attr = RO | NOSUID | NODEV | NOEXEC });
}

void mounts_plan_masks(struct mount_plan *p, const struct policy *policy)
{
	if (policy->proc == PROC_PID_ONLY)
		plan_lock(p);
	for (size_t i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
		bool covered = masks[i].kind != MASK_WRITES;

		if (policy->proc == PROC_PID_ONLY && !strncmp(masks[i].path, "/proc/", 6))
			continue;
		list_op(p, &(struct mount_op){
				   .kind = covered ? MOUNT_SCRATCH : MOUNT_AGAIN,
				   .stage = masks[i].stage,
				   .source = covered ? cover_for(p, masks[i].kind) : NULL,
				   .target = masks[i].path,
				   .attr = RO | NOSUID | NODEV | NOEXEC,
				   .optional = true });
	}
}
