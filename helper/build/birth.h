/* SPDX-License-Identifier: MIT */
/*
 * The birth of a container: the child that takes the namespaces one by one and becomes its init.
 *
 * Builder and child speak over a socket pair, a word each time; a child that fails sends the error
 * instead. The same socket is init's control socket afterwards (see wire.h).
 */
#ifndef NSBOX_BIRTH_H
#define NSBOX_BIRTH_H

#include <stdbool.h>
#include <sys/types.h>

#include "error.h"
#include "expand.h"
#include "init.h"

/* What the child says, in this order, and what it waits for before it goes on. */
enum birth_word {
	BIRTH_PROC = 'p',	/* comes with a procfs of the new pid namespace, to be attached */
	BIRTH_UNSHARED = 'u',	/* has all namespaces but its mount namespace; wants BIRTH_MAPPED */
	BIRTH_MAPPED = 'm',	/* the builder: id maps are written, the tree is complete; may come
				 * with the landing, for INIT_LANDING_FD */
	BIRTH_COPIED = 'k',	/* has its own copy of the tree */
	BIRTH_READY = INIT_READY,	/* said by nsbox-init */
	BIRTH_FAILED = 'f',	/* with the error in the message */
};

/**
 * struct birth_message - one word
 * @word: enum birth_word
 * @error: with BIRTH_FAILED, why
 *
 * A message may be as short as its first byte: that is all that nsbox-init ever sends.
 */
struct birth_message {
	char word;
	struct nsbox_error error;
};

/**
 * struct birth - what the child must know
 * @namespaces: clone flags of the container
 * @proc: options of its procfs, "key=value", or NULL
 * @bare_proc: such a procfs has no sys in it
 * @hostname: for its UTS namespace
 * @host_net: its network namespace belongs to the host's user namespace: nobody inside has power
 *            over it
 * @low_ports: anybody inside may serve ports below 1024
 * @nested: further user namespaces may be made inside
 * @owner: whom its user namespace belongs to, on the host; see idmap.h
 * @uid: whom it becomes, inside
 * @gid: likewise
 * @init: descriptor of the nsbox-init program
 * @monitor: pidfd of the monitor
 */
struct birth {
	int namespaces;
	const char *proc;
	bool bare_proc;
	char hostname[EXPAND_HOSTNAME_MAX + 1];
	bool host_net;
	bool low_ports;
	bool nested;
	uid_t owner;
	uid_t uid;
	gid_t gid;
	int init;
	int monitor;
};

/**
 * birth_begin() - clone the child into a new pid namespace
 * @birth: copied by the clone
 * @ret_pid: its pid, as the builder sees it; untouched on failure
 * @ret_pidfd: likewise, the caller closes it
 * @ret_control: the builder's end of the socket pair; the caller closes it
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int birth_begin(const struct birth *birth, pid_t *ret_pid, int *ret_pidfd, int *ret_control,
		struct nsbox_error *err);

/**
 * birth_take_proc() - wait for the child's procfs
 * @control: from birth_begin()
 * @ret_tree: the mount, not attached; the caller closes it; untouched on failure
 * @err: filled on failure
 *
 * Return: 0 or -errno, as birth_await().
 */
int birth_take_proc(int control, int *ret_tree, struct nsbox_error *err);

/**
 * birth_await() - wait until the child says a word
 * @control: from birth_begin()
 * @word: which; any other one is an error
 * @err: filled on failure, with the child's own words if it sent some
 *
 * Return: 0 or -errno (-ECHILD when the child is gone).
 */
int birth_await(int control, enum birth_word word, struct nsbox_error *err);

/**
 * birth_tell() - say a word to the child
 * @control: from birth_begin()
 * @word: which
 * @fd: goes with it, and stays the caller's; -1 for none
 * @err: filled on failure
 *
 * Return: 0 or -errno.
 */
int birth_tell(int control, enum birth_word word, int fd, struct nsbox_error *err);

#endif
