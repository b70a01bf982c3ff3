// SPDX-License-Identifier: MIT
/*
 * seeds wire|session: on standard output, one good input for the fuzzer of that name. From bytes
 * at random it would not find the sizes that have to agree.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session.h"
#include "wire.h"

#define ID "0123456789az"

static int put_wire(void)
{
	static const uint32_t gids[] = { 1000, 27 };
	static const char *names[] = { "ann", "" };
	static char buf[4096];
	const struct wire_request req = {
		.verb = WIRE_OPEN,
		.uid = 1000,
		.gid = 1000,
		.groups = 2,
		.gids = gids,
		.names = names,
		.id = ID,
		.user = "ann",
		.home = "/home/ann",
		.shell = "/bin/sh",
		.service = "sshd",
		.rhost = "192.0.2.7",
		.tty = "ssh",
	};
	long len = wire_encode(&req, buf, sizeof(buf));

	return len > 0 && write(STDOUT_FILENO, buf, (size_t)len) == len ? 0 : 1;
}

/* The uid is the one that fuzz_session.c reads as. */
static int put_session(void)
{
	static const struct session_record rec = {
		.magic = SESSION_MAGIC,
		.size = sizeof(rec),
		.uid = 1000,
		.gid = 1000,
		.inside_uid = 1000,
		.inside_gid = 1000,
		.id = ID,
		.door = "/bin/sh",
		.shell = "/bin/sh",
	};

	return session_write(STDOUT_FILENO, &rec) == 0 ? 0 : 1;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "wire"))
		return put_wire();
	if (argc == 2 && !strcmp(argv[1], "session"))
		return put_session();
	fputs("usage: seeds wire|session\n", stderr);
	return 2;
}
