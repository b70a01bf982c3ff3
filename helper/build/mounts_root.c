// SPDX-License-Identifier: MIT
/*
 * Plan a root of the container's own. Pure; must never call the kernel.
 *
 * It is an overlay in any case: over the image lies a folder of the scratch, "root", with what an
 * image may lack (the places where mounts go) or has of another host (names and addresses). A
 * folder there hides whatever else the image has by that name: a link to elsewhere is never walked.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "mount_list.h"
#include "root.h"

static const struct {
	const char *path;
	enum root_text text;
} files[] = {
	{ "root/etc/passwd", ROOT_PASSWD },
	{ "root/etc/group", ROOT_GROUP },
	{ "root/etc/hosts", ROOT_HOSTS },
	{ "root/etc/resolv.conf", ROOT_RESOLV },
};

/* Whoever is root inside owns what is in the layers; without one, the host's root does. */
static void list_owned(struct mount_plan *p, struct scratch_entry entry, const struct idmap *ids,
		       const struct wire_request *req)
{
	if (ids->inside_uid == 0) {
		entry.uid = req->uid;
		entry.gid = req->gid;
	}
	list_scratch(p, &entry);
}

static void list_owned_dir(struct mount_plan *p, const char *path, const struct idmap *ids,
			   const struct wire_request *req)
{
	list_owned(p, (struct scratch_entry){ .kind = SCRATCH_DIR, .path = path, .mode = 0755 },
		   ids, req);
}

/* The folders of @path in the layer, from the top. */
static void list_parents(struct mount_plan *p, const char *path, const struct idmap *ids,
			 const struct wire_request *req)
{
	if (p->full)
		return;	/* @path may be "" then */
	for (const char *s = strchr(path + strlen("root/"), '/'); s; s = strchr(s + 1, '/'))
		list_owned_dir(p, list_keep(p, path, (size_t)(s - path)), ids, req);
}

static void plan_files(struct mount_plan *p, const struct idmap *ids,
		       const struct wire_request *req, const struct root_facts *facts)
{
	static const char *const dirs[] = { "root/etc", "root/proc", "root/sys", "root/dev",
					    "root/run", "root/tmp", "root/var", "root/var/tmp" };
	/* No link: a shell of many names goes by the one that it is called by. */
	static const char stand_in[] = "#!/bin/sh\nexec /bin/sh \"$@\"\n";

	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++)
		list_owned_dir(p, dirs[i], ids, req);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		list_owned(p, (struct scratch_entry){ .kind = SCRATCH_FILE, .path = files[i].path,
						      .mode = 0644,
						      .text = facts->text[files[i].text] },
			   ids, req);
	for (size_t i = 0; i < facts->n_stand_ins; i++) {
		const char *path = list_text(p, "root%s", facts->stand_ins[i]);

		list_parents(p, path, ids, req);
		list_owned(p, (struct scratch_entry){ .kind = SCRATCH_FILE, .path = path,
						      .mode = 0755, .text = stand_in }, ids, req);
	}
}

static void plan_place(struct mount_plan *p, const struct root_place *place,
		       const struct idmap *ids, const struct wire_request *req)
{
	if (place->missing) {
		const char *path = list_text(p, "root%s", place->path);

		if (p->full)
			return;
		list_parents(p, path, ids, req);
		if (place->folder)
			list_owned_dir(p, path, ids, req);
		else
			list_file(p, path, 0644, NULL);
	}
	list_op(p, &(struct mount_op){ .kind = MOUNT_CARRY,
				       .stage = MOUNT_CARRIED,
				       .source = place->target,
				       .target = place->path,
				       .aside = place->aside,
				       .attr = place->attr });
}

static void list_op_first(struct mount_plan *p, const struct mount_op *op)
{
	list_op(p, op);
	if (p->full)
		return;
	memmove(p->ops + 1, p->ops, (p->n_ops - 1) * sizeof(*p->ops));
	p->ops[0] = *op;
}

int mounts_plan_root(const struct policy *policy, const struct idmap *ids,
		     const struct wire_request *req, const struct root_facts *facts,
		     struct mount_plan *plan)
{
	static const char read_only[] = "lowerdir=" ROOT_LAYERS;
	/* Plain copies: a kernel with other defaults must find the same in a layer that is kept. */
	static const char writable[] = "lowerdir=" ROOT_LAYERS
				       ",upperdir=" SCRATCH_PLACE "/writable/upper"
				       ",workdir=" SCRATCH_PLACE "/writable/work"
				       ",redirect_dir=nofollow,metacopy=off,index=off";

	list_dir(plan, "lower", 0700);
	list_dir(plan, "container", 0700);
	if (policy->overlay != OVERLAY_NONE)
		list_dir(plan, "writable", 0700);
	if (policy->overlay == OVERLAY_SESSION) {
		list_owned_dir(plan, "writable/upper", ids, req);
		list_dir(plan, "writable/work", 0700);
	}
	list_owned_dir(plan, "root", ids, req);
	list_dir(plan, "hidden", 0);
	list_file(plan, "hidden-file", 0, NULL);
	if (!facts->host)
		plan_files(plan, ids, req, facts);
	list_op_first(plan, &(struct mount_op){
				    .kind = MOUNT_ROOT,
				    .stage = MOUNT_STAGING,
				    .source = "overlay",
				    .target = SCRATCH_PLACE "/container",
				    .options = policy->overlay == OVERLAY_NONE ? read_only :
										 writable,
				    .attr = NOSUID | NODEV |
					    (policy->overlay == OVERLAY_NONE ? RO : 0) });
	for (size_t i = 0; i < facts->n_places; i++)
		plan_place(plan, &facts->places[i], ids, req);
	return plan->full ? -E2BIG : 0;
}
