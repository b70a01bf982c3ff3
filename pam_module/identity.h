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
 * @id: behind @req.id
 */
struct identity {
	struct wire_request req;
	uint32_t *gids;
	const char **names;
	char id[WIRE_ID_LEN + 1];
};

/**
 * identity_user() - the user of this PAM session
 * @pamh: PAM handle
 * @ret: filled; identity_release() in any case; strings belong to PAM
 * @err: filled on failure
 *
 * Also draws the session's id. See pam_get_item(3), getpwnam(3), getrandom(2).
 *
 * Return: 0 or -errno.
 */
int identity_user(pam_handle_t *pamh, struct identity *ret, struct nsbox_error *err);

/**
 * identity_groups() - the groups of that user
 * @pamh: PAM handle
 * @id: from identity_user()
 * @err: filled on failure
 *
 * Return: 0 or -errno. See getgrouplist(3).
 */
int identity_groups(pam_handle_t *pamh, struct identity *id, struct nsbox_error *err);

/* Whether the user is in the group called @name; an empty name is no group's. */
bool identity_in_group(const struct identity *id, const char *name);

/* Free what @id owns. */
void identity_release(struct identity *id);

#endif
