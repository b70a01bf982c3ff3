/* SPDX-License-Identifier: MIT */
/*
 * The kernel calls that make and join containers, one thin function each: same arguments, same
 * meaning, but -errno instead of -1 and errno. Neither libc that we build with wraps all of them,
 * and one seam lets a test count and fail each call (tests/unit/fake_sys.c).
 *
 * Every descriptor that comes out of here is close-on-exec.
 */
#ifndef NSBOX_SYS_H
#define NSBOX_SYS_H

#include <stdint.h>
#include <sys/types.h>

/* linux/fcntl.h has it, and cannot be included beside the libc's fcntl.h. */
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* A copy of the mount at @path, not yet attached anywhere; @flags: AT_*. See open_tree(2). */
int sys_clone_tree(int dirfd, const char *path, unsigned int flags);

/* Attach the detached mount @tree at @path below @dirfd; an empty @path is @dirfd itself. */
int sys_attach(int tree, int dirfd, const char *path);

/* See mount_setattr(2); @propagation: MS_PRIVATE and the like, 0 to leave it. */
int sys_mount_setattr(int dirfd, const char *path, unsigned int flags, uint64_t set, uint64_t clear,
		      uint64_t propagation);

/* Let the ids of the detached mount @tree be those of a user namespace. See mount_setattr(2). */
int sys_mount_idmap(int tree, int userns);

/* Make the mount that is the working directory the root of this mount namespace; the old root is
 * mounted on top of it then. See pivot_root(2), "pivot_root(".", ".")".
 */
int sys_pivot_here(void);

/* Take a mount off, and what is below it; @path is not followed if it is a link. See umount2(2). */
int sys_detach(const char *path);

/* See fsopen(2), fsconfig(2), fsmount(2). */
int sys_fsopen(const char *type);
int sys_fsconfig_string(int fs, const char *key, const char *value);
int sys_fsconfig_flag(int fs, const char *key);
int sys_fsmount(int fs, unsigned int attr);

/* See openat2(2); @resolve: RESOLVE_*. */
int sys_openat2(int dirfd, const char *path, uint64_t flags, uint64_t resolve);

/* fork(2) into new namespaces @flags: 0 in the child; in the parent the pid, and its pidfd. */
pid_t sys_clone(uint64_t flags, int *ret_pidfd);

int sys_unshare(int flags);
int sys_setns(int fd, int flags);

/* See pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2). */
int sys_pidfd_open(pid_t pid);
int sys_pidfd_getfd(int pidfd, int fd);
int sys_pidfd_signal(int pidfd, int sig);

/* Close all descriptors from @first on. See close_range(2). */
int sys_close_from(unsigned int first);

#endif
