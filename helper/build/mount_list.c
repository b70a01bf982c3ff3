// SPDX-License-Identifier: MIT
/*
 * Put a mount plan together. Pure; must never call the kernel.
 */
#include "mount_list.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void list_scratch(struct mount_plan *p, const struct scratch_entry *entry)
{
	for (size_t i = 0; i < p->n_scratch; i++)
		if (!strcmp(p->scratch[i].path, entry->path))
			return;
	if (p->n_scratch == SCRATCH_ENTRIES_MAX)
		p->full = true;
	else
		p->scratch[p->n_scratch++] = *entry;
}

void list_dir(struct mount_plan *p, const char *path, mode_t mode)
{
	struct scratch_entry e = { .kind = SCRATCH_DIR, .path = path, .mode = mode };

	list_scratch(p, &e);
}

void list_file(struct mount_plan *p, const char *path, mode_t mode, const char *text)
{
	struct scratch_entry e = {
		.kind = SCRATCH_FILE, .path = path, .mode = mode, .text = text
	};

	list_scratch(p, &e);
}

void list_link(struct mount_plan *p, const char *path, const char *target)
{
	struct scratch_entry e = { .kind = SCRATCH_LINK, .path = path, .text = target };

	list_scratch(p, &e);
}

void list_op(struct mount_plan *p, const struct mount_op *op)
{
	if (p->n_ops == MOUNT_OPS_MAX)
		p->full = true;
	else
		p->ops[p->n_ops++] = *op;
}

void list_bind(struct mount_plan *p, const char *source, uid_t owner, const char *target,
	       uint64_t attr)
{
	list_op(p, &(struct mount_op){ .kind = MOUNT_BIND,
				       .stage = MOUNT_STAGING,
				       .source = source,
				       .owner = owner,
				       .target = target,
				       .attr = attr });
}

void list_cover(struct mount_plan *p, const char *folder, const char *target, uint64_t attr)
{
	list_op(p, &(struct mount_op){ .kind = MOUNT_SCRATCH,
				       .stage = MOUNT_STAGING,
				       .source = folder,
				       .target = target,
				       .attr = attr });
	if (p->n_covers == MOUNT_COVERS_MAX)
		p->full = true;
	else
		p->covers[p->n_covers++] = (struct mount_cover){ target, folder };
}

void list_new(struct mount_plan *p, enum mount_stage stage, const char *type, const char *target,
	      const char *options, uint64_t attr)
{
	list_op(p, &(struct mount_op){ .kind = MOUNT_NEW,
				       .stage = stage,
				       .source = type,
				       .target = target,
				       .options = options,
				       .attr = attr });
}

/* The innermost cover that @path lies below. */
static const struct mount_cover *cover_of(const struct mount_plan *p, const char *path)
{
	const struct mount_cover *found = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < p->n_covers; i++) {
		size_t len = strlen(p->covers[i].target);

		if (len < longest || strncmp(path, p->covers[i].target, len) || path[len] != '/')
			continue;
		found = &p->covers[i];
		longest = len;
	}
	/* What else lies between has its own places. */
	for (size_t i = 0; found && i < p->n_ops; i++) {
		const char *target = p->ops[i].target;
		size_t len = strlen(target);

		if (len > longest && !strncmp(path, target, len) && path[len] == '/')
			return NULL;
	}
	return found;
}

void list_place(struct mount_plan *p, const char *target, enum scratch_kind kind, const char *text)
{
	const struct mount_cover *cover = cover_of(p, target);
	const char *path, *below;

	if (!cover)
		return;
	path = list_text(p, "%s%s", cover->folder, target + strlen(cover->target));
	if (p->full)
		return;
	below = path + strlen(cover->folder) + 1;
	for (const char *s = strchr(below, '/'); s; s = strchr(s + 1, '/'))
		list_dir(p, list_keep(p, path, (size_t)(s - path)), 0755);
	if (kind == SCRATCH_DIR)
		list_dir(p, path, 0755);
	else
		list_file(p, path, 0644, text);
}

const char *list_keep(struct mount_plan *p, const char *text, size_t len)
{
	char *room = p->room + p->used;

	if (len + 1 > sizeof(p->room) - p->used) {
		p->full = true;
		return "";
	}
	memcpy(room, text, len);
	room[len] = '\0';
	p->used += len + 1;
	return room;
}

const char *list_text(struct mount_plan *p, const char *format, ...)
{
	char *room = p->room + p->used;
	size_t left = sizeof(p->room) - p->used;
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(room, left, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= left) {
		p->full = true;
		return "";
	}
	p->used += (size_t)len + 1;
	return room;
}
