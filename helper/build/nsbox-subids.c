// SPDX-License-Identifier: MIT
/*
 * nsbox-subids NAME UID: tells nsbox-build which subordinate ids a user has.
 *
 * Root only, and dynamic, since libsubid and the sources of NSS are; nsbox-build starts it when a
 * policy asks for user-map = subids. It must never outlive nsbox-build, nor say anything but one
 * struct subids_answer on its standard output.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "subids.h"
#include "sys.h"

#define LIFE_S 10	/* longer than nsbox-build waits */

static int read_uid(const char *text, uint32_t *ret)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || end == text || *end || value == 0 || value >= UINT32_MAX)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

int main(int argc, char **argv)
{
	struct subids_answer answer;
	uint32_t uid;

	if (argc != 3 || geteuid() != 0 || read_uid(argv[2], &uid) < 0) {
		fputs("nsbox-subids: cannot be run by hand: nsbox-build starts it\n", stderr);
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFE_S);
	sys_close_from(STDERR_FILENO + 1);
	memset(&answer, 0, sizeof(answer));	/* what is between its members, too */
	answer.magic = SUBIDS_MAGIC;
	subids_find(argv[1], uid, &answer.ids, &answer.error);
	return write(STDOUT_FILENO, &answer, sizeof(answer)) != (ssize_t)sizeof(answer);
}
