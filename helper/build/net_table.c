// SPDX-License-Identifier: MIT
/*
 * The table of the firewall: a text, made from the pool and the ports. Pure: runs anywhere, as
 * anyone. No rule may name a session, and none may count: what is read back must not change.
 */
#include "net_table.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "net_mark.h"
#include "net_slots.h"

#define EPHEMERAL_MIN 32768	/* where Linux itself begins to give out ports */
#define OUTSIDE_ENOUGH 8192
#define SLICES 16	/* of the ports that sessions have outside */

#define RELATED "meta l4proto { icmp, ipv6-icmp } ct state related "

static void address(const struct net_prefix *prefix, uint32_t slot, char text[INET6_ADDRSTRLEN])
{
	uint8_t addr[16];

	net_slot_address(prefix, slot, addr);
	inet_ntop(prefix->family, addr, text, INET6_ADDRSTRLEN);
}

static const char *word_of(const struct net_prefix *prefix)
{
	return prefix->family == AF_INET ? "ip" : "ip6";
}

/* `@before ip daddr POOL @then`, a line for each family of the pool. */
static void each_pool(FILE *f, const struct net_pool *pool, const char *before, const char *field,
		      const char *then)
{
	const struct net_prefix *halves[] = { &pool->v4, &pool->v6 };
	char text[INET6_ADDRSTRLEN];

	for (unsigned int i = 0; i < 2; i++) {
		if (!halves[i]->family)
			continue;
		address(halves[i], 0, text);
		fprintf(f, "\t\t%s%s %s %s/%u %s\n", before, word_of(halves[i]), field, text,
			halves[i]->bits, then);
	}
}

/*
 * What was asked for, before any rule of the host's leads it elsewhere: a port of the host's that
 * others forward (a container's of Docker, a virtual machine's) is the host's.
 */
static void asked(FILE *f, const struct net_site *site)
{
	char host[INET6_ADDRSTRLEN];

	fprintf(f, "\tchain asked {\n"
		"\t\ttype filter hook prerouting priority dstnat - 10; policy accept;\n"
		"\t\tiifgroup != %u accept\n"
		/* Its destination is nobody's, or the host's, or all of a network's. */
		"\t\tmeta mark & 0x%08x != 0 fib daddr type != unicast "
		"meta mark set meta mark & 0x%08x\n",
		NET_GROUP, NET_MARK_OUT, ~NET_MARK_OUT);
	if (site->pool.v4.family) {
		/* The name server that the host has on its loopback: see ports_in(). */
		address(&site->pool.v4, NET_SLOT_HOST, host);
		fprintf(f, "\t\tip daddr %s meta l4proto { tcp, udp } th dport 53 accept\n", host);
	}
	fprintf(f, "\t\tmeta mark & 0x%08x != 0 fib daddr type != local "
		"meta mark set meta mark & 0x%08x\n"
		"\t}\n", NET_MARK_HOST, ~NET_MARK_HOST);
}

/* Whose is which port: a constant map, which nobody can change without the rule. */
static void port_map(FILE *f, const struct net_site *site, const struct net_slots *slots,
		     const struct net_prefix *half)
{
	char text[INET6_ADDRSTRLEN];

	if (!half->family)
		return;
	fprintf(f, "\t\tmeta nfproto %s meta l4proto { tcp, udp } dnat %s to th dport map {\n",
		half->family == AF_INET ? "ipv4" : "ipv6", word_of(half));
	for (uint32_t slot = slots->first; slot < slots->published; slot++) {
		unsigned int min = net_slot_port(&site->publish, site->block, slot);

		address(half, slot, text);
		if (site->block > 1)
			fprintf(f, "\t\t\t%u-%u : %s,\n", min, min + site->block - 1, text);
		else
			fprintf(f, "\t\t\t%u : %s,\n", min, text);
	}
	fputs("\t\t}\n", f);
}

/*
 * The ports that sessions publish lead to them, from the world and from the host itself. Not from
 * other sessions, for whom the host's addresses are the host's; not on loopback, whose addresses
 * nobody answers to from elsewhere.
 */
static void ports(FILE *f, const struct net_site *site, const struct net_slots *slots)
{
	bool any = slots->published > slots->first;
	char host[INET6_ADDRSTRLEN];

	fputs("\tchain ports_in {\n"
	      "\t\ttype nat hook prerouting priority dstnat; policy accept;\n", f);
	if (site->pool.v4.family) {
		/* A name server on the host's loopback; there is no way to [::1]. */
		address(&site->pool.v4, NET_SLOT_HOST, host);
		fprintf(f, "\t\tiifgroup %u meta mark & 0x%08x != 0 ip daddr %s "
			"meta l4proto { tcp, udp } th dport 53 dnat ip to 127.0.0.1\n",
			NET_GROUP, NET_MARK_HOST, host);
	}
	if (any)
		fprintf(f, "\t\tiifgroup != %u fib daddr type local jump ports\n", NET_GROUP);
	fputs("\t}\n", f);
	if (!any)
		return;
	fputs("\tchain ports_out {\n"
	      "\t\ttype nat hook output priority -100; policy accept;\n"
	      "\t\tfib daddr type local jump ports\n"
	      "\t}\n"
	      "\tchain ports {\n"
	      "\t\tip daddr 127.0.0.0/8 return\n"
	      "\t\tip6 daddr ::1 return\n", f);
	port_map(f, site, slots, &site->pool.v4);
	port_map(f, site, slots, &site->pool.v6);
	fputs("\t}\n", f);
}

/* What comes from a session. */
static void outward(FILE *f, const struct net_pool *pool)
{
	char ok[64];

	snprintf(ok, sizeof(ok), "meta mark set meta mark | 0x%08x accept", NET_MARK_OK);
	/* The rest is for the routing rules, whose ICMP errors are few: TCP hears at once. */
	fputs("\tchain refused {\n"
	      "\t\tmeta l4proto tcp reject with tcp reset\n"
	      "\t}\n", f);
	fprintf(f, "\tchain outward {\n"
		"\t\tmeta mark set meta mark & 0x%08x\n"
		/* Also an ICMP error about a connection that is not. */
		"\t\tct state invalid drop\n"
		/* An answer: to whom its port is published, to root of the host. */
		"\t\tct state established ct direction reply %s\n", ~NET_MARK_OK, ok);
	/*
	 * An ICMP error about a connection of a session's: none about the host's own. Nothing else
	 * is related: a helper of the admin's (FTP's, say) hears of ports from the session and its
	 * peer.
	 */
	each_pool(f, pool, RELATED "ct original ", "saddr", ok);
	each_pool(f, pool, RELATED "ct reply ", "saddr", ok);
	/* Other sessions, by whatever way. */
	each_pool(f, pool, "", "daddr", "goto refused");
	fprintf(f, "\t\tmeta mark & 0x%08x != 0 fib daddr type unicast %s\n",
		NET_MARK_OUT, ok);
	/* Of loopback only what ports_in() leads there: the kernel would let more in. */
	fprintf(f, "\t\tmeta mark & 0x%08x != 0 ct status dnat %s\n"
		"\t\tip daddr 127.0.0.0/8 goto refused\n"
		"\t\tmeta mark & 0x%08x != 0 fib daddr type local %s\n"
		"\t\tgoto refused\n"
		"\t}\n", NET_MARK_HOST, ok, NET_MARK_HOST, ok);
}

/* What goes to an address of the pool, and comes from elsewhere. */
static void inward(FILE *f)
{
	fprintf(f, "\tchain inward {\n"
		"\t\tmeta mark set meta mark & 0x%08x\n"
		/* It need not be a session's: a bridge of the admin's may have one as well. */
		"\t\tfib daddr type local meta mark set meta mark | 0x%08x accept\n"
		/*
		 * ports_in() led it here, or a rule of the admin's. Each packet of such a
		 * connection is marked, not the first alone: one that a session answers by a
		 * packet of its own counts as established, though nothing has come to it.
		 */
		"\t\tct direction original ct status dnat meta mark set meta mark | 0x%08x accept\n"
		"\t\tct state established,related meta mark set meta mark | 0x%08x accept\n"
		"\t}\n", ~(NET_MARK_OK | NET_MARK_PUBLISHED), NET_MARK_OK,
		NET_MARK_OK | NET_MARK_PUBLISHED, NET_MARK_OK);
}

/* Judge, when all others have led the packet where they want: here destinations are the last. */
static void seen(FILE *f, const struct net_pool *pool)
{
	outward(f, pool);
	inward(f);
	fprintf(f, "\tchain seen {\n"
		"\t\ttype filter hook prerouting priority dstnat + 10; policy accept;\n"
		"\t\tiifgroup %u goto outward\n", NET_GROUP);
	each_pool(f, pool, "", "daddr", "goto inward");
	fputs("\t}\n", f);
}

/*
 * Once more where packets pass, without a look at the routing rules: either alone is enough.
 * nsbox turned forwarding on for its sessions alone: what else the host was not to forward before,
 * it does not forward now.
 */
static void gates(FILE *f, const struct net_site *site)
{
	fprintf(f, "\tchain forward {\n"
		"\t\ttype filter hook forward priority filter; policy accept;\n"
		"\t\tmeta mark & 0x%08x == 0x%08x drop\n"
		"\t\tiifgroup %u oifgroup %u drop\n"
		"\t\tiifgroup %u meta mark & 0x%08x == 0 drop\n"
		"\t\toifgroup %u meta mark & 0x%08x == 0 drop\n",
		NET_MARK_FROM | NET_MARK_OK, NET_MARK_FROM, NET_GROUP, NET_GROUP,
		NET_GROUP, NET_MARK_OK, NET_GROUP, NET_MARK_OK);
	if (!site->router4)
		fprintf(f, "\t\tmeta nfproto ipv4 iifgroup != %u oifgroup != %u drop\n",
			NET_GROUP, NET_GROUP);
	if (!site->router6)
		fprintf(f, "\t\tmeta nfproto ipv6 iifgroup != %u oifgroup != %u drop\n",
			NET_GROUP, NET_GROUP);
	fprintf(f, "\t}\n"
		"\tchain input {\n"
		"\t\ttype filter hook input priority filter; policy accept;\n"
		"\t\tmeta mark & 0x%08x == 0x%08x drop\n"
		"\t\tiifgroup %u meta mark & 0x%08x == 0 drop\n"
		"\t}\n", NET_MARK_FROM | NET_MARK_OK, NET_MARK_FROM, NET_GROUP, NET_MARK_OK);
}

/* What the host itself sends. */
static void from_host(FILE *f, const struct net_pool *pool)
{
	char published[64];

	fputs("\tchain output {\n"
	      "\t\ttype filter hook output priority filter; policy accept;\n", f);
	/* By the address: the interface is still that of what was asked for, before ports_out(). */
	snprintf(published, sizeof(published), "meta mark set meta mark | 0x%08x accept",
		 NET_MARK_PUBLISHED);
	each_pool(f, pool, "ct direction original ct status dnat ", "daddr", published);
	/*
	 * Root alone. A session with the host's own network (network = host) is another session,
	 * too; and of a socket that the kernel has made for somebody (of SMC, MPTCP, RxRPC), nobody
	 * knows for whom.
	 */
	fprintf(f, "\t\toifgroup != %u accept\n"
		"\t\tct state established,related accept\n"
		"\t\tmeta skuid 0 accept\n"
		/* The kernel's own: what a session may not do, it hears at once. */
		"\t\ticmp type { destination-unreachable, time-exceeded, parameter-problem } "
		"accept\n"
		"\t\ticmpv6 type { destination-unreachable, packet-too-big, time-exceeded, "
		"parameter-problem } accept\n"
		"\t\treject with icmpx admin-prohibited\n"
		"\t}\n", NET_GROUP);
}

/*
 * Source ports of sessions that are nobody's: neither published nor, by custom, a service's. Where
 * nearly all are published, those serve as well.
 */
static void outside_ports(const struct net_ports *publish, unsigned int *min, unsigned int *max)
{
	*min = EPHEMERAL_MIN;
	*max = 65535;
	if (publish->max < EPHEMERAL_MIN)
		return;
	if (65535U - publish->max >= OUTSIDE_ENOUGH) {
		*min = publish->max + 1U;
	} else if (publish->min >= EPHEMERAL_MIN + OUTSIDE_ENOUGH) {
		*max = publish->min - 1U;
	} else if (publish->min >= 1024 + OUTSIDE_ENOUGH) {
		*min = 1024;
		*max = publish->min - 1U;
	}
}

/* The session's slice: what the last four bits of its address say. */
static void to_slice(FILE *f, const struct net_prefix *half)
{
	struct net_prefix low = { .family = half->family };
	char text[INET6_ADDRSTRLEN];

	if (!half->family)
		return;
	address(&low, SLICES - 1, text);
	fprintf(f, "\t\tmeta l4proto { tcp, udp } %s saddr & %s vmap {\n", word_of(half), text);
	for (uint32_t i = 0; i < SLICES; i++) {
		address(&low, i, text);
		fprintf(f, "\t\t\t%s : goto behind_%u,\n", text, i);
	}
	fputs("\t\t}\n", f);
}

/*
 * The world sees the host's address, and a port that the session did not choose: one that it could
 * choose might be that of a service of the host's, whose peer's packets the session would then get
 * ("port shadow"). To one server there are as many connections as ports: who uses up all of a slice
 * (a name server's, say) has taken them from itself, and from one session of sixteen.
 */
static void behind(FILE *f, const struct net_site *site)
{
	unsigned int min, max, size;

	outside_ports(&site->publish, &min, &max);
	size = (max - min + 1) / SLICES;
	for (unsigned int i = 0; i < SLICES; i++)
		fprintf(f, "\tchain behind_%u {\n"
			"\t\tmeta l4proto { tcp, udp } masquerade to :%u-%u fully-random\n"
			"\t}\n", i, min + i * size, min + i * size + size - 1);
	fprintf(f, "\tchain behind {\n"
		"\t\ttype nat hook postrouting priority srcnat; policy accept;\n"
		"\t\tmeta mark & 0x%08x != 0x%08x accept\n"
		"\t\toifgroup %u accept\n",
		NET_MARK_FROM | NET_MARK_OK, NET_MARK_FROM | NET_MARK_OK, NET_GROUP);
	to_slice(f, &site->pool.v4);
	to_slice(f, &site->pool.v6);
	fputs("\t\tmasquerade\n"
	      "\t}\n", f);
}

int net_table_text(const struct net_site *site, char **ret, struct nsbox_error *err)
{
	struct net_slots slots;
	char *text = NULL;
	size_t size;
	FILE *f;
	int r = net_slots_plan(&site->pool, &site->publish, site->block, &slots, err);

	if (r < 0)
		return r;
	f = open_memstream(&text, &size);
	if (!f)
		return error_errno(err, ENOMEM, "cannot write the firewall's table");
	fputs("table inet " NET_TABLE "\n"	/* so that there is one to delete */
	      "delete table inet " NET_TABLE "\n"
	      "table inet " NET_TABLE " {\n"
	      "\tcomment \"made by nsbox for all sessions alike; mended by: nsbox repair\"\n", f);
	asked(f, site);
	ports(f, site, &slots);
	seen(f, &site->pool);
	gates(f, site);
	from_host(f, &site->pool);
	behind(f, site);
	fputs("}\n", f);
	if (fclose(f)) {
		free(text);
		return error_errno(err, ENOMEM, "cannot write the firewall's table");
	}
	*ret = text;
	return 0;
}
