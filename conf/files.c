// SPDX-License-Identifier: MIT
/*
 * Find, trust and read the policy's files.
 *
 * Runs as root in the builder and with no privilege in the CLI. Must never take a file that others
 * than root can have written, and never go on without one that is there.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "fs.h"

/*
 * struct reading - the files under way
 * @folder: where they lie; its descriptor is -1 while there is none
 * @names: of the folder
 * @n: how many
 */
struct reading {
	struct conf_doc *doc;
	struct fs_place folder;
	char **names;
	size_t n;
	struct nsbox_error *err;
};

bool conf_files_name(const char *name)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "0123456789_-.";
	size_t len = strlen(name), end = strlen(".conf");

	return len > end && name[0] != '.' && !strcmp(name + len - end, ".conf") &&
	       strspn(name, good) == len;
}

/*
 * Nothing has this name: not even a link that leads nowhere, which is a policy that somebody wants
 * to be obeyed.
 */
static bool is_missing(const char *path)
{
	struct stat st;

	return lstat(path, &st) < 0 && errno == ENOENT;
}

/* Take a file that fs.h has opened, or not: @r and @why tell. */
static int take_file(struct reading *reading, const char *path, int fd, int r,
		     struct nsbox_error *why)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	/* Of the folder: removed since it was listed. */
	if (r == -ENOENT && is_missing(path))
		return 0;
	if (r == 0) {
		r = fs_read_all(fd, CONF_MAX_BYTES, &text, &len);
		if (r < 0)
			error_errno(why, r, "cannot read %s", path);
	}
	if (r < 0)
		return conf_refuse(reading->doc, path, why, reading->err);
	return conf_add(reading->doc, path, text, len, reading->err);
}

static void read_main(struct reading *reading, const char *path)
{
	_cleanup_close_ int fd = -1;
	struct nsbox_error why;
	int r = fs_open_trusted(path, &fd, &why);

	take_file(reading, path, fd, r, &why);
}

static void read_piece(struct reading *reading, const char *folder, const char *name)
{
	char path[PATH_MAX + NAME_MAX + 2];
	_cleanup_close_ int fd = -1;
	struct nsbox_error why;
	int r = fs_open_trusted_in(&reading->folder, name, &fd, &why);

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	take_file(reading, path, fd, r, &why);
}

/* Return: 1, or 0: there is none. */
static int find_folder(const char *path, struct fs_place *ret, struct nsbox_error *why)
{
	int r = fs_walk(path, ret, why);

	if (r == -ENOENT && is_missing(path))
		return 0;
	if (r < 0)
		return r;
	if (!S_ISDIR(ret->st.st_mode))
		return error_plain(why, ENOTDIR, "cannot trust %s: it is not a folder", path);
	if (!ret->trusted)
		return error_plain(why, EPERM, "cannot trust %s: it, or a folder on the way, "
				   "is not root's or can be written by others", path);
	return 1;
}

static int open_folder(int folder, DIR **ret)
{
	_cleanup_close_ int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		return -errno;
	take_fd(&fd);
	*ret = dir;
	return 0;
}

static int take_name(struct reading *reading, const char *name)
{
	char **grown;

	if (!conf_files_name(name))
		return 0;
	if (reading->n == CONF_FILES_MAX)
		return -E2BIG;
	grown = reallocarray(reading->names, reading->n + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	reading->names = grown;
	grown[reading->n] = strdup(name);
	if (!grown[reading->n])
		return -ENOMEM;
	reading->n++;
	return 0;
}

static int take_names(struct reading *reading, DIR *dir)
{
	struct dirent *entry;
	int r;

	do {
		errno = 0;
		entry = readdir(dir);
		r = entry ? take_name(reading, entry->d_name) : -errno;
	} while (entry && r == 0);
	return r;
}

static int list_folder(struct reading *reading, const char *path, struct nsbox_error *why)
{
	DIR *dir = NULL;
	int r = find_folder(path, &reading->folder, why);

	if (r <= 0)
		return r;
	r = open_folder(reading->folder.fd, &dir);
	if (dir) {
		r = take_names(reading, dir);
		closedir(dir);
	}
	return r < 0 ? error_errno(why, r, "cannot read %s", path) : 0;
}

/* strcmp(3), not strcoll(3): the order must not depend on who looks. */
static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether there is something to be learned from more files. */
static bool goes_on(const struct reading *reading)
{
	return !reading->doc->refused || reading->doc->sink.all;
}

/* What fails makes the document refused: conf_finish() tells. */
static void read_folder(struct reading *reading, const char *folder)
{
	struct nsbox_error why;

	if (list_folder(reading, folder, &why) < 0)
		conf_refuse(reading->doc, folder, &why, reading->err);
	if (reading->n)
		qsort(reading->names, reading->n, sizeof(*reading->names), by_name);
	for (size_t i = 0; i < reading->n && goes_on(reading); i++)
		read_piece(reading, folder, reading->names[i]);
}

static int read_all(struct reading *reading, const char *file)
{
	char folder[PATH_MAX];

	if (snprintf(folder, sizeof(folder), "%s.d", file) >= (int)sizeof(folder))
		return error_errno(reading->err, ENAMETOOLONG, "cannot find %s.d", file);
	read_main(reading, file);
	if (goes_on(reading))
		read_folder(reading, folder);
	return conf_finish(reading->doc, reading->err);
}

static void end_reading(struct reading *reading)
{
	for (size_t i = 0; i < reading->n; i++)
		free(reading->names[i]);
	free(reading->names);
	if (reading->folder.fd >= 0)
		close(reading->folder.fd);
}

int conf_files_load(const char *file, struct conf_faults *faults, struct conf_doc **ret_doc,
		    struct nsbox_error *err)
{
	struct reading reading = { .folder.fd = -1, .err = err };
	int r = conf_begin(faults, &reading.doc, err);

	if (r < 0)
		return r;
	r = read_all(&reading, file);
	end_reading(&reading);
	if (r < 0) {
		conf_free(reading.doc);
		return r;
	}
	*ret_doc = reading.doc;
	return 0;
}
