// SPDX-License-Identifier: MIT
/*
 * The key table.
 *
 * Pure: runs with any privilege. Must never look at the system: whether a shell exists is a
 * question for the one who runs it.
 */
#include "keys.h"

#include <string.h>

#include "address.h"
#include "devices.h"
#include "expand.h"
#include "nets.h"
#include "nss.h"
#include "places.h"
#include "privileges.h"

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
static const char *const network_admin_words[] = { "auto", "no", "yes", NULL };
static const char *const overlay_words[] = { "none", "session", "user", NULL };

/* Each stands alone, in place of a list. */
static const char *const egress_words[] = { "any", "none", NULL };
static const char *const reach_host_words[] = { "no", NULL };
static const char *const dns_words[] = { "auto", "none", NULL };
static const char *const capabilities_words[] = { "auto", "none", "namespace", NULL };

static int check_root(const char *value, struct value_why *why)
{
	return strcmp(value, "/") ? value_path(value, "", why) : 0;
}

static int check_shell(const char *value, struct value_why *why)
{
	return *value ? value_path(value, "", why) : 0;
}

static int check_network(const char *value, struct value_why *why)
{
	char bridge[IFNAMSIZ];
	enum network_word word;

	return nets_network(value, &word, bridge, why);
}

static int check_target(const char *word, struct value_why *why)
{
	struct net_target target;

	return nets_target(word, &target, why);
}

static int check_ports(const char *word, struct value_why *why)
{
	struct net_ports ports;

	return nets_ports(word, &ports, why);
}

static int check_dns(const char *word, struct value_why *why)
{
	struct net_prefix server;

	return nets_server(word, &server, why);
}

static int check_publish(const char *value, struct value_why *why)
{
	struct net_publish publish;

	return nets_publish(value, &publish, why);
}

static int check_rate(const char *value, struct value_why *why)
{
	uint64_t rate;

	return nets_rate(value, &rate, why);
}

static int check_pool(const char *value, struct value_why *why)
{
	struct net_pool pool;

	return *value ? nets_pool(value, &pool, why) : 0;
}

static int check_range(const char *value, struct value_why *why)
{
	struct net_ports ports;

	return nets_range(value, &ports, why);
}

/* In the order of enum conf_key_id; a part of it in each file. */
const struct conf_key conf_keys[CONF_KEYS] = {
#include "keys_site.h"
#include "keys_box.h"
#include "keys_tree.h"
#include "keys_net.h"
#include "keys_privileges.h"
#include "keys_shell.h"
#include "keys_when.h"
};

/* Most rows differ in the first byte: a call for each would be most of the time. */
const struct conf_key *conf_key_find(const char *name)
{
	for (size_t i = 0; i < CONF_KEYS; i++)
		if (conf_keys[i].name[0] == name[0] && !strcmp(conf_keys[i].name, name))
			return &conf_keys[i];
	return NULL;
}

bool conf_key_appends(const struct conf_key *key)
{
	return key->kind == KIND_LIST || key->kind == KIND_CHOICE;
}

bool section_is_named(enum section_kind kind)
{
	return kind != SECTION_SITE && kind != SECTION_DEFAULT;
}
