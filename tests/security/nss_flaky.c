// SPDX-License-Identifier: MIT
/*
 * A source of NSS for one test: knows one group, which alice is in. While one file exists it is out
 * of order; while another exists it is out of reach in a landing, or answers no more there, as that
 * file says.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <nss.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define GROUP "boxed"
#define GID 3100
#define DOWN "/srv/nss-is-down"
#define FAR "/srv/nss-is-far"
#define OF_THE_HOST "/run/sshd"

enum nss_status _nss_flaky_getgrgid_r(gid_t gid, struct group *gr, char *buf, size_t size,
				      int *errnop);
enum nss_status _nss_flaky_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
					  gid_t **groups, long limit, int *errnop);

static int is_far(void)
{
	char word = '\0';
	int fd = open(FAR, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || access(OF_THE_HOST, F_OK) == 0) {
		close(fd);
		return 0;
	}
	if (read(fd, &word, 1) == 1 && word == 'h')
		pause();
	close(fd);
	return 1;
}

enum nss_status _nss_flaky_getgrgid_r(gid_t gid, struct group *gr, char *buf, size_t size,
				      int *errnop)
{
	static char *none[] = { NULL };

	if (access(DOWN, F_OK) == 0) {
		*errnop = ECONNREFUSED;
		return NSS_STATUS_UNAVAIL;
	}
	if (gid != GID || size < sizeof(GROUP)) {
		*errnop = ENOENT;
		return NSS_STATUS_NOTFOUND;
	}
	strcpy(buf, GROUP);
	*gr = (struct group){ .gr_name = buf, .gr_passwd = buf, .gr_gid = gid, .gr_mem = none };
	return NSS_STATUS_SUCCESS;
}

enum nss_status _nss_flaky_initgroups_dyn(const char *user, gid_t group, long *start, long *size,
					  gid_t **groups, long limit, int *errnop)
{
	(void)group, (void)limit;
	if (strcmp(user, "alice"))
		return NSS_STATUS_NOTFOUND;
	if (is_far()) {
		*errnop = ECONNREFUSED;
		return NSS_STATUS_UNAVAIL;
	}
	if (*start == *size) {
		*size += 8;
		*groups = realloc(*groups, (size_t)*size * sizeof(gid_t));
	}
	(*groups)[(*start)++] = GID;
	return NSS_STATUS_SUCCESS;
}
