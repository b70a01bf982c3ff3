// SPDX-License-Identifier: MIT
/*
 * Find out which folders hide other people's homes. Pure; must never call the kernel.
 */
#include "homes.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "places.h"

#define TABLE 8192		/* slots, a power of two */
#define FOLDERS_MAX (TABLE / 2)	/* distinct ones: the table stays half empty */
#define MERGES_MAX 4

/**
 * struct table - distinct paths
 * @slots: each a malloc'ed path, or NULL
 * @n: how many
 */
struct table {
	char *slots[TABLE];
	size_t n;
};

/* Folders that hold more than homes. What lies in them and is none of these holds nothing else. */
static const char *const needed[] = {
	"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/media", "/mnt",
	"/opt", "/proc", "/root", "/run", "/sbin", "/srv", "/sys", "/tmp", "/usr/bin", "/usr/games",
	"/usr/include", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/libx32",
	"/usr/local/bin", "/usr/local/lib", "/usr/local/sbin", "/usr/local/share", "/usr/sbin",
	"/usr/share", "/usr/src", "/var/cache", "/var/lib", "/var/local", "/var/log", "/var/mail",
	"/var/opt", "/var/spool", "/var/tmp",
};

bool homes_is_needed(const char *path)
{
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!path[1] || place_is_within(needed[i], path))
			return true;
	return false;
}

/* What each session has anew, or is no place for files. */
static bool is_fresh(const char *path)
{
	static const char *const fresh[] = { "/dev", "/proc", "/run", "/sys", "/tmp", "/var/tmp" };

	for (size_t i = 0; i < sizeof(fresh) / sizeof(fresh[0]); i++)
		if (place_is_within(path, fresh[i]))
			return true;
	return false;
}

/* @len bytes of @path without "//", "/./" and "/" at the end. Not for what has a ".." in it. */
static bool tidy(const char *path, size_t len, char ret[PATH_MAX])
{
	size_t used = 0;

	if (!len || path[0] != '/' || len >= PATH_MAX)
		return false;
	for (size_t at = 0; at < len; ) {
		const char *name = path + at;
		const char *slash = memchr(name, '/', len - at);
		size_t n = slash ? (size_t)(slash - name) : len - at;

		at += n + 1;
		if (n == 2 && !memcmp(name, "..", 2))
			return false;
		if (!n || (n == 1 && *name == '.'))
			continue;
		ret[used++] = '/';
		memcpy(ret + used, name, n);
		used += n;
	}
	if (!used)
		ret[used++] = '/';
	ret[used] = '\0';
	return true;
}

static size_t find_slot(const struct table *t, const char *path)
{
	unsigned int h = 2166136261U;

	for (const char *s = path; *s; s++)
		h = (h ^ (unsigned char)*s) * 16777619U;
	for (h %= TABLE; t->slots[h] && strcmp(t->slots[h], path) != 0; h = (h + 1) % TABLE)
		;
	return h;
}

static int put(struct table *t, const char *path)
{
	size_t slot = find_slot(t, path);

	if (t->slots[slot])
		return 0;
	if (t->n == FOLDERS_MAX)
		return -E2BIG;
	t->slots[slot] = strdup(path);
	if (!t->slots[slot])
		return -ENOMEM;
	t->n++;
	return 0;
}

static void clear(struct table *t)
{
	for (size_t i = 0; i < TABLE; i++)
		free(t->slots[i]);
	memset(t, 0, sizeof(*t));
}

/* The folder that @path lies in. */
static void cut_last(char *path)
{
	char *slash = strrchr(path, '/');

	slash[slash == path] = '\0';
}

/* The home @path of somebody, or the tenant's own. */
static int put_home(struct table *t, const char *path, const char *own)
{
	char folder[PATH_MAX];

	strcpy(folder, path);
	cut_last(folder);
	if (t->slots[find_slot(t, folder)])
		return 0;	/* as nearly always: thousands of homes lie in few folders */
	/* The tenant can show what lies there to anybody. */
	if (is_fresh(path) || (path != own && place_is_within(folder, own)))
		return 0;
	if (!homes_is_needed(folder))
		return put(t, folder);
	return path == own || place_is_within(path, own) || homes_is_needed(path) ? 0 :
										    put(t, path);
}

static bool lies_below_another(const struct table *t, const char *path)
{
	char folder[PATH_MAX];

	strcpy(folder, path);
	while (folder[1]) {
		cut_last(folder);
		if (t->slots[find_slot(t, folder)])
			return true;
	}
	return false;
}

/* How many are to be covered, the others lying below them. */
static size_t count_outer(const struct table *t)
{
	size_t n = 0;

	for (size_t i = 0; i < TABLE; i++)
		n += t->slots[i] && !lies_below_another(t, t->slots[i]);
	return n;
}

/* Cover the folders that the folders lie in, where nothing else is needed of them. */
static int merge(struct table *t, const char *own)
{
	struct table *merged = calloc(1, sizeof(*merged));
	char folder[PATH_MAX];
	int r = merged ? 0 : -ENOMEM;

	for (size_t i = 0; i < TABLE && r == 0; i++) {
		if (!t->slots[i])
			continue;
		strcpy(folder, t->slots[i]);
		cut_last(folder);
		r = put(merged, homes_is_needed(folder) || place_is_within(folder, own) ?
			t->slots[i] : folder);
	}
	if (r == 0) {
		clear(t);
		*t = *merged;
	} else if (merged) {
		clear(merged);
	}
	free(merged);
	return r;
}

static int write_out(const struct table *t, char **ret)
{
	size_t size = 1, used = 0;
	char *text;

	for (size_t i = 0; i < TABLE; i++)
		size += t->slots[i] ? strlen(t->slots[i]) + 1 : 0;
	text = malloc(size);
	if (!text)
		return -ENOMEM;
	for (size_t i = 0; i < TABLE; i++) {
		if (!t->slots[i] || lies_below_another(t, t->slots[i]))
			continue;
		strcpy(text + used, t->slots[i]);
		used += strlen(t->slots[i]) + 1;
	}
	text[used] = '\0';
	*ret = text;
	return 0;
}

static int collect(struct table *t, const char *passwd, const struct wire_request *req,
		   const struct accounts_range *range)
{
	char own[PATH_MAX], home[PATH_MAX];
	struct accounts_entry e;
	int r = 0;

	/* Many an account has none and is at home in "/", which is nobody's own. */
	if (tidy(req->home, strlen(req->home), own) && own[1])
		r = put_home(t, own, own);
	else
		strcpy(own, "//");
	while (r == 0 && accounts_next(&passwd, &e))
		if (accounts_is_other(&e, req, range) && tidy(e.home, e.home_len, home))
			r = put_home(t, home, own);
	for (int i = 0; i < MERGES_MAX && r == 0 && count_outer(t) > HOMES_MAX; i++)
		r = merge(t, own);
	return r == 0 && count_outer(t) > HOMES_MAX ? -E2BIG : r;
}

int homes_hidden(const char *passwd, const struct wire_request *req,
		 const struct accounts_range *range, char **ret, struct nsbox_error *err)
{
	struct table *t = calloc(1, sizeof(*t));
	int r = t ? collect(t, passwd, req, range) : -ENOMEM;

	if (r == 0)
		r = write_out(t, ret);
	if (t)
		clear(t);
	free(t);
	if (r == -E2BIG)
		return error_plain(err, E2BIG, "cannot hide the homes of other users: they lie in "
				   "more than %d folders", HOMES_MAX);
	return r < 0 ? error_errno(err, r, "cannot hide the homes of other users") : 0;
}
