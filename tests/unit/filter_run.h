/* SPDX-License-Identifier: MIT */
/*
 * What the tests of a session's program share: frames, policies from text, and the kernel, which
 * runs the program on a frame (BPF_PROG_TEST_RUN) and gives back what it said and the mark.
 *
 * The kernel wants a device of the number that the frame is to come from, so the process has a
 * network namespace of its own with a session's wire in it.
 */
#ifndef FILTER_RUN_H
#define FILTER_RUN_H

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <sys/syscall.h>

#include "net_filter.h"
#include "net_link.h"
#include "netlink.h"
#include "unit_helper.h"

#define SLOT 5U
#define DROP 0U			/* in place of a mark */
#define FROM NET_MARK_FROM	/* passed, and no more than that */
#define OUT (NET_MARK_FROM | NET_MARK_OUT)
#define HOST (NET_MARK_FROM | NET_MARK_HOST)
#define BOTH (NET_MARK_FROM | NET_MARK_OUT | NET_MARK_HOST)

#define POOL "10.213.0.0/16 fd6e:7362:6f78::/64"
#define OWN4 "10.213.0.5"
#define OWN6 "fd6e:7362:6f78::5"

static struct bpf_asm asm_;

/* In a network namespace of its own; exits where that, or BPF, is not to be had. */
static inline void own_network(void)
{
	struct nsbox_error err = { 0 };
	struct net_link link;
	int fd;

	if (unshare(CLONE_NEWNET) < 0 || netlink_open(NETLINK_ROUTE, &fd) < 0) {
		fprintf(stderr, "skipped: no network namespace: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	if (net_link_claim(fd, getpid(), SLOT, SLOT + 1, 0, &link, &err) < 0) {
		fprintf(stderr, "skipped: %s\n", err.text);
		exit(SKIPPED);
	}
	close(fd);
}

static inline int load(const struct bpf_asm *a)
{
	static char log[1 << 16];
	union bpf_attr attr = { 0 };
	int fd;

	attr.prog_type = BPF_PROG_TYPE_SCHED_CLS;
	attr.insns = (uintptr_t)a->insns;
	attr.insn_cnt = a->n;
	attr.license = (uintptr_t)"MIT";
	fd = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	if (fd >= 0)
		return fd;
	if (errno == EPERM || errno == ENOSYS) {
		fprintf(stderr, "skipped: cannot load a BPF program: %s\n", strerror(errno));
		exit(SKIPPED);
	}
	attr.log_buf = (uintptr_t)log;
	attr.log_size = sizeof(log);
	attr.log_level = 4;
	syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr));
	fail_msg("the verifier refuses %u instructions: %s", a->n, log);
	return -1;
}

static inline int program(const struct net_filter *f)
{
	assert_int_equal(net_filter_write(f, &asm_), 0);
	return load(&asm_);
}

struct frame {
	uint8_t d[512];
	unsigned int len;
};

/*
 * DROP, or the mark that the program left; of one that marks nothing, FROM. @mark: what the frame
 * comes with. @refused, unless NULL, may become true: the kernel itself runs nothing that has no
 * whole IP header.
 */
static inline uint32_t run_marked(int fd, const struct frame *frame, uint32_t mark, bool *refused)
{
	struct __sk_buff before = { .ifindex = NET_LINK_INDEX + SLOT, .mark = mark };
	struct __sk_buff after = { 0 };
	union bpf_attr attr = { 0 };

	attr.test.prog_fd = (uint32_t)fd;
	attr.test.data_in = (uintptr_t)frame->d;
	attr.test.data_size_in = frame->len;
	attr.test.ctx_in = (uintptr_t)&before;
	attr.test.ctx_size_in = sizeof(before);
	attr.test.ctx_out = (uintptr_t)&after;
	attr.test.ctx_size_out = sizeof(after);
	if (syscall(SYS_bpf, BPF_PROG_TEST_RUN, &attr, sizeof(attr)) < 0) {
		if (refused && errno == EINVAL) {
			*refused = true;
			return DROP;
		}
		fail_msg("the kernel runs no frame of %u bytes: %s", frame->len, strerror(errno));
	}
	if (attr.test.retval == TC_ACT_SHOT)
		return DROP;
	assert_int_equal(attr.test.retval, TC_ACT_OK);
	return after.mark ? after.mark : FROM;
}

static inline uint32_t run_unless(int fd, const struct frame *frame, bool *refused)
{
	return run_marked(fd, frame, 0, refused);
}

static inline uint32_t run(int fd, const struct frame *frame)
{
	return run_unless(fd, frame, NULL);
}

/* As in the policy; NULL is the key's default. */
struct said {
	const char *egress;
	const char *deny;
	const char *reach;
	const char *dns;
	bool ask_host;
};

static inline char *next_word(char **rest)
{
	return strtok_r(NULL, " ", rest);
}

static inline void set_policy(struct net_filter *f, const struct said *said)
{
	char text[512], *rest, *word;

	f->egress = !said->egress || !strcmp(said->egress, "any") ? NET_EGRESS_ANY :
		    !strcmp(said->egress, "none") ? NET_EGRESS_NONE : NET_EGRESS_LIST;
	f->ask_host = said->ask_host;
	snprintf(text, sizeof(text), ". %s", said->egress ? said->egress : "");
	strtok_r(text, " ", &rest);
	while (f->egress == NET_EGRESS_LIST && (word = next_word(&rest)))
		assert_int_equal(nets_target(word, &f->allow[f->allows++], NULL), 0);
	snprintf(text, sizeof(text), ". %s", said->deny ? said->deny : "");
	strtok_r(text, " ", &rest);
	while ((word = next_word(&rest)))
		assert_int_equal(nets_target(word, &f->deny[f->denies++], NULL), 0);
	snprintf(text, sizeof(text), ". %s", said->reach ? said->reach : "");
	strtok_r(text, " ", &rest);
	while ((word = next_word(&rest)))
		assert_int_equal(nets_ports(word, &f->reach[f->reaches++], NULL), 0);
	snprintf(text, sizeof(text), ". %s", said->dns ? said->dns : "");
	strtok_r(text, " ", &rest);
	while ((word = next_word(&rest)))
		assert_int_equal(nets_host(word, &f->resolvers[f->resolvers_n++], NULL), 0);
}

static inline struct net_filter *new_filter(const struct said *said)
{
	struct net_filter *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_int_equal(nets_pool(POOL, &f->pool, NULL), 0);
	if (said)
		set_policy(f, said);
	return f;
}

static inline void put16(uint8_t *at, unsigned int value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static inline void put_address(uint8_t *at, const char *text)
{
	if (inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, at) != 1)
		fail_msg("not an address: %s", text);
}

/* The MACs of a wire are its own; of a bridge, those of the session and of some neighbour. */
#define SESSION_MAC { 0x02, 'n', 's', 0, 0, 5 }
#define OTHER_MAC { 0x52, 0x54, 0, 1, 2, 3 }

static inline void begin_frame(struct frame *frame, unsigned int type)
{
	static const uint8_t to[6] = OTHER_MAC, from[6] = SESSION_MAC;

	memset(frame, 0, sizeof(*frame));
	memcpy(frame->d, to, sizeof(to));
	memcpy(frame->d + 6, from, sizeof(from));
	put16(frame->d + 12, type);
	frame->len = 14;
}

#define IP 14	/* where in the frame its header begins */

/* A packet without what is in it. */
static inline void begin_packet(struct frame *frame, const char *from, const char *to, int proto)
{
	uint8_t *ip = frame->d + IP;

	if (!strchr(from, ':')) {
		begin_frame(frame, ETH_P_IP);
		ip[0] = 0x45;
		ip[8] = 64;
		ip[9] = (uint8_t)proto;
		put_address(ip + 12, from);
		put_address(ip + 16, to);
		frame->len += 20;
	} else {
		begin_frame(frame, ETH_P_IPV6);
		ip[0] = 0x60;
		ip[6] = (uint8_t)proto;
		ip[7] = 64;
		put_address(ip + 8, from);
		put_address(ip + 24, to);
		frame->len += 40;
	}
}

/* More behind it, and the lengths that follow. */
static inline void add(struct frame *frame, const void *data, unsigned int len)
{
	memcpy(frame->d + frame->len, data, len);
	frame->len += len;
	if (frame->d[IP] >> 4 == 4)
		put16(frame->d + IP + 2, frame->len - IP);
	else
		put16(frame->d + IP + 4, frame->len - IP - 40);
}

/* A header of TCP or UDP to @port; of other protocols eight bytes, of which the first is @port. */
static inline void add_l4(struct frame *frame, int proto, unsigned int port)
{
	uint8_t l4[20] = { 0 };

	put16(l4, 40000);
	put16(l4 + 2, port);
	l4[12] = 0x50;
	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP) {
		memset(l4, 0, 4);
		l4[0] = (uint8_t)port;
	}
	add(frame, l4, proto == IPPROTO_TCP ? 20 : 8);
}

static inline void packet(struct frame *frame, const char *from, const char *to, int proto,
			  unsigned int port)
{
	begin_packet(frame, from, to, proto);
	add_l4(frame, proto, port);
}

#endif
