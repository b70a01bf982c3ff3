// SPDX-License-Identifier: MIT
/*
 * Run a program for what it says. Runs as root; must never execute a file that others than root can
 * write, nor wait without a limit.
 */
#include "hear.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"

#define WAIT_MS 5000
#define ANSWER_MAX (256 * 1024)

static bool is_trusted_program(const char *path)
{
	struct fs_place place;

	if (fs_walk(path, &place, NULL) < 0)
		return false;
	close(place.fd);
	return place.trusted && S_ISREG(place.st.st_mode);
}

static int spawn(const char *const *words, int out, pid_t *ret)
{
	char *const *argv = (char *const *)(uintptr_t)words;	/* which are not written to */
	char *const envp[] = { (char[]){ "PATH=/usr/sbin:/usr/bin:/sbin:/bin" }, NULL };
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, out, 1);
	if (r == 0)
		r = posix_spawn_file_actions_adddup2(&actions, 0, 2);
	if (r == 0)
		r = posix_spawn(ret, words[0], &actions, NULL, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000L + t.tv_nsec / 1000000L;
}

/* All that is written to @fd before it is closed; NULL when that takes too long, or is too much. */
static char *read_all(int fd)
{
	long until = now_ms() + WAIT_MS;
	char *answer = malloc(ANSWER_MAX + 1);
	size_t used = 0;

	while (answer && used < ANSWER_MAX && now_ms() < until) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		ssize_t n;

		if (poll(&p, 1, WAIT_MS) <= 0)
			continue;
		n = read(fd, answer + used, ANSWER_MAX - used);
		if (n == 0) {
			answer[used] = '\0';
			return answer;
		}
		if (n < 0)
			break;
		used += (size_t)n;
	}
	free(answer);
	return NULL;
}

char *hear(const char *const *words, int *ret_status)
{
	_cleanup_close_ int ours = -1, theirs = -1;
	int pair[2], status = -1;
	char *answer;
	pid_t pid;

	if (!is_trusted_program(words[0]) || pipe2(pair, O_CLOEXEC) < 0)
		return NULL;
	ours = pair[0];
	theirs = pair[1];
	if (spawn(words, theirs, &pid))
		return NULL;
	close(take_fd(&theirs));
	answer = read_all(ours);
	if (!answer)
		kill(pid, SIGKILL);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status)) {
		*ret_status = WEXITSTATUS(status);
		return answer;
	}
	free(answer);
	return NULL;
}
