// SPDX-License-Identifier: MIT
/*
 * Audit: the installed files. Runs as root; changes nothing.
 */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit.h"
#include "fs.h"
#include "paths.h"
#include "router.h"

/**
 * struct installed - a file that must be there
 * @path: where
 * @kind: S_IFREG or S_IFDIR
 * @mode: its permission bits, all of them; 0: any, as long as only root can write it
 */
struct installed {
	const char *path;
	mode_t kind;
	mode_t mode;
};

static const struct installed files[] = {
	/* No path of the host leads an ordinary user to the setuid file. */
	{ NSBOX_LIBEXEC, S_IFDIR, 0700 },
	{ NSBOX_BUILD, S_IFREG, 0700 },
	{ NSBOX_DOOR, S_IFREG, 04755 },
	/* Not readable: not dumpable for whom it has become. */
	{ NSBOX_INIT, S_IFREG, 0711 },
	{ NSBOX_MODULE, S_IFREG, 0 },
};

static void look_at(struct audit *audit, const struct installed *file)
{
	struct nsbox_error err;
	struct fs_place place;
	mode_t mode;

	if (fs_walk(file->path, &place, &err) < 0) {
		audit_add(audit, FILE_MISSING, "%s", err.text);
		return;
	}
	close(place.fd);
	mode = place.st.st_mode & 07777;
	if ((place.st.st_mode & S_IFMT) != file->kind)
		audit_add(audit, FILE_MODE, "%s is not a %s", file->path,
			  file->kind == S_IFDIR ? "folder" : "regular file");
	else if (!place.trusted)
		audit_add(audit, FILE_MODE, "%s, or a folder above it, is not root's or can be "
			  "written by others", file->path);
	else if (file->mode && mode != file->mode)
		audit_add(audit, FILE_MODE, "%s has mode %04o and not %04o", file->path, mode,
			  file->mode);
}

/* Started only for logins whose policy asks for them, and not built where their library is not. */
static const struct installed subids_program = { NSBOX_SUBIDS, S_IFREG, 0700 };
static const struct installed net_program = { NSBOX_NET, S_IFREG, 0700 };

static bool wants_subids(const struct audit *audit)
{
	for (size_t i = 0; i < audit->n_tenants; i++)
		if (audit->tenants[i].policy.user_map == USER_MAP_SUBIDS)
			return true;
	return false;
}

void audit_files(struct audit *audit)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		look_at(audit, &files[i]);
	if (wants_subids(audit))
		look_at(audit, &subids_program);
	if (router_is_wanted(audit->doc))
		look_at(audit, &net_program);
}
