// SPDX-License-Identifier: MIT
/*
 * Addresses that are given out and come back, by several builders at once, many times more often
 * than there are addresses: no address is ever two sessions', and none is lost.
 */
#include "filter_run.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "net.h"
#include "net_program.h"

#define SLOTS 300
#define WORKERS 4
#define LIVE 24			/* sessions of a worker at once: together a third of the slots */
#define ROUNDS 3000		/* of all workers together; NSBOX_LONG=1: */
#define ROUNDS_LONG 60000

struct shared {
	atomic_uint owner[SLOTS];	/* which session has a slot, by number; 0: none */
	atomic_uint given;
};

static struct shared *shared;
static unsigned int rounds;

/* A container's network namespace, as long as its process lives. */
static pid_t begin(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (unshare(CLONE_NEWNET) == 0 && write(ready[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

static void end(pid_t pid)
{
	if (pid <= 0)
		return;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static int prepare(struct net *net)
{
	struct nsbox_error err = { 0 };

	net_init(net);
	net->plan.kind = NETWORK_NAT;
	net->plan.from = 2;
	net->plan.to = 2 + SLOTS;
	memset(&net->plan.filter, 0, sizeof(net->plan.filter));
	net->plan.filter.pool.v4 = (struct net_prefix){ AF_INET, 16, { 10, 213 } };
	net->plan.filter.pool.v6 = (struct net_prefix){ AF_INET6, 64, { 0xfd, 1 } };
	net->next = open("next", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (net->next < 0 || netlink_open(NETLINK_ROUTE, &net->route) < 0)
		return -1;
	return net_program_load(&net->plan.filter, &net->program, &err);
}

static int worker(const void *data)
{
	unsigned int seed = 1 + *(const unsigned int *)data, mine = seed << 24;
	struct { pid_t pid; uint32_t slot; } live[LIVE] = { { 0 } };
	static struct net net;
	struct nsbox_error err = { 0 };

	if (prepare(&net) < 0)
		return 1;
	for (unsigned int i = 0; i < rounds / WORKERS; i++) {
		unsigned int at = (unsigned int)rand_r(&seed) % LIVE, nobody = 0;

		if (live[at].pid)
			atomic_store(&shared->owner[live[at].slot], 0);
		end(live[at].pid);
		live[at].pid = begin();
		if (live[at].pid < 0)
			return 2;
		if (net_connect(&net, -1, live[at].pid, &err) < 0) {
			fprintf(stderr, "%s\n", err.text);
			return 3;
		}
		live[at].slot = net.link.slot - net.plan.from;
		if (live[at].slot >= SLOTS)
			return 4;
		if (!atomic_compare_exchange_strong(&shared->owner[live[at].slot], &nobody,
						    mine + i + 1)) {
			fprintf(stderr, "slot %u is session %x's and %x's\n", net.link.slot,
				nobody, mine + i + 1);
			return 5;
		}
		atomic_fetch_add(&shared->given, 1);
	}
	for (size_t i = 0; i < LIVE; i++) {
		if (live[i].pid)
			atomic_store(&shared->owner[live[i].slot], 0);
		end(live[i].pid);
	}
	net_release(&net);
	return 0;
}

static int count_links(const struct nlmsghdr *msg, void *data)
{
	(void)msg;
	++*(unsigned int *)data;
	return 0;
}

/* All of them vanish, though nobody gives one back: lo alone is left. The kernel needs a moment. */
static bool all_gone(void)
{
	struct ifinfomsg all = { .ifi_family = AF_UNSPEC };
	int route;

	if (netlink_open(NETLINK_ROUTE, &route) < 0)
		return false;
	for (int i = 0; i < 3000; i++) {
		struct netlink_batch b = { 0 };
		unsigned int n = 0;

		netlink_begin(&b, RTM_GETLINK, 0, &all, sizeof(all));
		if (netlink_dump(route, &b, count_links, &n) == 0 && n == 1)
			return true;
		usleep(10000);
	}
	return false;
}

static int host(const void *data)
{
	pid_t pids[WORKERS];
	int failed = 0;

	(void)data;
	if (private_tmpfs("/mnt") < 0 || chdir("/mnt") < 0 || unshare(CLONE_NEWNET) < 0)
		return 10;
	for (unsigned int i = 0; i < WORKERS; i++) {
		pids[i] = fork();
		if (pids[i] == 0)
			_exit(worker(&i));
	}
	for (unsigned int i = 0; i < WORKERS; i++) {
		int status;

		waitpid(pids[i], &status, 0);
		if (!WIFEXITED(status) || WEXITSTATUS(status))
			failed = WIFEXITED(status) ? WEXITSTATUS(status) : 11;
	}
	if (failed)
		return failed;
	return all_gone() ? 0 : 12;
}

static void test_churn(void **state)
{
	(void)state;
	assert_int_equal(in_child(host, NULL), 0);
	assert_int_equal(shared->given, rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_churn) };

	if (lacks_root("make links and load programs"))
		return SKIPPED;
	rounds = getenv("NSBOX_LONG") ? ROUNDS_LONG : ROUNDS;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
