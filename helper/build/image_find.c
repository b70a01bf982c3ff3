// SPDX-License-Identifier: MIT
/*
 * Find what a root is made of. Runs with any privilege, for `nsbox show` as well; must never open
 * what it finds.
 */
#include "image.h"

#include <errno.h>
#include <unistd.h>

int image_find(const char *path, struct fs_place *ret, struct nsbox_error *err)
{
	struct fs_place place;
	int r = fs_walk(path, &place, err);

	if (r < 0)
		return r;
	if (!place.trusted)
		r = error_plain(err, EPERM, "cannot take the root %s: it, or a folder above it, "
				"is not root's or can be written by others", path);
	else if (!S_ISREG(place.st.st_mode) && !S_ISDIR(place.st.st_mode))
		r = error_plain(err, EINVAL, "cannot take the root %s: neither a folder nor an "
				"image file", path);
	if (r < 0)
		close(place.fd);
	else
		*ret = place;
	return r;
}
