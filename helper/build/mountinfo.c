// SPDX-License-Identifier: MIT
/*
 * Read the kernel's list of mounts. Runs as root of the host.
 */
#include "mountinfo.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cleanup.h"

/* Blanks, tabs, newlines and backslashes are written as \ and three octal digits. */
static void unescape(char *text)
{
	char *to = text;

	for (const char *s = text; *s; to++) {
		if (s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] && s[3]) {
			*to = (char)((s[1] - '0') * 64 + (s[2] - '0') * 8 + (s[3] - '0'));
			s += 4;
		} else {
			*to = *s++;
		}
	}
	*to = '\0';
}

/* The fifth word of a line: ID PARENT MAJOR:MINOR ROOT TARGET ... */
static char *target_of(char *line)
{
	char *state = NULL, *word = strtok_r(line, " ", &state);

	for (int i = 0; word && i < 4; i++)
		word = strtok_r(NULL, " ", &state);
	if (word)
		unescape(word);
	return word;
}

int mountinfo_each(const char *folder,
		   int (*each)(const char *target, void *arg, struct nsbox_error *err), void *arg,
		   struct nsbox_error *err)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	size_t len = strcmp(folder, "/") ? strlen(folder) : 0, size = 0;
	_cleanup_free_ char *line = NULL;
	int r = 0;

	if (!file)
		return error_errno(err, errno, "cannot read the list of mounts");
	while (r == 0 && getline(&line, &size, file) > 0) {
		const char *target = target_of(line);

		if (target && !strncmp(target, folder, len) && target[len] == '/' &&
		    target[len + 1])
			r = each(target, arg, err);
	}
	if (r == 0 && ferror(file))
		r = error_errno(err, EIO, "cannot read the list of mounts");
	fclose(file);
	return r;
}
