// SPDX-License-Identifier: MIT
/*
 * Fuzz the session record's reader: what it accepts has strings that end, and the caller's uid.
 * Runs as root, or every record is refused for its owner. Makes its file in the current folder.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "session.h"

#define UID 1000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char dir[] = "fuzz_session.XXXXXX", path[sizeof(dir) + 8];
	struct session_record rec;
	int fd;

	if (!mkdtemp(dir))
		abort();
	snprintf(path, sizeof(path), "%s/record", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	if (session_read(path, UID, &rec, NULL) == 0 &&
	    (rec.uid != UID || strlen(rec.id) >= sizeof(rec.id) ||
	     strlen(rec.door) >= sizeof(rec.door) || strlen(rec.shell) >= sizeof(rec.shell)))
		abort();
	close(fd);
	unlink(path);
	rmdir(dir);
	return 0;
}
