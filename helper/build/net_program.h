/* SPDX-License-Identifier: MIT */
/*
 * The programs at the sessions' wires, in the kernel: one for each distinct policy, made at its
 * first login and found again by name at the others. See bpf(2), BPF_OBJ_PIN.
 */
#ifndef NSBOX_NET_PROGRAM_H
#define NSBOX_NET_PROGRAM_H

#include "net_filter.h"
#include "net_publish.h"

#define NET_PROGRAMS "/run/nsbox/net/programs"	/* a bpf file system, root's alone */

/**
 * net_program_take() - the program of a policy, kept for the next login
 * @filter: what it is made from
 * @ret_fd: the caller's, close-on-exec; untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int net_program_take(const struct net_filter *filter, int *ret_fd, struct nsbox_error *err);

/* The same for what goes to the session; @published is not plain. */
int net_program_take_ports(const struct net_published *published, int *ret_fd,
			   struct nsbox_error *err);

/* A program that is for one session alone: load it, keep it nowhere. */
int net_program_load(const struct net_filter *filter, int *ret_fd, struct nsbox_error *err);

#endif
