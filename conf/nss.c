// SPDX-License-Identifier: MIT
/*
 * Where the services behind NSS listen.
 *
 * Pure: runs with any privilege. Must never ask whether a path is there: that is the builder's
 * question.
 */
#include "nss.h"

#include <string.h>

#include "places.h"

const struct nss_service nss_table[NSS_SERVICES] = {
	{ "nscd", "/run/nscd" },
	{ "nslcd", "/run/nslcd" },
	{ "sssd", "/var/lib/sss/pipes" },
	{ "winbind", "/run/samba/winbindd" },
	{ "userdb", "/run/systemd/userdb" },
};

const char *nss_path(const char *word)
{
	for (size_t i = 0; i < NSS_SERVICES; i++)
		if (!strcmp(nss_table[i].word, word))
			return nss_table[i].path;
	return word;
}

int nss_check(const char *word, struct value_why *why)
{
	if (*word == '/')
		return value_path(word, "", why);
	if (nss_path(word) == word)
		return value_bad(why, 0, "it is neither one of these nor a path");
	return 0;
}

bool nss_lies_near(const char *path)
{
	/* What modules of NSS read or speak to by themselves, beside the services of the table. */
	static const char *const more[] = {
		"/run/dbus", "/run/systemd", "/run/userdb", "/var/cache/nscd", "/var/db",
		"/var/lib/extrausers", "/var/lib/misc", "/var/lib/samba", "/var/lib/sss", "/var/yp",
	};

	for (size_t i = 0; i < NSS_SERVICES; i++)
		if (place_is_within(path, nss_table[i].path) ||
		    place_is_within(nss_table[i].path, path))
			return true;
	for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
		if (place_is_within(path, more[i]) || place_is_within(more[i], path))
			return true;
	return false;
}
