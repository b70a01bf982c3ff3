// SPDX-License-Identifier: MIT
/*
 * Write the host's login records. Runs in sshd as root, on the host's side; must never wait for a
 * lock that a tenant can hold.
 */
#include "records.h"

#include <fcntl.h>
#include <lastlog.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include <utmpx.h>

#include "cleanup.h"

#define UTMP "/run/utmp"
#define LOCK_TRIES 5
#define LOCK_PAUSE_MS 10
#define WTMP "/var/log/wtmp"
#define LASTLOG "/var/log/lastlog"

/*
 * Live processes have distinct pids, below 2^22 (proc(5), pid_max), and a monitor has one session:
 * four letters hold that. The first is none that a terminal's name ends in, so that no getty's or
 * sshd's own id can be the same.
 */
static void unique_id(pid_t pid, char id[4])
{
	static const char first[] = "!#$%&()*+,-.:;<=";
	static const char rest[] = "0123456789abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ_@";
	unsigned int n = (unsigned int)pid;

	id[0] = first[(n >> 18) % 16];
	for (int i = 1; i < 4; i++)
		id[i] = rest[(n >> (6 * (3 - i))) % 64];
}

static void fill(struct utmpx *entry, short type, const struct records *rec)
{
	struct timeval now;

	memset(entry, 0, sizeof(*entry));
	gettimeofday(&now, NULL);
	entry->ut_type = type;
	entry->ut_pid = getpid();
	/* 32 bits on most machines, whatever time_t has */
	entry->ut_tv.tv_sec = (__typeof__(entry->ut_tv.tv_sec))now.tv_sec;
	entry->ut_tv.tv_usec = (__typeof__(entry->ut_tv.tv_usec))now.tv_usec;
	unique_id(entry->ut_pid, entry->ut_id);
	memcpy(entry->ut_line, rec->line, sizeof(entry->ut_line));
}

/* Fields of utmp are full without a NUL; who(1) prints them as they are. */
static void put_text(char *field, size_t size, const char *text)
{
	for (size_t i = 0; i < size && text[i]; i++)
		field[i] = (char)(text[i] > 0x20 && text[i] < 0x7f ? text[i] : '?');
}

/*
 * Whole records are appended in one write: that needs no lock, and updwtmpx(3) would wait for one
 * that anybody who may read the file can take.
 */
static void append_wtmp(const struct utmpx *entry)
{
	_cleanup_close_ int fd = open(WTMP, O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC);

	if (fd >= 0 && write(fd, entry, sizeof(*entry)) < 0)
		return;	/* a full disk: the login goes on */
}

static void write_lastlog(const struct wire_request *req, const struct utmpx *entry)
{
	_cleanup_close_ int fd = open(LASTLOG, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
	struct lastlog last = { .ll_time = entry->ut_tv.tv_sec };
	off_t at = (off_t)req->uid * (off_t)sizeof(last);

	put_text(last.ll_line, sizeof(last.ll_line), entry->ut_line);
	put_text(last.ll_host, sizeof(last.ll_host), entry->ut_host);
	if (fd >= 0 && pwrite(fd, &last, sizeof(last), at) < 0)
		return;	/* likewise */
}

/* Anybody who may read the file can hold a lock on it: nobody's login waits for that. */
static bool lock_briefly(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	for (int tries = 0; tries < LOCK_TRIES; tries++) {
		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return true;
		poll(NULL, 0, LOCK_PAUSE_MS);
	}
	return false;
}

/* Where in the file the entry with this id is, or its end. */
static off_t find_slot(int fd, const char id[4])
{
	struct utmpx block[64];
	off_t at = 0;
	ssize_t n;

	while ((n = pread(fd, block, sizeof(block), at)) > 0) {
		for (size_t i = 0; i < (size_t)n / sizeof(block[0]); i++)
			if (block[i].ut_type >= INIT_PROCESS && block[i].ut_type <= DEAD_PROCESS &&
			    !memcmp(block[i].ut_id, id, sizeof(block[i].ut_id)))
				return at + (off_t)(i * sizeof(block[0]));
		at += n - n % (ssize_t)sizeof(block[0]);
		if ((size_t)n < sizeof(block))
			break;
	}
	return at;
}

/* pututxline(3), but for its wait of ten seconds for the lock: then `who` misses an entry. */
static void put_utmp(const struct utmpx *entry)
{
	_cleanup_close_ int fd = open(UTMP, O_RDWR | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0 || !lock_briefly(fd))
		return;
	if (pwrite(fd, entry, sizeof(*entry), find_slot(fd, entry->ut_id)) < 0)
		return;	/* a full disk: the login goes on */
}

/*
 * pam_limits may have given this process a file size limit of the tenant's: beyond it a write
 * raises SIGXFSZ, which ends a process that does not expect it. See setrlimit(2).
 */
static void write_all(const struct wire_request *req, const struct utmpx *entry)
{
	static const struct timespec at_once = { 0 };
	sigset_t xfsz, before, pending;

	sigemptyset(&xfsz);
	sigaddset(&xfsz, SIGXFSZ);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &xfsz, &before);
	put_utmp(entry);
	append_wtmp(entry);
	if (req)
		write_lastlog(req, entry);
	if (!sigismember(&pending, SIGXFSZ))
		sigtimedwait(&xfsz, NULL, &at_once);	/* ours, if there is one */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

/* sshd's logins, and those on a terminal of the host; su and cron are none. */
static bool line_of(const struct wire_request *req, char line[32])
{
	const char *tty = !strncmp(req->tty, "/dev/", 5) ? req->tty + 5 : req->tty;

	memset(line, 0, 32);
	if (!strcmp(req->tty, "ssh"))
		snprintf(line, 32, "ns:%s", req->id);
	else if (!strcmp(req->service, "login") && *tty)
		snprintf(line, 32, "%s", tty);
	return *line;
}

void records_open(const struct wire_request *req, struct records *ret)
{
	struct utmpx entry;

	ret->written = line_of(req, ret->line);
	if (!ret->written)
		return;
	fill(&entry, USER_PROCESS, ret);
	put_text(entry.ut_user, sizeof(entry.ut_user), req->user);
	put_text(entry.ut_host, sizeof(entry.ut_host), req->rhost);
	write_all(req, &entry);
}

void records_close(struct records *rec)
{
	struct utmpx entry;

	if (!rec->written)
		return;
	rec->written = false;
	fill(&entry, DEAD_PROCESS, rec);
	write_all(NULL, &entry);
}
