// SPDX-License-Identifier: MIT
/*
 * policy FILE USER: load the policy FILE and the files of its folder, ask what it says of USER, and
 * print the microseconds of each, as `rounds told` wants them. Made as nsbox-build is made; and a
 * new process each time, as that is one, whose memory comes page by page.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "files.h"
#include "match.h"

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int match(const struct conf_doc *doc, const char *user, struct nsbox_error *err)
{
	static const char *const groups[] = { "users", "g0499" };
	static struct policy policy;
	static struct site site;
	const struct match_subject who = {
		.user = user,
		.uid = 1000,
		.groups = groups,
		.n_groups = sizeof(groups) / sizeof(*groups),
		.rhost = "192.0.2.7",
		.service = "sshd",
		.tty = "ssh",
	};
	int r = match_site(doc, &site, NULL, err);

	return r < 0 ? r : match_policy(doc, &who, &policy, NULL, err);
}

int main(int argc, char **argv)
{
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;
	double start = now_us(), loaded, matched;
	int r;

	if (argc != 3) {
		fputs("usage: policy FILE USER\n", stderr);
		return 2;
	}
	r = conf_files_load(argv[1], NULL, &doc, &err);
	loaded = now_us();
	if (r == 0)
		r = match(doc, argv[2], &err);
	matched = now_us();
	if (r < 0) {
		fprintf(stderr, "policy: %s\n", err.text);
		return 1;
	}
	printf("%.1f %.1f ", loaded - start, matched - loaded);
	conf_free(doc);
	return 0;
}
