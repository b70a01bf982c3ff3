// SPDX-License-Identifier: MIT
/*
 * A session's wire: its slot is the first free one, and free again when the container is gone; what
 * comes through it, real frames this time, is what the program at its end lets through.
 */
#include "filter_run.h"

#include <linux/ethtool.h>
#include <linux/if_packet.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#define PORT 7007
#define HOST4 "192.0.2.1"
#define HOST6 "2001:db8::1"

static int route = -1;

/* A process in a network namespace of its own, until end(). */
static pid_t begin(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	assert_true(pid > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static uint32_t claim(pid_t pid, uint32_t from, uint32_t to, uint32_t hint)
{
	struct nsbox_error err = { 0 };
	struct net_link link;
	char name[IFNAMSIZ];

	if (net_link_claim(route, pid, from, to, hint, &link, &err) < 0)
		fail_msg("%s", err.text);
	snprintf(name, sizeof(name), "nsb%u", link.slot);
	assert_string_equal(link.name, name);
	assert_int_equal(link.index, 0x10000000 + link.slot);
	assert_int_equal(if_nametoindex(name), link.index);
	return link.slot;
}

static void test_slots(void **state)
{
	static const struct {
		uint32_t hint, slot;
	} cases[] = { { 0, 20 }, { 0, 21 }, { 7, 22 }, { UINT32_MAX, 23 }, { 3, 24 } };
	struct net_link link = { .slot = 99 };
	struct nsbox_error err = { 0 };
	pid_t pids[COUNT(cases)], last;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		pids[i] = begin();
		assert_int_equal(claim(pids[i], 20, 25, cases[i].hint), cases[i].slot);
	}
	last = begin();
	assert_int_equal(net_link_claim(route, last, 20, 25, 2, &link, &err), -EUSERS);
	assert_string_equal(err.text, "cannot give the session an address: all 5 of address-pool "
				      "are taken");
	assert_int_equal(link.slot, 99);
	/* A slot goes with the container though nobody gives it back; the kernel needs a moment. */
	end(pids[2]);
	for (int i = 0; if_nametoindex("nsb22") && i < 500; i++)
		usleep(10000);
	assert_int_equal(claim(last, 20, 25, 0), 22);
	end(last);
	for (size_t i = 0; i < COUNT(cases); i++)
		if (i != 2)
			end(pids[i]);
}

static void make_link(const char *name, uint32_t index)
{
	struct ifinfomsg body = { .ifi_index = (int)index };
	struct netlink_batch b = { 0 };
	size_t info;

	netlink_begin(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &body, sizeof(body));
	netlink_put_text(&b, IFLA_IFNAME, name);
	info = netlink_nest(&b, IFLA_LINKINFO);
	netlink_put_text(&b, IFLA_INFO_KIND, "veth");
	netlink_end(&b, info);
	assert_int_equal(netlink_talk(route, &b, NULL), 0);
}

/* What is somebody else's by name or by number is left to them. */
static void test_not_ours(void **state)
{
	struct nsbox_error err = { 0 };
	struct net_link link;
	pid_t pid = begin();

	(void)state;
	make_link("nsb30", 0);
	make_link("admins", NET_LINK_INDEX + 31);
	assert_int_equal(claim(pid, 30, 34, 0), 32);
	end(pid);
	/* No process, no wire. */
	assert_int_equal(net_link_claim(route, pid, 33, 34, 0, &link, &err), -ESRCH);
	assert_string_equal(err.text, "cannot make the wire nsb33 to the container: "
			    "No such process");
	assert_int_equal(if_nametoindex("nsb33"), 0);
}

/*
 * Two wires, the one with a session's program, the other with one that lets everything through: so
 * what is missed behind the first is known to have come as far.
 */
struct wire {
	struct net_link link;
	pid_t pid;
	int prog;
	int udp4, udp6, raw;	/* sockets inside */
};

static void enter(pid_t pid)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/ns/net", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(setns(fd, CLONE_NEWNET), 0);
	close(fd);
}

/* Queues to send and to receive of a link in the network that we are in. */
static void check_queues(const char *name, uint32_t wanted)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };
	struct ifreq ifr = { .ifr_data = (void *)&channels };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	assert_int_equal(ioctl(fd, SIOCETHTOOL, &ifr), 0);
	assert_int_equal(channels.max_tx, wanted);
	assert_int_equal(channels.max_rx, wanted);
	close(fd);
}

/* One at each end, and not one for each processor that there can be. */
static void test_queues(void **state)
{
	int host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	pid_t pid = begin();

	(void)state;
	make_link("ordinary", 0);
	check_queues("ordinary", (uint32_t)sysconf(_SC_NPROCESSORS_CONF));
	claim(pid, 35, 36, 0);
	check_queues("nsb35", 1);
	enter(pid);
	check_queues(NET_INSIDE, 1);
	assert_int_equal(setns(host, CLONE_NEWNET), 0);
	close(host);
	end(pid);
}

/* No more of what IPv6 says by itself, and the program drops: the rest is counted. */
static void quieten(const struct wire *w)
{
	int host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), fd;

	enter(w->pid);
	fd = open("/proc/sys/net/ipv6/conf/all/disable_ipv6", O_WRONLY | O_CLOEXEC);
	assert_int_equal(write(fd, "1", 1), 1);
	close(fd);
	assert_int_equal(setns(host, CLONE_NEWNET), 0);
	close(host);
}

static int everything(void)
{
	bpf_asm_begin(&asm_);
	bpf_asm_set(&asm_, BPF_REG_0, TC_ACT_OK);
	bpf_asm_exit(&asm_);
	assert_int_equal(bpf_asm_finish(&asm_), 0);
	return load(&asm_);
}

static void lay(struct wire *w, uint32_t slot, const struct net_pool *pool, int prog)
{
	int host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), inside;
	struct nsbox_error err = { 0 };

	w->prog = prog;
	w->pid = begin();
	if (net_link_claim(route, w->pid, slot, slot + 1, 0, &w->link, &err) < 0 ||
	    net_link_attach(route, &w->link, pool, prog, &err) < 0)
		fail_msg("%s", err.text);
	enter(w->pid);
	assert_int_equal(netlink_open(NETLINK_ROUTE, &inside), 0);
	if (net_link_raise(inside, &w->link, pool, &err) < 0)
		fail_msg("%s", err.text);
	w->udp4 = socket(AF_INET, SOCK_DGRAM, 0);
	w->udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
	w->raw = socket(AF_PACKET, SOCK_RAW, 0);
	assert_true(w->udp4 >= 0 && w->udp6 >= 0 && w->raw >= 0);
	close(inside);
	assert_int_equal(setns(host, CLONE_NEWNET), 0);
	close(host);
}

static void take_up(struct wire *w)
{
	close(w->udp4);
	close(w->udp6);
	close(w->raw);
	close(w->prog);
	end(w->pid);
}

/* The host's own addresses, and a service there. */
static int serve(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };
	struct ifinfomsg up = { .ifi_index = 1, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	struct ifaddrmsg addr = { .ifa_index = 1 };
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	struct netlink_batch b = { 0 };
	uint8_t address[16];

	netlink_begin(&b, RTM_NEWLINK, 0, &up, sizeof(up));
	addr.ifa_family = AF_INET;
	addr.ifa_prefixlen = 32;
	put_address(address, HOST4);
	netlink_begin(&b, RTM_NEWADDR, NLM_F_CREATE, &addr, sizeof(addr));
	netlink_put(&b, IFA_LOCAL, address, 4);
	addr.ifa_family = AF_INET6;
	addr.ifa_prefixlen = 128;
	put_address(address, HOST6);
	netlink_begin(&b, RTM_NEWADDR, NLM_F_CREATE, &addr, sizeof(addr));
	netlink_put(&b, IFA_LOCAL, address, 16);
	assert_int_equal(netlink_talk(route, &b, NULL), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	return fd;
}

/* Whose datagram has come, as text; "" if none. */
static const char *heard(int fd)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	static char text[INET6_ADDRSTRLEN];
	struct sockaddr_in6 from;
	socklen_t len = sizeof(from);
	char data[64];

	text[0] = '\0';
	if (poll(&wait, 1, 300) == 1 &&
	    recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len) >= 0)
		inet_ntop(AF_INET6, &from.sin6_addr, text, sizeof(text));
	return text;
}

static int say4(const struct wire *w)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(PORT) };

	put_address((uint8_t *)&to.sin_addr, HOST4);
	return (int)sendto(w->udp4, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to));
}

static int say6(const struct wire *w)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(PORT) };

	put_address((uint8_t *)&to.sin6_addr, HOST6);
	return (int)sendto(w->udp6, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to));
}

static void say_raw(const struct wire *w, const struct frame *frame)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_ifindex = 64 /* eth0 */ };

	assert_int_equal(sendto(w->raw, frame->d, frame->len, 0, (struct sockaddr *)&to,
				sizeof(to)), frame->len);
}

/* A datagram to the service, as a frame; in a VLAN with the number 0, which is none, if @tagged. */
static void datagram(struct frame *frame, const char *from, bool tagged)
{
	static const uint8_t mac[6] = { 0x02, 'n', 's', 'b', 'o', 'x' };
	uint8_t *ip = frame->d + IP;
	uint32_t sum = 0;

	packet(frame, from, HOST4, IPPROTO_UDP, PORT);
	memcpy(frame->d, mac, 6);
	memcpy(frame->d + 6, mac, 6);
	put16(ip + 24, 8);	/* UDP's length */
	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	put16(ip + 10, ~((sum & 0xffff) + (sum >> 16)));
	if (tagged) {
		memmove(ip + 4, ip, frame->len - IP);
		put16(frame->d + 12, 0x8100);
		put16(frame->d + 14, 0);
		put16(frame->d + 16, ETH_P_IP);
		frame->len += 4;
	}
}

struct count {
	int index;
	uint32_t drops;
};

static int see_qdisc(const struct nlmsghdr *msg, void *data)
{
	const struct tcmsg *tc = NLMSG_DATA(msg);
	const struct nlattr *at = NULL;
	struct count *count = data;
	struct tc_stats stats;
	size_t size;

	while ((at = netlink_attr(msg, sizeof(*tc), at))) {
		const void *value = netlink_data(at, &size);

		if (tc->tcm_ifindex != count->index || at->nla_type != TCA_STATS)
			continue;
		memcpy(&stats, value, size < sizeof(stats) ? size : sizeof(stats));
		count->drops += stats.drops;
	}
	return 0;
}

/* How many frames the program has dropped. */
static uint32_t drops(const struct wire *w)
{
	struct count count = { .index = (int)w->link.index };
	struct tcmsg body = { .tcm_ifindex = (int)w->link.index };
	struct netlink_batch b = { 0 };

	netlink_begin(&b, RTM_GETQDISC, 0, &body, sizeof(body));
	assert_int_equal(netlink_dump(route, &b, see_qdisc, &count), 0);
	return count.drops;
}

static void check_frames(const struct wire *w, const struct wire *open_, int service)
{
	uint32_t before = drops(w), before_open = drops(open_);
	struct frame frame;

	/* Its own source, and another's. */
	datagram(&frame, "10.213.0.40", false);
	say_raw(w, &frame);
	assert_string_equal(heard(service), "::ffff:10.213.0.40");
	datagram(&frame, "10.213.0.41", false);
	say_raw(w, &frame);
	assert_string_equal(heard(service), "");
	assert_int_equal(drops(w), before + 1);
	say_raw(open_, &frame);
	assert_string_equal(heard(service), "::ffff:10.213.0.41");
	/* The kernel takes the tag off before the program sees the frame. */
	datagram(&frame, "10.213.0.41", true);
	say_raw(open_, &frame);
	assert_string_equal(heard(service), "::ffff:10.213.0.41");
	datagram(&frame, "10.213.0.40", true);
	say_raw(w, &frame);
	assert_string_equal(heard(service), "");
	assert_int_equal(drops(w), before + 2);
	/* What is too short to be looked at. */
	for (unsigned int len = 15; len < IP + 24; len++) {
		datagram(&frame, "10.213.0.40", false);
		frame.len = len;
		say_raw(w, &frame);
		assert_int_equal(drops(w), before + 2 + len - 14);
	}
	assert_string_equal(heard(service), "");
	assert_int_equal(drops(open_), before_open);
}

static void test_wire(void **state)
{
	struct net_filter *f = new_filter(NULL);
	struct wire w, open_;
	int service = serve();

	(void)state;
	lay(&w, 40, &f->pool, program(f));
	lay(&open_, 41, &f->pool, everything());
	assert_int_equal(say4(&w), 5);
	assert_string_equal(heard(service), "::ffff:10.213.0.40");
	assert_int_equal(say6(&w), 5);
	assert_string_equal(heard(service), "fd6e:7362:6f78::28");
	assert_int_equal(say4(&open_), 5);
	assert_string_equal(heard(service), "::ffff:10.213.0.41");
	quieten(&w);
	check_frames(&w, &open_, service);
	take_up(&w);
	take_up(&open_);
	close(service);
	free(f);
}

/* What cannot be done is said. */
static void test_errors(void **state)
{
	struct net_filter *f = new_filter(NULL);
	struct nsbox_error err = { 0 };
	struct net_link link;
	int prog = everything(), host = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), inside;
	pid_t pid = begin(), bare = begin();

	(void)state;
	assert_int_equal(net_link_claim(route, pid, 50, 51, 0, &link, &err), 0);
	assert_true(net_link_attach(route, &link, &f->pool, route, &err) < 0);
	assert_non_null(strstr(err.text, "cannot use the wire nsb50: cannot watch it: "));
	enter(bare);
	assert_int_equal(netlink_open(NETLINK_ROUTE, &inside), 0);
	assert_int_equal(setns(host, CLONE_NEWNET), 0);
	assert_true(net_link_raise(inside, &link, &f->pool, &err) < 0);
	assert_non_null(strstr(err.text, "cannot set up eth0 in the container: "));
	end(bare);
	end(pid);
	for (int i = 0; if_nametoindex("nsb50") && i < 500; i++)
		usleep(10000);
	assert_true(net_link_attach(route, &link, &f->pool, prog, &err) < 0);
	assert_non_null(strstr(err.text, "cannot watch it: "));
	close(inside);
	close(host);
	close(prog);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slots),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_queues),
		cmocka_unit_test(test_wire),
		cmocka_unit_test(test_errors),
	};

	if (lacks_root("make network namespaces"))
		return SKIPPED;
	own_network();
	close(everything());	/* or skip */
	if (netlink_open(NETLINK_ROUTE, &route) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
