// SPDX-License-Identifier: MIT
/*
 * passwd(5) and group(5) as one tenant is to see them. Pure; must never call the kernel.
 */
#include "accounts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_PERSON 1000	/* where login.defs(5) says nothing */
#define PASSWD_FIELDS 7
#define GROUP_FIELDS 4

/**
 * struct field - a part of a line
 */
struct field {
	const char *text;
	size_t len;
};

static bool is_text(const struct field *field, const char *text)
{
	return strlen(text) == field->len && !memcmp(field->text, text, field->len);
}

/* Digits only, as an id of the kernel's. */
static bool read_id(const struct field *field, uint32_t *ret)
{
	uint64_t n = 0;

	if (!field->len || field->len > 10)
		return false;
	for (size_t i = 0; i < field->len; i++) {
		if (field->text[i] < '0' || field->text[i] > '9')
			return false;
		n = n * 10 + (uint64_t)(field->text[i] - '0');
	}
	*ret = (uint32_t)n;
	return n < UINT32_MAX;
}

/* The next line in @n fields, the last of which has what is left; false at the end of @at. */
static bool next_line(const char **at, struct field *fields, size_t n, bool *ret_good)
{
	const char *line = *at;
	size_t len = strcspn(line, "\n"), i = 0;

	if (!*line)
		return false;
	*at = line + len + (line[len] == '\n');
	for (const char *end = line + len; i < n; i++) {
		const char *colon = memchr(line, ':', (size_t)(end - line));

		fields[i].text = line;
		fields[i].len = (size_t)((colon && i + 1 < n ? colon : end) - line);
		if (!colon || i + 1 == n)
			break;
		line = colon + 1;
	}
	/* "+" and "-" are marks of NIS, not accounts. */
	*ret_good = i + 1 == n && fields[0].len && !strchr("+-#", fields[0].text[0]) &&
		    !memchr(fields[n - 1].text, ':', fields[n - 1].len);
	return true;
}

struct accounts_range accounts_range(const char *defs)
{
	struct accounts_range ret = { .uid = FIRST_PERSON, .gid = FIRST_PERSON };

	for (const char *line = defs; line && *line; ) {
		const char *word = line + strspn(line, " \t");
		size_t len = strcspn(word, " \t\n");
		struct field value = { .text = word + len };
		uint32_t id;

		value.text += strspn(value.text, " \t");
		value.len = strcspn(value.text, " \t\n\r");
		if (read_id(&value, &id)) {
			if (len == 7 && !memcmp(word, "UID_MIN", len))
				ret.uid = id;
			if (len == 7 && !memcmp(word, "GID_MIN", len))
				ret.gid = id;
		}
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return ret;
}

bool accounts_next(const char **at, struct accounts_entry *ret)
{
	struct field f[PASSWD_FIELDS];
	bool good;

	while (next_line(at, f, PASSWD_FIELDS, &good)) {
		if (!good || !read_id(&f[2], &ret->uid))
			continue;
		ret->name = f[0].text;
		ret->name_len = f[0].len;
		ret->home = f[5].text;
		ret->home_len = f[5].len;
		return true;
	}
	return false;
}

static bool is_system(uint32_t id, uint32_t first)
{
	return id < first || id == ACCOUNTS_NOBODY;
}

bool accounts_is_other(const struct accounts_entry *entry, const struct wire_request *req,
		       const struct accounts_range *range)
{
	struct field name = { entry->name, entry->name_len };

	return !is_system(entry->uid, range->uid) && !is_text(&name, req->user);
}

/* What may stand in a field of a line. */
static bool is_plain(const char *text, const char *marks)
{
	return !text[strcspn(text, marks)];
}

static int write_tenant(FILE *out, const struct wire_request *req, const struct field *gecos,
			struct nsbox_error *err)
{
	if (!*req->user || !is_plain(req->user, ":\n") || !is_plain(req->home, ":\n") ||
	    !is_plain(req->shell, ":\n"))
		return error_plain(err, EINVAL, "cannot write a line of passwd for %s: its name, "
				   "home or shell has a ':' or a line end", req->user);
	fprintf(out, "%s:x:%u:%u:%.*s:%s:%s\n", req->user, req->uid, req->gid, (int)gecos->len,
		gecos->text, req->home, req->shell);
	return 0;
}

static int finish(FILE *out, char **text, int r, char **ret, struct nsbox_error *err)
{
	if (ferror(out) && r == 0)
		r = error_errno(err, ENOMEM, "cannot write passwd and group");
	if (fclose(out) != 0 && r == 0)
		r = error_errno(err, ENOMEM, "cannot write passwd and group");
	if (r < 0)
		free(*text);
	else
		*ret = *text;
	return r;
}

int accounts_passwd(const char *base, const struct wire_request *req,
		    const struct accounts_range *range, char **ret, struct nsbox_error *err)
{
	struct field f[PASSWD_FIELDS], gecos = { .text = "" };
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	uint32_t uid;
	bool good;

	if (!out)
		return error_errno(err, errno, "cannot write passwd");
	for (const char *at = base, *line = base; next_line(&at, f, PASSWD_FIELDS, &good);
	     line = at) {
		if (!good || !read_id(&f[2], &uid))
			continue;
		if (is_text(&f[0], req->user))
			gecos = f[4];
		else if (is_system(uid, range->uid) && uid != req->uid)
			fprintf(out, "%.*s\n", (int)strcspn(line, "\n"), line);
	}
	return finish(out, &text, write_tenant(out, req, &gecos, err), ret, err);
}

/**
 * struct names - the names of a passwd(5), to be asked for often
 * @text: of the file
 * @seen: a bit for each hash of a name
 */
struct names {
	const char *text;
	uint64_t seen[64];
};

static unsigned int hash(const struct field *name)
{
	unsigned int h = 2166136261U;

	for (size_t i = 0; i < name->len; i++)
		h = (h ^ (unsigned char)name->text[i]) * 16777619U;
	return h % 4096;
}

static void read_names(struct names *names, const char *passwd)
{
	struct accounts_entry e;

	memset(names, 0, sizeof(*names));
	names->text = passwd;
	for (const char *at = passwd; accounts_next(&at, &e); ) {
		unsigned int h = hash(&(struct field){ e.name, e.name_len });

		names->seen[h / 64] |= UINT64_C(1) << h % 64;
	}
}

static bool have_name(const struct names *names, const struct field *name)
{
	unsigned int h = hash(name);
	struct accounts_entry e;

	if (!(names->seen[h / 64] & UINT64_C(1) << h % 64))
		return false;
	for (const char *at = names->text; accounts_next(&at, &e); )
		if (e.name_len == name->len && !memcmp(e.name, name->text, name->len))
			return true;
	return false;
}

/* The members that are known; the tenant is left to the caller. */
static void write_members(FILE *out, const struct field *list, const struct names *names,
			  const struct wire_request *req, bool tenant)
{
	const char *comma = "", *end = list->text + list->len;

	for (const char *s = list->text; s < end; ) {
		const char *stop = memchr(s, ',', (size_t)(end - s));
		struct field name = { s, (size_t)((stop ? stop : end) - s) };

		if (name.len && !is_text(&name, req->user) && have_name(names, &name)) {
			fprintf(out, "%s%.*s", comma, (int)name.len, name.text);
			comma = ",";
		}
		s = stop ? stop + 1 : end;
	}
	fprintf(out, "%s%s\n", tenant ? comma : "", tenant ? req->user : "");
}

/* Where @gid stands among the tenant's groups; @req->groups for nowhere. */
static size_t find_gid(const struct wire_request *req, uint32_t gid)
{
	size_t i = 0;

	while (i < req->groups && req->gids[i] != gid)
		i++;
	return i;
}

static bool is_name_of_tenants(const struct wire_request *req, const struct field *name)
{
	for (size_t i = 0; i < req->groups; i++)
		if (is_text(name, req->names[i]))
			return true;
	return false;
}

static void write_own_groups(FILE *out, const struct wire_request *req, const bool *done)
{
	for (size_t i = 0; i < req->groups; i++) {
		const char *name = req->names[i];

		if (done[i] || !*name || !is_plain(name, ":,\n") || strchr("+-#", *name) ||
		    find_gid(req, req->gids[i]) != i)
			continue;
		/* Nobody needs to be told that the primary group has its user in it. */
		fprintf(out, "%s:x:%u:%s\n", name, req->gids[i],
			req->gids[i] == req->gid ? "" : req->user);
	}
}

int accounts_group(const char *base, const char *passwd, const struct wire_request *req,
		   const struct accounts_range *range, char **ret, struct nsbox_error *err)
{
	struct field f[GROUP_FIELDS];
	bool *done = calloc(req->groups + 1, sizeof(*done));
	struct names names;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	uint32_t gid;
	bool good;

	if (!out || !done) {
		free(done);
		if (out)
			fclose(out);
		free(text);
		return error_errno(err, ENOMEM, "cannot write group");
	}
	read_names(&names, passwd);
	for (const char *at = base; next_line(&at, f, GROUP_FIELDS, &good); ) {
		size_t own;

		if (!good || !read_id(&f[2], &gid) || !is_system(gid, range->gid))
			continue;
		own = find_gid(req, gid);
		/* The same name for another id: the tenant's group comes from another source. */
		if (own == req->groups && is_name_of_tenants(req, &f[0]))
			continue;
		fprintf(out, "%.*s:%.*s:%u:", (int)f[0].len, f[0].text, (int)f[1].len, f[1].text,
			gid);
		write_members(out, &f[3], &names, req, own < req->groups && gid != req->gid);
		done[own] = true;
	}
	write_own_groups(out, req, done);
	free(done);
	return finish(out, &text, 0, ret, err);
}
