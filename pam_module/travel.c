// SPDX-License-Identifier: MIT
/*
 * Join the landing and come back; see travel.h for the MUSTs. Runs in sshd as root; must never ask
 * NSS, or resolve a tenant's path for anything but the working directory.
 */
#include "travel.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cleanup.h"
#include "sys.h"

/* The namespaces of this process that joining @namespaces will change. */
static int keep_host(int namespaces, struct travel *t)
{
	int change = ns_monitor(namespaces) | CLONE_NEWNS;

	for (size_t i = 0; i < NS_KINDS; i++) {
		char path[32];

		if (!(ns_table[i].flag & change))
			continue;
		snprintf(path, sizeof(path), "/proc/self/ns/%s", ns_table[i].proc);
		t->host[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (t->host[i] < 0)
			return -errno;
	}
	return 0;
}

static int go_to_host(const struct travel *t)
{
	int r = 0;

	for (size_t i = 0; i < NS_KINDS; i++) {
		int one = t->host[i] < 0 ? 0 : sys_setns(t->host[i], ns_table[i].flag);

		if (one < 0)
			r = one;	/* go on: the more of the host, the better */
	}
	return r;
}

/*
 * setns(2) to a mount namespace leaves us in its root: go back to the same path, where it exists.
 * getcwd(3) names no links, so one that stands there now is somebody's doing.
 */
static void go_to_folder(const char *cwd)
{
	_cleanup_close_ int fd = -1;

	if (cwd[0] == '/')
		fd = sys_openat2(AT_FDCWD, cwd, O_PATH | O_DIRECTORY,
				 RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS);
	if (fd >= 0 && fchdir(fd) < 0)
		return;	/* "/" is where we are */
}

static int join(int namespaces, const struct travel *t)
{
	/* One call for all: they are joined together or not at all. */
	int r = sys_setns(t->init, ns_monitor(namespaces));

	return r < 0 ? r : sys_setns(t->landing, CLONE_NEWNS);
}

static int commit(int control)
{
	char word = WIRE_COMMIT;

	return send(control, &word, 1, MSG_NOSIGNAL) == 1 ? 0 : -errno;
}

int travel_in(int namespaces, int fds[WIRE_FDS], struct travel *ret, struct nsbox_error *err)
{
	char cwd[PATH_MAX];
	int r;

	ret->owner = getpid();
	for (size_t i = 0; i < NS_KINDS; i++)
		ret->host[i] = -1;
	ret->landing = take_fd(&fds[WIRE_FD_LANDING]);
	ret->init = take_fd(&fds[WIRE_FD_INIT]);
	ret->inside = false;
	ret->unfinished = false;
	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	r = keep_host(namespaces, ret);
	if (r < 0)
		return error_errno(err, r, "cannot keep the way back to the host");
	ret->inside = true;
	r = join(namespaces, ret);
	if (r == 0)
		r = commit(fds[WIRE_FD_CONTROL]);
	if (r < 0) {
		error_errno(err, r, "cannot join the container");
		travel_back(ret, NULL);
	}
	go_to_folder(cwd);
	return r;
}

/* Has this process, or what is left of the container, a pty of the landing open? */
static bool pty_in_use(void)
{
	DIR *dir = opendir("/dev/pts");
	struct dirent *entry;
	bool found = !dir;	/* what cannot be seen may be there */

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
			found = true;
	if (dir)
		closedir(dir);
	return found;
}

int travel_back(struct travel *t, struct nsbox_error *err)
{
	char cwd[PATH_MAX];
	int r;

	if (!t->inside || t->owner != getpid())
		return 0;
	t->inside = false;
	sys_pidfd_signal(t->init, SIGKILL);	/* gone already is as good */
	t->unfinished = pty_in_use();
	if (!getcwd(cwd, sizeof(cwd)))
		cwd[0] = '\0';
	r = go_to_host(t);
	if (r < 0)
		return error_errno(err, r, "cannot return to the host");
	go_to_folder(cwd);
	return 0;
}

void travel_end(struct travel *t)
{
	if (t->owner == getpid()) {
		travel_back(t, NULL);
		if (t->unfinished)
			sys_setns(t->landing, CLONE_NEWNS);
	}
	for (size_t i = 0; i < NS_KINDS; i++)
		cleanup_close(&t->host[i]);
	cleanup_close(&t->landing);
	cleanup_close(&t->init);
}
