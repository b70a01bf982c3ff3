// SPDX-License-Identifier: MIT
/*
 * Values that cannot be had together, each with the lines that ask for them.
 *
 * Pure: runs with any privilege. Must never choose between two values: which of them the admin
 * meant cannot be known.
 */
#include "conflict.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "nets.h"
#include "nstable.h"
#include "privileges.h"

#define PLACE_MAX 160

/*
 * struct view - what is looked at
 * @network: of the policy, taken apart
 */
struct view {
	const struct conf_values *values;
	const struct policy *policy;
	const struct conf_setting *const *last;
	enum network_word network;
	struct nsbox_error *err;
};

/* Where the effective value of a key was said. */
static const char *place(const struct view *view, enum conf_key_id key, char buf[PLACE_MAX])
{
	const struct conf_setting *last = view->last[key];

	if (last)
		snprintf(buf, PLACE_MAX, "%s:%u", last->file, last->line);
	else
		snprintf(buf, PLACE_MAX, "built-in default");
	return buf;
}

static bool has(const struct policy *policy, const char *namespace)
{
	return policy->namespaces & ns_flag_of(namespace, strlen(namespace));
}

/* Root inside is root over a user namespace: without one it would be nobody, or the host's root. */
static int check_user_map(const struct view *view)
{
	char map[PLACE_MAX], namespaces[PLACE_MAX];

	if (view->policy->user_map == USER_MAP_SELF || has(view->policy, "user"))
		return 0;
	return error_plain(view->err, EINVAL,
			   "%s: user-map = %s needs the user namespace, which %s leaves out",
			   place(view, KEY_USER_MAP, map),
			   view->policy->user_map == USER_MAP_ROOT ? "root" : "subids",
			   place(view, KEY_NAMESPACES, namespaces));
}

/* Over the host's namespaces nobody gets a capability, nor can a program give one. */
static int check_privileges(const struct view *view)
{
	const struct policy *policy = view->policy;
	char key[PLACE_MAX], namespaces[PLACE_MAX];

	if (has(policy, "user"))
		return 0;
	if (privileges_kept(policy))
		return error_plain(view->err, EINVAL,
				   "%s: capabilities need the user namespace, which %s leaves out",
				   place(view, KEY_CAPABILITIES, key),
				   place(view, KEY_NAMESPACES, namespaces));
	if (!policy->no_new_privileges)
		return error_plain(view->err, EINVAL,
				   "%s: no-new-privileges = no needs the user namespace, which "
				   "%s leaves out", place(view, KEY_NO_NEW_PRIVILEGES, key),
				   place(view, KEY_NAMESPACES, namespaces));
	return 0;
}

/* Whoever can ask the host's service for one name can ask it for all. */
static int check_users(const struct view *view)
{
	char users[PLACE_MAX], inside[PLACE_MAX];

	if (view->policy->users != USERS_SELF || !view->policy->nss_inside)
		return 0;
	return error_plain(view->err, EINVAL,
			   "%s: users = self hides what nss-inside = yes (%s) shows",
			   place(view, KEY_USERS, users), place(view, KEY_NSS_INSIDE, inside));
}

static bool leads_out(enum network_word network)
{
	return network == NETWORK_NAT || network == NETWORK_BRIDGE;
}

/* Without a network of its own the container would have the host's, and all that is on it. */
static int check_network(const struct view *view)
{
	char network[PLACE_MAX], namespaces[PLACE_MAX];

	if (!leads_out(view->network) || has(view->policy, "net"))
		return 0;
	return error_plain(view->err, EINVAL,
			   "%s: network = %s needs the net namespace, which %s leaves out",
			   place(view, KEY_NETWORK, network), view->policy->network,
			   place(view, KEY_NAMESPACES, namespaces));
}

static int check_address(const struct view *view)
{
	bool pool = !strcmp(view->policy->address, "pool");
	char address[PLACE_MAX], network[PLACE_MAX];

	if (!pool && view->network != NETWORK_BRIDGE)
		return error_plain(view->err, EINVAL,
				   "%s: address = %s is for a bridge; network = %s (%s)",
				   place(view, KEY_ADDRESS, address), view->policy->address,
				   view->policy->network, place(view, KEY_NETWORK, network));
	if (leads_out(view->network) && pool && !*view->values->site.address_pool)
		return error_plain(view->err, EINVAL,
				   "%s: network = %s takes an address of address-pool, which is "
				   "empty (%s)", place(view, KEY_NETWORK, network),
				   view->policy->network,
				   place(view, KEY_ADDRESS_POOL, address));
	return 0;
}

/* Who may administer the interface may take its queue away, and its rate with it. */
static int check_rate(const struct view *view)
{
	char rate[PLACE_MAX], admin[PLACE_MAX];

	if (!leads_out(view->network) || !strcmp(view->policy->rate, "none") ||
	    view->policy->network_admin != NETWORK_ADMIN_YES)
		return 0;
	return error_plain(view->err, EINVAL,
			   "%s: rate = %s can be lifted by root inside: network-admin = yes (%s)",
			   place(view, KEY_RATE, rate), view->policy->rate,
			   place(view, KEY_NETWORK_ADMIN, admin));
}

/* @publish ports, of the site's range. */
static int check_block(const struct view *view, unsigned int publish)
{
	const struct site *site = &view->values->site;
	char at[PLACE_MAX], ports[PLACE_MAX], block[PLACE_MAX];
	struct net_ports range = { .proto = 0 };

	nets_range(site->publish_ports, &range, NULL);
	if (publish > site->publish_block)
		return error_plain(view->err, EINVAL,
				   "%s: publish = %s: a session has publish-block = %u (%s) at "
				   "most", place(view, KEY_PUBLISH, at), view->policy->publish,
				   site->publish_block, place(view, KEY_PUBLISH_BLOCK, block));
	if (!range.min || range.max - range.min + 1U < site->publish_block)
		return error_plain(view->err, EINVAL,
				   "%s: publish = %s: no publish-block = %u (%s) is in "
				   "publish-ports =%s%s (%s)", place(view, KEY_PUBLISH, at),
				   view->policy->publish, site->publish_block,
				   place(view, KEY_PUBLISH_BLOCK, block), range.min ? " " : "",
				   site->publish_ports, place(view, KEY_PUBLISH_PORTS, ports));
	return 0;
}

static int check_publish(const struct view *view)
{
	char publish[PLACE_MAX], network[PLACE_MAX];
	struct net_publish wanted = { .count = 0 };

	nets_publish(view->policy->publish, &wanted, NULL);
	if (!wanted.count)
		return 0;
	if (view->network != NETWORK_NAT)
		return error_plain(view->err, EINVAL,
				   "%s: publish = %s is for network = nat; network = %s (%s)",
				   place(view, KEY_PUBLISH, publish), view->policy->publish,
				   view->policy->network, place(view, KEY_NETWORK, network));
	return check_block(view, wanted.count);
}

static enum network_word network_of(const struct policy *policy)
{
	enum network_word network = NETWORK_LOOPBACK;
	char bridge[IFNAMSIZ];

	nets_network(policy->network, &network, bridge, NULL);
	return network;
}

bool conflict_asks_site(const struct policy *policy)
{
	return leads_out(network_of(policy));
}

int conflict_find(const struct conf_values *values,
		  const struct conf_setting *const last[CONF_KEYS], struct nsbox_error *err)
{
	static int (*const checks[])(const struct view *) = {
		check_user_map, check_privileges, check_users, check_network, check_address,
		check_publish, check_rate,
	};
	struct view view = {
		.values = values,
		.policy = &values->policy,
		.last = last,
		.network = network_of(&values->policy),
		.err = err,
	};
	int r = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && r == 0; i++)
		r = checks[i](&view);
	return r;
}
