// SPDX-License-Identifier: MIT
/*
 * Start the tenant's shell as sshd does, and wait for it; see trial.h for the MUSTs.
 *
 * Runs as root, in the landing. Must never ask NSS: in the landing no module of it can be loaded.
 */
#include "trial.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sys.h"
#include "verb.h"

#define PATH_OF_USERS "/usr/local/bin:/usr/bin:/bin:/usr/local/games:/usr/games"

static const int handled[] = { SIGCHLD, SIGHUP, SIGTERM, SIGINT, SIGQUIT };

#define HANDLED (sizeof(handled) / sizeof(handled[0]))

const char *trial_terminal(void)
{
	for (int fd = 0; fd < 3; fd++) {
		const char *name = ttyname(fd);

		if (name)
			return name;
	}
	return "";
}

/* Letters that no shell takes for anything else. */
static bool is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_@%+:,./-";

	return *word && strspn(word, plain) == strlen(word);
}

static void put_word(FILE *out, const char *word)
{
	if (is_plain(word)) {
		fputs(word, out);
		return;
	}
	fputc('\'', out);
	for (; *word; word++)
		if (*word == '\'')
			fputs("'\\''", out);
		else
			fputc(*word, out);
	fputc('\'', out);
}

char *trial_quote(char *const *words)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = 0; words[i]; i++) {
		if (i)
			fputc(' ', out);
		put_word(out, words[i]);
	}
	if (fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* In the order of power: what comes later could not be done after what comes earlier. */
static int become(const struct wire_request *req)
{
	if (setgroups(req->groups, req->gids) < 0 || setresgid(req->gid, req->gid, req->gid) < 0 ||
	    setresuid(req->uid, req->uid, req->uid) < 0)
		return -errno;
	return 0;
}

/* What login(1) gives, and nothing of root's. */
static int set_environment(const struct wire_request *req, const char *term, const char *ports)
{
	const struct {
		const char *name, *value;
	} vars[] = {
		{ "HOME", req->home }, { "USER", req->user },	{ "LOGNAME", req->user },
		{ "SHELL", req->shell }, { "PATH", PATH_OF_USERS }, { "TERM", term },
		{ "NSBOX_PORTS", *ports ? ports : NULL },
	};

	clearenv();
	for (size_t i = 0; i < sizeof(vars) / sizeof(vars[0]); i++)
		if (vars[i].value && setenv(vars[i].name, vars[i].value, 1) < 0)
			return -errno;
	return 0;
}

static void reset_signals(void)
{
	sigset_t none;

	for (size_t i = 0; i < HANDLED; i++)
		signal(handled[i], SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Only a failure comes back. */
static void run_shell(const struct wire_request *req, char *command)
{
	const char *slash = strrchr(req->shell, '/');
	const char *base = slash ? slash + 1 : req->shell;
	char name[NAME_MAX + 2];
	char *const login[] = { name, NULL };
	char *const line[] = { name, (char[]){ "-c" }, command, NULL };

	snprintf(name, sizeof(name), "%s%s", command ? "" : "-", base);
	execv(req->shell, command ? line : login);
}

static void __attribute__((noreturn))
be_tenant(const struct wire_request *req, char *command, const char *ports, bool terminal)
{
	char *term = getenv("TERM");
	int r;

	if (!terminal)
		setsid();
	reset_signals();
	sys_close_from(STDERR_FILENO + 1);
	umask(022);
	r = become(req);
	if (r == 0)
		r = set_environment(req, term ? strdup(term) : NULL, ports);
	if (r == 0) {
		if (chdir(req->home) < 0 && chdir("/") == 0)
			dprintf(STDERR_FILENO, "nsbox: cannot go to the home: %s\n",
				strerror(errno));
		run_shell(req, command);
		r = -errno;
	}
	dprintf(STDERR_FILENO, "nsbox: cannot start the shell: %s\n", strerror(-r));
	_exit(EXIT_REFUSED);
}

int trial_start(const struct wire_request *req, char *const *command, const char *ports,
		struct trial *ret, struct nsbox_error *err)
{
	char *line = command ? trial_quote(command) : NULL;
	bool terminal = *trial_terminal() != '\0';
	sigset_t set;
	pid_t pid;

	if (command && !line)
		return error_errno(err, ENOMEM, "cannot quote the command");
	sigemptyset(&set);
	for (size_t i = 0; i < HANDLED; i++)
		sigaddset(&set, handled[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (pid == 0)
		be_tenant(req, line, ports, terminal);
	free(line);
	if (pid < 0)
		return error_errno(err, errno, "cannot start a process in the container");
	ret->pid = pid;
	ret->terminal = terminal;
	return 0;
}

/* Return: true when it has ended, with @ret filled. */
static bool look_at(const struct trial *trial, int *ret)
{
	int status;

	if (waitpid(trial->pid, &status, WNOHANG | WUNTRACED) != trial->pid)
		return false;
	if (WIFSTOPPED(status)) {
		kill(getpid(), SIGSTOP);
		kill(trial->pid, SIGCONT);
		return false;
	}
	*ret = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return true;
}

int trial_wait(const struct trial *trial)
{
	sigset_t set;
	int status = 0;

	sigemptyset(&set);
	for (size_t i = 0; i < HANDLED; i++)
		sigaddset(&set, handled[i]);
	while (!look_at(trial, &status)) {
		int sig = sigwaitinfo(&set, NULL);

		if (sig == SIGHUP || sig == SIGTERM)
			return 128 + sig;
		if ((sig == SIGINT || sig == SIGQUIT) && !trial->terminal)
			return 128 + sig;
	}
	return status;
}
