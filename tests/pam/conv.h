/* SPDX-License-Identifier: MIT */
/*
 * What the PAM programs here share: a conversation that keeps what a user is told, and a service
 * file of their own. The system's /etc/pam.d is never read.
 */
#ifndef CONV_H
#define CONV_H

#include <security/pam_appl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The last error message that a module had for the user, and how many there were. */
static char told[512];
static int times_told;

static inline int converse(int n, const struct pam_message **msg, struct pam_response **ret,
			   void *data)
{
	(void)data;
	for (int i = 0; i < n; i++)
		if (msg[i]->msg_style == PAM_ERROR_MSG) {
			snprintf(told, sizeof(told), "%s", msg[i]->msg);
			times_told++;
		}
	*ret = calloc((size_t)n, sizeof(**ret));
	return *ret ? PAM_SUCCESS : PAM_BUF_ERR;
}

static const struct pam_conv conversation = { .conv = converse };

/* Write DIR/SERVICE, with @lines in it. */
static inline int write_service(const char *dir, const char *service, const char *lines)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, service);
	file = fopen(path, "w");
	if (!file)
		return -1;
	fputs(lines, file);
	return fclose(file);
}

#endif
