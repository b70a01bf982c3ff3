/* SPDX-License-Identifier: MIT */
/*
 * Ask sshd for its configuration.
 */
#ifndef NSBOX_SSHDASK_H
#define NSBOX_SSHDASK_H

/**
 * sshd_ask() - what `sshd -T -f @file` prints
 * @program: executed when it is a regular file that root alone can have written
 * @file: its configuration
 *
 * Return: malloc'ed text, NULL when there is no answer: it is not installed, has no host key, finds
 * a fault in the file, or takes too long.
 */
char *sshd_ask(const char *program, const char *file);

#endif
