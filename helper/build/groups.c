// SPDX-License-Identifier: MIT
/*
 * See where a user's groups come from. Runs as root in the builder, before it leaves the host's
 * mount namespace.
 */
#include "groups.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"

#define TEXT_MAX (1024 * 1024)	/* of a longer file it takes as long to read as to ask NSS */
#define BLANKS " \t"

/* The rest of the line @line if it is about @database, else NULL. */
static const char *words_of(const char *line, size_t len, const char *database)
{
	size_t skip = strspn(line, BLANKS), name = strlen(database);

	if (skip + name >= len || strncmp(line + skip, database, name) || line[skip + name] != ':')
		return NULL;
	return line + skip + name + 1;
}

static bool begins_with_files(const char *words, size_t len)
{
	static const char files[] = "files";
	size_t skip = strspn(words, BLANKS), n = sizeof(files) - 1;

	return skip + n <= len && !strncmp(words + skip, files, n) &&
	       (skip + n == len || strchr(BLANKS, words[skip + n])) && !memchr(words, '[', len);
}

bool groups_files_first(const char *nsswitch)
{
	bool first = false;

	while (*nsswitch) {
		size_t len = strcspn(nsswitch, "\n");
		const char *words = words_of(nsswitch, len, "group");

		if (words_of(nsswitch, len, "initgroups"))
			return false;
		if (words)
			first = begins_with_files(words, len - (size_t)(words - nsswitch));
		nsswitch += len + (nsswitch[len] == '\n');
	}
	return first;
}

static bool has_member(const char *members, size_t len, const char *user)
{
	size_t n = strlen(user);

	for (size_t at = 0; at + n <= len; ) {
		size_t word = 0;

		while (at + word < len && members[at + word] != ',')
			word++;
		if (word == n && !memcmp(members + at, user, n))
			return true;
		at += word + 1;
	}
	return false;
}

/* NAME:PASSWORD:GID:MEMBERS. Return the members if there is such a line. */
static const char *take_line(const char *line, size_t len, uint32_t *ret_gid)
{
	const char *end = line + len, *at = memchr(line, ':', len);
	char *stop;

	at = at ? memchr(at + 1, ':', (size_t)(end - at - 1)) : NULL;
	if (!at || at + 1 == end || at[1] < '0' || at[1] > '9')
		return NULL;
	*ret_gid = (uint32_t)strtoul(at + 1, &stop, 10);
	return stop < end && *stop == ':' ? stop + 1 : NULL;
}

bool groups_are_listed(const char *group, const struct wire_request *req)
{
	_cleanup_free_ bool *seen = calloc(req->groups + 1, sizeof(*seen));

	if (!seen)
		return false;
	while (*group) {
		size_t len = strcspn(group, "\n");
		uint32_t gid;
		const char *members = take_line(group, len, &gid);

		for (size_t i = 0; members && i < req->groups; i++)
			if (req->gids[i] == gid && !seen[i])
				seen[i] = has_member(members, len - (size_t)(members - group),
						     req->user);
		group += len + (group[len] == '\n');
	}
	for (size_t i = 0; i < req->groups; i++)
		if (!seen[i] && req->gids[i] != req->gid)
			return false;
	return true;
}

static char *read_text(const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *text = NULL;
	size_t len;

	return fd >= 0 && fs_read_all(fd, TEXT_MAX, &text, &len) == 0 ? text : NULL;
}

bool groups_are_files(const struct wire_request *req)
{
	_cleanup_free_ char *nsswitch = NULL, *group = NULL;

	if (req->groups <= 1)
		return true;	/* the primary one is the password entry's, which sshd has */
	nsswitch = read_text("/etc/nsswitch.conf");
	if (!nsswitch || !groups_files_first(nsswitch))
		return false;
	group = read_text("/etc/group");
	return group && groups_are_listed(group, req);
}
