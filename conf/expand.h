/* SPDX-License-Identifier: MIT */
/*
 * The host name of a container, the line shown at login, and paths, from their templates.
 */
#ifndef NSBOX_EXPAND_H
#define NSBOX_EXPAND_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

#include "places.h"
#include "values.h"

#define EXPAND_HOSTNAME_MAX 64	/* bytes: the kernel's __NEW_UTS_LEN */
#define EXPAND_MESSAGE_MAX 512	/* bytes of a message with its NUL; the rest of a line is cut */

/**
 * expand_check_hostname() - is this a host name template
 * @template: NUL-terminated, any bytes
 * @why: the reason, as a part of a sentence; may be NULL
 *
 * Letters, digits, '.', '-', '_', and the sequences %u %h %i %%; not empty; shorter than
 * POLICY_HOSTNAME_MAX. See nsbox.conf(5).
 *
 * Return: 0 or -EINVAL.
 */
int expand_check_hostname(const char *template, struct value_why *why);

/* Is this a message's template: printable text, %u %h %i %%, shorter than POLICY_MESSAGE_MAX? */
int expand_check_message(const char *template, struct value_why *why);

/**
 * expand_hostname() - make the host name of a container
 * @template: as expand_check_hostname() takes it
 * @user: replaces %u
 * @host: replaces %h
 * @id: the session's id, replaces %i
 * @ret: the name, NUL-terminated; untouched on failure
 *
 * Whatever the parts are, the name is good for sethostname(2): of 1 to 64 bytes, only letters,
 * digits, '.', '-' and '_' (any other byte becomes '-'), with no '-' or '.' in front. Where nothing
 * is left it is "nsbox".
 *
 * Return: 0, or -EINVAL if @template is not a template.
 */
int expand_hostname(const char *template, const char *user, const char *host, const char *id,
		    char ret[EXPAND_HOSTNAME_MAX + 1]);

/**
 * expand_message() - make the line that a user is shown at login
 * @template: as expand_check_message() takes it
 * @user, @host, @id: as in expand_hostname()
 * @ret: the line without a newline, NUL-terminated, printable ASCII; untouched on failure
 *
 * Return: 0, or -EINVAL if @template is not a template.
 */
int expand_message(const char *template, const char *user, const char *host, const char *id,
		   char ret[EXPAND_MESSAGE_MAX]);

/**
 * struct expand_who - what stands for the letters of a path
 * @user: %u
 * @uid: %U
 * @group: %g, the name of the primary group, "" when it has none
 * @gid: %G
 * @home: %h, as the password entry has it
 * @id: %i, the session's
 */
struct expand_who {
	const char *user;
	uid_t uid;
	const char *group;
	gid_t gid;
	const char *home;
	const char *id;
};

/**
 * expand_path() - make a path from its template
 * @template: as place_check_path() takes it
 * @who: the login
 * @ret: the path, absolute and normalised; untouched on failure
 *
 * What comes from the login cannot add a component, but for the home, nor make "." or ".." of one.
 *
 * Return: 0, -EINVAL if it is not a template or what comes of it not a path, or -ENAMETOOLONG.
 */
int expand_path(const char *template, const struct expand_who *who, char ret[PATH_MAX]);

#endif
