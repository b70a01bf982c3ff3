// SPDX-License-Identifier: MIT
/*
 * The part of a login that only a root of the container's own wants. Runs as root of the host in
 * the builder, called by box.c alone, which knows when.
 */
#include <errno.h>
#include <fcntl.h>

#include "box_work.h"
#include "cleanup.h"
#include "image.h"
#include "rootfs.h"
#include "sys.h"

static int open_store(struct work *w, const struct policy *policy, const struct wire_request *req,
		      struct nsbox_error *err)
{
	bool own = w->ids.inside_uid == 0;
	int r = store_open(policy, req, w->proc, own ? req->uid : 0, own ? req->gid : 0, &w->store,
			   err);

	if (r < 0)
		return r;
	w->tree.root.shared = take_fd(&w->store.shared);
	if (w->tree.root.shared < 0)
		w->tree.root.store = fcntl(w->store.dir, F_DUPFD_CLOEXEC, 0);
	if (w->tree.root.shared < 0 && w->tree.root.store < 0)
		return error_errno(err, errno, "cannot take the layers of the overlay");
	return 0;
}

int box_look_at_root(struct work *w, const struct policy *policy, const struct wire_request *req,
		     struct nsbox_error *err)
{
	int r = image_take(policy->root, &w->root.tree, err);

	w->root.resolv = w->facts.own_resolv ? w->facts.resolv_text : NULL;
	if (r == 0)
		r = root_find(policy, req, w->birth.hostname, &w->doors, &w->root, err);
	if (r == 0)
		r = root_find_places(&w->mounts, policy, req, &w->root, err);
	if (r < 0)
		return r;
	r = mounts_plan_root(policy, &w->ids, req, &w->root, &w->mounts);
	if (r < 0)
		return error_errno(err, r, "cannot plan the root");
	w->tree.root.lower = take_fd(&w->root.tree);
	return policy->overlay == OVERLAY_USER ? open_store(w, policy, req, err) : 0;
}

int box_leave_root(struct work *w, int *ret_landing, struct nsbox_error *err)
{
	int r = mountns_apply(&w->mounts, MOUNT_CARRIED, &w->tree, err);

	if (r == 0 && w->store.dir >= 0) {
		w->host.overlay = sys_clone_tree(w->tree.root.root, "", AT_EMPTY_PATH);
		if (w->host.overlay < 0)
			return error_errno(err, w->host.overlay, "cannot take the overlay");
	}
	return r < 0 ? r : rootfs_part(&w->tree.root, w->proc, ret_landing, err);
}
