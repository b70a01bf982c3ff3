// SPDX-License-Identifier: MIT
/*
 * nsbox-net make|check POOL PORTS BLOCK: the host's side of networks, once for all sessions.
 *
 * Root only, and dynamic, since libnftables is; nsbox-build starts it when a policy says network =
 * nat and the host's side is not as it should be, nsbox(1) when it is to look or to mend. The words
 * are address-pool, publish-ports and publish-block. make says one struct net_answer on its
 * standard output, check a line for each thing that is missing or other than it was made (see
 * net_audit.h).
 *
 * Exit status: 0 all is well, 1 it is not, 2 it was not called as it should be.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net_ask.h"
#include "net_audit.h"
#include "net_mend.h"
#include "sys.h"

#define LIFE_S 30	/* longer than nsbox-build waits */

static void say(const char *word, const char *sentence)
{
	printf("%s: %s\n", word, sentence);
}

static int make(const struct net_words *words)
{
	struct net_answer answer;

	memset(&answer, 0, sizeof(answer));	/* what is between its members, too */
	answer.magic = NET_MAGIC;
	net_mend(words, &answer.error);
	if (write(STDOUT_FILENO, &answer, sizeof(answer)) != (ssize_t)sizeof(answer))
		return 1;
	return answer.error.code != 0;
}

static int check(const struct net_words *words)
{
	struct nsbox_error err = { .code = 0 };
	int r = net_audit(words, say, &err);

	if (r < 0)
		say(NET_SAYS_KERNEL, err.text);
	return fflush(stdout) || r;
}

int main(int argc, char **argv)
{
	struct net_words words = { .block = 0 };
	uint64_t block;

	if (argc != 5 || geteuid() != 0 || value_number(argv[4], 1, 65535, &block, NULL) < 0) {
		fputs("nsbox-net: cannot be run by hand: nsbox-build starts it\n", stderr);
		return 2;
	}
	words.pool = argv[2];
	words.ports = argv[3];
	words.block = (unsigned int)block;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(LIFE_S);
	umask(022);
	sys_close_from(STDERR_FILENO + 1);
	if (!strcmp(argv[1], "make"))
		return make(&words);
	return strcmp(argv[1], "check") ? 2 : check(&words) != 0;
}
