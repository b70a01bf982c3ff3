/* SPDX-License-Identifier: MIT */
/*
 * Where the services behind NSS listen.
 */
#ifndef NSBOX_NSS_H
#define NSBOX_NSS_H

#include <stdbool.h>
#include <stddef.h>

#include "values.h"

/**
 * struct nss_service - a word of the policy's `nss-sockets`
 * @word: as it is written in the file
 * @path: the folder of its sockets: a folder, since a service that starts anew makes a new socket
 */
struct nss_service {
	const char *word;
	const char *path;
};

#define NSS_SERVICES 5

extern const struct nss_service nss_table[NSS_SERVICES];

/* The path on the host that @word of a policy's nss_sockets stands for; a path is itself. */
const char *nss_path(const char *word);

/* Does @path lie in a folder that NSS believes, or such a folder in @path? */
bool nss_lies_near(const char *path);

/* Is @word one of the table, or an absolute path? Return: 0 or -EINVAL with @why filled. */
int nss_check(const char *word, struct value_why *why);

#endif
