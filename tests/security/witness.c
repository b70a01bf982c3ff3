/* SPDX-License-Identifier: MIT */
/*
 * A library that a tenant has the loader load (LD_PRELOAD, LD_AUDIT, GCONV_PATH, NSS): wherever it
 * gets to run it notes its ids and its user namespace in a file. Made by test_c02_environment.py.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

unsigned int la_version(unsigned int version);

unsigned int la_version(unsigned int version)
{
	return version;
}

__attribute__((constructor)) static void note(void)
{
	char line[512], userns[64] = "", exe[256] = "";
	int fd = open(WITNESS, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd < 0)
		return;
	if (readlink("/proc/self/ns/user", userns, sizeof(userns) - 1) < 0)
		strcpy(userns, "unknown");
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		strcpy(exe, "unknown");
	snprintf(line, sizeof(line), "%u %u %s %s\n", getuid(), geteuid(), userns, exe);
	if (write(fd, line, strlen(line)) < 0)
		_exit(1);
	close(fd);
}
