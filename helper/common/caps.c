// SPDX-License-Identifier: MIT
/*
 * Dropping and proving capabilities. Begins with capabilities (setuid door, or the child that
 * becomes init) and ends without; must never report success with one left.
 */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAP_NUMBERS 64	/* of two 32-bit words: more than any kernel has */
#define CAP_WORDS _LINUX_CAPABILITY_U32S_3

static int capset_words(const struct __user_cap_data_struct data[CAP_WORDS])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capset, &head, data) < 0 ? -errno : 0;
}

static int capget_words(struct __user_cap_data_struct data[CAP_WORDS])
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };

	return syscall(SYS_capget, &head, data) < 0 ? -errno : 0;
}

/* Needs CAP_SETPCAP: before the ids change, since that may take the capabilities with it. */
static int empty_bounding_set(void)
{
	for (unsigned long cap = 0; cap < CAP_NUMBERS; cap++)
		if (prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			/* EINVAL: the kernel knows no such one, nor higher ones */
			return errno == EINVAL && cap > 0 ? 0 : -errno;
	return 0;
}

int caps_become(uid_t uid, gid_t gid, int keep, struct nsbox_error *err)
{
	static const struct __user_cap_data_struct none[CAP_WORDS];
	int r = 0;

	if (!keep) {
		r = empty_bounding_set();
		if (r < 0)
			return error_errno(err, r, "cannot empty the bounding set");
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_errno(err, errno, "cannot clear the ambient capabilities");
	if (setresgid(gid, gid, gid) < 0)
		return error_errno(err, errno, "cannot become group %u", gid);
	/* Inside a user namespace that has no uid 0 this takes no capability away by itself. */
	if (setresuid(uid, uid, uid) < 0)
		return error_errno(err, errno, "cannot become user %u", uid);
	if (!keep)
		r = capset_words(none);
	if (r < 0)
		return error_errno(err, r, "cannot drop the capabilities");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return error_errno(err, errno, "cannot set no_new_privs");
	return 0;
}

/* What went from the effective set with an id is in the permitted one still. */
static int raise_all(uid_t uid, struct nsbox_error *err)
{
	struct __user_cap_data_struct data[CAP_WORDS];
	int r = capget_words(data);

	for (size_t i = 0; r == 0 && i < CAP_WORDS; i++)
		data[i].effective = data[i].permitted;
	if (r == 0)
		r = capset_words(data);
	return r < 0 ? error_errno(err, r, "cannot keep the capabilities as user %u", uid) : 0;
}

int caps_lend(uid_t uid, struct nsbox_error *err)
{
	if (setresuid(uid, uid, (uid_t)-1) < 0)
		return error_errno(err, errno, "cannot become user %u", uid);
	return raise_all(uid, err);
}

int caps_lend_files(uid_t uid, gid_t gid, struct nsbox_error *err)
{
	/* Neither says whether it did: the next call does. */
	setfsgid(gid);
	setfsuid(uid);
	if ((gid_t)setfsgid(gid) != gid || (uid_t)setfsuid(uid) != uid)
		return error_plain(err, EPERM, "cannot have the files of user %u", uid);
	return raise_all(uid, err);
}

/* The ambient set is never more than the permitted and the inheritable one: capabilities(7). */
static int no_capability_is_left(void)
{
	struct __user_cap_data_struct data[CAP_WORDS];

	if (capget_words(data) < 0)
		return 0;
	for (size_t i = 0; i < CAP_WORDS; i++)
		if (data[i].effective || data[i].permitted || data[i].inheritable)
			return 0;
	for (unsigned long cap = 0; cap < CAP_NUMBERS; cap++) {
		int bound = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (bound < 0)
			return cap > 0;
		if (bound)
			return 0;
	}
	return 1;
}

int caps_prove(uid_t uid, gid_t gid, int keep, struct nsbox_error *err)
{
	uid_t ruid, euid, suid;
	gid_t rgid, egid, sgid;

	if (getresuid(&ruid, &euid, &suid) < 0 || getresgid(&rgid, &egid, &sgid) < 0)
		return error_errno(err, errno, "cannot read the ids back");
	/* setfsuid(2) with an id that cannot be set tells the present one and changes nothing. */
	if (ruid != uid || euid != uid || suid != uid || (uid_t)setfsuid((uid_t)-1) != uid)
		return error_plain(err, EPERM, "cannot go on: the user ids are not all %u", uid);
	if (rgid != gid || egid != gid || sgid != gid || (gid_t)setfsgid((gid_t)-1) != gid)
		return error_plain(err, EPERM, "cannot go on: the group ids are not all %u", gid);
	if (!keep && !no_capability_is_left())
		return error_plain(err, EPERM, "cannot go on: a capability is left");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return error_plain(err, EPERM, "cannot go on: no_new_privs is not set");
	return 0;
}
