/* SPDX-License-Identifier: MIT */
/*
 * A root of the container's own: an image, or the host's tree with an overlay. What must be known
 * of it is looked up here, so that the plan (mounts_root.c) can stay pure.
 *
 * The landing never has this root: sshd's child resolves names and loads libraries in the landing,
 * as root for a moment, and whoever is root inside can write what lies over an image.
 */
#ifndef NSBOX_ROOT_H
#define NSBOX_ROOT_H

#include <sys/stat.h>

#include "doors.h"
#include "error.h"
#include "idmap.h"
#include "mounts.h"
#include "policy.h"
#include "wire.h"

/**
 * struct root_place - where a mount of the plan goes
 * @target: its target in the plan
 * @path: the same in the root, links resolved
 * @aside: where in the scratch it is to be taken from, if the tree has it nowhere; or NULL
 * @attr: MOUNT_ATTR_* that it is to have beside its own
 * @missing: there is no such place; where it would be, a new one is to be made
 * @folder: it is a folder
 */
struct root_place {
	char *target;
	char *path;
	const char *aside;
	uint64_t attr;
	bool missing;
	bool folder;
};

/**
 * struct root_facts - what the plan must know of the root
 * @tree: a mount of it that is not attached, the overlay's lower layer;
 *        to only look at it, an O_PATH descriptor will do
 * @where: path at which @tree is attached, NULL when it is not
 * @host: it is the host's own tree
 * @resolv: what is to be its resolv.conf; NULL for the host's
 * @shell: the program there that stands for the login shell
 * @stand_ins: where a script stands in for a shell that the image lacks and somebody will call
 * @n_stand_ins: how many
 * @text: by enum root_text, content of the files that every root is given
 * @places: one for each mount of the plan that must be there as well
 * @n_places: how many
 */
#define ROOT_STAND_INS 2	/* the login shell, and the host's name of /bin/sh */

enum root_text { ROOT_PASSWD, ROOT_GROUP, ROOT_HOSTS, ROOT_RESOLV, ROOT_TEXTS };

struct root_facts {
	int tree;
	const char *where;
	bool host;
	const char *resolv;
	char shell[PATH_MAX];
	char *stand_ins[ROOT_STAND_INS];
	size_t n_stand_ins;
	char *text[ROOT_TEXTS];
	struct root_place *places;
	size_t n_places;
};

/* Does the policy ask for a root of its own? */
bool root_is_wanted(const struct policy *policy);

/**
 * root_find() - look at what the root has
 * @policy: with root_is_wanted()
 * @req: whose login it is
 * @hostname: of the container
 * @doors: where the landing has doors
 * @ret: all zero, with @tree, @where and @resolv; root_release() in any case
 * @err: filled on failure
 *
 * A root without a shell is a failure. What is read in an image is opened below it, whatever its
 * links say, and only if it is a regular file.
 *
 * Return: 0 or -errno. See openat2(2), RESOLVE_IN_ROOT.
 */
int root_find(const struct policy *policy, const struct wire_request *req, const char *hostname,
	      const struct door_plan *doors, struct root_facts *ret, struct nsbox_error *err);

/**
 * root_look_up() - where a path leads in the root
 * @facts: with @tree
 * @path: absolute
 * @ret_path: the same without links, malloc'ed, also of what is missing; untouched on failure
 * @ret_st: of the object, or of the folder in which the first missing one would be
 *
 * Return: 1 if there is such an object, 0 if it is missing, or -errno.
 */
int root_look_up(const struct root_facts *facts, const char *path, char **ret_path,
		 struct stat *ret_st);

/**
 * root_find_places() - find out where the plan's mounts go
 * @plan: the tree of the landing; must live as long as @ret
 * @policy: what is hidden
 * @req: whose login it is
 * @ret: from root_find()
 * @err: filled on failure
 *
 * A mount below another one comes along with it and has no place of its own.
 *
 * Return: 0 or -errno: -ENOTDIR where a file of the image stands in the way.
 */
int root_find_places(const struct mount_plan *plan, const struct policy *policy,
		     const struct wire_request *req, struct root_facts *ret,
		     struct nsbox_error *err);

/* Close and free what @facts owns. */
void root_release(struct root_facts *facts);

/**
 * mounts_plan_root() - plan the root, and take the mounts of the plan into it
 * @policy: the login's effective policy
 * @ids: who root inside is
 * @req: whose login it is
 * @facts: must live as long as @plan
 * @plan: from mounts_plan(); it is added to
 *
 * Pure. Return: 0, or -E2BIG if the plan does not fit its room.
 */
int mounts_plan_root(const struct policy *policy, const struct idmap *ids,
		     const struct wire_request *req, const struct root_facts *facts,
		     struct mount_plan *plan);

#endif
