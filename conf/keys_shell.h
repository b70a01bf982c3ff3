/* SPDX-License-Identifier: MIT */
/*
 * Rows of the key table: the shell, sshd beside it, and profiles.
 *
 * Not a header: keys.c makes the table of these files, one after the other.
 */
	[KEY_SHELL] = {
		.name = "shell",
		.kind = KIND_TEXT,
		.allowed = POLICY,
		VALUE(policy.shell),
		.check = check_shell,
		.fallback = "",
		.expects = "an absolute path without //, /./, /../ or / at its end, or nothing",
		.doc = "the program to run instead of the login shell",
	},
	[KEY_NSS_SOCKETS] = {
		.name = "nss-sockets",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.nss_sockets),
		.check = nss_check,
		.fallback = "",
		.expects = "words of nscd nslcd sssd winbind userdb, absolute paths, or nothing",
		.doc = "the host's sockets through which sshd goes on finding users and groups",
	},
	[KEY_NSS_INSIDE] = {
		.name = "nss-inside",
		.kind = KIND_BOOL,
		.allowed = POLICY,
		VALUE(policy.nss_inside),
		.fallback = "no",
		.expects = "yes or no",
		.doc = "whether the container has the sockets of nss-sockets as well",
	},
	[KEY_PROFILE] = {
		.name = "profile",
		.kind = KIND_PROFILE,
		.allowed = SPEAKING,
		.check = value_name,
		.expects = "the name of a [profile] section",
		.doc = "take the settings of a [profile] section as if they stood here",
	},
