/* SPDX-License-Identifier: MIT */
/*
 * What the words of the policy's capabilities and umask mean.
 */
#ifndef NSBOX_PRIVILEGES_H
#define NSBOX_PRIVILEGES_H

#include <stdbool.h>
#include <stdint.h>

#include "policy.h"
#include "values.h"

/* Is @word the name of a capability, as capabilities(7) has it, in small letters? 0 or -EINVAL. */
int privileges_check_name(const char *word, struct value_why *why);

/* Is @value keep, or three or four octal digits up to 777? 0 or -EINVAL. */
int privileges_check_umask(const char *value, struct value_why *why);

/**
 * privileges_kept() - the capabilities that a tenant has over the container's namespaces
 * @policy: an effective one
 *
 * Return: bits 1 << CAP_*; UINT64_MAX is all that there are.
 */
uint64_t privileges_kept(const struct policy *policy);

/**
 * privileges_umask() - what the umask becomes
 * @value: a good one
 * @ret: untouched where it is kept
 *
 * Return: false where the umask is kept.
 */
bool privileges_umask(const char *value, uint32_t *ret);

#endif
