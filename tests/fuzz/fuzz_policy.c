// SPDX-License-Identifier: MIT
/*
 * Any bytes as a policy of several files: loaded in both ways, matched for several logins, printed,
 * expanded. A 0xff byte, which no file may hold, ends a file and begins the next.
 * Seeds: tests/golden/policy.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -D_GNU_SOURCE -Iconf -Ihelper/common \
 *	tests/fuzz/fuzz_policy.c conf/[a-z]*.c helper/common/{error,fs,nstable}.c -linih
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "address.h"
#include "expand.h"
#include "load.h"
#include "match.h"
#include "print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const groups[] = { "staff", "boxed", "cs-lab", "" };
static const struct match_subject logins[] = {
	{ "alice", 1000, groups, 4, "192.0.2.7", "sshd", "ssh" },
	{ "bob", 4294967294, groups, 1, "", "login", "tty1" },
	{ "stud1", 500, NULL, 0, "fe80::1%eth0", "su-l", "" },
};

static FILE *sink;

static void check(int good)
{
	if (!good)
		abort();
}

static int add_all(struct conf_doc *doc, const char *data, size_t size, struct nsbox_error *err)
{
	static const char *const names[] = { "a", "b", "c", "d" };
	size_t n = 0;
	int r = 0;

	while (size && n < 4 && (r == 0 || doc->sink.all)) {
		const char *end = memchr(data, 0xff, size);
		size_t len = end ? (size_t)(end - data) : size;

		r = conf_add(doc, names[n++], data, len, err);
		len += end != NULL;
		data += len;
		size -= len;
	}
	return conf_finish(doc, err);
}

/* A refusal says why; and it is never because inih and the scan disagree. */
static void check_refusal(const char *text)
{
	const char *what = strstr(text, ": ");

	check(what && strncmp(what, ": inih", strlen(": inih")));
}

/* Who collects comes to the same end, and finds at least the fault that others stop at. */
static void check_faults(const char *data, size_t size, int r, const struct nsbox_error *first)
{
	struct conf_faults all = { .n = 0 };
	char line[4 * NSBOX_ERROR_MAX];
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;

	check(conf_begin(&all, &doc, &err) == 0);
	check(add_all(doc, data, size, &err) == r);
	check((r < 0) == (all.n > 0));
	check(r == 0 || !strcmp(err.text, first->text));
	for (size_t i = 0; i < all.n; i++) {
		fault_print(&all.list[i], line, sizeof(line));
		check_refusal(line);
	}
	conf_free(doc);
	faults_free(&all);
}

/* What the values print as is what the values are. */
static void check_values(const struct conf_values *values)
{
	struct conf_values again;
	char text[CONF_VALUE_MAX];

	memset(&again, 0, sizeof(again));
	for (size_t i = 0; i < CONF_KEYS; i++) {
		const char *at = text, *word;
		char copy[256];
		size_t len;

		if (!conf_keys[i].size)
			continue;
		conf_print(&conf_keys[i], values, text, sizeof(text));
		if (!conf_key_appends(&conf_keys[i]))
			check(conf_set(&conf_keys[i], text, &again, NULL) == 0);
		while (conf_key_appends(&conf_keys[i]) && (word = value_next(&at, &len))) {
			snprintf(copy, sizeof(copy), "%.*s", (int)len, word);
			check(conf_set(&conf_keys[i], copy, &again, NULL) == 0);
		}
		conf_print(&conf_keys[i], &again, copy, sizeof(copy));
		check(!strncmp(copy, text, sizeof(copy) - 1));
	}
}

static void check_login(const struct conf_doc *doc, const struct match_subject *who)
{
	struct match_trace trace = { .n_steps = 0 };
	char line[EXPAND_MESSAGE_MAX], name[EXPAND_HOSTNAME_MAX + 1];
	struct nsbox_error err = { 0 };
	struct net_address address;
	struct conf_values values;
	struct value_why why = { 0 };
	struct policy again;
	int r;

	if (match_site(doc, &values.site, &trace, &err) < 0 ||
	    match_policy(doc, who, &values.policy, &trace, &err) < 0) {
		check(err.text[0]);
		match_trace_free(&trace);
		return;
	}
	check_values(&values);
	r = match_policy(doc, who, &again, NULL, &err);
	check(r == 0 && !memcmp(&again, &values.policy, sizeof(again)));
	check(expand_hostname(values.policy.hostname, who->user, "host", "1", name) == 0);
	check(name[0]);
	check(expand_message(values.policy.message, who->user, "host", "1", line) == 0);
	r = nets_address(values.policy.address, who->uid, 1048576, &address, &why);
	check(r == 0 || why.text[0]);
	print_sections(doc, who, &trace, sink);
	print_values(&values, &trace, sink);
	rewind(sink);
	match_nothing(doc, who);
	match_trace_free(&trace);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nsbox_error err = { 0 };
	struct conf_doc *doc = NULL;
	int r;

	if (!sink)
		sink = fopen("/dev/null", "w");
	check(sink && conf_begin(NULL, &doc, &err) == 0);
	r = add_all(doc, (const char *)data, size, &err);
	if (r < 0)
		check_refusal(err.text);
	for (size_t i = 0; r == 0 && i < sizeof(logins) / sizeof(*logins); i++)
		check_login(doc, &logins[i]);
	conf_free(doc);
	check_faults((const char *)data, size, r, &err);
	return 0;
}
