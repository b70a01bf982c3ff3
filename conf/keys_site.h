/* SPDX-License-Identifier: MIT */
/*
 * Rows of the key table: what holds for all logins alike.
 *
 * Not a header: keys.c makes the table of these files, one after the other.
 */
	[KEY_SERVICES] = {
		.name = "services",
		.kind = KIND_LIST,
		.allowed = SITE,
		VALUE(site.services),
		.check = value_name,
		.fallback = "sshd login su su-l",
		.expects = "names of PAM services",
		.doc = "the PAM services whose logins are boxed",
	},
	[KEY_DEADLINE] = {
		.name = "deadline",
		.kind = KIND_TIME,
		.allowed = SITE,
		VALUE(site.deadline_ms),
		.min = 1000,
		.max = 60000,
		.fallback = "10s",
		.expects = "a time from 1s to 60s",
		.doc = "how long a login may wait for its container",
	},
	[KEY_ADDRESS_POOL] = {
		.name = "address-pool",
		.kind = KIND_TEXT,
		.allowed = SITE,
		VALUE(site.address_pool),
		.check = check_pool,
		.fallback = "10.213.0.0/16 fd6e:7362:6f78::/64",
		.expects = "a network of IPv4, /8 to /29, one of IPv6, /8 to /112, or both, or "
			   "nothing",
		.doc = "the addresses that are given to containers",
	},
	[KEY_PUBLISH_PORTS] = {
		.name = "publish-ports",
		.kind = KIND_TEXT,
		.allowed = SITE,
		VALUE(site.publish_ports),
		.check = check_range,
		.fallback = "20000-32767",
		.expects = "a range of ports from 1024 on, such as 20000-32767, or nothing",
		.doc = "the ports of the host that lead to containers with publish",
	},
	[KEY_PUBLISH_BLOCK] = {
		.name = "publish-block",
		.kind = KIND_NUMBER,
		.allowed = SITE,
		VALUE(site.publish_block),
		.min = 1,
		.max = NETS_BLOCK_MAX,
		.fallback = "16",
		.expects = "a number from 1 to 4096",
		.doc = "how many of these ports each such container has",
	},
