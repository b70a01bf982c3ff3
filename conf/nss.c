// SPDX-License-Identifier: MIT
/*
 * Where the services behind NSS listen.
 *
 * Pure: runs with any privilege. Must never ask whether a path is there: that is the builder's
 * question.
 */
#include "nss.h"

#include <string.h>

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
