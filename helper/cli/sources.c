// SPDX-License-Identifier: MIT
/*
 * Read files that include each other. Runs with any privilege; must never read a file that others
 * than root can have written, nor go round in circles.
 */
#include "sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "fs.h"

#define BYTES_MAX (1024 * 1024)
#define NESTED_MAX 16	/* sshd's own limit; PAM's is 32 */

static void pop(struct source **top)
{
	struct source *source = *top;

	*top = source->below;
	free(source->name);
	free(source->text);
	free(source);
}

int source_text(struct source **top, const char *name, char *text)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source)
		source->name = strdup(name);
	if (!source || !source->name) {
		free(source);
		free(text);
		return -ENOMEM;
	}
	source->below = *top;
	source->text = text;
	source->at = text;
	source->next = 1;
	source->nested = *top ? (*top)->nested + 1 : 0;
	source->mark = *top ? (*top)->mark : 0;
	*top = source;
	return 0;
}

int source_open(struct source **top, const char *path, struct nsbox_error *err)
{
	_cleanup_close_ int fd = -1;
	char *text;
	size_t len;
	int r;

	if (*top && (*top)->nested >= NESTED_MAX)
		return error_errno(err, ELOOP, "cannot follow the inclusion of %s", path);
	r = fs_open_trusted(path, &fd, err);
	if (r < 0)
		return r;
	r = fs_read_all(fd, BYTES_MAX, &text, &len);
	if (r == 0)
		r = source_text(top, path, text);
	return r < 0 ? error_errno(err, r, "cannot read %s", path) : 0;
}

static char *take_line(struct source *source, bool joins)
{
	char *line = source->at, *end = line;

	source->line = source->next++;
	while ((end = strchr(end, '\n')) && joins && end > line && end[-1] == '\\') {
		end[-1] = ' ';
		*end = ' ';
		source->next++;
	}
	if (end)
		*end = '\0';
	source->at = end ? end + 1 : line + strlen(line);
	return line;
}

char *source_line(struct source **top, bool joins)
{
	while (*top && !*(*top)->at)
		pop(top);
	return *top ? take_line(*top, joins) : NULL;
}

void source_close(struct source **top)
{
	while (*top)
		pop(top);
}
