// SPDX-License-Identifier: MIT
/*
 * Read the lines of /etc/subuid. Pure; must never read a number into what is none.
 */
#include "subids_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIELDS 3

struct field {
	const char *at;
	size_t len;
};

static bool is_id(const struct field *field, uint32_t *ret)
{
	uint64_t value = 0;

	if (field->len < 1 || field->len > 10 || (field->len > 1 && field->at[0] == '0'))
		return false;
	for (size_t i = 0; i < field->len; i++) {
		if (field->at[i] < '0' || field->at[i] > '9')
			return false;
		value = 10 * value + (uint64_t)(field->at[i] - '0');
	}
	if (value > UINT32_MAX)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool split(const char *at, size_t len, struct field fields[FIELDS])
{
	const char *end = at + len;

	for (size_t i = 0; i < FIELDS; i++) {
		const char *colon = memchr(at, ':', (size_t)(end - at));

		if (!colon != (i == FIELDS - 1))
			return false;
		fields[i] = (struct field){ at, (size_t)((colon ? colon : end) - at) };
		at = colon ? colon + 1 : end;
	}
	return fields[0].len > 0;
}

static int read_line(const char *file, const char *at, size_t len, struct subids_line *line,
		     struct nsbox_error *err)
{
	struct field fields[FIELDS];
	uint32_t ids[FIELDS] = { 0 };

	if (!split(at, len, fields))
		return error_plain(err, EINVAL, "cannot use %s:%u: it is not OWNER:START:COUNT",
				   file, line->number);
	for (size_t i = 1; i < FIELDS; i++)
		if (!is_id(&fields[i], &ids[i]))
			return error_plain(err, EINVAL, "cannot use %s:%u: \"%.*s\" is not a "
					   "number of an id", file, line->number,
					   fields[i].len < 40 ? (int)fields[i].len : 40,
					   fields[i].at);
	line->run = (struct subid_run){ .start = ids[1], .count = ids[2] };
	if (!ids[1] || !ids[2] || (uint64_t)ids[1] + ids[2] > UINT32_MAX)
		return error_plain(err, EINVAL, "cannot use %s:%u: there are no %u ids from %u on: "
				   "the first is 1, the last 4294967294", file, line->number,
				   ids[2], ids[1]);
	line->owner = fields[0].at;
	line->owner_len = fields[0].len;
	return 1;
}

int subids_next_line(const char *file, const char **text, struct subids_line *line,
		     struct nsbox_error *err)
{
	while (**text) {
		const char *at = *text;
		size_t len = strcspn(at, "\n");

		line->number++;
		*text = at + len + (at[len] == '\n');
		if (len && *at != '#')
			return read_line(file, at, len, line, err);
	}
	return 0;
}

bool subids_line_is_of(const struct subids_line *line, const char *user, uint32_t uid)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", uid);
	return (strlen(user) == line->owner_len && !memcmp(user, line->owner, line->owner_len)) ||
	       (strlen(number) == line->owner_len &&
		!memcmp(number, line->owner, line->owner_len));
}
