// SPDX-License-Identifier: MIT
/*
 * See fake_sys.h. The real calls are compiled in under other names.
 */
#define sys_clone_tree real_clone_tree
#define sys_attach real_attach
#define sys_mount_setattr real_mount_setattr
#define sys_mount_idmap real_mount_idmap
#define sys_pivot_here real_pivot_here
#define sys_detach real_detach
#define sys_fsopen real_fsopen
#define sys_fsconfig_string real_fsconfig_string
#define sys_fsconfig_flag real_fsconfig_flag
#define sys_fsmount real_fsmount
#define sys_openat2 real_openat2
#define sys_clone real_clone
#define sys_unshare real_unshare
#define sys_setns real_setns
#define sys_pidfd_open real_pidfd_open
#define sys_pidfd_getfd real_pidfd_getfd
#define sys_pidfd_signal real_pidfd_signal
#define sys_close_from real_close_from
#include "../../helper/common/sys.c" /* NOLINT(bugprone-suspicious-include) */
#undef sys_clone_tree
#undef sys_attach
#undef sys_mount_setattr
#undef sys_mount_idmap
#undef sys_pivot_here
#undef sys_detach
#undef sys_fsopen
#undef sys_fsconfig_string
#undef sys_fsconfig_flag
#undef sys_fsmount
#undef sys_openat2
#undef sys_clone
#undef sys_unshare
#undef sys_setns
#undef sys_pidfd_open
#undef sys_pidfd_getfd
#undef sys_pidfd_signal
#undef sys_close_from
#undef NSBOX_SYS_H
#include "sys.h"

#include <stdio.h>

#include "fake_sys.h"

struct fake_sys *fake_sys;
static enum fake_role role;

/* Count a call. Return 0 when it may be made, or -errno. */
static int fault(const char *name)
{
	if (++fake_sys->calls[role] != fake_sys->nth || role != fake_sys->role)
		return 0;
	snprintf(fake_sys->failed, sizeof(fake_sys->failed), "%s", name);
	return -fake_sys->code;
}

#define OR_FAULT(call)                                                                             \
	do {                                                                                       \
		int fault_code = fault(__func__);                                                  \
												   \
		return fault_code ? fault_code : (call);                                           \
	} while (0)

int sys_clone_tree(int dirfd, const char *path, unsigned int flags)
{
	OR_FAULT(real_clone_tree(dirfd, path, flags));
}

int sys_attach(int tree, int dirfd, const char *path)
{
	OR_FAULT(real_attach(tree, dirfd, path));
}

int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, uint64_t set, uint64_t clear,
		      uint64_t propagation)
{
	OR_FAULT(real_mount_setattr(dirfd, path, flags, set, clear, propagation));
}

int sys_mount_idmap(int tree, int userns)
{
	OR_FAULT(real_mount_idmap(tree, userns));
}

int sys_pivot_here(void)
{
	OR_FAULT(real_pivot_here());
}

int sys_detach(const char *path)
{
	OR_FAULT(real_detach(path));
}

int sys_fsopen(const char *type)
{
	OR_FAULT(real_fsopen(type));
}

int sys_fsconfig_string(int fs, const char *key, const char *value)
{
	OR_FAULT(real_fsconfig_string(fs, key, value));
}

int sys_fsconfig_flag(int fs, const char *key)
{
	OR_FAULT(real_fsconfig_flag(fs, key));
}

int sys_fsmount(int fs, unsigned int attr)
{
	OR_FAULT(real_fsmount(fs, attr));
}

int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	OR_FAULT(real_openat2(dirfd, path, flags, resolve));
}

pid_t sys_clone(uint64_t flags, int *ret_pidfd)
{
	pid_t r = fault(__func__);

	if (r == 0)
		r = real_clone(flags, ret_pidfd);
	if (r == 0)
		role = FAKE_INIT;
	if (r > 0)
		fake_sys->init = r;
	return r;
}

int sys_unshare(int flags)
{
	OR_FAULT(real_unshare(flags));
}

int sys_setns(int fd, int flags)
{
	OR_FAULT(real_setns(fd, flags));
}

int sys_pidfd_open(pid_t pid)
{
	OR_FAULT(real_pidfd_open(pid));
}

int sys_pidfd_getfd(int pidfd, int fd)
{
	OR_FAULT(real_pidfd_getfd(pidfd, fd));
}

/* Not counted: it is the undo, and is only called when something has failed already. */
int sys_pidfd_signal(int pidfd, int sig)
{
	return fake_sys->no_signal ? -EPERM : real_pidfd_signal(pidfd, sig);
}

int sys_close_from(unsigned int first)
{
	OR_FAULT(real_close_from(first));
}
