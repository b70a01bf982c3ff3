/* SPDX-License-Identifier: MIT */
/*
 * The words of the keys that change the tree: paths, which may be templates, and what belongs to
 * them.
 */
#ifndef NSBOX_PLACES_H
#define NSBOX_PLACES_H

#include <stdbool.h>
#include <sys/types.h>

#include "values.h"

#define PLACE_WORD_MAX 256	/* of a part, with its NUL: a word of a list is not longer */
#define PLACE_MODE_DEFAULT 0700

/* What stands behind '%' in a path; expand_path() puts it in. */
extern const char place_letters[];

/**
 * struct place_bind - a word SRC[:DST]
 * @source: template of a path on the host
 * @target: template of a path in the tree; as @source where none is said
 */
struct place_bind {
	char source[PLACE_WORD_MAX];
	char target[PLACE_WORD_MAX];
};

/**
 * struct place_tmpfs - a word PATH[:size=SIZE][,mode=OCTAL]
 * @target: template of a path in the tree
 * @size: none of its members set: under the cap of all session files
 * @mode: of its folder
 */
struct place_tmpfs {
	char target[PLACE_WORD_MAX];
	struct amount size;
	mode_t mode;
};

/*
 * Is @word good? What can only be known once a template is expanded is not asked. @why may be NULL.
 * Return: 0 or -EINVAL.
 */
int place_check_path(const char *word, struct value_why *why);
int place_check_cover(const char *word, struct value_why *why);
int place_check_home(const char *word, struct value_why *why);
int place_check_bind(const char *word, struct value_why *why);
int place_check_tmpfs(const char *word, struct value_why *why);

/* Take a good word apart. */
void place_split_bind(const char *word, struct place_bind *ret);
void place_split_tmpfs(const char *word, struct place_tmpfs *ret);

/* @path is @folder, or lies below it; compared by component: /srv/ab is not within /srv/a. */
bool place_is_within(const char *path, const char *folder);

/**
 * place_may_cover() - may something lie over a place of the tree
 * @path: absolute and normalised
 *
 * Nothing may lie over what the container and the landing need, or over a folder that it is in, nor
 * in what the kernel shows there.
 */
bool place_may_cover(const char *path);

/* Is @path within a folder of the system, from which root's programs and libraries come? */
bool place_is_system(const char *path);

/* May a bind show what the host has at @path? Not what the kernel shows of the host there. */
bool place_may_show(const char *path);

#endif
