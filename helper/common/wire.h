/* SPDX-License-Identifier: MIT */
/*
 * What module and builder say to each other, over one SOCK_SEQPACKET pair, a message each way:
 *
 *   The module asks: "this user, these groups, this service: what does the policy say?", and with
 *   the question hands over a pidfd of the monitor (SCM_RIGHTS).
 *   Where the policy has another deadline than WIRE_DEADLINE_MS, the builder first says WIRE_WAIT
 *   with it: the module begins with the default, since it reads no policy.
 *   The builder answers with a verdict. When the login is boxed and the question was WIRE_OPEN,
 *   three descriptors come with the answer: the landing's mount namespace, a pidfd of the
 *   container's init, and the other end of init's control socket.
 *   The module joins the container, and only then writes one byte, WIRE_COMMIT, to init. Until
 *   that byte has come, init ends when the control socket closes: so a builder or a module that
 *   dies on the way, or fails, leaves nothing behind.
 *
 * Both sides come from one build, and both run as root; even so, a message is taken as it is only
 * after every length and every NUL in it was checked.
 */
#ifndef NSBOX_WIRE_H
#define NSBOX_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define WIRE_MAGIC 0x6e736234	/* "nsb4": the number changes with the layout */
#define WIRE_COMMIT 'c'
#define WIRE_ID_LEN 12		/* of a session id: [0-9a-z], about 62 bits */
#define WIRE_GROUPS_MAX 4096	/* of one user; the longest message is then about 160 KiB */
#define WIRE_REQUEST_MAX (192 * 1024)	/* below the kernel's default send buffer, socket(7) */
#define WIRE_FD 3		/* the builder's end of the pair */
#define WIRE_DEADLINE_MS 10000	/* a login that waits longer than this fails, by default */
#define WIRE_PORTS_MAX 16	/* of "first-last", two ports, with its NUL */
#define WIRE_MESSAGE_MAX 512	/* of the line shown at login, with its NUL */

enum wire_verb {
	WIRE_CHECK,	/* the verdict only: nothing is built */
	WIRE_OPEN,	/* build the container */
};

enum wire_verdict {
	WIRE_EXEMPT,	/* the policy leaves this login alone */
	WIRE_BOXED,
	WIRE_DENIED,	/* the policy refuses this login */
	WIRE_FAILED,	/* the policy cannot be fulfilled; the error says why */
	WIRE_UNSERVED,	/* a service that the policy does not speak of: left alone */
	WIRE_AUDITED,	/* mode = audit: left alone; the error says what would have been */
	WIRE_WAIT,	/* not an answer yet: the deadline of this login */
};

/* The descriptors that come with WIRE_BOXED, in this order. */
enum wire_fd {
	WIRE_FD_LANDING,
	WIRE_FD_INIT,
	WIRE_FD_CONTROL,
	WIRE_FDS,
};

/**
 * struct wire_request - who logs in, as NSS and PAM know it
 * @verb: enum wire_verb
 * @uid: the user's id on the host
 * @gid: the primary group's
 * @groups: number of entries in @gids and @names
 * @gids: all groups of the user, the primary first
 * @names: their names, "" for a group that has none
 * @id: the session's id, chosen by the module
 * @user: login name
 * @home: home folder as the password entry has it
 * @shell: login shell, never empty
 * @service: PAM service
 * @rhost: where the login comes from, or ""
 * @tty: PAM_TTY, or ""
 *
 * A decoded request points into the message that it was decoded from.
 */
struct wire_request {
	uint32_t verb;
	uint32_t uid;
	uint32_t gid;
	uint32_t groups;
	const uint32_t *gids;
	const char **names;
	const char *id;
	const char *user;
	const char *home;
	const char *shell;
	const char *service;
	const char *rhost;
	const char *tty;
};

/**
 * struct wire_reply - the builder's answer, sent as it is
 * @magic: WIRE_MAGIC
 * @verdict: enum wire_verdict
 * @namespaces: clone flags of the container's namespaces, when boxed
 * @deadline_ms: with WIRE_WAIT, from the question on
 * @groups_are_files: when boxed, sshd's child finds all groups in files; see regroup.h
 * @ports: when boxed, ports of the host that lead to the container, "first-last" or ""
 * @error: the cause, when it failed; what would have been, when audited
 * @message: a line for the user, when boxed, or ""
 */
struct wire_reply {
	uint32_t magic;
	uint32_t verdict;
	int32_t namespaces;
	uint32_t deadline_ms;
	uint32_t groups_are_files;
	char ports[WIRE_PORTS_MAX];
	struct nsbox_error error;
	char message[WIRE_MESSAGE_MAX];
};

/**
 * wire_encode() - write a request into a buffer
 * @req: all pointers set
 * @buf: room for the message, aligned as malloc(3) does
 * @size: bytes in @buf
 *
 * Return: bytes used, or -E2BIG when it does not fit or has more than WIRE_GROUPS_MAX groups.
 */
long wire_encode(const struct wire_request *req, void *buf, size_t size);

/**
 * wire_decode() - read a request out of a message
 * @buf: the message, aligned as malloc(3) does; must live as long as @ret
 * @size: its bytes
 * @ret: the request; the caller frees @ret->names; untouched on failure
 *
 * Return: 0, -EBADMSG for anything but a well-formed message, or -ENOMEM.
 */
int wire_decode(const void *buf, size_t size, struct wire_request *ret);

/**
 * wire_send() - send one message with descriptors
 * @sock: a SOCK_SEQPACKET socket
 * @buf: the message
 * @size: its bytes
 * @fds: descriptors to go with it; they stay the caller's
 * @n: how many, WIRE_FDS at most
 *
 * Return: 0 or -errno. See unix(7).
 */
int wire_send(int sock, const void *buf, size_t size, const int *fds, size_t n);

/**
 * wire_recv() - receive one message with descriptors
 * @sock: a SOCK_SEQPACKET socket
 * @buf: room for the message
 * @size: bytes in @buf
 * @ret_fds: WIRE_FDS entries; received descriptors (close-on-exec, the caller's to close), the
 *           rest -1; all -1 on failure
 *
 * Return: bytes received, 0 when the other side is gone, or -errno: -EBADMSG when the message or
 * its descriptors were cut.
 */
long wire_recv(int sock, void *buf, size_t size, int ret_fds[WIRE_FDS]);

#endif
