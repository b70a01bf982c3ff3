/* SPDX-License-Identifier: MIT */
/*
 * Who logs in, asked of NSS and PAM once, before any namespace is joined.
 *
 * Asking here also loads the NSS modules that sshd's child will use in the landing, where nothing
 * can be loaded any more.
 */
#ifndef NSBOX_IDENTITY_H
#define NSBOX_IDENTITY_H

#include <security/pam_modules.h>
#include <stdbool.h>

#include "error.h"
#include "wire.h"

/**
 * struct identity - a request and the memory behind it
 * @req: what to ask the builder
 * @gids: behind @req.gids
 * @names: behind @req.names, each malloc'ed
 */
struct identity {
	struct wire_request req;
	uint32_t *gids;
	const char **names;
};

/**
 * identity_user() - the user of this PAM session
 * @pamh: PAM handle
 * @ret: filled; identity_release() in any case; strings belong to PAM
 * @err: filled on failure
 *
 * The session's id is left to the caller. See pam_get_item(3), getpwnam(3).
 *
 * Return: 0 or -errno.
 */
int identity_user(pam_handle_t *pamh, struct identity *ret, struct nsbox_error *err);

/**
 * identity_groups() - the groups of that user
 * @id: from identity_user()
 * @err: filled on failure
 *
 * Return: 0, or -errno: also when an NSS source cannot be asked for a group's name. (That a source
 * which cannot be asked leaves out groups is not to be seen: getgrouplist(3) does not say so.)
 */
int identity_groups(struct identity *id, struct nsbox_error *err);

/* Whether the user is in the group called @name; compared by number: a group may have two names. */
bool identity_in_group(pam_handle_t *pamh, const struct identity *id, const char *name);

/* Free what @id owns. */
void identity_release(struct identity *id);

#endif
