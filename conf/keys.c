// SPDX-License-Identifier: MIT
/*
 * The key table.
 *
 * Pure: runs with any privilege. Must never look at the system: whether a shell exists is a
 * question for the one who runs it.
 */
#include "keys.h"

#include <string.h>

#include "devices.h"
#include "expand.h"
#include "nss.h"
#include "places.h"

#define SITE (1U << SECTION_SITE)
#define MATCH (1U << SECTION_MATCH)
#define SPEAKING (1U << SECTION_DEFAULT | 1U << SECTION_GROUP | MATCH | 1U << SECTION_USER)
#define POLICY (SPEAKING | 1U << SECTION_PROFILE)

/* Where a value is in struct conf_values. */
#define VALUE(member)					\
	.at = offsetof(struct conf_values, member),	\
	.size = sizeof(((struct conf_values *)0)->member)

const char *const section_words[SECTION_KINDS] = {
	"nsbox", "default", "group", "match", "user", "profile",
};

/* In the order of their enums. */
static const char *const container_words[] = { "yes", "no", "deny", NULL };
static const char *const mode_words[] = { "enforce", "audit", NULL };
static const char *const tmp_files_words[] = { "auto", NULL };
static const char *const user_map_words[] = { "self", "root", "subids", NULL };
static const char *const proc_words[] = { "own", "hidepid", "pid-only", NULL };
static const char *const users_words[] = { "all", "self", NULL };

static const char *const overlay_words[] = { "none", "session", "user", NULL };

static int check_root(const char *value, struct value_why *why)
{
	return strcmp(value, "/") ? value_path(value, "", why) : 0;
}

static int check_shell(const char *value, struct value_why *why)
{
	return *value ? value_path(value, "", why) : 0;
}

const struct conf_key conf_keys[CONF_KEYS] = {
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
	[KEY_CONTAINER] = {
		.name = "container",
		.kind = KIND_WORD,
		.allowed = POLICY,
		VALUE(policy.container),
		.words = container_words,
		.fallback = "yes",
		.expects = "yes, no or deny",
		.doc = "box the login, leave it alone, or refuse it",
	},
	[KEY_MODE] = {
		.name = "mode",
		.kind = KIND_WORD,
		.allowed = POLICY,
		VALUE(policy.mode),
		.words = mode_words,
		.fallback = "enforce",
		.expects = "enforce or audit",
		.doc = "enter the container, or only build it and log what would have been",
	},
	[KEY_MESSAGE] = {
		.name = "message",
		.kind = KIND_TEXT,
		.allowed = POLICY,
		VALUE(policy.message),
		.check = expand_check_message,
		.fallback = "",
		.expects = "at most 190 bytes of printable text, %u, %h, %i, %%, or nothing",
		.doc = "a line that the user is shown at login",
	},
	[KEY_NAMESPACES] = {
		.name = "namespaces",
		.kind = KIND_SET,
		.allowed = POLICY,
		VALUE(policy.namespaces),
		.fallback = "pid mount uts ipc net user cgroup",
		.expects = "words of pid mount uts ipc net user cgroup",
		.doc = "what the container has of its own",
	},
	[KEY_HOSTNAME] = {
		.name = "hostname",
		.kind = KIND_TEXT,
		.allowed = POLICY,
		VALUE(policy.hostname),
		.check = expand_check_hostname,
		.fallback = "%u-%h",
		.expects = "letters, digits, '.', '-', '_', %u, %h, %i, %%",
		.doc = "the container's host name",
	},
	[KEY_USER_MAP] = {
		.name = "user-map",
		.kind = KIND_WORD,
		.allowed = POLICY,
		VALUE(policy.user_map),
		.words = user_map_words,
		.fallback = "self",
		.expects = "self, root or subids",
		.doc = "who the tenant is inside",
	},
	[KEY_HOME] = {
		.name = "home",
		.kind = KIND_TEXT,
		.allowed = POLICY,
		VALUE(policy.home),
		.check = place_check_home,
		.fallback = "host",
		.expects = "host, session, none or an absolute path",
		.doc = "what the home folder is",
	},
	[KEY_READ_ONLY] = {
		.name = "read-only",
		.kind = KIND_BOOL,
		.allowed = POLICY,
		VALUE(policy.read_only),
		.fallback = "yes",
		.expects = "yes or no",
		.doc = "whether the host's tree cannot be written",
	},
	[KEY_HIDE] = {
		.name = "hide",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.hide),
		.check = place_check_cover,
		.fallback = "",
		.expects = "absolute paths, or nothing",
		.doc = "what of the host's tree is out of sight",
	},
	[KEY_BIND] = {
		.name = "bind",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.bind),
		.check = place_check_bind,
		.fallback = "",
		.expects = "absolute paths SRC or SRC:DST, or nothing",
		.doc = "what of the host's files is shown as it is there",
	},
	[KEY_BIND_RO] = {
		.name = "bind-ro",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.bind_ro),
		.check = place_check_bind,
		.fallback = "",
		.expects = "absolute paths SRC or SRC:DST, or nothing",
		.doc = "what of the host's files is shown read-only",
	},
	[KEY_BIND_IDMAP] = {
		.name = "bind-idmap",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.bind_idmap),
		.check = place_check_bind,
		.fallback = "",
		.expects = "absolute paths SRC or SRC:DST, or nothing",
		.doc = "what of another user's files is shown as the user's own",
	},
	[KEY_TMPFS] = {
		.name = "tmpfs",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.tmpfs),
		.check = place_check_tmpfs,
		.fallback = "",
		.expects = "absolute paths, each with :size=SIZE,mode=OCTAL or a part of it, or "
			   "nothing",
		.doc = "empty folders of the user's own that vanish with the session",
	},
	[KEY_SLAVE] = {
		.name = "slave",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.slave),
		.check = place_check_cover,
		.fallback = "",
		.expects = "absolute paths, or nothing",
		.doc = "folders below which later mounts of the host appear",
	},
	[KEY_ROOT] = {
		.name = "root",
		.kind = KIND_TEXT,
		.allowed = POLICY,
		VALUE(policy.root),
		.check = check_root,
		.fallback = "/",
		.expects = "/, or an absolute path without //, /./, /../ or / at its end",
		.doc = "the tree that the tenant sees: the host's, a folder's, or an image file's",
	},
	[KEY_OVERLAY] = {
		.name = "overlay",
		.kind = KIND_WORD,
		.allowed = POLICY,
		VALUE(policy.overlay),
		.words = overlay_words,
		.fallback = "none",
		.expects = "none, session or user",
		.doc = "where writes over the root go: nowhere, to the session, to a folder of the "
		       "user's",
	},
	[KEY_PRIVATE_TMP] = {
		.name = "private-tmp",
		.kind = KIND_BOOL,
		.allowed = POLICY,
		VALUE(policy.private_tmp),
		.fallback = "yes",
		.expects = "yes or no",
		.doc = "an empty /tmp and /var/tmp for each login",
	},
	[KEY_TMP_SIZE] = {
		.name = "tmp-size",
		.kind = KIND_SIZE,
		.allowed = POLICY,
		VALUE(policy.tmp_size),
		.min = 64 * 1024,
		.fallback = "10%",
		.expects = "a size such as 64M or 2G, 64K at least, or 1% to 100% of the memory",
		.doc = "how many bytes all session files may have together",
	},
	[KEY_TMP_FILES] = {
		.name = "tmp-files",
		.kind = KIND_NUMBER,
		.allowed = POLICY,
		VALUE(policy.tmp_files),
		.words = tmp_files_words,
		.min = 1024,
		.max = UINT32_MAX,
		.fallback = "auto",
		.expects = "a number from 1024 to 4294967295, or auto",
		.doc = "how many session files there may be",
	},
	[KEY_PROC] = {
		.name = "proc",
		.kind = KIND_WORD,
		.allowed = POLICY,
		VALUE(policy.proc),
		.words = proc_words,
		.fallback = "own",
		.expects = "own, hidepid or pid-only",
		.doc = "how much /proc shows",
	},
	[KEY_DEVICES] = {
		.name = "devices",
		.kind = KIND_LIST,
		.allowed = POLICY,
		VALUE(policy.devices),
		.check = devices_check,
		.fallback = "",
		.expects = "paths below /dev with * and ?, or nothing",
		.doc = "the host's devices that the tenant gets beside the usual ones",
	},
	[KEY_USERS] = {
		.name = "users",
		.kind = KIND_WORD,
		.allowed = POLICY,
		VALUE(policy.users),
		.words = users_words,
		.fallback = "all",
		.expects = "all or self",
		.doc = "whose names and homes the tenant sees",
	},
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
};

/* Most rows differ in the first byte: a call for each would be most of the time. */
const struct conf_key *conf_key_find(const char *name)
{
	for (size_t i = 0; i < CONF_KEYS; i++)
		if (conf_keys[i].name[0] == name[0] && !strcmp(conf_keys[i].name, name))
			return &conf_keys[i];
	return NULL;
}

bool section_is_named(enum section_kind kind)
{
	return kind != SECTION_SITE && kind != SECTION_DEFAULT;
}
