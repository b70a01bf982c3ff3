// SPDX-License-Identifier: MIT
/*
 * The programs at the sessions' wires. Runs as root of the host in the builder, in the host's mount
 * namespace. Must never take a program that another than root could have put there.
 */
#include "net_program.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "cleanup.h"

/*
 * Policies that were: so many are kept, then all are dropped and made again as they are wanted. A
 * session holds its own program.
 */
#define PROGRAMS_MAX 256

#define PATH_SIZE (sizeof(NET_PROGRAMS) + 40)

static int bpf(int command, union bpf_attr *attr)
{
	int r = (int)syscall(SYS_bpf, command, attr, sizeof(*attr));

	return r < 0 ? -errno : r;	/* its descriptors are born close-on-exec */
}

static uint64_t fnv(const void *data, size_t size, uint64_t hash)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3ULL;
	return hash;
}

/* Its instructions are its name. Two hashes, against chance: only the admin has words in it. */
static void name(const struct bpf_asm *program, char path[PATH_SIZE])
{
	size_t size = program->n * sizeof(program->insns[0]);

	snprintf(path, PATH_SIZE, NET_PROGRAMS "/%016llx%016llx",
		 (unsigned long long)fnv(program->insns, size, 0xcbf29ce484222325ULL),
		 (unsigned long long)fnv(program->insns, size, 0x9e3779b97f4a7c15ULL));
}

static int write_program(const struct net_filter *filter, struct bpf_asm *ret,
			 struct nsbox_error *err)
{
	int r = net_filter_write(filter, ret);

	return r < 0 ? error_errno(err, r, "cannot write the program of the session's network") : 0;
}

static int load(const struct bpf_asm *program, int *ret_fd, struct nsbox_error *err)
{
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SCHED_CLS,
		.insns = (uint64_t)(uintptr_t)program->insns,
		.insn_cnt = program->n,
		.license = (uint64_t)(uintptr_t)"MIT",
	};
	int r = bpf(BPF_PROG_LOAD, &attr);

	if (r < 0)
		return error_errno(err, r, "cannot load the program of the session's network");
	*ret_fd = r;
	return 0;
}

int net_program_load(const struct net_filter *filter, int *ret_fd, struct nsbox_error *err)
{
	static struct bpf_asm program;	/* 170 KiB: not for the stack */
	int r = write_program(filter, &program, err);

	return r < 0 ? r : load(&program, ret_fd, err);
}

static int find(const char *path)
{
	union bpf_attr attr = { .pathname = (uint64_t)(uintptr_t)path };

	return bpf(BPF_OBJ_GET, &attr);
}

static bool is_bpf(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && (uint32_t)fs.f_type == BPF_FS_MAGIC;
}

static int open_folder(void)
{
	return open(NET_PROGRAMS, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* Make room for programs, once each boot. @ret_fd: the folder. */
static int make_folder(int *ret_fd)
{
	_cleanup_close_ int fd = -1;

	if ((mkdir("/run/nsbox", 0755) < 0 && errno != EEXIST) ||
	    (mkdir("/run/nsbox/net", 0700) < 0 && errno != EEXIST) ||
	    (mkdir(NET_PROGRAMS, 0700) < 0 && errno != EEXIST))
		return -errno;
	fd = open_folder();
	if (fd < 0)
		return -errno;
	if (!is_bpf(fd)) {
		if (mount("bpf", NET_PROGRAMS, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC,
			  "mode=0700") < 0)
			return -errno;
		close(take_fd(&fd));
		fd = open_folder();
		if (fd < 0)
			return -errno;
	}
	*ret_fd = take_fd(&fd);
	return 0;
}

static void sweep(int folder)
{
	int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = again >= 0 ? fdopendir(again) : NULL;
	unsigned int n = 0;

	if (!dir) {
		cleanup_close(&again);
		return;
	}
	while (readdir(dir))
		n++;
	rewinddir(dir);
	for (struct dirent *e; n > PROGRAMS_MAX && (e = readdir(dir));)
		unlinkat(folder, e->d_name, 0);
	closedir(dir);
}

/* Keep it for the next login. One that cannot be kept does its work all the same. */
static void keep(const char *path, int program)
{
	union bpf_attr attr = {
		.pathname = (uint64_t)(uintptr_t)path,
		.bpf_fd = (uint32_t)program,
	};
	_cleanup_close_ int folder = -1;

	if (make_folder(&folder) < 0)
		return;
	sweep(folder);
	bpf(BPF_OBJ_PIN, &attr);	/* EEXIST: another login was faster */
}

static int take(const struct bpf_asm *program, int *ret_fd, struct nsbox_error *err)
{
	char path[PATH_SIZE];
	int r;

	name(program, path);
	r = find(path);
	if (r >= 0) {
		*ret_fd = r;
		return 0;
	}
	r = load(program, ret_fd, err);
	if (r == 0)
		keep(path, *ret_fd);
	return r;
}

int net_program_take(const struct net_filter *filter, int *ret_fd, struct nsbox_error *err)
{
	static struct bpf_asm program;
	int r = write_program(filter, &program, err);

	return r < 0 ? r : take(&program, ret_fd, err);
}

int net_program_take_ports(const struct net_published *published, int *ret_fd,
			   struct nsbox_error *err)
{
	static struct bpf_asm program;
	int r = net_publish_write(published, &program);

	if (r < 0)
		return error_errno(err, r, "cannot write the program of the session's ports");
	return take(&program, ret_fd, err);
}
