/* SPDX-License-Identifier: MIT */
/*
 * What the plans must know of the host: looked up here, so that the plans can stay pure.
 */
#ifndef NSBOX_FACTS_H
#define NSBOX_FACTS_H

#include "doors.h"
#include "error.h"
#include "mounts.h"
#include "net_plan.h"
#include "policy.h"
#include "wire.h"

/**
 * facts_wake() - look at what autofs may have to mount
 * @policy: which sources it names
 * @req: whose login it is
 *
 * While the caller is in the host's mount namespace: autofs must mount where the host sees it, not
 * in our copy of the tree.
 */
void facts_wake(const struct policy *policy, const struct wire_request *req);

/**
 * facts_names() - look whom the host asks for names, and where that is said
 * @policy: of a login with a network of its own that leads somewhere
 * @ret: all zero; gets its place of resolv.conf, with the host's text
 * @ret_servers: whom the session is to ask with dns = auto
 * @err: filled on failure
 *
 * Before facts_find().
 *
 * Return: 0 or -errno.
 */
int facts_names(const struct policy *policy, struct mount_facts *ret,
		struct net_resolvers *ret_servers, struct nsbox_error *err);

/**
 * facts_find() - look at the host for one login
 * @policy: which sockets of NSS it names
 * @req: whose login it is
 * @ret: all zero, or from facts_names(); gets what the mount plan needs; facts_release() in any
 *       case
 * @err: filled on failure
 *
 * A home that does not exist, or is not the tenant's, is no failure: it stays as the host has it,
 * read-only. One that root cannot reach is a failure.
 *
 * A socket of NSS that is not there is none to wait for: that service does not run.
 *
 * Return: 0 or -errno.
 */
int facts_find(const struct policy *policy, const struct wire_request *req,
	       struct mount_facts *ret, struct nsbox_error *err);

/* How many files a tmpfs of @size may hold when nobody has said. */
unsigned long facts_inodes(const struct amount *size);

/* Free what @facts owns. */
void facts_release(struct mount_facts *facts);

/**
 * facts_places() - find out where and how the policy changes the tree
 * @policy: what it names
 * @req: whose login it is
 * @ret: @home and @n_nss are known; gets its places
 * @err: filled on failure
 *
 * What is to be hidden and is not there hides nothing. Everything else that is not as the policy
 * has it is a failure.
 *
 * Return: 0 or -errno.
 */
int facts_places(const struct policy *policy, const struct wire_request *req,
		 struct mount_facts *ret, struct nsbox_error *err);

/**
 * facts_check_doors() - see that no place lies over a folder that a door is in
 * @facts: from facts_find()
 * @doors: from facts_doors()
 * @err: filled on failure
 *
 * Return: 0 or -EPERM.
 */
int facts_check_doors(const struct mount_facts *facts, const struct door_plan *doors,
		      struct nsbox_error *err);

/**
 * facts_doors() - find out where doors must be
 * @req: whose login it is
 * @home: from facts_find()
 * @ret: the doors, the login shell's first
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int facts_doors(const struct wire_request *req, const char *home, struct door_plan *ret,
		struct nsbox_error *err);

#endif
