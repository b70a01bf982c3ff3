/* SPDX-License-Identifier: MIT */
/*
 * What the site's policy says of one login.
 */
#ifndef NSBOX_VERDICT_H
#define NSBOX_VERDICT_H

#include "error.h"
#include "policy.h"
#include "wire.h"

/**
 * verdict_find() - read the policy's files and match them
 * @file: the path of its first file, see conf_files_load()
 * @req: whose login it is
 * @ret: the effective policy; untouched on failure
 * @ret_site: what the site says to all logins; untouched on failure
 * @err: filled on failure
 *
 * Where there are no files, the built-in default holds. See nsbox.conf(5).
 *
 * Return: 0, or -errno: the login must be refused then.
 */
int verdict_find(const char *file, const struct wire_request *req, struct policy *ret,
		 struct site *ret_site, struct nsbox_error *err);

#endif
