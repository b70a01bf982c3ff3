// SPDX-License-Identifier: MIT
/*
 * Look at a root of the container's own. Runs as root of the host before anything is mounted; must
 * never follow a link of an image out of the image, nor open anything there but a regular file.
 */
#include "root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accounts.h"
#include "cleanup.h"
#include "fs.h"
#include "sys.h"

#define TEXT_MAX (1024 * 1024)	/* bytes of a passwd, group or resolv.conf that is worth reading */
#define INSIDE (RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)

bool root_is_wanted(const struct policy *policy)
{
	return strcmp(policy->root, "/") != 0 || policy->overlay != OVERLAY_NONE;
}

/* What an image can have made so, or the caller's lack of a right: it has no such file then. */
static bool is_none(int r)
{
	return r == -ENOENT || r == -ENOTDIR || r == -ELOOP || r == -EINVAL ||
	       r == -ENAMETOOLONG || r == -EACCES;
}

/* The regular file @path of the image: its descriptor, which cannot be read from. */
static int find_file(int tree, const char *path, struct stat *ret)
{
	int fd = sys_openat2(tree, path + 1, O_PATH, INSIDE);

	if (fd < 0)
		return fd;
	if (fstat(fd, ret) < 0 || !S_ISREG(ret->st_mode)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

/* Gives 1 where there is one, 0 where there is none, -errno when that cannot be told. */
static int has_program(int tree, const char *path, struct nsbox_error *err)
{
	struct stat st;
	int fd = path[0] == '/' && path[1] ? find_file(tree, path, &st) : -ENOENT;

	if (fd < 0)
		return is_none(fd) ? 0 :
				     error_errno(err, fd, "cannot look for %s in the root", path);
	close(fd);
	return (st.st_mode & 0111) != 0;
}

/* Its text, or NULL where there is no such file that makes sense. */
static int read_text(int tree, const char *path, char **ret, struct nsbox_error *err)
{
	char self[32];
	struct stat st;
	size_t len;
	_cleanup_close_ int found = find_file(tree, path, &st), fd = -1;
	int r;

	*ret = NULL;
	if (found < 0)
		return is_none(found) ? 0 : error_errno(err, found, "cannot find the %s of the "
							"root", path);
	snprintf(self, sizeof(self), "/proc/self/fd/%d", found);
	fd = open(self, O_RDONLY | O_CLOEXEC);
	r = fd < 0 ? -errno : fs_read_all(fd, TEXT_MAX, ret, &len);
	/* Too large to be what it should be, or being written: the host's resolv.conf may be. */
	if (r < 0 && !is_none(r) && r != -EFBIG && r != -EAGAIN)
		return error_errno(err, r, "cannot read the %s of the root", path);
	return 0;
}

/* sshd calls a shell by the host's name of it, for ~/.ssh/rc; programs inside go by $SHELL. */
static int add_stand_in(const char *path, struct root_facts *ret, struct nsbox_error *err)
{
	struct stat st;
	int r = has_program(ret->tree, path, err);

	if (r || ret->n_stand_ins == ROOT_STAND_INS)
		return r < 0 ? r : 0;
	r = root_look_up(ret, path, &ret->stand_ins[ret->n_stand_ins], &st);
	if (r < 0)
		return error_errno(err, r, "cannot look for %s in the root", path);
	ret->n_stand_ins++;
	return 0;
}

static int find_shell(const struct policy *policy, const struct wire_request *req,
		      const struct door_plan *doors, struct root_facts *ret,
		      struct nsbox_error *err)
{
	static const char sh[] = "/bin/sh";
	const char *wanted = policy->shell[0] ? policy->shell : req->shell;
	int wants = has_program(ret->tree, wanted, err);
	int plain = wants < 0 ? wants : has_program(ret->tree, sh, err);
	int r = 0;

	if (plain < 0)
		return plain;
	/* A site's choice of a shell is not another one's; an account's default may well be. */
	if (!wants && (policy->shell[0] || !plain))
		return error_plain(err, ENOENT, "cannot find a shell in the root %s: there is no "
				   "%s%s", policy->root, wanted,
				   policy->shell[0] ? "" : " and no /bin/sh");
	snprintf(ret->shell, sizeof(ret->shell), "%s", wants ? wanted : sh);
	if (!plain)
		return 0;
	for (size_t i = 0; i < doors->n && r == 0; i++)
		if (!strcmp(strrchr(doors->doors[i].path, '/'), "/sh"))
			r = add_stand_in(doors->doors[i].path, ret, err);
	return r < 0 ? r : add_stand_in(req->shell, ret, err);
}

static int take_resolv(int host, struct root_facts *ret, struct nsbox_error *err)
{
	if (!ret->resolv)
		return read_text(host, "/etc/resolv.conf", &ret->text[ROOT_RESOLV], err);
	ret->text[ROOT_RESOLV] = strdup(ret->resolv);
	return ret->text[ROOT_RESOLV] ? 0 : error_errno(err, ENOMEM, "cannot make the root's "
							"/etc/resolv.conf");
}

/* The files by which a program knows where it is: an image has those of where it was made. */
static int make_texts(const struct wire_request *req, const char *hostname, struct root_facts *ret,
		      struct nsbox_error *err)
{
	_cleanup_free_ char *passwd = NULL, *group = NULL, *defs = NULL;
	_cleanup_close_ int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct wire_request there = *req;
	struct accounts_range range;
	int r;

	if (host < 0)
		return error_errno(err, errno, "cannot open /");
	r = read_text(ret->tree, "/etc/passwd", &passwd, err);
	if (r == 0)
		r = read_text(ret->tree, "/etc/group", &group, err);
	if (r == 0)
		r = read_text(ret->tree, "/etc/login.defs", &defs, err);
	if (r == 0)
		r = take_resolv(host, ret, err);
	if (r < 0)
		return r;
	range = accounts_range(defs);
	there.shell = ret->shell;
	r = accounts_passwd(passwd ? passwd : "", &there, &range, &ret->text[ROOT_PASSWD], err);
	if (r == 0)
		r = accounts_group(group ? group : "", ret->text[ROOT_PASSWD], &there, &range,
				   &ret->text[ROOT_GROUP], err);
	if (r < 0)
		return r;
	if (asprintf(&ret->text[ROOT_HOSTS],
		     "127.0.0.1\tlocalhost %s\n::1\tlocalhost ip6-localhost ip6-loopback\n",
		     hostname) < 0)
		return error_errno(err, ENOMEM, "cannot make the root's /etc/hosts");
	return 0;
}

int root_find(const struct policy *policy, const struct wire_request *req, const char *hostname,
	      const struct door_plan *doors, struct root_facts *ret, struct nsbox_error *err)
{
	int r;

	ret->host = !strcmp(policy->root, "/");
	if (ret->host)
		return 0;
	r = find_shell(policy, req, doors, ret, err);
	return r < 0 ? r : make_texts(req, hostname, ret, err);
}

void root_release(struct root_facts *facts)
{
	cleanup_close(&facts->tree);
	facts->tree = -1;
	for (size_t i = 0; i < facts->n_places; i++)
		free(facts->places[i].path);
	for (size_t i = 0; i < ROOT_TEXTS; i++)
		free(facts->text[i]);
	for (size_t i = 0; i < facts->n_stand_ins; i++)
		free(facts->stand_ins[i]);
	free(facts->places);
	memset(facts->text, 0, sizeof(facts->text));
	facts->places = NULL;
	facts->n_places = 0;
	facts->n_stand_ins = 0;
}
