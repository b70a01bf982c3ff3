/* SPDX-License-Identifier: MIT */
/*
 * From the landing into the container.
 *
 * MUST 1: which program a door stands for is told by the kernel, never by the caller: it is the
 *         mount point that /proc/self/exe names.
 * MUST 2: a door acts only in the pid namespace that the session record names.
 * MUST 3: all namespaces are joined by one call, or none.
 * MUST 4: no descriptor that a path can be walked from comes along: none but 0 to 2, and none of
 *         these is a folder.
 */
#ifndef NSBOX_JOIN_H
#define NSBOX_JOIN_H

#include <stddef.h>

#include "error.h"
#include "session.h"

/**
 * join_door_name() - which door is this
 * @ret: PATH_MAX bytes for the path that the door stands at
 * @err: filled on failure
 *
 * Return: 0 or -errno. See proc(5), /proc/self/exe.
 */
int join_door_name(char ret[PATH_MAX], struct nsbox_error *err);

/**
 * join_check_place() - MUST 2 and 4
 * @record: of this session
 * @err: filled on failure
 *
 * Return: 0 or -EPERM.
 */
int join_check_place(const struct session_record *record, struct nsbox_error *err);

/**
 * join_container() - enter the user, mount and cgroup namespaces of the container's init
 * @record: of this session
 * @err: filled on failure
 *
 * The caller is in the container's other namespaces already, being a child of the monitor. Needs
 * real root's CAP_SYS_PTRACE and CAP_SYS_ADMIN. See setns(2), pidfd_open(2).
 *
 * Return: 0 or -errno.
 */
int join_container(const struct session_record *record, struct nsbox_error *err);

/**
 * join_leave_keyring() - a session keyring of the login's own
 * @err: filled on failure
 *
 * The one that pam_keyinit made links to the user's keyring of the host. See keyctl(2),
 * session-keyring(7).
 *
 * Return: 0 or -errno.
 */
int join_leave_keyring(struct nsbox_error *err);

#endif
