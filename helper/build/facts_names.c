// SPDX-License-Identifier: MIT
/*
 * Look at the host's resolv.conf. Runs as root before anything is mounted; must never follow a link
 * that a tenant can have made, nor open anything but a regular file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "facts_parts.h"
#include "fs.h"
#include "resolv.h"
#include "words.h"

#define RESOLV "/etc/resolv.conf"
/* What systemd-resolved asks itself, whatever its own machine is told: systemd-resolved(8). */
#define BEHIND_STUB "/run/systemd/resolve/resolv.conf"
#define TEXT_MAX (64 * 1024)	/* resolv.conf(5) uses three servers and a few domains of it */

static bool is_below_run(const char *path)
{
	return !strncmp(path, "/run/", 5);
}

/* The text of a regular file that a walk has found. */
static int read_text(const struct fs_place *place, char **ret, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;
	char self[32];
	size_t len;
	int r;

	snprintf(self, sizeof(self), "/proc/self/fd/%d", place->fd);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : fs_read_all(fd, TEXT_MAX, ret, &len);
	if (r == -EAGAIN && lseek(fd, 0, SEEK_SET) == 0)	/* it was being written */
		r = fs_read_all(fd, TEXT_MAX, ret, &len);
	return r < 0 ? error_errno(err, r, "cannot read %s", place->path) : 0;
}

int facts_resolv(struct mount_facts *ret, struct nsbox_error *err)
{
	struct fs_place place;
	int r = 0;

	if (fs_walk(RESOLV, &place, NULL) < 0)
		return 0;
	if (is_below_run(place.path) && S_ISREG(place.st.st_mode)) {
		r = read_text(&place, &ret->resolv_text, err);
		if (r == 0)
			strcpy(ret->resolv, place.path);
	}
	close(place.fd);
	return r;
}

/*
 * Where a link of the host's leads to below /run while nothing is there, as long as a service has
 * not begun. It is taken by its words: below a fresh /run there are no links.
 */
static bool find_awaited(char ret[PATH_MAX])
{
	char target[PATH_MAX];
	ssize_t n = readlink(RESOLV, target, sizeof(target) - 1);
	const char *at = target;

	if (n < 0)
		return false;
	target[n] = '\0';
	if (!strncmp(at, "..", 2))
		at += 2;
	if (!is_below_run(at) || strstr(at, "/.") || strstr(at, "//") || at[strlen(at) - 1] == '/')
		return false;
	strcpy(ret, at);
	return true;
}

/* No file, or none that anybody could read. */
static int find_nothing(struct mount_facts *ret, struct nsbox_error *err)
{
	if (find_awaited(ret->resolv))
		return 0;
	strcpy(ret->resolv, RESOLV);
	ret->no_resolv = true;
	return facts_etc_mounts(&ret->users, err);
}

static int find_own(struct mount_facts *ret, struct nsbox_error *err)
{
	struct fs_place place;
	int r = fs_walk(RESOLV, &place, err);

	ret->own_resolv = true;
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return find_nothing(ret, err);
	if (r < 0)
		return r;
	if (S_ISREG(place.st.st_mode)) {
		r = read_text(&place, &ret->resolv_text, err);
		strcpy(ret->resolv, place.path);
	} else {
		r = find_nothing(ret, err);
	}
	close(place.fd);
	return r;
}

/* Whom the host's systemd-resolved asks; false if that cannot be found out. */
static bool look_behind(struct resolv *ret)
{
	_cleanup_free_ char *text = NULL;
	struct fs_place place;
	int r;

	if (fs_walk(BEHIND_STUB, &place, NULL) < 0)
		return false;
	r = S_ISREG(place.st.st_mode) ? read_text(&place, &text, NULL) : -ENOENT;
	close(place.fd);
	if (r == 0)
		resolv_read(text, ret);
	return r == 0;
}

int facts_names(const struct policy *policy, struct mount_facts *ret,
		struct net_resolvers *ret_servers, struct nsbox_error *err)
{
	struct resolv host, behind;
	bool seen;
	int r = find_own(ret, err);

	if (r < 0 || !words_have(&policy->dns, "auto"))
		return r;
	resolv_read(ret->resolv_text ? ret->resolv_text : "", &host);
	seen = host.stub && !host.servers.n && look_behind(&behind);
	resolv_choose(&host, seen ? &behind : NULL, ret_servers);
	return 0;
}
