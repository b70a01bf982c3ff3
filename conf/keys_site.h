/* SPDX-License-Identifier: MIT */
/*
 * Rows of the key table: what holds for all logins alike.
 *
 * Not a header: keys.c makes the table of these files, one after the other.
 */
	[KEY_SERVICES] = {
		.name = "services",
		.kind = KIND_LIST,
		.allowed = SITE,
		VALUE(site.services),
		.check = value_name,
		.fallback = "sshd login su su-l",
		.expects = "names of PAM services",
		.doc = "the PAM services whose logins are boxed",
	},
	[KEY_DEADLINE] = {
		.name = "deadline",
		.kind = KIND_TIME,
		.allowed = SITE,
		VALUE(site.deadline_ms),
		.min = 1000,
		.max = 60000,
		.fallback = "10s",
		.expects = "a time from 1s to 60s",
		.doc = "how long a login may wait for its container",
	},
