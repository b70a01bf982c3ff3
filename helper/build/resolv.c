// SPDX-License-Identifier: MIT
/*
 * Read and write resolv.conf(5). Pure: runs with any privilege, the system is not asked.
 */
#include "resolv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nets.h"

#define SERVER_LINE (sizeof("nameserver \n") + INET6_ADDRSTRLEN)
#define HEAD "# Made by nsbox for this session.\n"
#define NOBODY "# There is no name server that can be asked from here.\n"

/* What follows @word on a line that begins with it, or NULL. As glibc has it: no blank before. */
static const char *value_of(const char *line, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(line, word, len) || (line[len] != ' ' && line[len] != '\t'))
		return NULL;
	return line + len + strspn(line + len, " \t");
}

static const char *next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line ? line + 1 : NULL;
}

/* Is it 127.0.0.@last? Nobody leads to another loopback: of IPv6, the kernel lets nobody. */
static bool is_loopback(const struct net_prefix *server, uint8_t last)
{
	static const uint8_t v4[] = { 127, 0, 0 };

	return server->family == AF_INET && !memcmp(server->addr, v4, sizeof(v4)) &&
	       server->addr[3] == last;
}

static void take_server(const char *value, struct resolv *ret)
{
	size_t len = strcspn(value, " \t\n;#");
	struct net_prefix server;
	const char *zone;
	char word[INET6_ADDRSTRLEN + IFNAMSIZ];

	if (!len || len >= sizeof(word) || ret->named == NET_RESOLVERS)
		return;
	memcpy(word, value, len);
	word[len] = '\0';
	zone = strchr(word, '%');	/* a neighbour of the host's, and of nobody else */
	if (!zone && nets_host(word, &server, NULL) < 0)
		return;
	ret->named++;
	if (zone)
		return;
	if (nets_server(word, &server, NULL) == 0)
		ret->servers.at[ret->servers.n++] = server;
	ret->local |= is_loopback(&server, 1);
	/* systemd-resolved(8) */
	ret->stub |= is_loopback(&server, 53) || is_loopback(&server, 54);
}

void resolv_read(const char *text, struct resolv *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (const char *line = text; line; line = next_line(line)) {
		const char *value = value_of(line, "nameserver");

		if (value)
			take_server(value, ret);
	}
}

void resolv_choose(const struct resolv *host, const struct resolv *behind,
		   struct net_resolvers *ret)
{
	bool through = host->stub && behind;

	memset(ret, 0, sizeof(*ret));
	if (host->servers.n)
		*ret = host->servers;
	else if (through && behind->servers.n)
		*ret = behind->servers;
	else	/* Without a server, a resolver asks its own machine. */
		ret->ask_host = host->local || !host->named || (through && behind->local);
}

/* The host's line of @from at @to: domains and options hold for whoever asks. */
static char *copy_line(char *to, const char *from)
{
	static const char *const kept[] = { "search", "domain", "options" };
	size_t len = strcspn(from, "\n");

	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		if (!value_of(from, kept[i]))
			continue;
		memcpy(to, from, len);
		to[len] = '\n';
		return to + len + 1;
	}
	return to;
}

static char *put_server(char *to, int family, const uint8_t address[16])
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(family, address, text, sizeof(text));
	return to + sprintf(to, "nameserver %s\n", text);
}

int resolv_write(const struct net_filter *filter, char **text, struct nsbox_error *err)
{
	const char *host = *text ? *text : "";
	char *ret = malloc(sizeof(HEAD) + sizeof(NOBODY) + NET_RESOLVERS * SERVER_LINE +
			   strlen(host) + 2), *at = ret;
	uint8_t own[16];

	if (!ret)
		return error_errno(err, ENOMEM, "cannot write the session's resolv.conf");
	at = stpcpy(at, HEAD);
	for (unsigned int i = 0; i < filter->resolvers_n; i++)
		at = put_server(at, filter->resolvers[i].family, filter->resolvers[i].addr);
	if (filter->ask_host) {
		net_slot_address(&filter->pool.v4, NET_SLOT_HOST, own);
		at = put_server(at, AF_INET, own);
	}
	if (!filter->resolvers_n && !filter->ask_host)
		at = stpcpy(at, NOBODY);
	for (const char *line = host; line; line = next_line(line))
		at = copy_line(at, line);
	*at = '\0';
	free(*text);
	*text = ret;
	return 0;
}
