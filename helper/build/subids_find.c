// SPDX-License-Identifier: MIT
/*
 * Find a user's subordinate ids, by libsubid. Runs in nsbox-subids as root of the host, and in
 * nsbox(1) with any privilege; must never give out ids that anybody else has.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <shadow/subid.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fs.h"
#include "subids.h"
#include "subids_file.h"

#define RANGES_MAX 1024	/* of one user: each is compared with all others */
#define FILE_MAX (16U << 20)

/**
 * struct kind - uids or gids
 * @name: of the ids
 * @file: where libsubid finds them, if no source of NSS has them
 * @get: of libsubid
 * @users: the file in which nobody else may have them
 * @next: the next name and id in @users
 */
struct kind {
	const char *name;
	const char *file;
	int (*get)(const char *owner, struct subid_range **ranges);
	const char *users;
	bool (*next)(FILE *users, const char **name, uint32_t *id);
};

/**
 * struct search - one kind's ids of one user
 * @kind: which
 * @user: name
 * @uid: of the user
 * @text: of the file; NULL: there is none
 * @ranges: what libsubid says
 * @runs: the same as runs
 * @n: how many
 */
struct search {
	const struct kind *kind;
	const char *user;
	uint32_t uid;
	char *text;
	struct subid_range *ranges;
	struct subid_run *runs;
	size_t n;
};

static bool next_user(FILE *users, const char **name, uint32_t *id)
{
	const struct passwd *pw = fgetpwent(users);

	if (pw) {
		*name = pw->pw_name;
		*id = pw->pw_uid;
	}
	return pw;
}

static bool next_group(FILE *users, const char **name, uint32_t *id)
{
	const struct group *gr = fgetgrent(users);

	if (gr) {
		*name = gr->gr_name;
		*id = gr->gr_gid;
	}
	return gr;
}

static const struct kind kinds[] = {
	{ "uid", "/etc/subuid", subid_get_uid_ranges, "/etc/passwd", next_user },
	{ "gid", "/etc/subgid", subid_get_gid_ranges, "/etc/group", next_group },
};

static int refuse(const struct search *s, size_t i, int code, const char *why,
		  struct nsbox_error *err)
{
	const struct subid_run *run = &s->runs[i];

	return error_plain(err, code, "cannot map the subordinate %ss %u-%u of %s: %s",
			   s->kind->name, run->start, run->start + run->count - 1, s->user, why);
}

static int read_file(struct search *s, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;
	size_t len;
	int r = fs_open_trusted(s->kind->file, &fd, err);

	if (r == -ENOENT)
		return 0;
	if (r < 0)
		return r;
	r = fs_read_all(fd, FILE_MAX, &s->text, &len);
	if (r < 0)
		return error_errno(err, r, "cannot read %s", s->kind->file);
	if (strlen(s->text) != len)
		return error_plain(err, EINVAL, "cannot use %s: a NUL byte is in it",
				   s->kind->file);
	return 0;
}

/* What libsubid says, as far as it can be ids at all. */
static int ask(struct search *s, struct nsbox_error *err)
{
	int n = s->kind->get(s->user, &s->ranges);

	if (n <= 0)
		return error_plain(err, ENOENT, "cannot find subordinate %ss of %s: %s has none, "
				   "or where subid: of /etc/nsswitch.conf leads", s->kind->name,
				   s->user, s->kind->file);
	if (n > RANGES_MAX)
		return error_plain(err, EINVAL, "cannot map %d ranges of subordinate %ss of %s",
				   n, s->kind->name, s->user);
	s->runs = calloc((size_t)n, sizeof(*s->runs));
	if (!s->runs)
		return error_errno(err, ENOMEM, "cannot find the subordinate %ss", s->kind->name);
	s->n = (size_t)n;
	for (size_t i = 0; i < s->n; i++) {
		const struct subid_range *range = &s->ranges[i];

		if (!range->start || !range->count || range->start >= SUBIDS_ID_END ||
		    range->count > SUBIDS_ID_END - range->start)
			return error_plain(err, EINVAL, "cannot map the %lu subordinate %ss from "
					   "%lu on of %s (%s): those from 1 to %u can be",
					   range->count, s->kind->name, range->start, s->user,
					   s->kind->file, SUBIDS_ID_END - 1);
		s->runs[i] = (struct subid_run){ (uint32_t)range->start, (uint32_t)range->count };
	}
	return 0;
}

static bool overlap(const struct subid_run *a, const struct subid_run *b)
{
	return a->start - b->start < b->count || b->start - a->start < a->count;
}

static int judge_own(const struct search *s, struct nsbox_error *err)
{
	char why[80];

	for (size_t i = 0; i < s->n; i++)
		for (size_t j = 0; j < i; j++)
			if (overlap(&s->runs[i], &s->runs[j])) {
				snprintf(why, sizeof(why), "%s gives the user %u-%u, too",
					 s->kind->file, s->runs[j].start,
					 s->runs[j].start + s->runs[j].count - 1);
				return refuse(s, i, EINVAL, why, err);
			}
	return 0;
}

static int judge_line(const struct search *s, const struct subids_line *line,
		      struct nsbox_error *err)
{
	char why[120];

	if (subids_line_is_of(line, s->user, s->uid))
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (overlap(&s->runs[i], &line->run)) {
			snprintf(why, sizeof(why), "%s:%u gives %u-%u to %.*s", s->kind->file,
				 line->number, line->run.start,
				 line->run.start + line->run.count - 1,
				 line->owner_len < 40 ? (int)line->owner_len : 40, line->owner);
			return refuse(s, i, EEXIST, why, err);
		}
	return 0;
}

/* Every line: one that cannot be read might give the same ids to anybody. */
static int judge_file(const struct search *s, struct nsbox_error *err)
{
	struct subids_line line = { .number = 0 };
	const char *text = s->text ? s->text : "";
	int r;

	while ((r = subids_next_line(s->kind->file, &text, &line, err)) > 0) {
		r = judge_line(s, &line, err);
		if (r < 0)
			return r;
	}
	return r;
}

/* Root inside can become whoever is mapped: nobody that the host knows. */
static int judge_user(const struct search *s, const char *name, uint32_t id,
		      struct nsbox_error *err)
{
	char why[120], number[16];

	snprintf(number, sizeof(number), "%u", s->uid);
	if (s->kind->next == next_user && id != s->uid && !strcmp(name, number))
		return error_plain(err, EINVAL, "cannot tell whose lines of %s are those of %s: "
				   "the uid of %s is another user's name (%s)", s->kind->file,
				   number, s->user, s->kind->users);
	for (size_t i = 0; i < s->n; i++)
		if (id - s->runs[i].start < s->runs[i].count) {
			snprintf(why, sizeof(why), "%s %u is %.40s (%s)", s->kind->name, id, name,
				 s->kind->users);
			return refuse(s, i, EEXIST, why, err);
		}
	return 0;
}

static int judge_users(const struct search *s, struct nsbox_error *err)
{
	int fd = -1, r = fs_open_trusted(s->kind->users, &fd, err);
	const char *name;
	FILE *users;
	uint32_t id;

	if (r < 0)
		return r;
	users = fdopen(fd, "re");
	if (!users) {
		close(fd);
		return error_errno(err, ENOMEM, "cannot read %s", s->kind->users);
	}
	while (r == 0 && s->kind->next(users, &name, &id))
		r = judge_user(s, name, id, err);
	fclose(users);
	return r;
}

/* The first that are needed. */
static int take(const struct search *s, struct subid_list *ret, struct nsbox_error *err)
{
	uint32_t left = SUBIDS_NEEDED;

	memset(ret, 0, sizeof(*ret));
	for (size_t i = 0; i < s->n && left && ret->n < SUBIDS_RUNS_MAX; i++) {
		struct subid_run run = s->runs[i];

		run.count = run.count < left ? run.count : left;
		left -= run.count;
		ret->runs[ret->n++] = run;
	}
	if (left)
		return error_plain(err, ERANGE, "cannot map the subordinate %ss of %s: %s gives "
				   "%u in the first %u ranges, and %d are needed", s->kind->name,
				   s->user, s->kind->file, SUBIDS_NEEDED - left, ret->n,
				   SUBIDS_NEEDED);
	return 0;
}

static int find(struct search *s, struct subid_list *ret, struct nsbox_error *err)
{
	int r = read_file(s, err);

	if (r == 0)
		r = judge_file(s, err);	/* without ranges yet: what libsubid is going to read */
	if (r == 0)
		r = ask(s, err);
	if (r == 0)
		r = judge_own(s, err);
	if (r == 0)
		r = judge_file(s, err);
	if (r == 0)
		r = judge_users(s, err);
	return r < 0 ? r : take(s, ret, err);
}

int subids_find(const char *user, uint32_t uid, struct subids *ret, struct nsbox_error *err)
{
	struct subids ids;
	struct subid_list *lists[] = { &ids.uids, &ids.gids };
	int r = 0;

	subid_init(NULL, NULL);	/* its messages go nowhere */
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r == 0; i++) {
		struct search s = { .kind = &kinds[i], .user = user, .uid = uid };

		r = find(&s, lists[i], err);
		free(s.text);
		free(s.ranges);
		free(s.runs);
	}
	if (r == 0)
		*ret = ids;
	return r;
}
