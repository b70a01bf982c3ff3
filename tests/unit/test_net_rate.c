// SPDX-License-Identifier: MIT
/*
 * How fast a wire is: the sizes of the bucket, and that the kernel takes them as they are meant.
 */
#include "filter_run.h"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "net_rate.h"

static void test_sizes(void **state)
{
	static const struct {
		uint64_t bits;
		uint32_t mtu;
		struct net_bucket bucket;
	} cases[] = {
		/* The smallest: two frames at once, 32 wait. */
		{ 8000, 1500, { 1000, 3036, 51612 } },
		{ 8000, 9000, { 1000, 18036, 306612 } },
		/* 10 ms at once, as much as 50 ms wait. */
		{ 100000000, 1500, { 12500000, 125000, 750000 } },
		{ 1000000000, 1500, { 125000000, 1250000, 7500000 } },
		/* More bytes a second than 32 bits, and more that wait. */
		{ 1000000000000, 1500, { 125000000000, 1250000000, UINT32_MAX } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct net_bucket bucket;

		net_rate_plan(cases[i].bits, cases[i].mtu, &bucket);
		assert_int_equal(bucket.rate, cases[i].bucket.rate);
		assert_int_equal(bucket.burst, cases[i].bucket.burst);
		assert_int_equal(bucket.limit, cases[i].bucket.limit);
	}
}

/* What the kernel says of the interface's bucket. */
struct seen {
	int index;
	uint64_t rate;
	uint32_t limit;
	uint32_t buffer;
};

static int look(const struct nlmsghdr *msg, void *data)
{
	const struct tcmsg *queue = NLMSG_DATA(msg);
	struct seen *seen = data;

	if (queue->tcm_ifindex != seen->index || queue->tcm_parent != TC_H_ROOT)
		return 0;
	for (const struct nlattr *a = NULL; (a = netlink_attr(msg, sizeof(*queue), a));) {
		size_t left;
		const char *at = netlink_data(a, &left);

		if (a->nla_type != TCA_OPTIONS)
			continue;
		while (left >= sizeof(struct nlattr)) {
			const struct nlattr *option = (const struct nlattr *)at;
			const struct tc_tbf_qopt *parms = (const void *)(option + 1);

			if (option->nla_type == TCA_TBF_PARMS) {
				seen->limit = parms->limit;
				seen->buffer = parms->buffer;
				if (!seen->rate)
					seen->rate = parms->rate.rate;
			} else if (option->nla_type == TCA_TBF_RATE64) {
				memcpy(&seen->rate, option + 1, sizeof(seen->rate));
			}
			at += NLA_ALIGN(option->nla_len);
			left -= (size_t)NLA_ALIGN(option->nla_len);
		}
	}
	return 0;
}

static void test_kernel(void **state)
{
	static const uint64_t rates[] = { 8000, 100000000, 1000000000000 };
	const uint32_t index = NET_LINK_INDEX + SLOT;
	struct nsbox_error err = { 0 };
	struct net_bucket bucket;
	int route;

	(void)state;
	assert_int_equal(netlink_open(NETLINK_ROUTE, &route), 0);
	for (uint32_t i = 0; i < COUNT(rates); i++) {
		struct tcmsg all = { .tcm_family = AF_UNSPEC };
		struct seen seen = { .index = (int)index };
		struct netlink_batch b = { 0 };

		net_rate_plan(rates[i], NET_RATE_MTU, &bucket);
		if (net_rate_set(route, index, "nsb5", &bucket, &err) == -ENOENT) {
			fprintf(stderr, "skipped: %s\n", err.text);
			exit(SKIPPED);
		}
		netlink_begin(&b, RTM_GETQDISC, 0, &all, sizeof(all));
		assert_int_equal(netlink_dump(route, &b, look, &seen), 0);
		assert_int_equal(seen.rate, rates[i] / 8);
		assert_int_equal(seen.limit, bucket.limit);
		/* Ticks of 64 ns: the time that the burst takes at the rate. */
		if (seen.buffer != UINT32_MAX)
			assert_in_range(seen.buffer * 64.0 * (double)bucket.rate / 1e9,
					bucket.burst * 0.9, bucket.burst * 1.1);
		assert_int_equal(net_rate_set(route, index, "nsb5", &bucket, &err), -EEXIST);
		all.tcm_ifindex = (int)index;
		all.tcm_parent = TC_H_ROOT;
		netlink_reset(&b);
		netlink_begin(&b, RTM_DELQDISC, 0, &all, sizeof(all));
		assert_int_equal(netlink_talk(route, &b, NULL), 0);
	}
	close(route);
}

static void test_missing(void **state)
{
	struct nsbox_error err = { 0 };
	struct net_bucket bucket;
	int route;

	(void)state;
	assert_int_equal(netlink_open(NETLINK_ROUTE, &route), 0);
	net_rate_plan(8000, NET_RATE_MTU, &bucket);
	assert_int_equal(net_rate_set(route, 4711, "nsb4711", &bucket, &err), -ENODEV);
	assert_string_equal(err.text, "cannot limit the rate of nsb4711: No such device");
	close(route);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_kernel),
		cmocka_unit_test(test_missing),
	};

	own_network();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
