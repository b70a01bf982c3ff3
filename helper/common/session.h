/* SPDX-License-Identifier: MIT */
/*
 * The session record: what the door must know of the login that it stands in.
 *
 * MUST 1: the record is at SESSION_RECORD, which exists in landings only, on a mount that only
 *         real root can make; it is a regular file of root, mode 0600.
 * MUST 2: it is of this build's layout, whole, and every string in it ends.
 * MUST 3: its uid is the caller's real uid: nobody enters by another's record.
 * MUST 4: the door's own pid namespace is the one in the record: a door that is run from a landing
 *         by a process that is not in the container does nothing.
 */
#ifndef NSBOX_SESSION_H
#define NSBOX_SESSION_H

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include "caps.h"
#include "error.h"
#include "wire.h"

/* The folder that the landing alone has (an empty one in the container, below the same /run). */
#define LANDING_DIR "/run/nsbox"
#define SESSION_RECORD LANDING_DIR "/session"

#define SESSION_MAGIC 0x6e737233	/* "nsr3": the number changes with the layout */
#define SESSION_ADDRESSES_MAX 92	/* one of each family, with a blank and the NUL */
#define SESSION_KEEP_UMASK UINT32_MAX

/**
 * struct session_record - one login's record, stored as it is
 * @magic: SESSION_MAGIC
 * @size: of this struct
 * @uid: the tenant's id on the host
 * @gid: the tenant's primary group on the host
 * @inside_uid: the tenant's id inside
 * @inside_gid: the primary group's id inside
 * @namespaces: clone flags of the container's namespaces
 * @core_dumps: not 0 when the limit of core dumps is left as it is
 * @umask: what the umask becomes, or SESSION_KEEP_UMASK
 * @zero: must be
 * @caps: what the tenant keeps over its own user namespace
 * @pidns_dev: device of the container's pid namespace as stat(2) tells it, namespaces(7)
 * @pidns_ino: its inode
 * @id: the session's id, which is also the reference id of every message
 * @addresses: the container's, as text, blank between; "" for none of its own. For the admin
 * @ports: of the host that lead to it, "first-last" or "". For the admin
 * @door: the door that stands for the login shell
 * @shell: the program to run behind that door; every other door runs what it is named after
 */
struct session_record {
	uint32_t magic;
	uint32_t size;
	uint32_t uid;
	uint32_t gid;
	uint32_t inside_uid;
	uint32_t inside_gid;
	int32_t namespaces;
	uint32_t core_dumps;
	uint32_t umask;
	uint32_t zero;
	struct caps caps;
	uint64_t pidns_dev;
	uint64_t pidns_ino;
	char id[WIRE_ID_LEN + 4];
	char addresses[SESSION_ADDRESSES_MAX];
	char ports[WIRE_PORTS_MAX];
	char door[PATH_MAX];
	char shell[PATH_MAX];
};

/**
 * session_write() - store a record
 * @fd: a new empty file, open for writing; its mode becomes 0600
 * @record: complete
 *
 * Return: 0 or -errno.
 */
int session_write(int fd, const struct session_record *record);

/**
 * session_read() - read and judge a record (MUST 1 to 3)
 * @path: SESSION_RECORD, or a test's own
 * @uid: the caller's real uid
 * @ret: the record; untouched on failure
 * @err: filled on failure
 *
 * Return: 0, or -errno: -EPERM when a MUST fails.
 */
int session_read(const char *path, uid_t uid, struct session_record *ret, struct nsbox_error *err);

#endif
