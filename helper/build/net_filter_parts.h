/* SPDX-License-Identifier: MIT */
/*
 * What the parts of a session's program agree on: net_filter.c reads and checks the packet,
 * net_filter_bridge.c what only a bridge knows, net_filter_policy.c asks the policy, and
 * net_filter_taken.c what belongs to sessions.
 */
#ifndef NSBOX_NET_FILTER_PARTS_H
#define NSBOX_NET_FILTER_PARTS_H

#include "net_filter.h"

/*
 * Registers that outlive a helper's call, and the frame on the stack. The verifier wants loads of
 * the stack aligned: 62 bytes below its end the IP header begins at a multiple of 8.
 */
#define REG_CTX BPF_REG_6
#define REG_MARK BPF_REG_7
#define REG_FROM BPF_REG_8	/* of copy(), which calls two */

#define AT_FRAME (-62)
#define AT_MAC_DST AT_FRAME
#define AT_MAC_SRC (AT_FRAME + 6)
#define AT_TYPE (AT_FRAME + 12)
#define AT_IP (AT_FRAME + 14)
#define AT_V4_SRC (AT_IP + 12)
#define AT_V4_DST (AT_IP + 16)
#define AT_V6_SRC (AT_IP + 8)
#define AT_V6_DST (AT_IP + 24)
#define AT_L4 (-96)	/* behind the IP header: 32 bytes */
/*
 * Each a word, and not at a multiple of 8: what is stored there, the verifier forgets. Of a
 * register it would remember what every comparison told, and follow each way through a list for
 * itself: of sixty items that are more ways than it goes (measured).
 */
#define AT_PORT (-100)
#define AT_PROTO (-108)
#define AT_START (-116)	/* where in the frame the protocol's header begins */
#define AT_LATER (-124)	/* of a fragment: not 0 unless it is the first */

#define ETH_BYTES 14
#define V4_BYTES 20
#define V6_BYTES 40
#define ARP_BYTES 28
#define FRAGMENT_BYTES 8

/* In place of a port: not TCP, not UDP; or a later fragment of them, which does not say. */
#define PORT_NONE 65536
#define PORT_UNSEEN 65537

/* Copy @len bytes of the packet to @to on the stack; what is too short is dropped. */
void filter_copy(struct bpf_asm *a, int from, int to, int len, unsigned int drop);

/* Go on at @no unless the address at @at is in @prefix; its bits behind the length say nothing. */
void filter_unless(struct bpf_asm *a, const struct net_prefix *prefix, int at, unsigned int no);

/* Go on at @yes if it is. */
void filter_if(struct bpf_asm *a, const struct net_prefix *prefix, int at, unsigned int yes);

/* Compare what is at AT_PORT or AT_PROTO; see bpf_asm_jump_if(). */
void filter_jump_if(struct bpf_asm *a, int at, uint8_t op, uint32_t imm, unsigned int label);

/* Go on at @taken if the destination is an address of sessions. */
void filter_taken(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int taken);

/* Set REG_MARK to where the policy lets the packet go; it was checked, and its port is known. */
void filter_policy(struct bpf_asm *a, const struct net_filter *f, int family);

/* Of a bridge: drop unless the six bytes at @at are the session's MAC. */
void bridge_mac(struct bpf_asm *a, const struct net_filter *f, int at, unsigned int drop);

/* Of a bridge: a frame to more than one is no packet's to one address. */
void bridge_one(struct bpf_asm *a, unsigned int drop);

/* Of a bridge: ARP. Ends there. */
void bridge_arp(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		unsigned int drop);

/* Of a bridge: IPv6 between neighbours passes or is dropped; goes on with all else. */
void bridge_neighbours(struct bpf_asm *a, const struct net_filter *f, unsigned int pass,
		       unsigned int drop);

/* Of a bridge: pass or drop, as REG_MARK says. Ends there. */
void bridge_judge(struct bpf_asm *a, const struct net_filter *f, int family, unsigned int pass,
		  unsigned int drop);

#endif
