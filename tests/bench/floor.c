// SPDX-License-Identifier: MIT
/*
 * floor: the kernel work that no program which boxes a login can avoid, and nothing else.
 *
 *   floor over PROGRAM [ROUNDS]        a container whose mounts lie over the host's tree
 *   floor full PROGRAM [ROUNDS]        a container with a root of its own: bind of /, pivot_root
 *   floor join PROGRAM PID [ROUNDS]    into the container of PID: its user and mount namespaces
 *
 * PROGRAM is executed in it and waited for. Without ROUNDS once, and nothing is printed: to be
 * timed as a whole process. With ROUNDS that often in this process, and microseconds are printed,
 * a line for each round.
 *
 * Run as root. Nothing here is secure, or polite when it fails: it is a measure, not a product.
 * It uses no code of nsbox. See user_namespaces(7), pivot_root(2), setns(2).
 */
#include <err.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAMESPACES                                                                                 \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC)
#define NEW_ROOT "/mnt"
#define PROC_FLAGS (MS_NOSUID | MS_NODEV | MS_NOEXEC)

/* Of a container: on which host's tree, and what is executed at the end. */
static int own_root;
static const char *program;

static void must(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

static void execute(void)
{
	char *argv[] = { (char *)(uintptr_t)program, NULL };
	char *envp[] = { NULL };

	must(execve(program, argv, envp), program);
}

static void mount_tree(void)
{
	must(mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL), "make the tree private");
	if (own_root) {
		must(mount("/", NEW_ROOT, NULL, MS_BIND | MS_REC, NULL), "bind / on " NEW_ROOT);
		must(chdir(NEW_ROOT), NEW_ROOT);
	}
	must(mount("proc", own_root ? "proc" : "/proc", "proc", PROC_FLAGS, NULL), "proc");
	must(mount("tmp", own_root ? "tmp" : "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=1777"),
	     "tmpfs");
	must(mount("pts", own_root ? "dev/pts" : "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC,
		   "newinstance,ptmxmode=0666"), "devpts");
	if (own_root) {
		must(syscall(SYS_pivot_root, ".", "."), "pivot_root");
		must(umount2(".", MNT_DETACH), "let go of the host's tree");
	}
}

static void raise_loopback(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	must(fd, "socket");
	must(ioctl(fd, SIOCSIFFLAGS, &ifr), "raise lo");
	close(fd);
}

static _Noreturn void live(int mapped)
{
	char byte;

	if (read(mapped, &byte, 1) != 1)
		errx(1, "there are no id maps");
	mount_tree();
	must(sethostname("floor", 5), "sethostname");
	raise_loopback();
	execute();
	_exit(1);
}

static void write_map(pid_t pid, const char *name)
{
	static const char map[] = "0 0 1\n";
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	must(fd, path);
	must(write(fd, map, sizeof(map) - 1), path);
	close(fd);
}

static void reap(pid_t pid)
{
	int status;

	must(waitpid(pid, &status, 0), "waitpid");
	if (status)
		errx(1, "the child ended with the status %#x", (unsigned int)status);
}

static void make_container(void)
{
	struct clone_args args = { .flags = NAMESPACES, .exit_signal = SIGCHLD };
	int mapped[2];
	pid_t pid;

	must(pipe2(mapped, O_CLOEXEC), "pipe");
	pid = (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	must(pid, "clone3");
	if (pid == 0)
		live(mapped[0]);
	write_map(pid, "uid_map");
	write_map(pid, "gid_map");
	must(write(mapped[1], "", 1), "pipe");
	close(mapped[0]);
	close(mapped[1]);
	reap(pid);
}

static void enter(int pidfd)
{
	must(setns(pidfd, CLONE_NEWUSER | CLONE_NEWNS), "setns");
	execute();
}

static void join_container(int pidfd)
{
	pid_t pid = vfork();

	must(pid, "vfork");
	if (pid == 0) {
		enter(pidfd);
		_exit(1);
	}
	reap(pid);
}

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int main(int argc, char **argv)
{
	int join = argc > 3 && !strcmp(argv[1], "join");
	int rounds = argc > 3 + join ? atoi(argv[3 + join]) : 0;
	int pidfd = -1;

	own_root = argc > 2 && !strcmp(argv[1], "full");
	if (!join && !own_root && !(argc > 2 && !strcmp(argv[1], "over")))
		errx(2, "usage: floor over|full PROGRAM [ROUNDS] | join PROGRAM PID [ROUNDS]");
	program = argv[2];
	if (join) {
		pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[3]), 0);
		must(pidfd, "pidfd_open");
		if (!rounds)
			enter(pidfd);
	} else if (!rounds) {
		make_container();
	}
	for (int i = 0; i < rounds; i++) {
		double start = now_us();

		if (join)
			join_container(pidfd);
		else
			make_container();
		printf("%.1f\n", now_us() - start);
	}
	return 0;
}
