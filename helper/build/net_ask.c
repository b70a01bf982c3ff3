// SPDX-License-Identifier: MIT
/*
 * Ask nsbox-net, when the host's side of networks is not as it should be. Runs as root of the host
 * in the builder.
 */
#include "net_ask.h"

#include <stdio.h>
#include <string.h>

#include "ask.h"
#include "paths.h"

#define DEADLINE_MS 10000	/* as many logins as there are wait for one another */

int net_ask(const struct net_words *words, struct nsbox_error *err)
{
	char pool[128], ports[16], block[16];
	char *const argv[] = { (char[]){ "nsbox-net" }, (char[]){ "make" }, pool, ports, block,
			       NULL };
	const struct ask ask = {
		.path = NSBOX_NET,
		.argv = argv,
		.deadline_ms = DEADLINE_MS,
		.task = "connect the session's network",
		.lacks = "libnftables",
	};
	struct net_answer answer;
	int r;

	snprintf(pool, sizeof(pool), "%s", words->pool);
	snprintf(ports, sizeof(ports), "%s", words->ports);
	snprintf(block, sizeof(block), "%u", words->block);
	r = ask_program(&ask, &answer, sizeof(answer), err);
	return r < 0 ? r : ask_judge(argv[0], answer.magic == NET_MAGIC, &answer.error, err);
}

int net_ready(int route, const struct net_words *words, struct nsbox_error *err)
{
	int r = net_seal_check(route, words, err);

	return r == 0 ? net_ask(words, err) : r < 0 ? r : 0;
}
