// SPDX-License-Identifier: MIT
/*
 * Any bytes as a policy: loaded, then matched and expanded for one user.
 * Seeds: tests/golden/policy.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iconf -Ihelper/common \
 *	tests/fuzz/fuzz_policy.c conf/[a-z]*.c helper/common/{error,nstable}.c -linih
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "expand.h"
#include "load.h"
#include "match.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const groups[] = { "staff", "boxed" };
	const struct match_subject who = { "alice", groups, 2 };
	char name[EXPAND_HOSTNAME_MAX + 1];
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;
	struct policy policy;

	if (conf_load("fuzz", (const char *)data, size, &doc, &err) < 0) {
		const char *what = strstr(err.text, ": ");

		/* A refusal says why; and it is never because inih and the scan disagree. */
		if (!what || !strncmp(what, ": inih", strlen(": inih")) || doc)
			abort();
		return 0;
	}
	if (match_policy(doc, &who, &policy, NULL, &err) == 0) {
		if (expand_hostname(policy.hostname, "alice", "host", "1", name) < 0 || !name[0])
			abort();
	} else if (!err.text[0]) {
		abort();
	}
	conf_free(doc);
	return 0;
}
