// SPDX-License-Identifier: MIT
/*
 * Plan the tenant's tree. Pure; must never call the kernel.
 */
#include "mounts.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "mount_list.h"
#include "mounts_parts.h"

static void plan_tmp(struct mount_plan *p, const struct policy *policy)
{
	static const struct {
		const char *dir, *target;
	} tmp[] = { { "tmp", "/tmp" }, { "var-tmp", "/var/tmp" } };

	for (size_t i = 0; i < 2; i++) {
		if (policy->private_tmp) {
			list_dir(p, tmp[i].dir, S_ISVTX | 0777);
			list_cover(p, tmp[i].dir, tmp[i].target, NOSUID | NODEV);
		} else {
			list_bind(p, tmp[i].target, 0, tmp[i].target, NOSUID | NODEV);
		}
	}
}

static void plan_nss(struct mount_plan *p, const struct policy *policy,
		     const struct mount_facts *facts)
{
	for (size_t i = 0; i < facts->n_nss; i++) {
		const struct nss_place *nss = &facts->nss[i];

		list_place(p, nss->path, nss->folder ? SCRATCH_DIR : SCRATCH_FILE, NULL);
		list_op(p, &(struct mount_op){
				   .kind = MOUNT_BIND,
				   .stage = policy->nss_inside ? MOUNT_STAGING : MOUNT_LANDING,
				   .source = nss->path,
				   .owner = MOUNT_OWNER_ANY,
				   .target = nss->path,
				   .attr = RO | NOSUID | NODEV | NOEXEC });
	}
}

/* Fresh: a socket is reachable across network namespaces and through a read-only mount. */
static void plan_run(struct mount_plan *p, const struct wire_request *req,
		     const struct mount_facts *facts)
{
	list_dir(p, "run", 0755);
	list_dir(p, "run/nsbox", 0755);
	list_dir(p, "run/lock", S_ISVTX | 0777);
	list_dir(p, "run/user", 0755);
	list_scratch(p, &(struct scratch_entry){ .kind = SCRATCH_DIR,
						 .path = list_text(p, "run/user/%u", req->uid),
						 .mode = 0700,
						 .uid = req->uid,
						 .gid = req->gid });
	list_file(p, "run/utmp", 0644, NULL);
	list_cover(p, "run", "/run", NOSUID | NODEV);
	if (!strncmp(facts->resolv, "/run/", 5))
		list_place(p, facts->resolv, SCRATCH_FILE, facts->resolv_text);
}

int mounts_plan(const struct policy *policy, const struct wire_request *req,
		const struct mount_facts *facts, struct mount_plan *ret)
{
	char size[24];

	ret->n_ops = ret->n_scratch = ret->n_covers = ret->used = 0;
	ret->full = false;
	/* All the tenant's session files together. */
	value_print_amount(&policy->tmp_size, size, sizeof(size));
	snprintf(ret->scratch_options, sizeof(ret->scratch_options),
		 "mode=0755,size=%s,nr_inodes=%lu", size, facts->scratch_inodes);
	plan_tmp(ret, policy);
	mounts_plan_dev(ret, facts);
	mounts_plan_homes(ret, &facts->users);
	mounts_plan_etc(ret, facts);
	plan_run(ret, req, facts);
	mounts_plan_places(ret, req, facts);
	plan_nss(ret, policy, facts);
	list_new(ret, MOUNT_JOINED, "sysfs", "/sys", NULL, RO | NOSUID | NODEV | NOEXEC);
	list_new(ret, MOUNT_JOINED, "mqueue", "/dev/mqueue", NULL, NOSUID | NODEV | NOEXEC);
	mounts_plan_masks(ret, policy);
	return ret->full ? -E2BIG : 0;
}
