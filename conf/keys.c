// SPDX-License-Identifier: MIT
/*
 * The key table and the parser of each kind of value.
 *
 * Pure: runs with any privilege. Must never look at the system (whether a shell exists is a
 * question for the one who runs it), and never take a value by half.
 */
#include "keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "expand.h"
#include "nstable.h"

#define EVERYWHERE (1U << SECTION_DEFAULT | 1U << SECTION_GROUP | 1U << SECTION_USER)

const char *const section_words[SECTION_KINDS] = { "default", "group", "user" };

/* In the order of their enums. */
static const char *const container_words[] = { "yes", "no", "deny", NULL };
static const char *const user_map_words[] = { "self", "root", NULL };
static const char *const bool_words[] = { "no", "yes", NULL };

/* The index of @value among @words, or -EINVAL. */
static int word_index(const char *value, const char *const *words, struct nsbox_error *why)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], value))
			return i;
	return error_plain(why, EINVAL, *value ? "it is not one of these" : "it is empty");
}

static void print_text(const char *text, char *buf, size_t size)
{
	snprintf(buf, size, "%s", text);
}

static int set_container(const char *value, struct policy *policy, struct nsbox_error *why)
{
	int i = word_index(value, container_words, why);

	if (i < 0)
		return i;
	policy->container = (enum container_word)i;
	return 0;
}

static void print_container(const struct policy *policy, char *buf, size_t size)
{
	print_text(container_words[policy->container], buf, size);
}

static int check_frame(int flags, struct nsbox_error *why)
{
	for (size_t i = 0; i < NS_KINDS; i++)
		if (ns_table[i].frame && !(flags & ns_table[i].flag))
			return error_plain(why, EINVAL, "%s cannot be left out", ns_table[i].key);
	return 0;
}

static int set_namespaces(const char *value, struct policy *policy, struct nsbox_error *why)
{
	static const char blanks[] = " \t";
	int flags = 0, flag, r;
	size_t len;

	for (const char *p = value; *p; p += len) {
		p += strspn(p, blanks);
		len = strcspn(p, blanks);
		if (!len)
			break;
		flag = ns_flag_of(p, len);
		if (!flag)
			return error_plain(why, EINVAL, "\"%.*s\" is not one of these",
					   (int)len, p);
		if (flags & flag)
			return error_plain(why, EINVAL, "%.*s stands there twice", (int)len, p);
		flags |= flag;
	}
	r = check_frame(flags, why);
	if (r < 0)
		return r;
	policy->namespaces = flags;
	return 0;
}

static void print_namespaces(const struct policy *policy, char *buf, size_t size)
{
	size_t used = 0;

	*buf = '\0';
	for (size_t i = 0; i < NS_KINDS; i++) {
		if (!(policy->namespaces & ns_table[i].flag))
			continue;
		snprintf(buf + used, size - used, "%s%s", used ? " " : "", ns_table[i].key);
		used = strlen(buf);
	}
}

static int set_hostname(const char *value, struct policy *policy, struct nsbox_error *why)
{
	int r = expand_check_hostname(value, why);

	if (r < 0)
		return r;
	memcpy(policy->hostname, value, strlen(value) + 1);
	return 0;
}

static void print_hostname(const struct policy *policy, char *buf, size_t size)
{
	print_text(policy->hostname, buf, size);
}

static int set_user_map(const char *value, struct policy *policy, struct nsbox_error *why)
{
	int i = word_index(value, user_map_words, why);

	if (i < 0)
		return i;
	policy->user_map = (enum user_map_word)i;
	return 0;
}

static void print_user_map(const struct policy *policy, char *buf, size_t size)
{
	print_text(user_map_words[policy->user_map], buf, size);
}

static int set_private_tmp(const char *value, struct policy *policy, struct nsbox_error *why)
{
	int i = word_index(value, bool_words, why);

	if (i < 0)
		return i;
	policy->private_tmp = i;
	return 0;
}

static void print_private_tmp(const struct policy *policy, char *buf, size_t size)
{
	print_text(bool_words[policy->private_tmp], buf, size);
}

/*
 * One path has one spelling: paths are compared by component later, and what is compared must be
 * what the kernel walks.
 */
static int check_path(const char *path, struct nsbox_error *why)
{
	size_t len;

	if (*path != '/')
		return error_plain(why, EINVAL, "it does not begin with '/'");
	if (strlen(path) >= PATH_MAX)
		return error_plain(why, EINVAL, "it is longer than %d bytes", PATH_MAX - 1);
	for (const char *p = path; *p; p++)
		if (*p <= ' ' || *p > '~')
			return error_plain(why, EINVAL, "it holds a blank or an unprintable byte");
	for (const char *p = path + 1; ; p += len + 1) {
		len = strcspn(p, "/");
		if (len == 0)
			return error_plain(why, EINVAL, "it holds \"//\" or ends with '/'");
		if (*p == '.' && (len == 1 || (len == 2 && p[1] == '.')))
			return error_plain(why, EINVAL, "it holds \"%.*s\"", (int)len, p);
		if (!p[len])
			return 0;
	}
}

static int set_shell(const char *value, struct policy *policy, struct nsbox_error *why)
{
	int r = *value ? check_path(value, why) : 0;

	if (r < 0)
		return r;
	memcpy(policy->shell, value, strlen(value) + 1);
	return 0;
}

static void print_shell(const struct policy *policy, char *buf, size_t size)
{
	print_text(policy->shell, buf, size);
}

const struct conf_key conf_keys[CONF_KEYS] = {
	[KEY_CONTAINER] = {
		.name = "container",
		.kind = KIND_WORD,
		.allowed = EVERYWHERE,
		.fallback = "yes",
		.expects = "yes, no or deny",
		.doc = "box the login, leave it alone, or refuse it",
		.set = set_container,
		.print = print_container,
	},
	[KEY_NAMESPACES] = {
		.name = "namespaces",
		.kind = KIND_LIST,
		.allowed = EVERYWHERE,
		.fallback = "pid mount uts ipc net user cgroup",
		.expects = "words of pid mount uts ipc net user cgroup",
		.doc = "what the container has of its own",
		.set = set_namespaces,
		.print = print_namespaces,
	},
	[KEY_HOSTNAME] = {
		.name = "hostname",
		.kind = KIND_TEMPLATE,
		.allowed = EVERYWHERE,
		.fallback = "%u-%h",
		.expects = "letters, digits, '.', '-', '_', %u, %h, %i, %%",
		.doc = "the container's host name",
		.set = set_hostname,
		.print = print_hostname,
	},
	[KEY_USER_MAP] = {
		.name = "user-map",
		.kind = KIND_WORD,
		.allowed = EVERYWHERE,
		.fallback = "self",
		.expects = "self or root",
		.doc = "who the tenant is inside",
		.set = set_user_map,
		.print = print_user_map,
	},
	[KEY_PRIVATE_TMP] = {
		.name = "private-tmp",
		.kind = KIND_BOOL,
		.allowed = EVERYWHERE,
		.fallback = "yes",
		.expects = "yes or no",
		.doc = "an empty /tmp and /var/tmp for each login",
		.set = set_private_tmp,
		.print = print_private_tmp,
	},
	[KEY_SHELL] = {
		.name = "shell",
		.kind = KIND_PATH,
		.allowed = EVERYWHERE,
		.fallback = "",
		.expects = "an absolute path without //, /./, /../ or / at its end, or nothing",
		.doc = "the program to run instead of the login shell",
		.set = set_shell,
		.print = print_shell,
	},
};

const struct conf_key *conf_key_find(const char *name)
{
	for (size_t i = 0; i < CONF_KEYS; i++)
		if (!strcmp(conf_keys[i].name, name))
			return &conf_keys[i];
	return NULL;
}

int policy_default(struct policy *ret_policy, struct nsbox_error *err)
{
	struct policy policy;
	struct nsbox_error why;

	memset(&policy, 0, sizeof(policy));
	for (size_t i = 0; i < CONF_KEYS; i++)
		if (conf_keys[i].set(conf_keys[i].fallback, &policy, &why) < 0)
			return error_plain(err, EINVAL, "cannot take the built-in %s: %s",
					   conf_keys[i].name, why.text);
	*ret_policy = policy;
	return 0;
}
