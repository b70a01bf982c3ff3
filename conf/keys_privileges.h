/* SPDX-License-Identifier: MIT */
/*
 * Rows of the key table: what the tenant's processes may do, and get.
 *
 * Not a header: keys.c makes the table of these files, one after the other.
 */
	[KEY_NO_NEW_PRIVILEGES] = {
		.name = "no-new-privileges",
		.kind = KIND_BOOL,
		.allowed = POLICY,
		VALUE(policy.no_new_privileges),
		.fallback = "yes",
		.expects = "yes or no",
		.doc = "whether no program gets more privilege than who starts it",
	},
	[KEY_CAPABILITIES] = {
		.name = "capabilities",
		.kind = KIND_CHOICE,
		.allowed = POLICY,
		VALUE(policy.capabilities),
		.words = capabilities_words,
		.check = privileges_check_name,
		.fallback = "auto",
		.expects = "auto, none, namespace, or names such as cap_net_raw",
		.doc = "what the tenant may do over the container's own namespaces",
	},
	[KEY_NESTED_USER_NAMESPACES] = {
		.name = "nested-user-namespaces",
		.kind = KIND_BOOL,
		.allowed = POLICY,
		VALUE(policy.nested_user_namespaces),
		.fallback = "no",
		.expects = "yes or no",
		.doc = "whether further user namespaces may be made inside",
	},
	[KEY_UMASK] = {
		.name = "umask",
		.kind = KIND_TEXT,
		.allowed = POLICY,
		VALUE(policy.umask),
		.check = privileges_check_umask,
		.fallback = "keep",
		.expects = "keep, or three or four octal digits up to 777",
		.doc = "what the umask of the shell and of commands is",
	},
	[KEY_CORE_DUMPS] = {
		.name = "core-dumps",
		.kind = KIND_BOOL,
		.allowed = POLICY,
		VALUE(policy.core_dumps),
		.fallback = "no",
		.expects = "yes or no",
		.doc = "whether the limits of the login decide on core dumps",
	},
