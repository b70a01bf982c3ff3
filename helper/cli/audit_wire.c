// SPDX-License-Identifier: MIT
/*
 * Audit: can this kernel give a session a wire, and a program at its end? Runs as root; tries it by
 * the builder's own code, in a child with a network of its own, which ends with it.
 */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit.h"
#include "cleanup.h"
#include "keys.h"
#include "net_link.h"
#include "net_plan.h"
#include "net_program.h"
#include "router.h"

/* The wire of a policy that says nothing else. */
static int make_wire(const struct net_plan *plan, struct nsbox_error *err)
{
	_cleanup_close_ int route = -1, program = -1;
	struct net_link link;
	int r;

	if (unshare(CLONE_NEWNET) < 0)
		return error_errno(err, errno, "cannot make a network to try a wire in");
	r = netlink_open(NETLINK_ROUTE, &route);
	if (r < 0)
		return error_errno(err, r, "cannot speak to the kernel of networks");
	r = net_program_load(&plan->filter, &program, err);
	if (r == 0)
		r = net_link_claim(route, getpid(), plan->from, plan->to, 0, &link, err);
	if (r == 0)
		r = net_link_attach(route, &link, &plan->filter.pool, program, err);
	return r < 0 ? r : net_link_raise(route, &link, &plan->filter.pool, err);
}

/* As a login sees it. */
static bool has_v6(void)
{
	FILE *file = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "re");
	int first = file ? fgetc(file) : EOF;

	if (file)
		fclose(file);
	return first == '0';
}

static int try_wire(const struct site *site, struct nsbox_error *err)
{
	static struct conf_values values;
	static struct net_plan plan;
	int r = conf_default(&values, err);

	if (r == 0)
		r = conf_set(&conf_keys[KEY_NETWORK], "nat", &values, NULL);
	if (r == 0)
		r = net_plan_make(&values.policy, site, has_v6(), NULL, &plan, err);
	return r < 0 ? r : make_wire(&plan, err);
}

static void run_child(const struct site *site, int out)
{
	struct nsbox_error err = { .code = 0 };

	try_wire(site, &err);
	_exit(write(out, &err, sizeof(err)) != (ssize_t)sizeof(err));
}

void audit_wire(struct audit *audit)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	struct nsbox_error err;
	int pair[2];
	pid_t pid;

	if (!router_is_wanted(audit->doc) || pipe2(pair, 0) < 0)
		return;
	ours = pair[0];
	theirs = pair[1];
	pid = fork();
	if (pid == 0)
		run_child(&audit->site, theirs);
	close(take_fd(&theirs));
	if (pid < 0 || read(ours, &err, sizeof(err)) != (ssize_t)sizeof(err))
		audit->failed = true;
	else if (err.code)
		audit_add(audit, NAT_KERNEL, "%s", err.text);
	if (pid > 0)
		waitpid(pid, NULL, 0);
}
