/* SPDX-License-Identifier: MIT */
/*
 * What a packet's mark says. The first three are written where the packet leaves the session, by
 * net_filter.c; the last by the firewall's table (net_table.c); routing rules refuse what comes
 * from a session and does not have it. A container cannot write one: a veth clears marks.
 *
 * The upper four bits are taken; the other 28 belong to whoever else marks packets on the host.
 */
#ifndef NSBOX_NET_MARK_H
#define NSBOX_NET_MARK_H

#define NET_MARK_FROM 0x10000000U	/* comes from a session */
#define NET_MARK_OUT 0x20000000U	/* may go to this destination, if that is not the host */
#define NET_MARK_HOST 0x40000000U	/* may go to this destination, if that is the host */
#define NET_MARK_OK 0x80000000U		/* the table has seen it, and lets it go */
/* Of what does not come from a session: it is led to one by its published ports (net_publish.c). */
#define NET_MARK_PUBLISHED NET_MARK_HOST
#define NET_MARK_ALL 0xf0000000U

#define NET_GROUP 0x6e73U		/* interface group of the host's ends: "ns" */
/*
 * Their numbers: the slot is in them, so that one program serves all sessions of a policy. Out of
 * the way of the numbers that the kernel gives, which begin at 1.
 */
#define NET_LINK_INDEX 0x10000000U
#define NET_LINK_PREFIX "nsb"		/* their names: nsb17 is that of slot 17 */

#endif
