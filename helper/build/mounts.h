/* SPDX-License-Identifier: MIT */
/*
 * The plan of the tree that a tenant sees: a list of mounts, and the files of the session's own
 * tmpfs, the scratch. Pure data; mountns.c walks it.
 */
#ifndef NSBOX_MOUNTS_H
#define NSBOX_MOUNTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "policy.h"
#include "wire.h"

#define MOUNT_OPS_MAX 256
#define SCRATCH_ENTRIES_MAX 512
#define MOUNT_COVERS_MAX 256
#define MOUNT_PLACES_MAX 128
#define MOUNT_DEVICES_MAX 128
#define MOUNT_DEVICE_PATH 128	/* below /dev, with the NUL */
#define MOUNT_ROOM (64 * 1024)	/* bytes of all paths and texts that a plan makes itself */
#define NSS_PLACES_MAX 12	/* of one login: more than there are services of NSS */
#define SCRATCH_OPTIONS_MAX 96
#define SCRATCH_PLACE "/run"	/* where the scratch is; its own "run" covers it */
#define ROOT_LAYERS SCRATCH_PLACE "/root:" SCRATCH_PLACE "/lower"	/* of a root's overlay */
#define MOUNT_OWNER_ANY ((uid_t)-1)

/*
 * When a mount is made. The order is in box.c; the reason for each is that a mount belongs to the
 * namespaces of who makes it, and that only what is there before init copies the tree is locked.
 */
enum mount_stage {
	MOUNT_STAGING,	/* the builder, in the namespaces of the host */
	MOUNT_JOINED,	/* the builder, in the container's net and ipc namespaces, /proc is there */
	MOUNT_CARRIED,	/* the same, when all that goes into a root of its own is there */
	MOUNT_LANDING,	/* the builder, when the container has its copy: in the landing alone */
};

enum mount_kind {
	MOUNT_BIND,	/* @source of the host, with the mounts below it, on @target */
	MOUNT_SCRATCH,	/* the folder @source of the scratch on @target */
	MOUNT_NEW,	/* a new file system of type @source on @target */
	MOUNT_AGAIN,	/* @target of the tree on itself, so that it has attributes of its own */
	MOUNT_OVERLAY,	/* the folder @source of the scratch, and what it has not, of the tree */
	MOUNT_ROOT,	/* the overlay that is the container's own root, kept at @target so far */
	MOUNT_CARRY,	/* what the tree has at @source, and below it, on @target of that root */
};

/**
 * struct mount_op - one mount
 * @kind: what is mounted
 * @stage: when
 * @source: see enum mount_kind
 * @owner: whom the source of a bind must belong to, or MOUNT_OWNER_ANY
 * @target: absolute path in the tree
 * @options: of a new file system, "key=value,flag", or NULL
 * @idmap: of a bind, the source's owner and group are the tenant
 * @slave: of a bind in the container: later mounts of the host come along
 * @attr: MOUNT_ATTR_* to set, mount_setattr(2)
 * @optional: where the tree has no @target, there is nothing to do
 * @aside: where in the scratch it is instead of on @target, for a root of its own to take; or NULL
 * @of_host: it hides what the host has there: a root that is an image has nothing of it
 */
struct mount_op {
	enum mount_kind kind;
	enum mount_stage stage;
	const char *source;
	uid_t owner;
	const char *target;
	const char *options;
	bool idmap;
	bool slave;
	uint64_t attr;
	bool optional;
	const char *aside;
	bool of_host;
};

enum scratch_kind {
	SCRATCH_DIR,
	SCRATCH_FILE,
	SCRATCH_NODE,	/* a character device */
	SCRATCH_BLOCK,	/* a block device */
	SCRATCH_LINK,
};

/**
 * struct scratch_entry - one object in the scratch
 * @kind: what it is
 * @path: below the scratch's root; its folder comes earlier in the list
 * @mode: permission bits
 * @uid: owner
 * @gid: group
 * @dev: of a node
 * @text: content of a file, target of a link; NULL for none
 */
struct scratch_entry {
	enum scratch_kind kind;
	const char *path;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t dev;
	const char *text;
};

/**
 * struct nss_place - a socket of NSS on the host, or a folder of such
 * @path: where it is
 * @folder: it is a folder
 */
struct nss_place {
	char path[128];
	bool folder;
};

enum place_kind {
	PLACE_HIDDEN,	/* an empty folder or file that nobody may look into */
	PLACE_BIND,	/* what the host has elsewhere, or at the same place */
	PLACE_BARE,	/* an empty folder of root's, or with just what else has its place in it */
	PLACE_TEXT,	/* a file of the session's, with name servers, over one of the host's */
	PLACE_OWN,	/* an empty folder of the tenant's, in the scratch */
	PLACE_TMPFS,	/* the same, with a size of its own */
};

/**
 * struct mount_place - where the policy changes the tree
 * @kind: how
 * @target: absolute path without links
 * @source: of a bind, likewise; malloc'ed, as @target
 * @folder: it is a folder, on the host or to be made
 * @made: the host has nothing there, the folder or file for the mount is to be made
 * @aside: the host has no such place; a root of the container's own has one, or is given one
 * @read_only: of a bind
 * @idmap: of a bind, what belongs to the source's owner and group appears as the tenant's
 * @slave: of a bind, what the host mounts below @source later comes along
 * @trusted: of a bind, only root can have made the source
 * @owner: of a bind, whom the source must belong to, or MOUNT_OWNER_ANY
 * @mode: of a folder of the tenant's
 * @size: of one with a size of its own
 * @inodes: likewise
 */
struct mount_place {
	enum place_kind kind;
	char *target;
	char *source;
	bool folder;
	bool made;
	bool aside;
	bool read_only;
	bool idmap;
	bool slave;
	bool trusted;
	uid_t owner;
	mode_t mode;
	struct amount size;
	unsigned long inodes;
};

/**
 * struct mount_device - a device of the host's that the tenant gets
 * @path: below /dev
 * @mode: with its type
 * @uid: owner
 * @gid: group
 * @dev: its numbers
 */
struct mount_device {
	char path[MOUNT_DEVICE_PATH];
	mode_t mode;
	uid_t uid;
	gid_t gid;
	dev_t dev;
};

/**
 * struct user_facts - what users = self must know; NULL for users = all
 * @passwd: text of passwd(5) as the tenant sees it
 * @group: of group(5)
 * @hidden: where others' homes are; paths, each with its NUL, and an empty one at the end
 * @shown: the tenant's home, if it is below one of them and is not to be writable
 * @etc_mounts: what the host has mounted below /etc, if that is to be covered; as @hidden
 */
struct user_facts {
	char *passwd;
	char *group;
	char *hidden;
	char *shown;
	char *etc_mounts;
};

/**
 * struct mount_facts - what the plan must know of the host
 * @home: the home folder's place, or "" when it is not to be writable
 * @home_owner: whom it belongs to
 * @tty: the terminal's place below /dev, or "" when sshd will make one
 * @resolv: the place that /etc/resolv.conf leads to, if there is to be a file of ours: in any case
 *          below /run, elsewhere with @own_resolv; or ""
 * @resolv_text: its content, or NULL
 * @own_resolv: the session is to have name servers of its own
 * @no_resolv: of @own_resolv, the host has no such file
 * @nss: what of the policy's nss-sockets is there
 * @n_nss: how many
 * @has_wtmp: the host keeps /var/log/wtmp
 * @has_lastlog: and /var/log/lastlog
 * @places: where the policy changes the tree; none lies twice at one place
 * @n_places: how many
 * @scratch_inodes: how many files the scratch may hold
 * @devices: of the host's, that the policy names
 * @n_devices: how many
 * @users: who else there is on the host
 */
struct mount_facts {
	char home[PATH_MAX];
	uid_t home_owner;
	char tty[64];
	char resolv[PATH_MAX];
	char *resolv_text;
	bool own_resolv;
	bool no_resolv;
	struct nss_place nss[NSS_PLACES_MAX];
	size_t n_nss;
	bool has_wtmp;
	bool has_lastlog;
	struct mount_place *places;
	size_t n_places;
	unsigned long scratch_inodes;
	struct mount_device *devices;
	size_t n_devices;
	struct user_facts users;
};

/**
 * struct mount_cover - a place of the tree over which a folder of the scratch lies
 * @target: the place
 * @folder: below the scratch's root
 */
struct mount_cover {
	const char *target;
	const char *folder;
};

/**
 * struct mount_plan - the whole tree
 * @ops: in the order in which they are done
 * @n_ops: how many
 * @scratch: in the order in which they are made
 * @n_scratch: how many
 * @covers: what a later mount may have to find its place in
 * @n_covers: how many
 * @scratch_options: of the scratch's tmpfs
 * @full: there was no room for an entry; such a plan must not be used
 * @used: bytes used in @room
 * @room: for what the entries point at: a plan cannot be copied
 */
struct mount_plan {
	struct mount_op ops[MOUNT_OPS_MAX];
	size_t n_ops;
	struct scratch_entry scratch[SCRATCH_ENTRIES_MAX];
	size_t n_scratch;
	struct mount_cover covers[MOUNT_COVERS_MAX];
	size_t n_covers;
	char scratch_options[SCRATCH_OPTIONS_MAX];
	bool full;
	size_t used;
	char room[MOUNT_ROOM];
};

/**
 * mounts_plan() - plan the tree of one login
 * @policy: the login's effective policy
 * @req: whose login it is
 * @facts: must live as long as @ret
 * @ret: the plan
 *
 * Return: 0, or -E2BIG if the plan does not fit its room.
 */
int mounts_plan(const struct policy *policy, const struct wire_request *req,
		const struct mount_facts *facts, struct mount_plan *ret);

/* Options of the container's procfs, which init's child makes itself; NULL for none. */
const char *mounts_proc_options(const struct policy *policy);

/* Is this file of the host's one that users = self puts another one in place of? */
bool user_file_is_ours(const char *path);

/**
 * mounts_print() - write a plan as text, a line for each mount and each scratch entry
 * @plan: the plan
 * @out: where to
 */
void mounts_print(const struct mount_plan *plan, FILE *out);

#endif
