/* SPDX-License-Identifier: MIT */
/*
 * The one system call filter that every session has: keys of other sessions stay out of reach.
 *
 * The kernel compares the owner of a key by its id on the host, in every user namespace. So the
 * keyring _uid.N of the host, listed in /proc/keys inside, could be linked into the session's own
 * keyring, and its keys read (Kerberos tickets). A link, or a move, is the only way there: these
 * two operations of keyctl(2) are refused, the rest works. See keyrings(7), seccomp(2).
 */
#ifndef NSBOX_FILTER_H
#define NSBOX_FILTER_H

#include "error.h"

/**
 * filter_install() - refuse KEYCTL_LINK and KEYCTL_MOVE to this process and all its children
 * @err: filled on failure
 *
 * By EPERM, for every system call table that the kernel has for this machine. Needs CAP_SYS_ADMIN,
 * or no_new_privs.
 *
 * Return: 0 or -errno; a kernel without seccomp is a failure, one without keyrings is none.
 */
int filter_install(struct nsbox_error *err);

#endif
