// SPDX-License-Identifier: MIT
/*
 * Store and judge a session record; see session.h for the MUSTs. Writing runs as root in the
 * builder, reading in the setuid door; must never allocate or parse.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"

int session_write(int fd, const struct session_record *record)
{
	ssize_t n;

	if (fchmod(fd, 0600) < 0)
		return -errno;
	n = write(fd, record, sizeof(*record));
	if (n < 0)
		return -errno;
	return (size_t)n == sizeof(*record) ? 0 : -ENOSPC;
}

static int ends(const char *s, size_t size)
{
	return memchr(s, '\0', size) != NULL;
}

int session_read(const char *path, uid_t uid, struct session_record *ret, struct nsbox_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct session_record rec;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return error_errno(err, errno, "cannot open the session record %s", path);
	if (!S_ISREG(st.st_mode) || st.st_uid != 0 || (st.st_mode & 07777) != 0600)
		return error_plain(err, EPERM, "cannot trust %s: not root's own file", path);
	n = read(fd, &rec, sizeof(rec));
	if (n < 0)
		return error_errno(err, errno, "cannot read the session record %s", path);
	if ((size_t)n != sizeof(rec) || rec.magic != SESSION_MAGIC || rec.size != sizeof(rec) ||
	    st.st_size != (off_t)sizeof(rec) || !ends(rec.id, sizeof(rec.id)) ||
	    !ends(rec.addresses, sizeof(rec.addresses)) || !ends(rec.ports, sizeof(rec.ports)) ||
	    !ends(rec.door, sizeof(rec.door)) || !ends(rec.shell, sizeof(rec.shell)))
		return error_plain(err, EPERM, "cannot use %s: it is of another version of nsbox",
				   path);
	if (rec.uid != uid)
		return error_plain(err, EPERM, "cannot enter: the session is another user's");
	*ret = rec;
	return 0;
}
