// SPDX-License-Identifier: MIT
/*
 * The environment, whole. The test executes itself: only execve(2) lays strings out.
 */
#include "unit_helper.h"

#include "environ.h"

#define CHILD "environ-child"

static char self[] = "/proc/self/exe";

/* What a libc does to a setuid program's environment: take pointers out, leave strings alone. */
static int child(int argc, char **argv)
{
	char *nothing[] = { NULL };
	char **list;

	for (char **at = environ; *at;) {
		if (strncmp(*at, "LD_", 3) && strncmp(*at, "TMPDIR", 6)) {
			at++;
			continue;
		}
		for (char **from = at; *from; from++)
			from[0] = from[1];
	}
	list = environ_whole(argc, argv, nothing);
	if (!list || list == nothing)
		return 1;
	for (size_t i = 0; list[i]; i++)
		fwrite(list[i], 1, strlen(list[i]) + 1, stdout);
	free(list);
	return fflush(stdout) != 0;
}

static void assert_arrives(char *const argv[], char *const envp[])
{
	char expected[8192], found[8192];
	size_t want = 0, got = 0;
	int out[2], status;
	ssize_t n;
	pid_t pid;

	for (size_t i = 0; envp[i]; i++) {
		memcpy(expected + want, envp[i], strlen(envp[i]) + 1);
		want += strlen(envp[i]) + 1;
	}
	assert_int_equal(pipe(out), 0);
	fflush(NULL);
	pid = fork();
	if (pid == 0) {
		dup2(out[1], 1);
		close(out[0]);
		close(out[1]);
		execve(self, argv, envp);
		_exit(127);
	}
	close(out[1]);
	while ((n = read(out[0], found + got, sizeof(found) - got)) > 0)
		got += (size_t)n;
	close(out[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(got, want);
	assert_memory_equal(found, expected, want);
}

static void test_arrives(void **state)
{
	char *const plain[] = { (char[]){ CHILD }, NULL };
	char *const args[] = { (char[]){ CHILD }, (char[]){ "" }, (char[]){ "A=B" },
			       (char[]){ "" }, NULL };
	char big[4000];
	char *const none[] = { NULL };
	char *const cleaned[] = { (char[]){ "PATH=/bin" }, (char[]){ "LD_LIBRARY_PATH=/opt/mpi" },
				  (char[]){ "TMPDIR=/scratch" }, (char[]){ "LD_PRELOAD_NOT=" },
				  (char[]){ "Z=" }, NULL };
	char *const odd[] = { (char[]){ "A=1" }, (char[]){ "A=2" }, (char[]){ "" },
			      (char[]){ "no equals sign" }, (char[]){ "=x" }, (char[]){ "" },
			      big, (char[]){ "" }, NULL };

	(void)state;
	memset(big, 'b', sizeof(big) - 1);
	big[1] = '=';
	big[sizeof(big) - 1] = '\0';
	assert_arrives(plain, none);
	assert_arrives(plain, cleaned);
	assert_arrives(plain, odd);
	assert_arrives(args, none);
	assert_arrives(args, cleaned);
	assert_arrives(args, odd);
}

static void test_fallback(void **state)
{
	char *fallback[] = { (char[]){ "A=1" }, NULL };
	char *argv[] = { NULL };

	(void)state;
	assert_ptr_equal(environ_whole(0, argv, fallback), fallback);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_arrives),
		cmocka_unit_test(test_fallback),
	};

	if (argc && !strcmp(argv[0], CHILD))
		return child(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
