/* SPDX-License-Identifier: MIT */
/*
 * A login that has not happened: who it would be, as NSS knows it, in the words of the request that
 * the module would send (see wire.h, and pam_module/identity.h for the module's side).
 */
#ifndef NSBOX_LOGIN_H
#define NSBOX_LOGIN_H

#include <pwd.h>

#include "cond.h"
#include "error.h"
#include "wire.h"

/**
 * struct login - a request and the memory behind it; begins all zero
 * @req: what the builder would be asked; verb, id, service, rhost and tty are the caller's to set
 */
struct login {
	struct wire_request req;
};

/**
 * login_find() - the user of that name, with groups
 * @user: name
 * @ret: service is "sshd", tty "ssh", rhost and id ""; login_release() in any case
 * @err: filled on failure
 *
 * Return: 0, or -errno: -ENOENT when nobody has that name. See getpwnam(3).
 */
int login_find(const char *user, struct login *ret, struct nsbox_error *err);

/* The same for an entry of the password file. */
int login_of(const struct passwd *pw, struct login *ret, struct nsbox_error *err);

/* How the matcher sees it; valid as long as @login. */
struct match_subject login_subject(const struct login *login);

/* Free what it owns; it is all zero then. */
void login_release(struct login *login);

#endif
