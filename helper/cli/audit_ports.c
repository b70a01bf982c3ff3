// SPDX-License-Identifier: MIT
/*
 * Audit: does the host use ports that belong to sessions? Runs as root; looks into /proc/net.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit.h"
#include "lines.h"
#include "nets.h"
#include "router.h"

#define RANGE_FILE "/proc/sys/net/ipv4/ip_local_port_range"

/* States in which a socket hears whoever comes: include/net/tcp_states.h of the kernel. */
#define LISTENS 0x0aUL
#define UNCONNECTED 0x07UL

/**
 * struct sockets - a file of the kernel's
 * @path: where
 * @protocol: for people
 * @state: of those that hear whoever comes
 */
struct sockets {
	const char *path;
	const char *protocol;
	unsigned long state;
};

/* Words of four bytes in the machine's order; ports of the loopback are not led to sessions. */
static bool is_loopback(const char *address)
{
	static const char *const loopbacks[] = {
		"0100007F",
		"00000000000000000000000001000000",
		"0000000000000000FFFF00000100007F",
	};

	for (size_t i = 0; i < sizeof(loopbacks) / sizeof(loopbacks[0]); i++)
		if (!strcmp(address, loopbacks[i]))
			return true;
	return false;
}

/* "   0: 0100007F:1F90 00000000:0000 0A ..." */
static bool parse(char *line, const char **ret_address, unsigned long *ret_port,
		  unsigned long *ret_state)
{
	enum { NUMBER, ADDRESS, PORT, PEER, PEERS_PORT, STATE, WORDS };
	char *words[WORDS], *state = NULL;

	for (size_t i = 0; i < WORDS; i++) {
		words[i] = strtok_r(i ? NULL : line, " :", &state);
		if (!words[i])
			return false;
	}
	*ret_address = words[ADDRESS];
	*ret_port = strtoul(words[PORT], NULL, 16);
	*ret_state = strtoul(words[STATE], NULL, 16);
	return true;
}

static void look_into(struct audit *audit, const struct sockets *sockets,
		      const struct net_ports *range, struct lines *told)
{
	FILE *file = fopen(sockets->path, "re");
	char line[512];

	while (file && fgets(line, sizeof(line), file)) {
		unsigned long port, state;
		const char *address;
		char what[64];

		if (!parse(line, &address, &port, &state) || state != sockets->state ||
		    port < range->min || port > range->max || is_loopback(address))
			continue;
		snprintf(what, sizeof(what), "%s port %lu", sockets->protocol, port);
		if (lines_have(told, what))
			continue;
		lines_add(told, "%s", what);
		audit_add(audit, NAT_PORTS, "a service of the host's is at %s, one of "
			  "publish-ports' %u-%u", what, range->min, range->max);
	}
	if (file)
		fclose(file);
}

static void look_at_range(struct audit *audit, const struct net_ports *range)
{
	FILE *file = fopen(RANGE_FILE, "re");
	char line[64] = "", *rest;
	unsigned long min, max;

	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	min = strtoul(line, &rest, 10);
	max = strtoul(rest, NULL, 10);
	if (min <= range->max && max >= range->min)
		audit_add(audit, NAT_PORTS, "net.ipv4.ip_local_port_range = %lu %lu has some of "
			  "publish-ports' %u-%u", min, max, range->min, range->max);
}

void audit_ports(struct audit *audit)
{
	static const struct sockets files[] = {
		{ "/proc/net/tcp", "TCP", LISTENS },
		{ "/proc/net/tcp6", "TCP", LISTENS },
		{ "/proc/net/udp", "UDP", UNCONNECTED },
		{ "/proc/net/udp6", "UDP", UNCONNECTED },
	};
	struct lines told = { .n = 0 };
	struct net_ports range;

	if (!router_is_wanted(audit->doc) ||
	    nets_range(audit->site.publish_ports, &range, NULL) < 0 || !range.max)
		return;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		look_into(audit, &files[i], &range, &told);
	look_at_range(audit, &range);
	lines_free(&told);
}
