// SPDX-License-Identifier: MIT
/*
 * Ask nsbox-net. Runs as root; changes nothing but by router_mend().
 */
#include "router.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "hear.h"
#include "keys.h"
#include "net_ask.h"
#include "net_audit.h"
#include "net_mend.h"
#include "paths.h"

bool router_network(const struct conf_setting *setting, enum network_word *ret,
		    char bridge[IFNAMSIZ])
{
	return setting->key == &conf_keys[KEY_NETWORK] &&
	       nets_network(setting->value, ret, bridge, NULL) == 0;
}

bool router_is_wanted(const struct conf_doc *doc)
{
	enum network_word network;
	char bridge[IFNAMSIZ];

	for (size_t i = 0; doc && i < doc->n_settings; i++)
		if (router_network(&doc->settings[i], &network, bridge) &&
		    network == NETWORK_NAT)
			return true;
	return false;
}

bool router_has_bridge(const struct conf_doc *doc, const char *name)
{
	enum network_word network;
	char bridge[IFNAMSIZ];

	for (size_t i = 0; doc && i < doc->n_settings; i++)
		if (router_network(&doc->settings[i], &network, bridge) &&
		    network == NETWORK_BRIDGE && !strcmp(bridge, name))
			return true;
	return false;
}

bool router_is_made(void)
{
	return access(NET_FORWARDING, F_OK) == 0;
}

/* It says what is wrong when it ends with 1: what else it ends with, it has not looked. */
static void cannot_look(int status,
			void (*each)(void *arg, enum finding_code code, const char *what),
			void *arg)
{
	char what[sizeof(NSBOX_NET) + 64];

	snprintf(what, sizeof(what), "%s cannot look: its exit status is %d", NSBOX_NET, status);
	each(arg, NAT_KERNEL, what);
}

/* What is there only once it is made. */
static bool is_made_once(enum finding_code code)
{
	return code == NAT_TABLE || code == NAT_RULES || code == NAT_FORWARDING;
}

static enum finding_code code_of(const char *word)
{
	static const struct {
		const char *word;
		enum finding_code code;
	} codes[] = {
		{ NET_SAYS_TABLE, NAT_TABLE },
		{ NET_SAYS_RULES, NAT_RULES },
		{ NET_SAYS_PLACE, NAT_RULE_PLACE },
		{ NET_SAYS_FORWARDING, NAT_FORWARDING },
		{ NET_SAYS_FIREWALL, NAT_FIREWALL },
	};

	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		if (!strcmp(word, codes[i].word))
			return codes[i].code;
	return NAT_KERNEL;
}

void router_look(const struct site *site,
		 void (*each)(void *arg, enum finding_code code, const char *what), void *arg)
{
	char block[16];
	const char *const words[] = { NSBOX_NET, "check", site->address_pool, site->publish_ports,
				      block, NULL };
	_cleanup_free_ char *said = NULL;
	bool made = router_is_made();
	char *state = NULL;
	int status;

	snprintf(block, sizeof(block), "%u", site->publish_block);
	if (access(NSBOX_NET, F_OK) < 0)
		return;		/* audit_files() says so */
	said = hear(words, &status);
	if (!said) {
		each(arg, NAT_KERNEL, NSBOX_NET " has no answer");
		return;
	}
	if (status > 1 || (status && !*said))
		cannot_look(status, each, arg);
	for (char *line = strtok_r(said, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		char *what = strstr(line, ": ");
		enum finding_code code;

		if (!what)
			continue;
		*what = '\0';
		code = code_of(line);
		if (made || !is_made_once(code))
			each(arg, code, what + strlen(": "));
	}
}

int router_mend(const struct site *site, struct nsbox_error *err)
{
	const struct net_words words = {
		.pool = site->address_pool,
		.ports = site->publish_ports,
		.block = site->publish_block,
	};

	return net_ask(&words, err);
}
