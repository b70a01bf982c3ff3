// SPDX-License-Identifier: MIT
/*
 * A token bucket for each direction: at the host's end of a wire for what the session gets, at the
 * container's for what it sends. There it waits in the session's own queue, and a program that
 * sends too much is slowed down; at the host's end it could only be thrown away.
 *
 * Runs as root of the host in the builder.
 */
#include "net_rate.h"

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#define FRAMES_AT_ONCE 2
#define FRAMES_WAITING 32

static uint32_t at_least(uint64_t value, uint64_t least)
{
	if (value < least)
		value = least;
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

/*
 * The burst is what comes due between two ticks of a kernel's slowest clock (HZ = 100): with less
 * the rate would not be reached. It holds a frame, or none would ever go; what is longer, as TCP
 * hands it over, the kernel cuts. What waits is of 50 ms: longer would be felt by all that shares
 * the queue, and with much less TCP would not get up to the rate.
 */
void net_rate_plan(uint64_t bits, uint32_t mtu, struct net_bucket *ret)
{
	uint64_t frame = (uint64_t)mtu + ETH_HLEN + 4 /* a VLAN's tag */;

	ret->rate = bits / 8;
	ret->burst = at_least(ret->rate / 100, FRAMES_AT_ONCE * frame);
	ret->limit = at_least(ret->burst + ret->rate / 20, ret->burst + FRAMES_WAITING * frame);
}

static void begin_bucket(struct netlink_batch *b, uint32_t index, const struct net_bucket *bucket)
{
	struct tcmsg queue = {
		.tcm_family = AF_UNSPEC,
		.tcm_ifindex = (int)index,
		.tcm_parent = TC_H_ROOT,
	};
	struct tc_tbf_qopt parms = {
		/* With a link layer named, the kernel wants no table of times from us. */
		.rate.linklayer = TC_LINKLAYER_ETHERNET,
		.rate.rate = at_least(bucket->rate, 1),
		.limit = bucket->limit,
	};
	size_t options;

	netlink_begin(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, &queue, sizeof(queue));
	netlink_put_text(b, TCA_KIND, "tbf");
	options = netlink_nest(b, TCA_OPTIONS);
	netlink_put(b, TCA_TBF_PARMS, &parms, sizeof(parms));
	netlink_put_u32(b, TCA_TBF_BURST, bucket->burst);
	if (bucket->rate > UINT32_MAX)
		netlink_put(b, TCA_TBF_RATE64, &bucket->rate, sizeof(bucket->rate));
	netlink_end(b, options);
}

int net_rate_set(int route, uint32_t index, const char *name, const struct net_bucket *bucket,
		 struct nsbox_error *err)
{
	struct netlink_batch b = { 0 };
	int r;

	begin_bucket(&b, index, bucket);
	r = netlink_talk(route, &b, NULL);
	if (r == -ENOENT)
		return error_plain(err, ENOENT, "cannot limit the rate of %s: this kernel has no "
				   "token bucket (sch_tbf)", name);
	return r < 0 ? error_errno(err, r, "cannot limit the rate of %s", name) : 0;
}
