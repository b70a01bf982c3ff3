// SPDX-License-Identifier: MIT
/*
 * Thin kernel calls. Runs with the privilege of whoever calls; decides nothing.
 */
#include "sys.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long r)
{
	return r < 0 ? -errno : (int)r;
}

int sys_clone_tree(int dirfd, const char *path, unsigned int flags)
{
	return result(syscall(SYS_open_tree, dirfd, path,
			      flags | OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
}

int sys_attach(int tree, int dirfd, const char *path)
{
	unsigned int flags = MOVE_MOUNT_F_EMPTY_PATH;

	if (!*path)
		flags |= MOVE_MOUNT_T_EMPTY_PATH;
	return result(syscall(SYS_move_mount, tree, "", dirfd, path, flags));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, uint64_t set, uint64_t clear,
		      uint64_t propagation)
{
	struct mount_attr attr = {
		.attr_set = set,
		.attr_clr = clear,
		.propagation = propagation,
	};

	return result(syscall(SYS_mount_setattr, dirfd, path, flags, &attr, sizeof(attr)));
}

int sys_mount_idmap(int tree, int userns)
{
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_IDMAP,
		.userns_fd = (unsigned int)userns,
	};

	return result(syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof(attr)));
}

int sys_pivot_here(void)
{
	return result(syscall(SYS_pivot_root, ".", "."));
}

int sys_detach(const char *path)
{
	return result(umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW));
}

int sys_fsopen(const char *type)
{
	return result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

int sys_fsconfig_string(int fs, const char *key, const char *value)
{
	return result(syscall(SYS_fsconfig, fs, FSCONFIG_SET_STRING, key, value, 0));
}

int sys_fsconfig_flag(int fs, const char *key)
{
	return result(syscall(SYS_fsconfig, fs, FSCONFIG_SET_FLAG, key, NULL, 0));
}

int sys_fsmount(int fs, unsigned int attr)
{
	int r = result(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0));

	if (r < 0)
		return r;
	return result(syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC, attr));
}

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct open_how how = {
		.flags = flags | O_CLOEXEC,
		.resolve = resolve,
	};

	return result(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
}

pid_t sys_clone(uint64_t flags, int *ret_pidfd)
{
	int pidfd = -1;
	struct clone_args args = {
		.flags = flags | CLONE_PIDFD,
		.pidfd = (uint64_t)(uintptr_t)&pidfd,
		.exit_signal = SIGCHLD,
	};
	int r = result(syscall(SYS_clone3, &args, sizeof(args)));

	if (r > 0)
		*ret_pidfd = pidfd;
	return r;
}

int sys_unshare(int flags)
{
	return result(unshare(flags));
}

int sys_setns(int fd, int flags)
{
	return result(setns(fd, flags));
}

int sys_pidfd_open(pid_t pid)
{
	return result(syscall(SYS_pidfd_open, pid, 0));
}

int sys_pidfd_getfd(int pidfd, int fd)
{
	return result(syscall(SYS_pidfd_getfd, pidfd, fd, 0));
}

int sys_pidfd_signal(int pidfd, int sig)
{
	return result(syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0));
}

int sys_close_from(unsigned int first)
{
	return result(syscall(SYS_close_range, first, ~0U, 0));
}
