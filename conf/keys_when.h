/* SPDX-License-Identifier: MIT */
/*
 * Rows of the key table: the conditions of a [match] section.
 *
 * Not a header: keys.c makes the table of these files, one after the other.
 */
	[KEY_WHEN_USER] = {
		.name = "when-user",
		.kind = KIND_PATTERNS,
		.allowed = MATCH,
		.check = cond_check_globs,
		.holds = cond_user,
		.expects = "names with * and ?, each with or without '!' in front",
		.doc = "the user's name",
	},
	[KEY_WHEN_GROUP] = {
		.name = "when-group",
		.kind = KIND_PATTERNS,
		.allowed = MATCH,
		.check = cond_check_globs,
		.holds = cond_group,
		.expects = "names with * and ?, each with or without '!' in front",
		.doc = "the name of any group that the user is in",
	},
	[KEY_WHEN_UID] = {
		.name = "when-uid",
		.kind = KIND_PATTERNS,
		.allowed = MATCH,
		.check = cond_check_uids,
		.holds = cond_uid,
		.expects = "ids or ranges such as 1000-1999, each with or without '!' in front",
		.doc = "the user's id on the host",
	},
	[KEY_WHEN_FROM] = {
		.name = "when-from",
		.kind = KIND_PATTERNS,
		.allowed = MATCH,
		.check = cond_check_from,
		.holds = cond_from,
		.expects = "addresses, networks such as 192.0.2.0/24 or 2001:db8::/32, or local, "
			   "each with or without '!' in front",
		.doc = "the address that the login comes from",
	},
	[KEY_WHEN_SERVICE] = {
		.name = "when-service",
		.kind = KIND_PATTERNS,
		.allowed = MATCH,
		.check = cond_check_globs,
		.holds = cond_service,
		.expects = "names with * and ?, each with or without '!' in front",
		.doc = "the PAM service",
	},
	[KEY_WHEN_TTY] = {
		.name = "when-tty",
		.kind = KIND_PATTERNS,
		.allowed = MATCH,
		.check = cond_check_globs,
		.holds = cond_tty,
		.expects = "names with * and ?, each with or without '!' in front",
		.doc = "the terminal, as PAM_TTY names it",
	},
