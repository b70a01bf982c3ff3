// SPDX-License-Identifier: MIT
/*
 * Look at the host. Runs as root before anything is mounted; must never follow a link that a
 * tenant can have made, nor open anything but a regular file.
 */
#include "facts_parts.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"
#include "nss.h"
#include "places.h"
#include "words.h"

#define SCRATCH_INODES_MIN 1024	/* for what is in it from the start, and a little work */

/* Only names that terminals have: "pts/3", "tty1", "ttyS0", "hvc0", "console". */
static bool names_a_terminal(const char *name)
{
	if (!strncmp(name, "pts/", 4))
		return name[4] && strspn(name + 4, "0123456789") == strlen(name + 4);
	if (strncmp(name, "tty", 3) && strncmp(name, "hvc", 3) && strcmp(name, "console"))
		return false;
	for (const char *p = name; *p; p++)
		if (!isalnum((unsigned char)*p))
			return false;
	return strcmp(name, "tty") != 0;
}

/* The device behind PAM_TTY. sshd says "ssh": it will make a pty itself, in the landing. */
static void find_tty(const struct wire_request *req, struct mount_facts *ret)
{
	const char *name = !strncmp(req->tty, "/dev/", 5) ? req->tty + 5 : req->tty;
	struct fs_place place;
	char path[64];

	if (!names_a_terminal(name) ||
	    (size_t)snprintf(path, sizeof(path), "/dev/%s", name) >= sizeof(path))
		return;
	if (fs_walk(path, &place, NULL) < 0)
		return;
	close(place.fd);
	if (S_ISCHR(place.st.st_mode) && !strcmp(place.path, path))
		strcpy(ret->tty, path);
}

/*
 * tmpfs counts bytes of files, not the kernel's own memory for each (about 1 KiB): as many files as
 * would fill it with 16 KiB each.
 */
unsigned long facts_inodes(const struct amount *size)
{
	unsigned long long bytes = size->bytes;
	struct sysinfo info;

	if (size->percent && sysinfo(&info) == 0)
		bytes = (unsigned long long)info.totalram * info.mem_unit / 100 * size->percent;
	return SCRATCH_INODES_MIN + (unsigned long)(bytes / 16384);
}

/* Sockets are found by the names that the policy has; root made the folders that they lie in. */
static int find_nss(const struct policy *policy, struct mount_facts *ret, struct nsbox_error *err)
{
	const char *word = NULL;

	while ((word = words_next(&policy->nss_sockets, word))) {
		struct nss_place *place = &ret->nss[ret->n_nss];
		struct fs_place found;
		int r = fs_walk(nss_path(word), &found, err);

		if (r == -ENOENT || r == -ENOTDIR)
			continue;
		if (r < 0)
			return r;
		close(found.fd);
		if (ret->n_nss == NSS_PLACES_MAX || strlen(found.path) >= sizeof(place->path))
			return error_errno(err, E2BIG, "cannot take the nss-sockets %s", word);
		if (!S_ISDIR(found.st.st_mode) && !S_ISSOCK(found.st.st_mode))
			return error_plain(err, EINVAL, "cannot take the nss-sockets %s: neither a "
					   "socket nor a folder", word);
		strcpy(place->path, found.path);
		place->folder = S_ISDIR(found.st.st_mode);
		ret->n_nss++;
	}
	return 0;
}

static void wake(const struct wire_request *req, const char *template)
{
	const struct expand_who who = facts_who(req);
	struct fs_place place;
	char path[PATH_MAX];

	if (expand_path(template, &who, path) == 0 && fs_walk(path, &place, NULL) == 0)
		close(place.fd);
}

static void wake_sources(const struct wire_request *req, const struct words *binds)
{
	const char *word = NULL;
	struct place_bind bind;

	while ((word = words_next(binds, word))) {
		place_split_bind(word, &bind);
		wake(req, bind.source);
	}
}

void facts_wake(const struct policy *policy, const struct wire_request *req)
{
	wake(req, "%h");
	if (policy->home[0] == '/' || policy->home[0] == '%')
		wake(req, policy->home);
	wake_sources(req, &policy->bind);
	wake_sources(req, &policy->bind_ro);
	wake_sources(req, &policy->bind_idmap);
}

int facts_find(const struct policy *policy, const struct wire_request *req,
	       struct mount_facts *ret, struct nsbox_error *err)
{
	int r;

	ret->scratch_inodes = policy->tmp_files ? policy->tmp_files :
						  facts_inodes(&policy->tmp_size);
	ret->has_wtmp = access("/var/log/wtmp", F_OK) == 0;
	ret->has_lastlog = access("/var/log/lastlog", F_OK) == 0;
	find_tty(req, ret);
	r = strcmp(policy->home, "host") != 0 ? 0 : facts_home(req, ret, err);
	if (r == 0)
		r = find_nss(policy, ret, err);
	if (r == 0 && policy->devices.n)
		r = facts_devices(policy, ret, err);
	if (r == 0 && policy->users == USERS_SELF)
		r = facts_users(policy, req, ret, err);
	if (r == 0 && !ret->own_resolv)
		r = facts_resolv(ret, err);
	return r < 0 ? r : facts_places(policy, req, ret, err);
}

void facts_release(struct mount_facts *facts)
{
	free(facts->resolv_text);
	facts->resolv_text = NULL;
	for (size_t i = 0; i < facts->n_places; i++) {
		free(facts->places[i].source);
		free(facts->places[i].target);
	}
	free(facts->places);
	facts->places = NULL;
	facts->n_places = 0;
	free(facts->devices);
	facts->devices = NULL;
	facts->n_devices = 0;
	facts_release_users(&facts->users);
}

static int add_door(const char *program, const char *home, struct door_plan *plan,
		    struct nsbox_error *err)
{
	const char *slash = strrchr(program, '/');
	char folder[PATH_MAX] = "/";
	struct fs_place place;
	size_t len;
	int r;

	len = slash ? (size_t)(slash - program) : 0;
	if (!slash || program[0] != '/' || !slash[1] || len >= sizeof(folder) ||
	    !strcmp(slash + 1, ".") || !strcmp(slash + 1, ".."))
		return error_plain(err, EINVAL, "cannot put a door at %s: not the path of a "
				   "program", program);
	if (len)
		memcpy(folder, program, len + 1);
	folder[len ? len : 1] = '\0';
	r = fs_walk(folder, &place, err);
	if (r < 0)
		return r;
	close(place.fd);
	return doors_add(plan, place.path, place.trusted, slash + 1, home, err);
}

int facts_doors(const struct wire_request *req, const char *home, struct door_plan *ret,
		struct nsbox_error *err)
{
	/* Where Debian's OpenSSH has it; sshd wants to see it before it forwards X11. */
	static const char xauth[] = "/usr/bin/xauth";
	struct door_plan plan = { .n = 0 };
	int r;

	r = add_door(req->shell, home, &plan, err);
	/* sshd runs ~/.ssh/rc and xauth through it, and su's callers may name it. */
	if (r == 0)
		r = add_door("/bin/sh", home, &plan, err);
	if (r == 0 && access(xauth, F_OK) == 0)
		r = add_door(xauth, home, &plan, err);
	if (r == 0)
		*ret = plan;
	return r;
}
