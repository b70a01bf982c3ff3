// SPDX-License-Identifier: MIT
/*
 * Take the tree that a root is made of. Runs as root of the host; must never take one that a tenant
 * can write: the kernel believes the file system in an image file.
 */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <linux/major.h>
#include <linux/mount.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "mountns.h"
#include "sys.h"

#define LOOP_CTRL_MINOR 237	/* of misc devices, see the kernel's admin-guide/devices.txt */
#define ATTEMPTS 64	/* each time another login was faster with the same device */

/* Both kinds can only be read, and have numbers that tell them. */
static const struct {
	const char *type;
	off_t at;
	uint32_t magic;	/* little-endian, see linux/magic.h */
} kinds[] = {
	{ "squashfs", 0, 0x73717368 },
	{ "erofs", 1024, 0xe0f5e1e2 },
};

static const char *type_of(int fd)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned char b[4];

		if (pread(fd, b, sizeof(b), kinds[i].at) == (ssize_t)sizeof(b) &&
		    ((uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
		     (uint32_t)b[3] << 24) == kinds[i].magic)
			return kinds[i].type;
	}
	return NULL;
}

/* A descriptor of a device by its numbers: /dev may lack the node, or be a test's. */
static int open_device(int dirfd, const char *name, mode_t type, dev_t dev, int flags)
{
	int fd;

	if (mknodat(dirfd, name, type | 0600, dev) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* A loop device that shows @file; the descriptor holds it until it is mounted. */
static int find_device(int nodes, int file, struct nsbox_error *err)
{
	_cleanup_close_ int control = open_device(nodes, "control", S_IFCHR,
						  makedev(MISC_MAJOR, LOOP_CTRL_MINOR), O_RDWR);
	struct loop_config config = {
		.fd = (uint32_t)file,
		.info.lo_flags = LO_FLAGS_READ_ONLY | LO_FLAGS_AUTOCLEAR,
	};

	if (control < 0)
		return error_errno(err, control, "cannot open the control of the loop devices");
	for (int i = 0; i < ATTEMPTS; i++) {
		int n = ioctl(control, LOOP_CTL_GET_FREE), fd;
		char name[32];

		if (n < 0)
			return error_errno(err, errno, "cannot get a loop device");
		snprintf(name, sizeof(name), "loop%d", n);
		fd = open_device(nodes, name, S_IFBLK, makedev(LOOP_MAJOR, (unsigned int)n),
				 O_RDONLY);
		if (fd < 0)
			return error_errno(err, fd, "cannot open loop device %d", n);
		if (ioctl(fd, LOOP_CONFIGURE, &config) == 0)
			return fd;
		n = errno;
		close(fd);
		if (n != EBUSY)
			return error_errno(err, n, "cannot set up a loop device");
	}
	return error_errno(err, EBUSY, "cannot get a loop device");
}

static int mount_file(const char *path, int *ret_tree, struct nsbox_error *err)
{
	_cleanup_close_ int file = -1, nodes = -1, device = -1, fs = -1;
	const char *type;
	char source[32];
	int r, tree;

	r = fs_open_trusted(path, &file, err);
	if (r < 0)
		return r;
	type = type_of(file);
	if (!type)
		return error_plain(err, EINVAL, "cannot take the root %s: neither squashfs nor "
				   "EROFS", path);
	r = mount_make_fs("tmpfs", "mode=0700,size=64k", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
			  &nodes, err);
	device = r < 0 ? r : find_device(nodes, file, err);
	if (device < 0)
		return device;
	snprintf(source, sizeof(source), "/proc/self/fd/%d", device);
	fs = sys_fsopen(type);
	r = fs < 0 ? fs : sys_fsconfig_string(fs, "source", source);
	if (r == 0)
		r = sys_fsconfig_flag(fs, "ro");
	tree = r < 0 ? r : sys_fsmount(fs, MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					   MOUNT_ATTR_NODEV);
	if (tree < 0)
		return error_errno(err, tree, "cannot mount the %s of %s", type, path);
	*ret_tree = tree;
	return 0;
}

int image_take(const char *path, int *ret_tree, struct nsbox_error *err)
{
	struct fs_place place;
	int r, tree;

	r = image_find(path, &place, err);
	if (r < 0)
		return r;
	_cleanup_close_ int fd = place.fd;

	if (S_ISREG(place.st.st_mode))
		return mount_file(path, ret_tree, err);
	/* One file system: a lower layer of an overlay ends where another one is mounted. */
	tree = sys_clone_tree(fd, "", AT_EMPTY_PATH);
	if (tree < 0)
		return error_errno(err, tree, "cannot take the root %s", path);
	*ret_tree = tree;
	return 0;
}
