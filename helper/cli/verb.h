/* SPDX-License-Identifier: MIT */
/*
 * A verb of nsbox(1): a row of the table in nsbox.c.
 */
#ifndef NSBOX_VERB_H
#define NSBOX_VERB_H

#include <stdbool.h>

struct conf_doc;	/* load.h */
struct option;	/* getopt.h */

/* What nsbox exits with; a verb that runs a command has that command's status. See nsbox(1). */
enum exit_word {
	EXIT_FINE = 0,
	EXIT_FOUND = 1,		/* `check`: the host has findings, the policy has no fault */
	EXIT_BAD = 2,		/* a fault in the policy, no such user, or a usage error */
	EXIT_REFUSED = 254,	/* `try`: no container, as sshd and the door say it */
};

/**
 * struct verb - one verb
 * @name: as it is typed
 * @usage: what follows the name
 * @does: one line, for the program's own help
 * @help: the rest of the verb's help, whole lines
 * @run: gets the words from @name on; returns the exit status
 */
struct verb {
	const char *name;
	const char *usage;
	const char *does;
	const char *help;
	int (*run)(int argc, char **argv);
};

extern const struct verb verb_check;
extern const struct verb verb_repair;
extern const struct verb verb_show;
extern const struct verb verb_try;

/* Print the help of a verb. Return: EXIT_FINE. */
int verb_help(const struct verb *verb);

/* Say what is wrong with the command line, and where help is. Return: EXIT_BAD. */
int verb_misused(const struct verb *verb, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * verb_option() - getopt_long(3), with its complaints in the words of the verb
 * @options: a table with {"help", no_argument, NULL, 'h'} in it; there are no short options but -h
 * @ret: the option's value
 *
 * Return: true, or false at the end of the options.
 */
bool verb_option(const struct verb *verb, int argc, char **argv, const struct option *options,
		 int *ret);

/**
 * verb_policy() - the system's policy, or what is wrong with it on standard error
 * @ret: conf_free() it; untouched on failure
 *
 * A policy with a fault is no policy: every fault is said, as `check` says it.
 *
 * Return: 0 or -errno.
 */
int verb_policy(struct conf_doc **ret);

/* For a program's last words: was all of standard output written? Return: @status or EXIT_BAD. */
int verb_flushed(int status);

#endif
