/* SPDX-License-Identifier: MIT */
/*
 * The process that `nsbox try` starts in a landing, and the wait for its end.
 *
 * MUST 1: what is executed is the path of the login shell, where the door stands; nothing else.
 * MUST 2: all ids are the tenant's before, and no descriptor but 0 to 2 is open.
 * MUST 3: a terminal is the tenant's controlling terminal only when it was given to the command:
 *         who has it can push input into the shell that it came from.
 */
#ifndef NSBOX_TRIAL_H
#define NSBOX_TRIAL_H

#include <stdbool.h>
#include <sys/types.h>

#include "error.h"
#include "wire.h"

/**
 * struct trial - a command under way
 * @pid: the process, which becomes the door
 * @terminal: it shares the caller's controlling terminal
 */
struct trial {
	pid_t pid;
	bool terminal;
};

/* The path of the first terminal among descriptors 0 to 2, or "". As su(1) tells PAM. */
const char *trial_terminal(void);

/**
 * trial_start() - start the tenant's shell
 * @req: whose; the caller is in the landing
 * @command: words, NULL at the end, for `SHELL -c`; NULL: the login shell as such
 * @ports: for its environment; "" for none
 * @ret: untouched on failure
 * @err: filled on failure
 *
 * SIGCHLD, SIGHUP, SIGTERM, SIGINT and SIGQUIT are blocked in the caller from here on.
 *
 * Return: 0 or -errno.
 */
int trial_start(const struct wire_request *req, char *const *command, const char *ports,
		struct trial *ret, struct nsbox_error *err);

/**
 * trial_wait() - wait for its end, or for a signal that ends the trial
 * @trial: from trial_start()
 *
 * Keyboard signals of a shared terminal are the command's own business. When it stops, so does the
 * caller, and both go on together.
 *
 * Return: what a shell would call its exit status: 128 and the signal's number after a signal.
 */
int trial_wait(const struct trial *trial);

/**
 * trial_quote() - make one command line of words
 * @words: NULL at the end
 *
 * Return: malloc'ed; a shell makes the same words of it; NULL when there is no memory.
 */
char *trial_quote(char *const *words);

#endif
