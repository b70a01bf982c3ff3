// SPDX-License-Identifier: MIT
/*
 * Dropping and proving capabilities. Begins with all of them (setuid door, or the child that
 * becomes init) and ends with those that are meant; must never report success with another one.
 */
#include "caps.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/securebits.h>
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

static int has(uint64_t set, unsigned long cap)
{
	return (int)(set >> cap & 1);
}

/* Needs CAP_SETPCAP: before the ids change, since that may take the capabilities with it. */
static int bound_by(uint64_t kept)
{
	for (unsigned long cap = 0; cap < CAP_NUMBERS; cap++)
		if (!has(kept, cap) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0)
			/* EINVAL: the kernel knows no such one, nor higher ones */
			return errno == EINVAL && cap > 0 ? 0 : -errno;
	return 0;
}

/* The rules by which an exec or a change of ids gives capabilities: those, or none, for good. */
static int rules(const struct caps *caps)
{
	int bits = 0;

	/* Not SECBIT_KEEP_CAPS: it gives nothing back, and ping asks for it and fails without. */
	if (caps->flags & CAPS_LOCKED)
		bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
		       SECBIT_NO_SETUID_FIXUP_LOCKED;
	if (caps->flags & CAPS_LOCKED && !(caps->flags & CAPS_AMBIENT))
		bits |= SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
	return bits;
}

static int have_only(const struct caps *caps)
{
	struct __user_cap_data_struct data[CAP_WORDS] = { 0 };
	int ambient = (caps->flags & CAPS_AMBIENT) != 0;
	int r;

	for (size_t i = 0; i < CAP_WORDS; i++) {
		uint32_t word = (uint32_t)(caps->kept >> 32 * i);

		data[i].effective = data[i].permitted = word;
		data[i].inheritable = ambient ? word : 0;
	}
	r = capset_words(data);
	for (unsigned long cap = 0; r == 0 && ambient && cap < CAP_NUMBERS; cap++)
		if (has(caps->kept, cap) &&
		    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) < 0)
			return errno == EINVAL && cap > 0 ? 0 : -errno;
	return r;
}

int caps_become(uid_t uid, gid_t gid, const struct caps *caps, struct nsbox_error *err)
{
	int r = bound_by(caps->kept);

	if (r < 0)
		return error_errno(err, r, "cannot bound the capabilities");
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
		return error_errno(err, errno, "cannot clear the ambient capabilities");
	if (prctl(PR_SET_SECUREBITS, rules(caps), 0, 0, 0) < 0)
		return error_errno(err, errno, "cannot set the secure bits");
	if (setresgid(gid, gid, gid) < 0)
		return error_errno(err, errno, "cannot become group %u", gid);
	/* Inside a user namespace that has no uid 0 this takes no capability away by itself. */
	if (setresuid(uid, uid, uid) < 0)
		return error_errno(err, errno, "cannot become user %u", uid);
	r = have_only(caps);
	if (r < 0)
		return error_errno(err, r, "cannot drop the capabilities");
	if (!(caps->flags & CAPS_GAIN) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
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

/*
 * Each set, one by one. @ret_known: the capabilities that the kernel knows; one that is kept and
 * that it does not know is in no set.
 */
static int bounding_is(uint64_t kept, uint64_t *ret_known)
{
	*ret_known = 0;
	for (unsigned long cap = 0; cap < CAP_NUMBERS; cap++) {
		int bound = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (bound < 0)
			return cap > 0;
		if (bound != has(kept, cap))
			return 0;
		*ret_known |= UINT64_C(1) << cap;
	}
	return 1;
}

/* The ambient set is never more than the permitted and the inheritable one: capabilities(7). */
static int ambient_is(uint64_t set)
{
	for (unsigned long cap = 0; set >> cap && cap < CAP_NUMBERS; cap++)
		if (has(set, cap) && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, cap, 0, 0) != 1)
			return 0;
	return 1;
}

static int sets_are(const struct caps *caps)
{
	struct __user_cap_data_struct data[CAP_WORDS];
	uint64_t known, kept;

	if (!bounding_is(caps->kept, &known) || capget_words(data) < 0)
		return 0;
	kept = caps->kept & known;
	for (size_t i = 0; i < CAP_WORDS; i++) {
		uint32_t word = (uint32_t)(kept >> 32 * i);

		if (data[i].effective != word || data[i].permitted != word ||
		    data[i].inheritable != (caps->flags & CAPS_AMBIENT ? word : 0))
			return 0;
	}
	return ambient_is(caps->flags & CAPS_AMBIENT ? kept : 0);
}

static int prove_ids(uid_t uid, gid_t gid, struct nsbox_error *err)
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
	return 0;
}

int caps_prove(uid_t uid, gid_t gid, const struct caps *caps, struct nsbox_error *err)
{
	int gain = (caps->flags & CAPS_GAIN) != 0;
	int r = prove_ids(uid, gid, err);

	if (r < 0)
		return r;
	if (!sets_are(caps))
		return error_plain(err, EPERM, "cannot go on: a capability is left, or missing");
	if (prctl(PR_GET_SECUREBITS, 0, 0, 0, 0) != rules(caps))
		return error_plain(err, EPERM, "cannot go on: the secure bits are not set");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != !gain)
		return error_plain(err, EPERM, "cannot go on: no_new_privs is not %s",
				   gain ? "off" : "set");
	return 0;
}
