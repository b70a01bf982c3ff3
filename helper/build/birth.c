// SPDX-License-Identifier: MIT
/*
 * The child that becomes init. Begins as root of the host in the builder's mount namespace, ends
 * as the tenant without capabilities; must never execute anything but nsbox-init.
 *
 * The order is the point of this file:
 *  1. proc   should make a procfs while still in the initial user namespace, and hand it to the
 *            builder: mounted later, by us, it could be unmounted by root inside, and would show
 *            the host's beneath. Mustn't have any other namespace than its pid namespace yet.
 *  2. take   should have the id that the user namespace shall belong to, take user, net, uts, ipc,
 *            cgroup in one call (0.4 ms less than one by one), and set what only the owner of a new
 *            namespace can, while the builder mounts.
 *            Mustn't copy the tree: the builder still mounts into it what belongs to these.
 *  3. copy   should take its mount namespace last: every mount that is there now gets locked.
 *            Mustn't mount anything from now on.
 *  4. become should change the ids before the exec: exec first would leave init dumpable.
 *            Mustn't keep a capability, a group or a descriptor that init has no use for.
 */
#include "birth.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <linux/mount.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "caps.h"
#include "cleanup.h"
#include "init.h"
#include "mountns.h"
#include "sys.h"
#include "wire.h"

int birth_tell(int control, enum birth_word word, int fd, struct nsbox_error *err)
{
	char byte = (char)word;
	int r = wire_send(control, &byte, 1, &fd, fd >= 0);

	return r < 0 ? error_errno(err, r, "cannot speak to the container's init") : 0;
}

/* Hear one word; descriptors that come with it are the caller's. */
static int hear(int control, enum birth_word word, int fds[WIRE_FDS], struct nsbox_error *err)
{
	struct birth_message msg = { 0 };
	long n = wire_recv(control, &msg, sizeof(msg), fds);

	if (n < 0)
		return error_errno(err, (int)n, "cannot hear the container's init");
	if (n == 0)
		return error_plain(err, ECHILD, "cannot go on: the container's init is gone");
	if (msg.word == BIRTH_FAILED) {
		msg.error.text[NSBOX_ERROR_MAX - 1] = '\0';
		return error_plain(err, msg.error.code, "%s", msg.error.text);
	}
	if (msg.word != (char)word)
		return error_plain(err, EPROTO, "cannot go on: init said '%c' instead of '%c'",
				   msg.word, (char)word);
	return 0;
}

static void close_all(int fds[WIRE_FDS])
{
	for (size_t i = 0; i < WIRE_FDS; i++)
		cleanup_close(&fds[i]);
}

int birth_await(int control, enum birth_word word, struct nsbox_error *err)
{
	int fds[WIRE_FDS];
	int r = hear(control, word, fds, err);

	close_all(fds);
	return r;
}

int birth_take_proc(int control, int *ret_tree, struct nsbox_error *err)
{
	int fds[WIRE_FDS];
	int r = hear(control, BIRTH_PROC, fds, err);

	if (r == 0 && fds[0] < 0)
		r = error_plain(err, EPROTO, "cannot go on: init sent no procfs");
	if (r == 0)
		*ret_tree = take_fd(&fds[0]);
	close_all(fds);
	return r;
}

static int write_sysctl(int proc, const char *path, const char *value, struct nsbox_error *err)
{
	_cleanup_close_ int fd = openat(proc, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		return error_errno(err, errno, "cannot set /proc/%s", path);
	return 0;
}

/* Numbers of ports and groups in a network namespace, for all that is in it. */
static int set_net_sysctls(const struct birth *b, int proc, struct nsbox_error *err)
{
	/* The tenant's own address, the tenant's own ports: port 80 without root. */
	if (b->low_ports)
		return write_sysctl(proc, "sys/net/ipv4/ip_unprivileged_port_start", "0", err);
	return 0;
}

static int raise_loopback(struct nsbox_error *err)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr) < 0)
		return error_errno(err, errno, "cannot raise the loopback interface");
	return 0;
}

/*
 * A network namespace belongs to the user namespace that it was made in: before our own, that is
 * the host's. Then only we, as long as we are root of the host, can set it up.
 */
static int take_host_net(const struct birth *b, int proc, struct nsbox_error *err)
{
	int r = sys_unshare(CLONE_NEWNET);

	if (r < 0)
		return error_errno(err, r, "cannot make the container's network namespace");
	r = set_net_sysctls(b, proc, err);
	return r < 0 ? r : raise_loopback(err);
}

static int take_namespaces(const struct birth *b, int proc, struct nsbox_error *err)
{
	int flags = b->namespaces & ~(CLONE_NEWPID | CLONE_NEWNS);
	int r = 0;

	/* Once setgroups is denied in the new user namespace, root's groups could not be left. */
	if (setgroups(0, NULL) < 0)
		return error_errno(err, errno, "cannot leave root's groups");
	if (b->host_net) {
		r = take_host_net(b, proc, err);
		flags &= ~CLONE_NEWNET;
	}
	if (r == 0 && (flags & CLONE_NEWUSER))
		r = caps_lend(b->owner, err);
	if (r < 0)
		return r;
	r = sys_unshare(flags);
	if (r < 0)
		return error_errno(err, r, "cannot make the container's namespaces");
	if (flags & CLONE_NEWNET)
		r = set_net_sysctls(b, proc, err);
	/* No further user namespace, hence no capability to reach a fault of the kernel by. */
	if (r == 0 && (flags & CLONE_NEWUSER) && !b->nested)
		r = write_sysctl(proc, "sys/user/max_user_namespaces", "0", err);
	return r;
}

/* These belong to the container alone; they can be set while the builder still mounts. */
static int furnish(const struct birth *b, struct nsbox_error *err)
{
	if ((b->namespaces & CLONE_NEWUTS) && sethostname(b->hostname, strlen(b->hostname)) < 0)
		return error_errno(err, errno, "cannot set the host name %s", b->hostname);
	if ((b->namespaces & CLONE_NEWNET) && !b->host_net)
		return raise_loopback(err);
	return 0;
}

static int become_init(const struct birth *b, int control, int landing, struct nsbox_error *err)
{
	char *const argv[] = { (char[]){ "nsbox-init" }, NULL };
	char *const envp[] = { NULL };
	static const struct caps none = { .flags = CAPS_LOCKED };
	int r;

	/* The monitor's session keyring would otherwise live on in here. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return error_errno(err, errno, "cannot leave the session keyring");
	r = caps_become(b->uid, b->gid, &none, err);
	if (r < 0)
		return r;
	/* dup2 clears close-on-exec: these, and nothing else, are init's inheritance. */
	if (dup2(b->monitor, INIT_MONITOR_FD) < 0 || dup2(control, INIT_CONTROL_FD) < 0 ||
	    (landing >= 0 && dup2(landing, INIT_LANDING_FD) < 0))
		return error_errno(err, errno, "cannot hand over init's descriptors");
	syscall(SYS_execveat, b->init, "", argv, envp, AT_EMPTY_PATH);
	return error_errno(err, errno, "cannot execute nsbox-init");
}

/* The container's procfs goes to the builder. @ret_sys: one with sys in it, for ourselves. */
static int make_proc(const struct birth *b, int control, int *ret_sys, struct nsbox_error *err)
{
	const uint64_t attr = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	_cleanup_close_ int proc = -1, whole = -1;
	int r = mount_make_fs("proc", b->proc, attr, &proc, err);

	if (r == 0)
		r = birth_tell(control, BIRTH_PROC, proc, err);
	if (r == 0 && b->bare_proc)
		r = mount_make_fs("proc", NULL, attr, &whole, err);
	if (r == 0)
		*ret_sys = take_fd(b->bare_proc ? &whole : &proc);
	return r;
}

/* The landing, if it comes along, out of the way of the numbers of init's descriptors. */
static int await_map(int control, int *ret_landing, struct nsbox_error *err)
{
	int fds[WIRE_FDS];
	int r = hear(control, BIRTH_MAPPED, fds, err);

	if (r == 0 && fds[0] >= 0) {
		*ret_landing = fcntl(fds[0], F_DUPFD_CLOEXEC, INIT_FDS_END);
		if (*ret_landing < 0)
			r = error_errno(err, errno, "cannot keep the landing");
	}
	close_all(fds);
	return r;
}

static int live(const struct birth *b, int control, struct nsbox_error *err)
{
	_cleanup_close_ int proc = -1, landing = -1;
	int r = make_proc(b, control, &proc, err);

	if (r == 0)
		r = take_namespaces(b, proc, err);
	if (r == 0)
		r = birth_tell(control, BIRTH_UNSHARED, -1, err);
	if (r == 0)
		r = furnish(b, err);
	if (r == 0)
		r = await_map(control, &landing, err);
	if (r < 0)
		return r;
	r = sys_unshare(CLONE_NEWNS);
	if (r < 0)
		return error_errno(err, r, "cannot copy the tree");
	r = birth_tell(control, BIRTH_COPIED, -1, err);
	return r < 0 ? r : become_init(b, control, landing, err);
}

static _Noreturn void child(const struct birth *b, int control)
{
	struct birth_message msg = { .word = BIRTH_FAILED };
	struct birth mine = *b;

	/* Out of the way of the two numbers that init's descriptors will have. */
	mine.init = fcntl(b->init, F_DUPFD_CLOEXEC, INIT_FDS_END);
	mine.monitor = fcntl(b->monitor, F_DUPFD_CLOEXEC, INIT_FDS_END);
	control = fcntl(control, F_DUPFD_CLOEXEC, INIT_FDS_END);
	if (mine.init < 0 || mine.monitor < 0 || control < 0)
		_exit(1);
	live(&mine, control, &msg.error);
	send(control, &msg, sizeof(msg), MSG_NOSIGNAL);
	_exit(1);
}

int birth_begin(const struct birth *birth, pid_t *ret_pid, int *ret_pidfd, int *ret_control,
		struct nsbox_error *err)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int pair[2], pidfd;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return error_errno(err, errno, "cannot make the control socket");
	ours = pair[0];
	theirs = pair[1];
	pid = sys_clone(CLONE_NEWPID, &pidfd);
	if (pid < 0)
		return error_errno(err, pid, "cannot clone the container's init");
	if (pid == 0) {
		close(ours);	/* or the child would hold the control socket open by itself */
		child(birth, theirs);
	}
	*ret_pid = pid;
	*ret_pidfd = pidfd;
	*ret_control = take_fd(&ours);
	return 0;
}
