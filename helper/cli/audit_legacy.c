// SPDX-License-Identifier: MIT
/*
 * Audit: a firewall of iptables-legacy, which nft(8) does not know of, that drops what sessions
 * send. Runs as root. Must never have a table made that is not there: to ask for one is to have it.
 */
/* Before the kernel's headers, which then leave out what is in these. */
#include <net/if.h>
#include <netinet/in.h>

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "audit.h"
#include "cleanup.h"
#include "net_mark.h"
#include "router.h"

#define FILTER "filter"
#define ENTRIES_MAX (16U << 20)

/**
 * struct flavour - iptables or ip6tables
 * @program: its name
 * @names: the file with the names of the tables that there are
 * @family, @level, @info, @entries: of the socket, and the options to ask for
 * @from: where in the answer the entries begin
 * @in, @out: of an entry, its interfaces' names
 * @target, @next: of an entry, where its target is, and the next entry; two bytes each
 */
struct flavour {
	const char *program;
	const char *names;
	int family, level, info, entries;
	size_t from, in, out, target, next;
};

static const struct flavour flavours[] = {
	{ "iptables-legacy", "/proc/net/ip_tables_names",
	  AF_INET, SOL_IP, IPT_SO_GET_INFO, IPT_SO_GET_ENTRIES,
	  offsetof(struct ipt_get_entries, entrytable),
	  offsetof(struct ipt_entry, ip.iniface), offsetof(struct ipt_entry, ip.outiface),
	  offsetof(struct ipt_entry, target_offset), offsetof(struct ipt_entry, next_offset) },
	{ "ip6tables-legacy", "/proc/net/ip6_tables_names",
	  AF_INET6, SOL_IPV6, IP6T_SO_GET_INFO, IP6T_SO_GET_ENTRIES,
	  offsetof(struct ip6t_get_entries, entrytable),
	  offsetof(struct ip6t_entry, ipv6.iniface), offsetof(struct ip6t_entry, ipv6.outiface),
	  offsetof(struct ip6t_entry, target_offset), offsetof(struct ip6t_entry, next_offset) },
};

static bool has_filter(const char *names)
{
	FILE *file = fopen(names, "re");
	char line[64];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = !strcmp(line, FILTER "\n");
	if (file)
		fclose(file);
	return found;
}

static uint16_t number_at(const char *entry, size_t at)
{
	uint16_t number;

	memcpy(&number, entry + at, sizeof(number));
	return number;
}

static bool is_ours(const char *interface)
{
	return !strncmp(interface, NET_LINK_PREFIX, strlen(NET_LINK_PREFIX));
}

/* What the chain does with what none of its rules took. */
static bool drops(const struct flavour *flavour, const char *entry)
{
	struct xt_standard_target target;

	memcpy(&target, entry + number_at(entry, flavour->target), sizeof(target));
	return target.verdict == -NF_DROP - 1;
}

/* @size bytes of entries, as the kernel has checked them. */
static bool knows(const struct flavour *flavour, const char *entries, size_t size)
{
	for (size_t at = 0; at < size; at += number_at(entries + at, flavour->next)) {
		if (is_ours(entries + at + flavour->in) || is_ours(entries + at + flavour->out))
			return true;
		if (!number_at(entries + at, flavour->next))
			break;
	}
	return false;
}

static void look_at(struct audit *audit, const struct flavour *flavour)
{
	_cleanup_close_ int fd = socket(flavour->family, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
	struct ipt_getinfo info = { .name = FILTER };	/* that of IPv6 is the same, and so below */
	_cleanup_free_ char *all = NULL;
	socklen_t len = sizeof(info);

	if (fd < 0 || getsockopt(fd, flavour->level, flavour->info, &info, &len) < 0 ||
	    info.size > ENTRIES_MAX)
		return;
	len = (socklen_t)(flavour->from + info.size);
	all = calloc(1, len);
	if (!all)
		return;
	memcpy(all, FILTER, sizeof(FILTER));
	memcpy(all + offsetof(struct ipt_get_entries, size), &info.size, sizeof(info.size));
	if (getsockopt(fd, flavour->level, flavour->entries, all, &len) < 0)
		return;		/* it was changed meanwhile, say */
	if (drops(flavour, all + flavour->from + info.underflow[NF_INET_FORWARD]) &&
	    !knows(flavour, all + flavour->from, info.size))
		audit_add(audit, NAT_FIREWALL, "the chain FORWARD of %s drops what it does not "
			  "know, and knows no nsb+", flavour->program);
}

void audit_legacy(struct audit *audit)
{
	if (!router_is_wanted(audit->doc))
		return;
	for (size_t i = 0; i < sizeof(flavours) / sizeof(flavours[0]); i++)
		if (has_filter(flavours[i].names))
			look_at(audit, &flavours[i]);
}
