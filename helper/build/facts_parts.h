/* SPDX-License-Identifier: MIT */
/*
 * The parts of looking at the host that have a file of their own. For facts*.c alone.
 */
#ifndef NSBOX_FACTS_PARTS_H
#define NSBOX_FACTS_PARTS_H

#include "expand.h"
#include "facts.h"
#include "fs.h"

/**
 * struct finder - places under way
 * @policy: what is to be found
 * @req: whose login it is
 * @who: the same, for templates
 * @ret: where to
 * @err: of the login
 */
struct finder {
	const struct policy *policy;
	const struct wire_request *req;
	struct expand_who who;
	struct mount_facts *ret;
	struct nsbox_error *err;
};

/* The login, for templates. */
struct expand_who facts_who(const struct wire_request *req);

/* A template of the policy's @key as a path. Return: 0 or -errno. */
int facts_expand(struct finder *f, const char *key, const char *template, char ret[PATH_MAX]);

/* One more place, with @target and maybe @source, which are copied. Return: 0 or -errno. */
int facts_add(struct finder *f, const struct mount_place *place, const char *target,
	      const char *source);

/* All places of the policy, as it names them. Return: 0 or -errno. */
int facts_take(struct finder *f);

/* The place of a home that is not the host's; after all others. Return: 0 or -errno. */
int facts_take_home(struct finder *f);

/* Where the host's own home is, if it is to be writable. Return: 0 or -errno. */
int facts_home(const struct wire_request *req, struct mount_facts *ret, struct nsbox_error *err);

/*
 * The host's resolv.conf, if it is below /run, which is fresh in the container. Return: 0 or
 * -errno.
 */
int facts_resolv(struct mount_facts *ret, struct nsbox_error *err);

/* What the host has mounted below /etc, for an overlay of that. Return: 0 or -errno. */
int facts_etc_mounts(struct user_facts *users, struct nsbox_error *err);

/* The host's devices that the policy names. Return: 0 or -errno. */
int facts_devices(const struct policy *policy, struct mount_facts *ret, struct nsbox_error *err);

/**
 * facts_users() - what users = self needs to know
 * @policy: what the home is
 * @req: whose login it is
 * @ret: its @home is known; gets its @users
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int facts_users(const struct policy *policy, const struct wire_request *req,
		struct mount_facts *ret, struct nsbox_error *err);

/* Is @path below a folder of others' homes that is covered, and not in the tenant's own? */
bool facts_is_in_homes(const struct mount_facts *facts, const char *path);

/* Free what @users owns. */
void facts_release_users(struct user_facts *users);

#endif
