// SPDX-License-Identifier: MIT
/*
 * Audit: are the bridges there that the policy names? Runs as root; asks as a login does.
 */
#include "audit.h"
#include "cleanup.h"
#include "lines.h"
#include "net_bridge.h"
#include "netlink.h"
#include "router.h"

static void look_for(struct audit *audit, const struct conf_setting *setting, int route,
		     struct lines *told)
{
	enum network_word network;
	struct net_bridge bridge;
	struct nsbox_error err;
	char name[IFNAMSIZ];

	if (!router_network(setting, &network, name) || network != NETWORK_BRIDGE ||
	    lines_have(told, name))
		return;
	lines_add(told, "%s", name);
	if (net_bridge_find(route, name, &bridge, &err) < 0)
		audit_add(audit, BRIDGE_MISSING, "%s:%u: %s", setting->file, setting->line,
			  err.text);
}

void audit_bridge(struct audit *audit)
{
	_cleanup_close_ int route = -1;
	struct lines told = { .n = 0 };

	if (!audit->doc || netlink_open(NETLINK_ROUTE, &route) < 0)
		return;
	for (size_t i = 0; i < audit->doc->n_settings; i++)
		look_for(audit, &audit->doc->settings[i], route, &told);
	lines_free(&told);
}
