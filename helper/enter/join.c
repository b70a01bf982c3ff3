// SPDX-License-Identifier: MIT
/*
 * The door's steps from landing to container; see join.h for the MUSTs. Runs setuid root; must
 * never take a word of the caller's for anything.
 */
#include "join.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cleanup.h"
#include "sys.h"

int join_door_name(char ret[PATH_MAX], struct nsbox_error *err)
{
	static const char deleted[] = " (deleted)";
	ssize_t n = readlink("/proc/self/exe", ret, PATH_MAX - 1);
	struct stat st;

	if (n <= 0 || stat("/proc/self/exe", &st) < 0)
		return error_errno(err, errno, "cannot tell which program this door stands for");
	ret[n] = '\0';
	/* An upgrade has replaced nsbox-enter: the door of an older session is the old file. */
	n -= (ssize_t)sizeof(deleted) - 1;
	if (st.st_nlink == 0 && n > 0 && !strcmp(ret + n, deleted))
		ret[n] = '\0';
	return 0;
}

/* A folder as standard input would be a way back: openat(0, "..") knows no mount namespace. */
static int no_way_back(int fd)
{
	struct stat st;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &st) < 0)
		return errno == EBADF;
	return !S_ISDIR(st.st_mode) && !(flags & O_PATH);
}

int join_check_place(const struct session_record *record, struct nsbox_error *err)
{
	struct stat st;

	for (int fd = 0; fd < 3; fd++)
		if (!no_way_back(fd))
			return error_plain(err, EPERM, "cannot take a folder as descriptor %d", fd);
	if (stat("/proc/self/ns/pid", &st) < 0)
		return error_errno(err, errno, "cannot identify the pid namespace");
	if (st.st_dev != record->pidns_dev || st.st_ino != record->pidns_ino)
		return error_plain(err, EPERM, "cannot enter: not in the session's pid namespace");
	return 0;
}

int join_container(const struct session_record *record, struct nsbox_error *err)
{
	_cleanup_close_ int init = sys_pidfd_open(1);
	int r;

	if (init < 0)
		return error_errno(err, init, "cannot find the container's init");
	/* The kernel joins the user namespace first: its capabilities allow the rest. */
	r = sys_setns(init, record->namespaces & (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWCGROUP));
	if (r < 0)
		return error_errno(err, r, "cannot join the container");
	return 0;
}

int join_leave_keyring(struct nsbox_error *err)
{
	/* ENOSYS: a kernel without keyrings has nothing to leave. */
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS)
		return error_errno(err, errno, "cannot make a session keyring");
	return 0;
}
