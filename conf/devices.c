// SPDX-License-Identifier: MIT
/*
 * The patterns of the policy's `devices`.
 *
 * Pure: runs with any privilege. Must never ask which devices there are: that is the builder's
 * question.
 */
#include "devices.h"

#include <string.h>

#include "pattern.h"
#include "places.h"

#define DEV "/dev/"
#define PATTERN_MAX 256	/* bytes of a component, with its NUL */

int devices_check(const char *pattern, struct value_why *why)
{
	int r = value_path(pattern, "", why);

	if (r < 0)
		return r;
	if (strncmp(pattern, DEV, strlen(DEV)) != 0)
		return value_bad(why, 0, "it is not below /dev");
	if (strlen(pattern) >= PATTERN_MAX)
		return value_bad(why, 0, "it is longer than %d bytes", PATTERN_MAX - 1);
	if (devices_are_own(pattern + strlen(DEV)))
		return value_bad(why, 0, "each session has its own");
	return 0;
}

bool devices_match(const char *pattern, const char *name, const char **ret_rest)
{
	size_t len = strcspn(pattern, "/");
	char component[PATTERN_MAX];

	if (len >= sizeof(component) || (name[0] == '.' && pattern[0] != '.'))
		return false;
	memcpy(component, pattern, len);
	component[len] = '\0';
	*ret_rest = pattern + len + (pattern[len] == '/');
	return pattern_glob(component, name);
}

bool devices_are_own(const char *name)
{
	static const char *const own[] = {
		"console", "fd", "full", "log", "mqueue", "null", "ptmx", "pts", "random", "shm",
		"stderr", "stdin", "stdout", "tty", "urandom", "zero",
	};

	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		if (place_is_within(name, own[i]))
			return true;
	return false;
}

static bool matches(const char *pattern, const char *path)
{
	while (*pattern && *path) {
		char name[PATTERN_MAX];
		size_t len = strcspn(path, "/");

		memcpy(name, path, len);
		name[len] = '\0';
		path += len + (path[len] == '/');
		if (!devices_match(pattern, name, &pattern))
			return false;
	}
	return !*pattern && !*path;
}

const char *devices_danger(const char *pattern)
{
	static const char *const dangers[] = {
		"mem", "kmem", "port", "kmsg", "sda", "sda1", "hda", "hda1", "vda", "vda1", "xvda",
		"xvda1", "nvme0", "nvme0n1", "nvme0n1p1", "mmcblk0", "mmcblk0p1", "md0", "md/0",
		"dm-0", "mapper/control", "mapper/vg-root", "vg/root", "loop0", "loop-control",
		"sr0", "ram0", "nbd0", "zram0", "zd0", "block/8:0", "raw/raw0", "raw/rawctl", "sg0",
		"bsg/0:0:0:0", "mtd0", "mtdblock0", "disk/by-id/x", "cpu/0/msr", "nvram",
		"input/event0", "uinput", "uhid", "tty0", "tty1", "vcs", "vcs1", "vcsa", "fb0",
		"vfio/vfio", "watchdog", "tpm0", "tpmrm0", "autofs", "btrfs-control",
		"mei0", "ipmi0", "vhost-net", "net/tun",
	};

	for (size_t i = 0; i < sizeof(dangers) / sizeof(dangers[0]); i++)
		if (matches(pattern + strlen(DEV), dangers[i]))
			return dangers[i];
	return NULL;
}
